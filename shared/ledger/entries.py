"""Entries: the lines of the ledger, of which types they are, and what each type adds to a wallet's lifetime totals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar, assert_never, get_args

from shared.ledger.funds import Funds
from shared.ledger.lots import NO_LOTS, Holding, Lots

EntryType = Literal[
    "purchase",
    "signup_bonus",
    "generation_spend",
    "refund",
    "tip_sent",
    "tip_received",
    "admin_credit",
    "subscription_grant",
    "auto_reload",
    "clawback",
    "reinstatement",
    "payout",
    "payout_return",
    "expiry",
]
ENTRY_TYPES: tuple[EntryType, ...] = get_args(EntryType)

Tokens = TypeVar("Tokens", int, float)
"""Whole tokens, or a sum of what may not be whole."""

Total = Literal["totalTokensPurchased", "totalTokensSpent", "totalTokensEarned"]
TOTALS: tuple[Total, ...] = get_args(Total)
"""The lifetime totals of a wallet, by the field that holds each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. ``details`` holds ids and amounts, never text that a person wrote.

    ``debt`` is what the wallet owes more since then, or less where it is negative. It is no part of the amount.
    ``lots`` says which of the ``funds`` expire, and when.
    ``increments`` are other numbers of the same wallet that the event changes, by their fields: ``trial.remaining``.
    """

    id: str
    user_id: str
    type: EntryType
    funds: Funds
    details: Mapping[str, object]
    economy: str
    fingerprint: str
    debt: int = 0
    lots: Lots = NO_LOTS
    increments: Mapping[str, int] = field(default_factory=dict)

    @property
    def held(self) -> Holding:
        """What the entry adds to what the wallet holds."""
        return Holding(self.funds, self.lots)

    @property
    def amount(self) -> int:
        return self.funds.total

    @property
    def totals(self) -> dict[str, int]:
        """What the entry adds to the wallet's lifetime totals.

        Raises:
            ValueError: nothing writes entries of this type, so nothing says how they count.
        """
        total = counted_in(self.type)
        if total == "undecided":
            raise ValueError(f"which total counts {self.type} is undecided")
        return {} if total == "none" else {total: signed(total, self.amount)}


def counted_in(entry_type: EntryType) -> Total | Literal["none", "undecided"]:
    """The total that sums entries of the type. Whoever is the first to write a type decides it here."""
    match entry_type:
        case "purchase" | "subscription_grant" | "auto_reload":
            return "totalTokensPurchased"
        case "generation_spend" | "refund":
            return "totalTokensSpent"
        case "tip_received":
            return "totalTokensEarned"
        case "signup_bonus" | "tip_sent" | "admin_credit" | "clawback" | "reinstatement" | "expiry":
            return "none"
        case "payout" | "payout_return":
            return "undecided"
        case _:
            assert_never(entry_type)


def types_in(total: Total) -> tuple[EntryType, ...]:
    """The types of the entries that the total sums."""
    return tuple(entry_type for entry_type in ENTRY_TYPES if counted_in(entry_type) == total)


def signed(total: Total, amount: Tokens) -> Tokens:
    """The amount as the total counts it: what was spent is positive there, and negative in the ledger."""
    return -amount if total == "totalTokensSpent" else amount
