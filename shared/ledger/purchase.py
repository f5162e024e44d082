"""A purchase: tokens that were paid for. A credit needs no decision and lands in a frozen wallet too."""

from dataclasses import dataclass

from shared.ledger import ids
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid Checkout session, as its order recorded the offer: of a package, or of a ``plan`` that brings no tokens.

    ``amount`` is in minor units of ``currency``.
    """

    session_id: str
    payment_intent_id: str | None
    user_id: str
    package: str | None
    tokens: int
    amount: int
    currency: str
    economy: str
    plan: str | None = None

    def entry(self) -> Entry:
        """The credit, keyed by the session: whatever event, retry or page reports the payment, it is the same."""
        details = {
            "stripeSessionId": self.session_id,
            "paymentIntentId": self.payment_intent_id,
            **({"package": self.package} if self.plan is None else {"plan": self.plan}),
            "amount": self.amount,
            "currency": self.currency,
        }
        return Entry(
            ids.purchase(self.session_id),
            self.user_id,
            "purchase",
            Funds(purchased=self.tokens),
            details,
            self.economy,
            fingerprint="",
        )
