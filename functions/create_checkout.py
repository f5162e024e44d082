"""POST /create-checkout: a Stripe Checkout page that sells a package of tokens.

    { "package": "popular" }  +  Idempotency-Key  ->  200 { "sessionId", "url" }

The order is written before the answer leaves, so nobody can pay what was not recorded. While the user has an open
session of the package that still costs the same and lives for half an hour more, it is handed out again, whatever the
key.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, email-not-verified, wallet-frozen, 404 no-such-account,
409 idempotency-conflict, 422 invalid-request, 429 too-many-requests (ten new sessions an hour), 503 unavailable,
wallet-inconsistent. A retry with the same key answers with the same session.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from shared.billing import checkouts
from shared.edge.access import VERIFIED, Caller
from shared.edge.endpoint import endpoint
from shared.edge.requests import Body
from shared.idempotency import Idempotency


class Checkout(Body):
    package: Annotated[str, Field(min_length=1, max_length=40)]


class CheckoutAnswer(TypedDict):
    sessionId: str
    url: str


@endpoint(Checkout, VERIFIED, keyed="checkout")
def create_checkout(caller: Caller, idempotency: Idempotency, body: Checkout) -> CheckoutAnswer:
    order = checkouts.place(caller.user_id, caller.email, body.package, idempotency.key)
    return {"sessionId": order.session_id, "url": order.url}
