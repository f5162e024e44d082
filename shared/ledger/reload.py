"""Reloads: a wallet that runs low buys a package by itself, with a card that its owner has saved.

A reload is *claimed*, charged, and *settled*. The claim is decided on what the wallet says and reserves everything: the
turn, because only one is under way, and the money of the month. Whoever commits it has checked every bound at once, so
a thousand payments that find the wallet low claim one reload. The charge comes after that, and what the bank says of it
settles the reload: the tokens come, or what was reserved is free again.

Both commits write the wallet: so does turning auto-reload off, and one of them is first.
"""

import datetime
import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from shared.ledger import ids
from shared.ledger.auto_reload import AutoReload, Pause
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.wallet import Wallet

Result = Literal["paid", "declined", "action"]
"""What became of a charge; ``action`` is a bank that wants the owner of the card."""

Idle = Literal[
    "off",
    "paused",
    "frozen",
    "owes",
    "does not add up",
    "enough",
    "under way",
    "too soon",
    "failed too often",
    "not sold",
    "cap reached",
]
"""Why no reload is claimed."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a reload buys, at its price when it is claimed."""

    package: str
    tokens: int
    amount: int
    currency: str
    economy: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often a reload is tried."""

    seconds_apart: int
    failures_max: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A reload that begins: its id, what it buys and with which card, and what the wallet says then."""

    id: str
    offer: Offer
    payment_method: str
    after: AutoReload


def reload_id(user_id: str, seq: int) -> str:
    """The id of one reload: of its order, and of its charge."""
    return f"{ids.RELOAD}{hashed(user_id)}_{seq}"


def hashed(user_id: str) -> str:
    """What stands for the user where an id may not hold any character."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Low:
    """A wallet that asks for a reload; ``last_at`` is when its last one was claimed."""

    user_id: str
    last_at: datetime.datetime | None


def low(wallet: Wallet, more: int = 0) -> Low | None:
    """The wallet as one that asks for a reload, be it possible now or not; None where it does not.

    ``more`` are tokens that have come in since the wallet was read.
    """
    reload = wallet.auto_reload
    if not reload.is_on or reload.terms is None or reload.paused is not None or wallet.frozen or wallet.debt > 0:
        return None
    has_enough = wallet.available.total + more >= reload.terms.threshold
    return None if has_enough else Low(wallet.user_id, reload.last_at)


def can_reload(wallet: Wallet, amount: int) -> bool:
    """Whether one more reload of that price would be claimed if the wallet ran low."""
    reload = wallet.auto_reload
    return reload.is_on and reload.saved is not None and reload.paused is None and reload.fits(amount, _month(wallet))


def claim(wallet: Wallet, offer: Offer | None, bounds: Bounds, now: datetime.datetime) -> Claim | Idle:
    """The reload that the wallet begins now, or why it begins none.

    ``offer`` is the package of the terms as it is sold now, None where it is not any more. ``now`` is when the wallet
    was read, by Firestore's clock, so that no other clock decides how far apart reloads are.
    """
    reload = wallet.auto_reload
    if not reload.is_on or reload.terms is None or reload.saved is None:
        return "off"
    if (idle := _idle(wallet, bounds, now)) is not None:
        return idle
    if offer is None:
        return "not sold"
    month = _month(wallet)
    if not reload.fits(offer.amount, month):
        return "cap reached"
    seq = reload.seq + 1
    claimed = reload_id(wallet.user_id, seq)
    after = replace(
        reload,
        in_flight=claimed,
        last_at=now,
        seq=seq,
        month=month,
        spent=reload.spent_in(month) + offer.amount,
    )
    return Claim(claimed, offer, reload.saved.payment_method, after)


def _idle(wallet: Wallet, bounds: Bounds, now: datetime.datetime) -> Idle | None:
    reload = wallet.auto_reload
    if reload.paused is not None:
        return "paused"
    if wallet.frozen:
        return "frozen"
    if wallet.debt > 0:  # what comes in would go to the debt, and nobody asked for that
        return "owes"
    if wallet.drift or not wallet.held.is_sound:
        return "does not add up"
    if reload.in_flight is not None:
        return "under way"
    if low(wallet) is None:
        return "enough"
    if reload.failures >= bounds.failures_max:
        return "failed too often"
    if reload.last_at is not None and now < reload.last_at + datetime.timedelta(seconds=bounds.seconds_apart):
        return "too soon"
    return None


def _month(wallet: Wallet) -> int:
    return wallet.today // 100


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the wallet gets when a reload is settled. None of it needs the wallet to be as it was read.

    While the order of a reload is open no other one is under way: so the turn is given back, and what was reserved, by
    whoever settles the order first. ``spent`` is added to the month. ``failures`` is one more, or none any more where
    it is None; ``pause`` is set where there is one.
    """

    gives_turn_back: bool
    spent: int = 0
    failures: int | None = 0
    pause: Pause | None = None


def settlement(reload: AutoReload, result: Result, amount: int, bounds: Bounds) -> Settlement:
    """What follows from the charge of the reload under way, which had reserved ``amount``."""
    if result == "paid":
        return Settlement(gives_turn_back=True, failures=None)
    has_failed_enough = reload.failures + 1 >= bounds.failures_max
    pause: Pause | None = "authentication" if result == "action" else "declined" if has_failed_enough else None
    return Settlement(gives_turn_back=True, spent=-amount, failures=1, pause=pause)


def given_up(amount: int) -> Settlement:
    """What follows where nothing came of the reload under way, as far as anybody can tell."""
    return Settlement(gives_turn_back=True, spent=-amount)


def paid_late(reload: AutoReload, amount: int, month: int) -> Settlement:
    """What follows where a reload is paid after all that was settled as refused, or given up: it did cost ``month``."""
    return Settlement(gives_turn_back=False, spent=amount if month == reload.month else 0)


def differing() -> Settlement:
    """What follows where another payment was made than the reload wanted: a person has to look, the money is gone."""
    return Settlement(gives_turn_back=True)


@dataclass(frozen=True, slots=True)
class PaidReload:
    """A reload that was paid, as its order recorded the offer."""

    id: str
    user_id: str
    payment_intent_id: str
    offer: Offer

    def entry(self) -> Entry:
        """The credit, keyed by the reload: whatever event, retry or look reports the payment, it is the same."""
        return Entry(
            ids.auto_reload(self.id),
            self.user_id,
            "auto_reload",
            Funds(purchased=self.offer.tokens),
            {
                "reloadId": self.id,
                "paymentIntentId": self.payment_intent_id,
                "package": self.offer.package,
                "amount": self.offer.amount,
                "currency": self.offer.currency,
            },
            self.offer.economy,
            fingerprint="",
        )
