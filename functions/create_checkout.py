"""POST /create-checkout: a Stripe Checkout page that sells a package of tokens.

    { "package": "popular" }  +  Idempotency-Key  ->  200 { "sessionId", "url" }

The order is written before the answer leaves, so nobody can pay what was not recorded.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, email-not-verified, wallet-frozen, 404 no-such-account,
409 idempotency-conflict, 422 invalid-request, 503 unavailable, wallet-inconsistent. A retry with the same key
answers with the same session.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from shared import orders
from shared.http import Access, Body, Caller, endpoint


class Checkout(Body):
    package: Annotated[str, Field(min_length=1, max_length=40)]


class CheckoutAnswer(TypedDict):
    sessionId: str
    url: str


@endpoint(Checkout, Access.VERIFIED, keyed=True)
def create_checkout(caller: Caller, body: Checkout) -> CheckoutAnswer:
    order = orders.place(caller.user_id, body.package, caller.key("checkout"), caller.fingerprint)
    return {"sessionId": order.session_id, "url": order.url}
