"""POST /create-checkout: a Stripe Checkout page that sells a package of tokens, or a plan.

    { "package": "popular" }                    +  Idempotency-Key  ->  200 { "sessionId", "url" }
    { "plan": "per-property", "property"?: "12-main" }  likewise

Exactly one of the two is bought; ``property`` (``[A-Za-z0-9-]{1,64}``) goes with a plan that is sold for one property,
and with nothing else. A plan is a subscription, which is switched and ended with POST /open-portal, or a pass, which is
paid once and lengthens one of the same that still runs.
The order is written before the answer leaves, so nobody can pay what was not recorded. While the user has an open
session of the same that still offers the same and lives for half an hour more, it is handed out again, whatever the
key.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, email-not-verified, wallet-frozen, 404 no-such-account,
409 idempotency-conflict, already-subscribed, 422 invalid-request, plan-unavailable, 429 too-many-requests (ten new
sessions an hour), 503 unavailable, wallet-inconsistent. A retry with the same key answers with the same session.
"""

from typing import Annotated, TypedDict

from pydantic import ConfigDict, Field

from shared.billing import checkouts
from shared.billing.items import Wanted
from shared.edge.access import VERIFIED, Caller
from shared.edge.endpoint import endpoint
from shared.edge.requests import Body
from shared.errors import InvalidRequest
from shared.idempotency import Idempotency

ItemId = Annotated[str, Field(min_length=1, max_length=40)]


class Checkout(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"package": "popular"}]})

    package: ItemId | None = None
    plan: ItemId | None = None
    property: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = None


class CheckoutAnswer(TypedDict):
    sessionId: str
    url: str


@endpoint(Checkout, VERIFIED, keyed="checkout")
def create_checkout(caller: Caller, idempotency: Idempotency, body: Checkout) -> CheckoutAnswer:
    order = checkouts.place(caller.user_id, caller.email, _wanted(body), idempotency.key)
    return {"sessionId": order.session_id, "url": order.url}


def _wanted(body: Checkout) -> Wanted:
    if body.plan is None:
        if body.package is None:
            raise InvalidRequest.field("package", "name a package or a plan")
        return Wanted("package", body.package, body.property)
    if body.package is not None:
        raise InvalidRequest.field("plan", "name a package or a plan, not both")
    return Wanted("plan", body.plan, body.property)
