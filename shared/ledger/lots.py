"""Lots: the tokens of a fund that expire, by the day at whose first moment they do.

Only what expires is in a lot; the rest of a fund never does. Tokens that were earned never expire. A payment takes from
a fund what ends first, and what never ends last; what comes back returns in the opposite order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from shared.errors import InsufficientTokens
from shared.ledger.funds import Funds

PREFIX = "until_"
"""How the name of a lot's field begins; its day follows. A field's name may not begin with a digit."""


@dataclass(frozen=True, slots=True)
class Lots:
    """Tokens by the day at which they end, 20261222, of the two funds whose tokens can. Signed in an entry.

    No lot is of 0 tokens.
    """

    names: ClassVar[tuple[str, ...]] = ("bonus", "purchased")

    bonus: Mapping[int, int] = field(default_factory=dict)
    purchased: Mapping[int, int] = field(default_factory=dict)

    def of(self, fund: str) -> Mapping[int, int]:
        """The lots of the fund; of what was earned there are none."""
        return {"bonus": self.bonus, "purchased": self.purchased}.get(fund, {})

    def __bool__(self) -> bool:
        return bool(self.bonus or self.purchased)

    def __neg__(self) -> "Lots":
        return self._each(lambda lots: {day: -tokens for day, tokens in lots.items()})

    def __add__(self, other: "Lots") -> "Lots":
        return Lots(_merged(self.bonus, other.bonus), _merged(self.purchased, other.purchased))

    @property
    def funds(self) -> Funds:
        """How many tokens of each fund are in lots."""
        return Funds(sum(self.bonus.values()), sum(self.purchased.values()))

    @property
    def is_negative(self) -> bool:
        """Whether a lot is below zero, which none of a wallet may be."""
        return any(tokens < 0 for fund in self.names for tokens in self.of(fund).values())

    @property
    def next_expiry(self) -> int | None:
        """The first day at which some of it ends; None where nothing does."""
        return min((day for fund in self.names for day in self.of(fund)), default=None)

    def expired(self, today: int) -> "Lots":
        """The lots that are over."""
        return self._each(lambda lots: {day: tokens for day, tokens in lots.items() if day <= today})

    def no_sooner_than(self, earliest: int) -> "Lots":
        """The same tokens, with ``earliest`` as the day of those that would end before it."""
        return self._each(lambda lots: _merged({}, *({max(day, earliest): n} for day, n in lots.items())))

    def to_fields(self) -> dict[str, dict[str, int]]:
        """As a document holds them: ``{"bonus": {"until_20261222": 10}}``. A fund without lots is not there."""
        return {
            fund: {f"{PREFIX}{day}": tokens for day, tokens in sorted(lots.items())}
            for fund in self.names
            if (lots := self.of(fund))
        }

    def _each(self, change: Callable[[Mapping[int, int]], Mapping[int, int]]) -> "Lots":
        return Lots(change(self.bonus), change(self.purchased))


NO_LOTS = Lots()


@dataclass(frozen=True, slots=True)
class Holding:
    """Tokens by where they came from, and which of them expire. Signed in an entry, sound in a wallet."""

    funds: Funds = field(default_factory=Funds)
    lots: Lots = NO_LOTS

    @property
    def total(self) -> int:
        return self.funds.total

    @property
    def is_sound(self) -> bool:
        """Whether a wallet may hold this: nothing is below zero, and no fund has more in lots than it has."""
        lasting = self.funds + -self.lots.funds
        return not (self.funds.is_negative or self.lots.is_negative or lasting.is_negative)

    def __neg__(self) -> "Holding":
        return Holding(-self.funds, -self.lots)

    def __add__(self, other: "Holding") -> "Holding":
        return Holding(self.funds + other.funds, self.lots + other.lots)


def draw(held: Holding, amount: int) -> Holding:
    """The part of what is ``held`` that pays ``amount`` tokens: bonus first, then purchased, then earned.

    What was given away leaves before what was paid for, and what can be cashed out leaves last.

    Raises:
        InsufficientTokens: there are fewer than ``amount``.
    """
    if amount > held.total:
        raise InsufficientTokens(balance=held.total, required=amount)
    return _taken(held, ("bonus", "purchased", "earned"), amount)


def refill(drawn: Holding, amount: int) -> Holding:
    """The part of what was ``drawn`` that returns when ``amount`` of it should not have been charged.

    What was drawn last returns first: the wallet ends where a smaller charge would have left it.
    """
    return _returned(drawn, ("earned", "purchased", "bonus"), amount)


def draw_back(held: Holding, amount: int) -> Holding:
    """The part of what is ``held`` that is taken for money that went back: purchased, then bonus, then earned.

    What was bought leaves first, what others gave leaves last.
    """
    return _taken(held, ("purchased", "bonus", "earned"), amount)


def return_taken(taken: Holding, amount: int) -> Holding:
    """The part of what was ``taken`` that returns with ``amount`` of its tokens: what is taken last returns first."""
    return _returned(taken, ("earned", "bonus", "purchased"), amount)


def _taken(held: Holding, order: Iterable[str], amount: int) -> Holding:
    """``amount`` tokens, fund by fund, of each what ends first."""
    _require_part(held, amount)
    part = Holding()
    for fund in order:
        tokens = min(getattr(held.funds, fund), amount - part.total)
        lots: dict[int, int] = {}
        for day, in_lot in sorted(held.lots.of(fund).items()):
            if some := min(in_lot, tokens - sum(lots.values())):
                lots[day] = some
        part += _of_fund(fund, tokens, lots)
    return part


def _returned(drawn: Holding, order: Iterable[str], amount: int) -> Holding:
    """``amount`` tokens, fund by fund, of each what never ends, then what ends last."""
    _require_part(drawn, amount)
    part = Holding()
    for fund in order:
        tokens = min(getattr(drawn.funds, fund), amount - part.total)
        in_lots = drawn.lots.of(fund)
        from_lots = max(0, tokens - (getattr(drawn.funds, fund) - sum(in_lots.values())))
        lots: dict[int, int] = {}
        for day, in_lot in sorted(in_lots.items(), reverse=True):
            if some := min(in_lot, from_lots - sum(lots.values())):
                lots[day] = some
        part += _of_fund(fund, tokens, lots)
    return part


def _require_part(of: Holding, amount: int) -> None:
    if not 0 <= amount <= of.total:
        raise ValueError(f"{amount} tokens are no part of {of.total}")


def _of_fund(fund: str, tokens: int, lots: Mapping[int, int]) -> Holding:
    return Holding(Funds(**{fund: tokens}), Lots(**{fund: lots}) if lots else NO_LOTS)


def _merged(*parts: Mapping[int, int]) -> dict[int, int]:
    """The sum of the lots, day by day, without those that came to nothing."""
    sums: dict[int, int] = {}
    for part in parts:
        for day, tokens in part.items():
            sums[day] = sums.get(day, 0) + tokens
    return {day: tokens for day, tokens in sums.items() if tokens}
