"""Orders: where an order stands after what Stripe says of its Checkout session.

An order is ``open`` until Stripe says more. It becomes ``paid`` when its session is paid and costs what was offered.
``pending``, ``failed`` and ``expired`` follow what Stripe says. ``parked`` waits for a person; once all of its money
went back it is ``refunded``.
What Stripe says may come in any order and more than once. So ``paid`` is final, a decision looks only at the order and
at one session, and the credit is keyed by the session.

A session that begins a subscription is paid like any other, and credits nothing: each of the subscription's invoices
does.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.ledger import ids
from shared.ledger.benefits import Benefits
from shared.ledger.clawback import Reversible
from shared.ledger.purchase import Purchase

Status = Literal["open", "pending", "paid", "failed", "expired", "parked", "refunded"]

DelayedPayment = Literal["succeeded", "failed"]

FINAL: frozenset[Status] = frozenset({"paid", "parked", "refunded"})
"""Nothing that Stripe says of the session changes these."""

UNPAYABLE: frozenset[Status] = frozenset({"failed", "expired"})
"""Of an order in one of these nobody can pay the page any more."""

_FOLLOWS: Mapping[Status, frozenset[Status]] = {
    "open": frozenset(),
    "pending": frozenset({"open"}),
    "failed": frozenset({"open", "pending"}),
    "expired": frozenset({"open"}),
}
"""From which states an order takes what an unpaid session says."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one Checkout session offered: ``tokens`` for ``amount`` minor units of ``currency``.

    Either a ``package`` was offered or a ``plan``. ``interval`` is set where the plan is a subscription, which brings
    ``tokens_each_interval``; then no tokens come with the session.
    ``reversible`` is what of it was collected, and what of that went back. ``disputes`` are Stripe's statuses by id, as
    the last of the ``looks`` saw them. ``is_reversal_open`` says that a refund or a dispute can still change, and
    ``is_unclear`` that a person has to look at it. ``resolution`` is what a person decided.
    ``subscription_id`` is what an invoice is of. ``is_reload_page``: its page was offered to the owner of a card, whose
    bank had wanted them when a reload was charged.
    ``version`` is when the order was last written, by which a commit knows whether it has changed since it was read.
    """

    session_id: str
    user_id: str
    package: str | None
    tokens: int
    amount: int
    currency: str
    economy: str
    status: Status
    url: str
    expires_at: datetime.datetime | None
    paid_at: datetime.datetime | None
    version: datetime.datetime
    reversible: Reversible
    payment_intents: tuple[str, ...] = ()
    looks: int = 0
    disputes: Mapping[str, str] = field(default_factory=dict)
    lost_at: datetime.datetime | None = None
    is_reversal_open: bool = False
    is_unclear: bool = False
    resolution: str | None = None
    plan: str | None = None
    interval: str | None = None
    tokens_each_interval: int = 0
    subscription_id: str | None = None
    is_reload_page: bool = False

    @property
    def benefits(self) -> Benefits:
        """What it gives beside tokens."""
        return self.reversible.benefits

    @property
    def is_subscription(self) -> bool:
        """Whether its session begins a subscription."""
        return self.interval is not None

    @property
    def is_reload(self) -> bool:
        """Whether it was bought by auto-reload, without a page. Its id is the reload's."""
        return self.session_id.startswith(ids.RELOAD)

    @property
    def has_session(self) -> bool:
        """Whether a Checkout session says what became of it, and not an invoice or a reload."""
        return self.session_id.startswith("cs_")


@dataclass(frozen=True, slots=True)
class Session:
    """What is used of a Checkout session of ours. Amounts are in minor units.

    ``subtotal`` is what its lines cost, ``total`` what is collected: with tax and shipping, less discounts.
    ``user_id``, ``package`` and ``plan`` are what we told Stripe of it. ``subscription_id`` is what it began, if it
    began one, and ``invoice_id`` the first of that. ``charged_at`` is when the payer paid, in Unix seconds,
    where the session came with its charge. ``delayed_payment`` is what an event says of a payment
    that does not arrive when the page is finished; None where the event does not say it, or where there is no event.
    """

    id: str
    status: str
    payment_status: str
    mode: str
    subtotal: int | None
    total: int | None
    currency: str | None
    payment_intent_id: str | None
    user_id: str | None
    package: str | None
    delayed_payment: DelayedPayment | None = None
    charged_at: int | None = None
    plan: str | None = None
    subscription_id: str | None = None
    invoice_id: str | None = None

    @property
    def is_paid(self) -> bool:
        return self.payment_status == "paid"

    @property
    def is_free(self) -> bool:
        """Whether it was finished and nothing was to be paid, as with a coupon for everything."""
        return self.status == "complete" and self.payment_status == "no_payment_required"

    @property
    def needs_its_order(self) -> bool:
        """Whether money came in, so that the session has to find its order."""
        return self.is_paid or self.delayed_payment == "succeeded"


@dataclass(frozen=True, slots=True)
class Credit:
    """The purchase that is credited, and how many minor units were ``collected`` for it."""

    purchase: Purchase
    collected: int


@dataclass(frozen=True, slots=True)
class Change:
    """Where the order stands then: ``parked`` comes with a reason, if it was not so before, and ``paid`` with a credit,
    unless it is a subscription's."""

    status: Status
    credit: Credit | None = None
    parked_reason: str | None = None


def decide(order: Order, session: Session) -> Change:
    """What becomes of the order by what its session says.

    The buyer is credited exactly when the session is paid and offers what the order offered.
    """
    if order.status in FINAL:
        return Change(order.status)
    wrong = _differences(order, session)
    if wrong or session.total is None:
        return Change("parked", parked_reason=f"differs from the order: {', '.join(wrong)}")
    if order.is_subscription:
        if session.is_paid or session.is_free:
            return Change("paid")
    elif session.is_paid:
        return Change("paid", Credit(purchase_of(order, session), session.total))
    said = _said_unpaid(session)
    return Change(said if order.status in _FOLLOWS[said] else order.status)


def without_account() -> Change:
    """What becomes of a paid order whose buyer has no account any more."""
    return Change("parked", parked_reason="the account is gone")


def _said_unpaid(session: Session) -> Status:
    if session.delayed_payment == "failed":
        return "failed"
    if session.status == "expired":
        return "expired"
    return "pending" if session.status == "complete" else "open"


def _differences(order: Order, session: Session) -> list[str]:
    """What is not as it was offered. Tax, discounts and shipping are Stripe's to add: they change only the total."""
    offered: Mapping[str, object] = {
        "mode": "subscription" if order.is_subscription else "payment",
        "amount": order.amount,
        "currency": order.currency,
        "userId": order.user_id,
        "package": order.package,
        "plan": order.plan,
    }
    said: Mapping[str, object] = {
        "mode": session.mode,
        "amount": session.subtotal,
        "currency": session.currency,
        "userId": session.user_id,
        "package": session.package,
        "plan": session.plan,
    }
    wrong = [name for name, value in offered.items() if said[name] != value]
    return wrong if session.total is not None else [*wrong, "total"]


def purchase_of(order: Order, session: Session) -> Purchase:
    """What the order offered, bought by the payment of its session."""
    return Purchase(
        session_id=order.session_id,
        payment_intent_id=session.payment_intent_id,
        user_id=order.user_id,
        package=order.package,
        tokens=order.tokens,
        amount=order.amount,
        currency=order.currency,
        economy=order.economy,
        plan=order.plan,
    )
