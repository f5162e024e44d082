"""Means: what pays for a generation. A plan, a pass, the trial or tokens: one of them for the whole of it.

The first that can pay for every picture does, and one that cannot is passed over. Whoever has a plan or a pass is never
charged tokens because a day's limit was reached: then it is refused, unless they say that tokens are to pay.
"""

from dataclasses import dataclass
from typing import Literal

from shared.errors import AccessRequired, DailyLimit, FairUseReached
from shared.ledger.entitlements import Entitlements, Unlimited

PaidBy = Literal["tokens", "trial", "plan", "pass"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the economy says of use when a generation is accepted.

    ``trial_features`` are what a trial pays for. ``images_per_day`` is of one wallet, whatever pays; None is no limit.
    """

    trial_features: frozenset[str] = frozenset()
    access_required: bool = False
    plan_grace_days: int = 0
    images_per_day: int | None = None


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Use:
    """The pictures that are asked for, perhaps of a property. ``only_tokens`` are to pay, if the user says so."""

    feature: str
    images: int
    of_property: str | None = None
    only_tokens: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What pays for pictures, and the ``day`` that they count on; ``plan`` is what a plan or pass counts them under."""

    paid_by: PaidBy
    day: int
    plan: str | None = None

    def counted(self, images: int) -> dict[str, int]:
        """What changes of the payer's wallet when so many pictures are accepted."""
        changes = {f"{self._day}.images": images}
        if self.plan is not None:
            changes[f"{self._day}.byPlan.`{self.plan}`"] = images  # a key may have a hyphen or a colon in it
        if self.paid_by == "trial":
            changes |= {"trial.remaining": -images, "trial.used": images}
        return changes

    def given_back(self, images: int, refused: int) -> dict[str, int]:
        """What changes when so many of them failed, on the day they were counted; ``refused`` of them by a budget."""
        return self.counted(-images) | ({f"{self._day}.refused": refused} if refused else {})

    @property
    def _day(self) -> str:
        return f"usage.day_{self.day}"


def choose(held: Entitlements, use: Use, terms: Terms) -> Means:
    """What pays for the use. Whether there are enough tokens is for who draws them.

    Raises:
        AccessRequired: features need access, and nothing that is held grants it.
        DailyLimit: the wallet would have more pictures of this day than one may have.
        FairUseReached: a plan or pass covers the use, but not any more today, and nothing else does but tokens.
    """
    if terms.access_required and not held.has_access(terms.plan_grace_days):
        raise AccessRequired("Buy access first; see GET /get-catalog.")
    _require_below_limit(held, use, terms.images_per_day)
    if use.only_tokens:
        return Means("tokens", held.today)
    used_up: Unlimited | None = None
    for each in held.unlimited(use.of_property, terms.plan_grace_days):
        if use.feature not in each.features:
            continue
        if held.usage.by_plan.get(each.key, 0) + use.images <= each.per_day:
            return Means(each.paid_by, held.today, each.key)
        used_up = used_up or each
    if use.feature in terms.trial_features and use.images <= held.trial_remaining:
        return Means("trial", held.today)
    if used_up is not None:
        raise FairUseReached(used_up.per_day, held.seconds_to_midnight, held.next_midnight)
    return Means("tokens", held.today)


def _require_below_limit(held: Entitlements, use: Use, limit: int | None) -> None:
    if limit is not None and held.usage.images + use.images > limit:
        raise DailyLimit(
            f"One account makes at most {limit} pictures a day.",
            held.seconds_to_midnight,
            limit=limit,
            left=max(0, limit - held.usage.images),
            resetsAt=held.next_midnight,
        )
