"""What a generation costs: charged when it is accepted, given back for what failed of it."""

from dataclasses import dataclass

from shared.ledger.decision import State
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds, draw, refill
from shared.ledger.wallet import paying


@dataclass(frozen=True, slots=True)
class Spend:
    """``areas`` images or areas of ``feature``, charged when the job is accepted."""

    generation_id: str
    payer_id: str
    feature: str
    areas: int
    cost: int
    economy: str
    fingerprint: str
    payee_id: None = None
    post_id: None = None

    @property
    def id(self) -> str:
        return f"generation_{self.generation_id}_spend"

    def decide(self, state: State) -> tuple[Entry, ...]:
        funds = draw(paying(state.payer).funds, self.cost)
        details = {"generationId": self.generation_id, "feature": self.feature, "areas": self.areas}
        return (Entry(self.id, self.payer_id, "generation_spend", -funds, details, self.economy, self.fingerprint),)


@dataclass(frozen=True, slots=True)
class GenerationRefund:
    """``areas`` of a generation that failed, ``amount`` tokens of what its spend line ``drawn`` took."""

    generation_id: str
    user_id: str
    feature: str
    areas: int
    amount: int
    drawn: Funds
    economy: str

    def entry(self) -> Entry:
        """The credit, keyed by the generation: a generation is settled once, by whoever comes first."""
        details = {"generationId": self.generation_id, "feature": self.feature, "areas": self.areas}
        return Entry(
            f"generation_{self.generation_id}_refund",
            self.user_id,
            "refund",
            refill(self.drawn, self.amount),
            details,
            self.economy,
            fingerprint="",
        )
