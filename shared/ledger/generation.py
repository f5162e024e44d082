"""What a generation costs: charged when it is accepted, given back for what failed of it.

A generation costs tokens, or use of what the payer may use without any. Either is a line: one of 0 tokens says by what
it was paid.
"""

from dataclasses import dataclass

from shared.ledger import ids, means
from shared.ledger.decision import Outcome, Ref, State
from shared.ledger.entries import Entry
from shared.ledger.lots import Holding, refill
from shared.ledger.means import NO_TERMS, Means, Terms, Use
from shared.ledger.wallet import paying


@dataclass(frozen=True, slots=True)
class Spend:
    """``areas`` images or areas of ``feature``, paid when the job is accepted: with ``cost`` tokens, or without any."""

    generation_id: str
    user_id: str
    feature: str
    areas: int
    cost: int
    economy: str
    fingerprint: str
    of_property: str | None = None
    only_tokens: bool = False
    terms: Terms = NO_TERMS

    @property
    def id(self) -> str:
        return ids.generation_spend(self.generation_id)

    @property
    def reads(self) -> tuple[Ref, ...]:
        return (Ref("wallet", self.user_id),)

    def decide(self, state: State) -> Outcome:
        wallet = paying(state.wallets[self.user_id])
        use = Use(self.feature, self.areas, self.of_property, self.only_tokens)
        chosen = means.choose(wallet.entitlements, use, self.terms)
        drawn = wallet.draw(self.cost) if chosen.paid_by == "tokens" else Holding()
        line = Entry(
            self.id,
            self.user_id,
            "generation_spend",
            -drawn.funds,
            _details(self.generation_id, self.feature, self.areas, chosen),
            self.economy,
            self.fingerprint,
            lots=-drawn.lots,
            increments=chosen.counted(self.areas),
        )
        facts = {
            "paidBy": chosen.paid_by,
            "cost": drawn.total,
            "freeImages": self._free_images(chosen, drawn),
            "counted": {"day": chosen.day, "plan": chosen.plan},
        }
        return Outcome((line,), facts=facts)

    def _free_images(self, chosen: Means, drawn: Holding) -> int:
        """The images that nobody paid for: those of the trial, and each of which a token is bonus."""
        if chosen.paid_by == "trial":
            return self.areas
        return -(-drawn.funds.bonus * self.areas // self.cost)  # rounded up


@dataclass(frozen=True, slots=True)
class GenerationRefund:
    """``areas`` of a generation that failed, ``amount`` tokens of what its spend line ``drawn`` took.

    None of them ends before the day ``no_sooner_than``. ``means`` get back what was counted for these areas; None is
    that nothing was. ``refused`` of the areas failed because the day's budget had no room for them.
    """

    generation_id: str
    user_id: str
    feature: str
    areas: int
    amount: int
    drawn: Holding
    economy: str
    no_sooner_than: int = 0
    means: Means | None = None
    refused: int = 0

    def entry(self) -> Entry:
        """The credit, keyed by the generation: a generation is settled once, by whoever comes first."""
        returned = refill(self.drawn, self.amount)
        return Entry(
            ids.generation_refund(self.generation_id),
            self.user_id,
            "refund",
            returned.funds,
            _details(self.generation_id, self.feature, self.areas, self.means),
            self.economy,
            fingerprint="",
            lots=returned.lots.no_sooner_than(self.no_sooner_than),
            increments=self.means.given_back(self.areas, self.refused) if self.means is not None else {},
        )


def _details(generation_id: str, feature: str, areas: int, chosen: Means | None) -> dict[str, object]:
    """What a line says of its generation; one of 0 tokens also what the images were paid by."""
    details: dict[str, object] = {"generationId": generation_id, "feature": feature, "areas": areas}
    if chosen is not None and chosen.paid_by != "tokens":
        details |= {"paidBy": chosen.paid_by, "images": areas}
    return details
