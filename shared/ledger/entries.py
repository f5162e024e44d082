"""Entries: the lines of the ledger, of which types they are, and what each type adds to a wallet's lifetime totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shared.ledger.funds import Funds

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


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. ``details`` holds ids and amounts, never text that a person wrote."""

    id: str
    user_id: str
    type: EntryType
    funds: Funds
    details: Mapping[str, object]
    economy: str
    fingerprint: str

    @property
    def amount(self) -> int:
        return self.funds.total

    @property
    def totals(self) -> dict[str, int]:
        """What the entry adds to the wallet's lifetime totals, by field name. Tips sent are in none."""
        match self.type:
            case "purchase":
                return {"totalTokensPurchased": self.amount}
            case "generation_spend" | "refund":
                return {"totalTokensSpent": -self.amount}
            case "tip_received":
                return {"totalTokensEarned": self.amount}
            case _:
                return {}
