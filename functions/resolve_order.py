"""POST /resolve-order: decide on an order that waits for a person. For administrators.

    { "orderId": "cs_...", "decision": "credit", "reason": "support" }  +  Idempotency-Key  ->  200 { "status": "paid" }

``credit`` gives what the order offered, or the reload was to buy, if Stripe says that it is paid; of an invoice, what
the offers say that are on record by now. ``refund`` gives back all that is left of the money, through Stripe. ``close``
says that all of it went back already, or that none was collected; on a paid order of which it is unclear what went back
it accepts what was taken back so far. ``refund`` and ``close`` end a parked order as ``refunded``.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 not-found,
409 idempotency-conflict, order-not-parked, not-paid, another-account, not-returned,
422 invalid-request, plan-unavailable (no offer says what an invoice sold),
503 contention, unavailable, wallet-inconsistent. The same decision again answers the first one.
"""

from typing import Literal, TypedDict

from shared.edge.access import ADMIN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId, ReasonCode
from shared.edge.requests import Body
from shared.idempotency import Idempotency
from shared.operators import resolutions
from shared.operators.actions import Call


class ResolveOrder(Body):
    order_id: DocumentId
    decision: Literal["credit", "refund", "close"]
    reason: ReasonCode


class ResolveAnswer(TypedDict):
    status: str


@endpoint(ResolveOrder, ADMIN, keyed="resolve")
def resolve_order(caller: Caller, idempotency: Idempotency, body: ResolveOrder) -> ResolveAnswer:
    call = Call(caller.user_id, "resolve_order", idempotency)
    return {"status": resolutions.resolve(call, body.order_id, body.decision, body.reason)}
