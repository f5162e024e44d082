"""POST /rebuild-wallet: set somebody's wallet to what the ledger says. For administrators.

    { "userId": "uid", "reason": "correction" }  +  Idempotency-Key
    ->  200 { "before": { tokenBalance, funds{...}, totalTokens..., debt }, "after": { the same } }

Balance, funds and lifetime totals are those of the wallet's lines, the debt that of its orders, all as of one moment.
What ends when, and what is left of the trial, is set to what the lines say as well. A number that was none is null in
``before``. A wallet that agrees is left alone, and the two are equal. The wallet stays frozen: POST /freeze-wallet
opens it.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 no-such-account,
409 idempotency-conflict, does-not-add-up (the lines make no wallet), 422 invalid-request, 503 contention (tokens kept
moving). A retry with the same key changes nothing, and answers the same.
"""

from typing import TypedDict

from shared.edge.access import ADMIN, Caller
from shared.edge.answers import WalletNumbers, wallet_numbers
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId, ReasonCode
from shared.edge.requests import Body
from shared.idempotency import Idempotency
from shared.operators import books
from shared.operators.actions import Call


class RebuildWallet(Body):
    user_id: DocumentId
    reason: ReasonCode


class RebuildAnswer(TypedDict):
    before: WalletNumbers
    after: WalletNumbers


@endpoint(RebuildWallet, ADMIN, keyed="rebuild")
def rebuild_wallet(caller: Caller, idempotency: Idempotency, body: RebuildWallet) -> RebuildAnswer:
    numbers = books.rebuild(Call(caller.user_id, "rebuild_wallet", idempotency), body.user_id, body.reason)
    return {"before": wallet_numbers(numbers.before), "after": wallet_numbers(numbers.after)}
