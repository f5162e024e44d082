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

Total = Literal["totalTokensPurchased", "totalTokensSpent", "totalTokensEarned", "totalTokensCredited"]
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
        totals = counted_in(self.type)
        if totals is None:
            raise ValueError(f"which total counts {self.type} is undecided")
        return {total: signed(total, self.amount) for total in totals}


def counted_in(entry_type: EntryType) -> tuple[Total, ...] | None:
    """The totals that sum entries of the type; None is undecided. Whoever is the first to write a type decides it here.

    What comes back, after a refund or a dispute, was credited before. What an administrator takes corrects a credit.
    """
    match entry_type:
        case "purchase" | "subscription_grant" | "auto_reload":
            return "totalTokensPurchased", "totalTokensCredited"
        case "generation_spend" | "refund":
            return ("totalTokensSpent",)
        case "tip_received":
            return "totalTokensEarned", "totalTokensCredited"
        case "signup_bonus" | "admin_credit":
            return ("totalTokensCredited",)
        case "tip_sent" | "clawback" | "reinstatement" | "expiry":
            return ()
        case "payout" | "payout_return":
            return None
        case _:
            assert_never(entry_type)


def types_in(total: Total) -> tuple[EntryType, ...]:
    """The types of the entries that the total sums."""
    return tuple(entry_type for entry_type in ENTRY_TYPES if total in (counted_in(entry_type) or ()))


def signed(total: Total, amount: Tokens) -> Tokens:
    """The amount as the total counts it: what was spent is positive there, and negative in the ledger."""
    return -amount if total == "totalTokensSpent" else amount
