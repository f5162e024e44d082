"""Funds: whole tokens by where they came from."""

from dataclasses import dataclass
from typing import ClassVar, TypedDict


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


def as_received(sent: Funds) -> Funds:
    """How a tip arrives: what was given away for free stays bonus, the rest was earned and can be cashed out."""
    return Funds(bonus=sent.bonus, earned=sent.purchased + sent.earned)
