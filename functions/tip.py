"""POST /tip: send tokens to a creator.

    { "recipientId": "uid", "amount": 10, "postId"?: "..." }  +  Idempotency-Key  ->  200 { "tokenBalance": 30 }

All of it reaches the creator; what the tipper had from bonuses stays bonus in the creator's hands.
Refusals: 401 unauthenticated, 402 insufficient-tokens, tokens-owed, 403 anonymous-not-allowed, email-not-verified,
forbidden (the economy has no tips), wallet-frozen, recipient-unavailable, 404 no-such-account, not-found (the post is
gone), 409 idempotency-conflict, 422 self-tip, invalid-request, 503 contention, wallet-inconsistent. A retry with the
same key answers the same and moves nothing.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from shared.economy.chosen import economy
from shared.edge.access import VERIFIED, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Body
from shared.errors import Forbidden, InvalidRequest
from shared.idempotency import Idempotency
from shared.ledger import tip as ledger_tip
from shared.money import payments, reload_tasks


class Tip(Body):
    recipient_id: DocumentId
    amount: Annotated[int, Field(ge=1)]
    post_id: DocumentId | None = None


class TipAnswer(TypedDict):
    tokenBalance: int


@endpoint(Tip, VERIFIED, keyed="tip")
def tip(caller: Caller, idempotency: Idempotency, body: Tip) -> TipAnswer:
    bounds = economy().tips
    if bounds is None:
        raise Forbidden("Nobody can be tipped here.")
    if not bounds.minimum <= body.amount <= bounds.maximum:
        raise InvalidRequest.field("amount", f"a tip is {bounds.minimum} to {bounds.maximum} tokens")
    payment = ledger_tip.Tip(
        key=idempotency.key,
        user_id=caller.user_id,
        recipient_id=body.recipient_id,
        amount=body.amount,
        economy=economy().label,
        fingerprint=idempotency.fingerprint,
        post_id=body.post_id,
    )
    receipt = payments.pay(payment)
    reload_tasks.ask(receipt.low)
    return {"tokenBalance": receipt.balance}
