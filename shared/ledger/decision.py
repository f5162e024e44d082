"""The rules of the economy: pure functions from wallets to ledger entries. No clock, no I/O, no environment.

A balance is made of three funds. Every movement is an ``Entry``: a signed split over the funds of one wallet under an
id that the business event determines, so that one event can be written once only. What an entry does to the wallet
follows from the entry alone; ``wallets`` writes both in one commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from shared.errors import (
    InsufficientTokens,
    InvalidRequest,
    NoSuchAccount,
    NotFound,
    RecipientUnavailable,
    SelfTip,
    WalletFrozen,
    WalletInconsistent,
)

WALLET_CAP = 10**12
"""Tokens that one wallet may hold: far below 2^53, where JavaScript begins to lose integers."""

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
class Funds:
    """Whole tokens by where they came from. Signed in an entry, never negative in a wallet."""

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

    def __neg__(self) -> "Funds":
        return Funds(-self.bonus, -self.purchased, -self.earned)

    def __add__(self, other: "Funds") -> "Funds":
        return Funds(self.bonus + other.bonus, self.purchased + other.purchased, self.earned + other.earned)


@dataclass(frozen=True, slots=True)
class Wallet:
    """What one user holds. ``frozen`` says why nothing may leave it, or is None.

    ``drift`` is how many tokens the balance that is written down says more than the funds: 0 in a wallet that adds up.
    """

    user_id: str
    funds: Funds = field(default_factory=Funds)
    total_purchased: int = 0
    total_spent: int = 0
    total_earned: int = 0
    debt: int = 0
    frozen: str | None = None
    drift: int = 0

    @property
    def balance(self) -> int:
        return self.funds.total

    def require_open(self) -> None:
        """Refuses what a frozen or indebted wallet may not do.

        Raises:
            WalletFrozen: the wallet is frozen, or owes tokens after a dispute.
        """
        if self.frozen is not None:
            raise WalletFrozen("This wallet is frozen; contact support.")
        if self.debt > 0:
            raise WalletFrozen(f"This wallet owes {self.debt} tokens after a disputed payment.", debt=self.debt)

    def require_sound(self) -> None:
        """Refuses to pay from books that are wrong: nobody knows how much there is to spend.

        Raises:
            WalletInconsistent: balance and funds differ, or a fund is below zero.
        """
        if self.drift or self.funds.is_negative:
            raise WalletInconsistent("This wallet does not add up; contact support.")


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


def as_received(sent: Funds) -> Funds:
    """How a tip arrives: what was given away for free stays bonus, the rest was earned and can be cashed out."""
    return Funds(bonus=sent.bonus, earned=sent.purchased + sent.earned)


# -- what is paid from a wallet: decided on what was read, then committed on condition that it has not changed ------


@dataclass(frozen=True, slots=True)
class Seen:
    """What a payment's decision may look at, read in one round trip before it. None is what is not there."""

    payer: Wallet | None
    payee: Wallet | None = None
    post_author: str | None = None


class Payment(Protocol):
    """A movement out of a wallet, still to be decided."""

    @property
    def id(self) -> str:
        """The ledger id that a payment of this key and user takes, and no other can."""

    @property
    def payer_id(self) -> str: ...

    @property
    def payee_id(self) -> str | None: ...

    @property
    def post_id(self) -> str | None: ...

    @property
    def fingerprint(self) -> str: ...

    def decide(self, seen: Seen) -> tuple[Entry, ...]:
        """The entries to write, the payer's first. Raises the Problem that refuses the payment."""


def _paying(wallet: Wallet | None) -> Wallet:
    if wallet is None:
        raise NoSuchAccount("Open an account first: POST /open-account.")
    wallet.require_open()
    wallet.require_sound()
    return wallet


@dataclass(frozen=True, slots=True)
class Spend:
    """``areas`` images or areas of ``feature``, charged when the job is accepted."""

    generation_id: str
    payer_id: str
    feature: str
    areas: int
    cost: int
    economy: str
    fingerprint: str
    payee_id: None = None
    post_id: None = None

    @property
    def id(self) -> str:
        return f"generation_{self.generation_id}_spend"

    def decide(self, seen: Seen) -> tuple[Entry, ...]:
        funds = draw(_paying(seen.payer).funds, self.cost)
        details = {"generationId": self.generation_id, "feature": self.feature, "areas": self.areas}
        return (Entry(self.id, self.payer_id, "generation_spend", -funds, details, self.economy, self.fingerprint),)


@dataclass(frozen=True, slots=True)
class Tip:
    """``amount`` tokens from one user to another, perhaps for a post; ``key`` is ``tip_<Idempotency-Key>_<uid>``."""

    key: str
    payer_id: str
    payee_id: str
    amount: int
    economy: str
    fingerprint: str
    post_id: str | None = None

    @property
    def id(self) -> str:
        return f"{self.key}_sent"

    def decide(self, seen: Seen) -> tuple[Entry, ...]:
        payer = _paying(seen.payer)
        if self.payee_id == self.payer_id:
            raise SelfTip.field("recipientId", "a tip goes to somebody else")
        if seen.payee is None:
            raise NoSuchAccount("The recipient has no account.")
        if self.post_id is not None and seen.post_author is None:
            raise NotFound("The post is gone.")
        if self.post_id is not None and seen.post_author != self.payee_id:
            raise InvalidRequest.field("postId", "the post is not by the recipient")
        if seen.payee.balance + self.amount > WALLET_CAP:
            raise RecipientUnavailable("The recipient's wallet cannot hold more tokens.")
        sent = draw(payer.funds, self.amount)
        details = {"senderId": self.payer_id, "recipientId": self.payee_id}
        if self.post_id is not None:
            details["postId"] = self.post_id
        return (
            Entry(self.id, self.payer_id, "tip_sent", -sent, details, self.economy, self.fingerprint),
            Entry(
                f"{self.key}_received",
                self.payee_id,
                "tip_received",
                as_received(sent),
                details,
                self.economy,
                self.fingerprint,
            ),
        )


# -- what comes into a wallet: needs no decision, lands in a frozen wallet too --------------------------------------


def signup_bonus(user_id: str, tokens: int, economy: str) -> Entry:
    """The welcome of one account, once for ever: the id is the user's."""
    return Entry(f"signup_{user_id}", user_id, "signup_bonus", Funds(bonus=tokens), {}, economy, fingerprint="")


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid Checkout session, as its order recorded the offer. ``amount`` in minor units of ``currency``."""

    session_id: str
    payment_intent_id: str | None
    user_id: str
    package: str
    tokens: int
    amount: int
    currency: str
    economy: str

    def entry(self) -> Entry:
        """The credit, keyed by the session: whatever event, retry or page reports the payment, it is the same."""
        details = {
            "stripeSessionId": self.session_id,
            "paymentIntentId": self.payment_intent_id,
            "package": self.package,
            "amount": self.amount,
            "currency": self.currency,
        }
        return Entry(
            f"purchase_{self.session_id}",
            self.user_id,
            "purchase",
            Funds(purchased=self.tokens),
            details,
            self.economy,
            fingerprint="",
        )


@dataclass(frozen=True, slots=True)
class Refund:
    """``areas`` of a generation that failed, ``amount`` tokens of what its spend line ``drawn`` took."""

    generation_id: str
    user_id: str
    feature: str
    areas: int
    amount: int
    drawn: Funds
    economy: str

    def entry(self) -> Entry:
        """The credit, keyed by the generation: a generation is settled once, by whoever comes first."""
        details = {"generationId": self.generation_id, "feature": self.feature, "areas": self.areas}
        return Entry(
            f"generation_{self.generation_id}_refund",
            self.user_id,
            "refund",
            refill(self.drawn, self.amount),
            details,
            self.economy,
            fingerprint="",
        )
