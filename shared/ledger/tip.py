"""A tip: tokens from one user to another, all of them."""

from dataclasses import dataclass

from shared.errors import InvalidRequest, NoSuchAccount, NotFound, RecipientUnavailable, SelfTip
from shared.ledger.decision import State
from shared.ledger.entries import Entry
from shared.ledger.funds import as_received, draw
from shared.ledger.wallet import WALLET_CAP, paying


@dataclass(frozen=True, slots=True)
class Tip:
    """``amount`` tokens from one user to another, perhaps for a post; ``key`` is ``tip_<Idempotency-Key>_<uid>``."""

    key: str
    payer_id: str
    payee_id: str
    amount: int
    economy: str
    fingerprint: str
    post_id: str | None = None

    @property
    def id(self) -> str:
        return f"{self.key}_sent"

    def decide(self, state: State) -> tuple[Entry, ...]:
        payer = paying(state.payer)
        if self.payee_id == self.payer_id:
            raise SelfTip.field("recipientId", "a tip goes to somebody else")
        if state.payee is None:
            raise NoSuchAccount("The recipient has no account.")
        if self.post_id is not None and state.post_author is None:
            raise NotFound("The post is gone.")
        if self.post_id is not None and state.post_author != self.payee_id:
            raise InvalidRequest.field("postId", "the post is not by the recipient")
        if state.payee.balance + self.amount > WALLET_CAP:
            raise RecipientUnavailable("The recipient's wallet cannot hold more tokens.")
        sent = draw(payer.funds, self.amount)
        details = {"senderId": self.payer_id, "recipientId": self.payee_id}
        if self.post_id is not None:
            details["postId"] = self.post_id
        return (
            Entry(self.id, self.payer_id, "tip_sent", -sent, details, self.economy, self.fingerprint),
            Entry(
                f"{self.key}_received",
                self.payee_id,
                "tip_received",
                as_received(sent),
                details,
                self.economy,
                self.fingerprint,
            ),
        )
