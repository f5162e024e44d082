"""What a generation costs: charged when it is accepted, given back for what failed of it."""

from dataclasses import dataclass

from shared.ledger import ids
from shared.ledger.decision import Outcome, Ref, State
from shared.ledger.entries import Entry
from shared.ledger.lots import Holding, draw, refill
from shared.ledger.wallet import paying


@dataclass(frozen=True, slots=True)
class Spend:
    """``areas`` images or areas of ``feature``, charged when the job is accepted."""

    generation_id: str
    user_id: str
    feature: str
    areas: int
    cost: int
    economy: str
    fingerprint: str

    @property
    def id(self) -> str:
        return ids.generation_spend(self.generation_id)

    @property
    def reads(self) -> tuple[Ref, ...]:
        return (Ref("wallet", self.user_id),)

    def decide(self, state: State) -> Outcome:
        drawn = draw(paying(state.wallets[self.user_id]).available, self.cost)
        details = {"generationId": self.generation_id, "feature": self.feature, "areas": self.areas}
        line = Entry(
            self.id,
            self.user_id,
            "generation_spend",
            -drawn.funds,
            details,
            self.economy,
            self.fingerprint,
            lots=-drawn.lots,
        )
        return Outcome((line,))


@dataclass(frozen=True, slots=True)
class GenerationRefund:
    """``areas`` of a generation that failed, ``amount`` tokens of what its spend line ``drawn`` took.

    None of them ends before the day ``no_sooner_than``.
    """

    generation_id: str
    user_id: str
    feature: str
    areas: int
    amount: int
    drawn: Holding
    economy: str
    no_sooner_than: int = 0

    def entry(self) -> Entry:
        """The credit, keyed by the generation: a generation is settled once, by whoever comes first."""
        returned = refill(self.drawn, self.amount)
        details = {"generationId": self.generation_id, "feature": self.feature, "areas": self.areas}
        return Entry(
            ids.generation_refund(self.generation_id),
            self.user_id,
            "refund",
            returned.funds,
            details,
            self.economy,
            fingerprint="",
            lots=returned.lots.no_sooner_than(self.no_sooner_than),
        )
