"""POST /grant-tokens: give tokens to somebody, or take them. For administrators.

    { "userId": "uid", "amount": 20, "reason": "goodwill", "note"?: "..." }  +  Idempotency-Key
    ->  200 { "status": "granted", "tokenBalance": 30, "transactionId": "admin_..." }
    ->  202 { "status": "waiting", "actionId": "..." }   above what one administrator decides alone

``reason`` is one of the economy's list. An amount below zero is drawn like a payment, from a frozen wallet too, and
never takes more than there is. Another administrator decides on a waiting grant within 24 hours: POST /approve-grant.
Refusals: 401 unauthenticated, 402 insufficient-tokens, 403 anonymous-not-allowed, not-an-administrator,
404 no-such-account, 409 idempotency-conflict, 422 self-grant, invalid-request, 429 daily-limit, 503 contention,
wallet-inconsistent. A retry with the same key moves nothing, and tells how the grant stands.
"""

from typing import Annotated, Literal, TypedDict, cast

from pydantic import Field

from shared.edge.access import ADMIN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId, Note, ReasonCode
from shared.edge.requests import Body
from shared.edge.responses import Accepted
from shared.idempotency import Idempotency
from shared.ledger import ids
from shared.operators import grants
from shared.operators.actions import Call

LARGEST = 1_000_000


class GrantTokens(Body):
    user_id: DocumentId
    amount: Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
    reason: ReasonCode
    note: Note = ""


class GrantAnswer(TypedDict):
    status: Literal["granted"]
    tokenBalance: int
    transactionId: str


class WaitingAnswer(TypedDict):
    status: Literal["waiting", "refused", "expired"]
    actionId: str


@endpoint(GrantTokens, ADMIN, keyed="grant")
def grant_tokens(caller: Caller, idempotency: Idempotency, body: GrantTokens) -> GrantAnswer | Accepted[WaitingAnswer]:
    call = Call(caller.user_id, grants.FUNCTION, idempotency)
    grant = grants.grant(call, body.user_id, body.amount, body.reason, body.note)
    if not grant.is_done:
        return Accepted(cast(WaitingAnswer, {"status": grant.action.status, "actionId": grant.action.id}))
    return {"status": "granted", "tokenBalance": grant.balance, "transactionId": ids.admin(grant.action.id)}
