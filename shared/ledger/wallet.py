"""A wallet: what one user holds, and whether anything may leave it."""

import datetime
from dataclasses import dataclass, field
from typing import TypeVar

from shared.errors import InsufficientTokens, NoSuchAccount, TokensOwed, WalletFrozen, WalletInconsistent
from shared.ledger.auto_reload import AutoReload
from shared.ledger.entitlements import Entitlements
from shared.ledger.funds import Funds
from shared.ledger.lots import NO_LOTS, Holding, Lots, draw

T = TypeVar("T")

WALLET_CAP = 10**12
"""Tokens that one wallet may hold: far below 2^53, where JavaScript begins to lose integers."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """What one user holds. ``frozen`` are the reasons for which nothing may leave it.

    ``drift`` is how many tokens the balance that is written down says more than the funds: 0 in a wallet that adds up.
    ``lots`` are the tokens in the funds that expire. ``today`` is the UTC day on which the wallet was read.
    ``entitlements`` are what it may use beside its tokens. ``welcomed_at`` is when what signing up brings was given.
    """

    user_id: str
    funds: Funds = field(default_factory=Funds)
    total_purchased: int = 0
    total_spent: int = 0
    total_earned: int = 0
    total_credited: int = 0
    debt: int = 0
    frozen: frozenset[str] = frozenset()
    drift: int = 0
    lots: Lots = NO_LOTS
    today: int = 0
    auto_reload: AutoReload = field(default_factory=AutoReload)
    entitlements: Entitlements = field(default_factory=Entitlements)
    welcomed_at: datetime.datetime | None = None

    @property
    def totals(self) -> dict[str, int]:
        """The lifetime totals, by the field that holds each."""
        return {
            "totalTokensPurchased": self.total_purchased,
            "totalTokensSpent": self.total_spent,
            "totalTokensEarned": self.total_earned,
            "totalTokensCredited": self.total_credited,
        }

    @property
    def balance(self) -> int:
        return self.funds.total

    @property
    def held(self) -> Holding:
        """All that is in the wallet, also what is over and not booked yet."""
        return Holding(self.funds, self.lots)

    @property
    def expired(self) -> Lots:
        """What is over and not booked yet. Nothing of a frozen wallet expires."""
        return NO_LOTS if self.frozen else self.lots.expired(self.today)

    @property
    def available(self) -> Holding:
        """What may be taken out: what is held and not over."""
        over = self.expired
        return self.held + -Holding(over.funds, over)

    @property
    def spendable(self) -> int:
        """How many tokens a payment may take now: none of a wallet that is frozen or owes."""
        return 0 if self.frozen or self.debt > 0 else self.available.total

    def draw(self, amount: int) -> Holding:
        """What pays ``amount`` tokens of what is available: bonus first, then purchased, then earned.

        Raises:
            InsufficientTokens: there are fewer. It says what else may help the owner.
        """
        available = self.available
        if amount > available.total:
            raise InsufficientTokens(available.total, amount, trialRemaining=self.entitlements.trial_remaining)
        return draw(available, amount)

    def require_open(self) -> None:
        """Refuses what a frozen wallet may not do.

        Raises:
            WalletFrozen: the wallet is frozen.
        """
        if self.frozen:
            raise WalletFrozen("This wallet is frozen; contact support.")

    def require_free_of_debt(self) -> None:
        """Refuses what a wallet that owes may not do. It may buy: that is how a debt ends.

        Raises:
            TokensOwed: the wallet owes tokens of a payment that went back.
        """
        if self.debt > 0:
            raise TokensOwed(self.debt, self.available.total)

    def require_sound(self) -> None:
        """Refuses to pay from books that are wrong: nobody knows how much there is to spend.

        Raises:
            WalletInconsistent: balance and funds differ, a fund is below zero, or has more in lots than it has.
        """
        if self.drift or not self.held.is_sound:
            raise WalletInconsistent("This wallet does not add up; contact support.")


def paying(wallet: Wallet | None) -> Wallet:
    """The wallet, which may pay.

    Raises:
        NoSuchAccount: there is no wallet.
        Problem: what ``require_open``, ``require_free_of_debt`` and ``require_sound`` refuse.
    """
    found = opened(wallet)
    found.require_open()
    found.require_free_of_debt()
    found.require_sound()
    return found


def opened(wallet: T | None) -> T:
    """The wallet, or whatever stands for it, of an account that was opened.

    Raises:
        NoSuchAccount: there is none.
    """
    if wallet is None:
        raise NoSuchAccount("Open an account first: POST /open-account.")
    return wallet
