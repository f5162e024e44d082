"""POST /freeze-wallet: stop what leaves somebody's wallet, or open it again. For administrators.

    { "userId": "uid", "frozen": true, "reason": "support" }  +  Idempotency-Key  ->  200 { "frozen": ["operator"] }

The answer says what the wallet is frozen for then. ``"frozen": false`` lifts what an administrator or the audit froze
it for; the latter only if the wallet adds up. What comes in lands in a frozen wallet, too.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 no-such-account,
409 idempotency-conflict, does-not-add-up, 422 invalid-request, 503 contention, wallet-inconsistent.
A retry with the same key changes nothing.
"""

from typing import TypedDict

from shared.edge.access import ADMIN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId, ReasonCode
from shared.edge.requests import Body
from shared.idempotency import Idempotency
from shared.operators import freezes
from shared.operators.actions import Call


class FreezeWallet(Body):
    user_id: DocumentId
    frozen: bool
    reason: ReasonCode


class FreezeAnswer(TypedDict):
    frozen: list[str]


@endpoint(FreezeWallet, ADMIN, keyed="freeze")
def freeze_wallet(caller: Caller, idempotency: Idempotency, body: FreezeWallet) -> FreezeAnswer:
    call = Call(caller.user_id, "freeze_wallet", idempotency)
    change = freezes.freeze if body.frozen else freezes.lift
    return {"frozen": change(call, body.user_id, body.reason)}
