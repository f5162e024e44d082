"""Funds: whole tokens by where they came from, and which of them is taken and given back first."""

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from shared.errors import InsufficientTokens


class FundFields(TypedDict):
    """The funds as a document and an answer hold them."""

    bonus: int
    purchased: int
    earned: int


@dataclass(frozen=True, slots=True)
class Funds:
    """Whole tokens by where they came from. Signed in an entry, never negative in a wallet."""

    names: ClassVar[tuple[str, ...]] = tuple(FundFields.__annotations__)

    bonus: int = 0
    purchased: int = 0
    earned: int = 0

    @property
    def total(self) -> int:
        return self.bonus + self.purchased + self.earned

    @property
    def is_negative(self) -> bool:
        """Whether any of the three is below zero, which no wallet may be."""
        return min(self.bonus, self.purchased, self.earned) < 0

    def to_fields(self) -> FundFields:
        """The funds by name."""
        return {"bonus": self.bonus, "purchased": self.purchased, "earned": self.earned}

    def __neg__(self) -> "Funds":
        return Funds(-self.bonus, -self.purchased, -self.earned)

    def __add__(self, other: "Funds") -> "Funds":
        return Funds(self.bonus + other.bonus, self.purchased + other.purchased, self.earned + other.earned)


def draw(funds: Funds, amount: int) -> Funds:
    """The part of ``funds`` that pays ``amount`` tokens: bonus first, then purchased, then earned.

    What was given away leaves before what was paid for, and what can be cashed out leaves last.

    Raises:
        InsufficientTokens: the funds hold fewer than ``amount``.
    """
    if amount > funds.total:
        raise InsufficientTokens(balance=funds.total, required=amount)
    bonus = min(funds.bonus, amount)
    purchased = min(funds.purchased, amount - bonus)
    return Funds(bonus, purchased, amount - bonus - purchased)


def refill(drawn: Funds, amount: int) -> Funds:
    """The part of ``drawn`` that returns when ``amount`` of it should not have been charged.

    The fund drawn last is refilled first: the wallet ends where a smaller charge would have left it.
    """
    if not 0 <= amount <= drawn.total:
        raise ValueError(f"cannot return {amount} of {drawn.total} tokens")
    earned = min(drawn.earned, amount)
    purchased = min(drawn.purchased, amount - earned)
    return Funds(amount - earned - purchased, purchased, earned)


def draw_back(funds: Funds, amount: int) -> Funds:
    """The part of ``funds`` that is taken for money that went back: purchased first, then bonus, then earned.

    What was bought leaves first, what others gave leaves last.
    """
    if not 0 <= amount <= funds.total:
        raise ValueError(f"cannot take {amount} of {funds.total} tokens")
    purchased = min(funds.purchased, amount)
    bonus = min(funds.bonus, amount - purchased)
    return Funds(bonus, purchased, amount - purchased - bonus)


def return_taken(taken: Funds, amount: int) -> Funds:
    """The part of ``taken`` that returns with ``amount`` of its tokens: what is taken last returns first."""
    if not 0 <= amount <= taken.total:
        raise ValueError(f"cannot return {amount} of {taken.total} tokens")
    earned = min(taken.earned, amount)
    bonus = min(taken.bonus, amount - earned)
    return Funds(bonus, amount - earned - bonus, earned)


def as_received(sent: Funds) -> Funds:
    """How a tip arrives: what was given away for free stays bonus, the rest was earned and can be cashed out."""
    return Funds(bonus=sent.bonus, earned=sent.purchased + sent.earned)
