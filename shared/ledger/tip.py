"""A tip: tokens from one user to another, all of them."""

from dataclasses import dataclass

from shared.errors import InvalidRequest, NoSuchAccount, NotFound, RecipientUnavailable, SelfTip
from shared.ledger import ids
from shared.ledger.decision import Fields, Outcome, Ref, State
from shared.ledger.entries import Entry
from shared.ledger.funds import as_received
from shared.ledger.wallet import WALLET_CAP, paying


@dataclass(frozen=True, slots=True)
class Tip:
    """``amount`` tokens from one user to another, perhaps for a post; ``key`` is ``tip_<Idempotency-Key>_<uid>``."""

    key: str
    user_id: str
    recipient_id: str
    amount: int
    economy: str
    fingerprint: str
    post_id: str | None = None

    @property
    def id(self) -> str:
        return ids.tip_sent(self.key)

    @property
    def reads(self) -> tuple[Ref, ...]:
        wallets = (Ref("wallet", self.user_id), Ref("wallet", self.recipient_id))
        return wallets if self.post_id is None else (*wallets, Ref("post", self.post_id))

    def decide(self, state: State) -> Outcome:
        sender = paying(state.wallets[self.user_id])
        if self.recipient_id == self.user_id:
            raise SelfTip.field("recipientId", "you cannot tip yourself")
        recipient = state.wallets[self.recipient_id]
        if recipient is None:
            raise NoSuchAccount("The recipient has no account.")
        if self.post_id is not None:
            self._require_by_recipient(state.documents[Ref("post", self.post_id)])
        if recipient.balance + self.amount > WALLET_CAP:
            raise RecipientUnavailable("The recipient's wallet cannot hold more tokens.")
        sent = sender.draw(self.amount)
        details = {"senderId": self.user_id, "recipientId": self.recipient_id}
        if self.post_id is not None:
            details["postId"] = self.post_id
        return Outcome(
            (
                Entry(
                    self.id,
                    self.user_id,
                    "tip_sent",
                    -sent.funds,
                    details,
                    self.economy,
                    self.fingerprint,
                    lots=-sent.lots,
                ),
                Entry(
                    ids.tip_received(self.key),
                    self.recipient_id,
                    "tip_received",
                    as_received(sent.funds),
                    details,
                    self.economy,
                    self.fingerprint,
                ),
            )
        )

    def _require_by_recipient(self, post: Fields | None) -> None:
        if post is None:
            raise NotFound("The post is gone.")
        if post["userId"] != self.recipient_id:
            raise InvalidRequest.field("postId", "the post is not by the recipient")
