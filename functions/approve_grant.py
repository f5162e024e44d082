"""POST /approve-grant: decide on a grant that waits for a second administrator.

    { "actionId": "...", "approve"?: true }  +  Idempotency-Key
    ->  200 { "status": "granted", "tokenBalance": 30, "transactionId": "admin_..." }
    ->  200 { "status": "refused", "tokenBalance": 10, "transactionId": null }   with "approve": false

Neither who asked for the grant nor who would receive it decides. The same decision again answers the first one.
Refusals: 401 unauthenticated, 402 insufficient-tokens, 403 anonymous-not-allowed, not-an-administrator, forbidden,
404 not-found, no-such-account, 409 idempotency-conflict, action-expired (after 24 hours, or the opposite was decided),
422 self-grant, invalid-request, 503 contention, wallet-inconsistent.
"""

from typing import Literal, TypedDict

from shared.edge.access import ADMIN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Body
from shared.idempotency import Idempotency
from shared.ledger import ids
from shared.operators import grants
from shared.operators.actions import Call


class ApproveGrant(Body):
    action_id: DocumentId
    approve: bool = True


class ApprovalAnswer(TypedDict):
    status: Literal["granted", "refused"]
    tokenBalance: int
    transactionId: str | None


@endpoint(ApproveGrant, ADMIN, keyed="approve")
def approve_grant(caller: Caller, idempotency: Idempotency, body: ApproveGrant) -> ApprovalAnswer:
    call = Call(caller.user_id, "approve_grant", idempotency)
    grant = grants.decide(call, body.action_id, body.approve)
    return {
        "status": "granted" if grant.is_done else "refused",
        "tokenBalance": grant.balance,
        "transactionId": ids.admin(grant.action.id) if grant.is_done else None,
    }
