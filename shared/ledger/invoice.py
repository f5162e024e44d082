"""Invoices: how many tokens a paid invoice of a subscription grants, and until when they last.

Stripe makes an invoice whenever money is due for a subscription: when it begins, at each renewal, and when its plan is
changed. What was sold by each price is on record (``Offer``), and what a line charges of a price says how much of that
was bought. So a renewal is all of its plan; an upgrade half-way through a month has a line that gives back half of the
old plan and one that charges half of the new one. Discounts and taxes stand beside the lines and change nothing.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from shared.ledger import days, ids
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.lots import NO_LOTS, Lots
from shared.ledger.offer import Offer

Offers = Mapping[str, Offer]
"""What is on record of the prices, by their ids."""


@dataclass(frozen=True, slots=True)
class Line:
    """What an invoice charges, or gives back where the ``amount`` is negative: minor units, before discounts and tax.

    ``price_id`` is None where it is of no price. ``is_of_plan`` says that the subscription charged it, and not a person
    who added something to the invoice. ``ends_at`` is the end of the period that it is for.
    """

    price_id: str | None
    amount: int
    currency: str
    ends_at: datetime.datetime
    is_of_plan: bool = True


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of a subscription of ours, as Stripe says it is. Amounts are minor units of ``currency``.

    ``subtotal`` is what its lines cost, ``paid`` what was collected. ``user_id`` is what we told Stripe of the
    subscription, None where that is nobody; ``customer_id`` is who pays. ``page_url`` is where it can be paid.
    """

    id: str
    subscription_id: str
    user_id: str | None
    customer_id: str | None
    status: str
    subtotal: int
    paid: int
    currency: str
    lines: tuple[Line, ...]
    page_url: str | None = None
    paid_at: datetime.datetime | None = None

    @property
    def is_paid(self) -> bool:
        """Whether nothing is due of it any more. It stays so, whatever is refunded later."""
        return self.status == "paid"

    @property
    def price_ids(self) -> tuple[str, ...]:
        """The prices of its lines, each once."""
        return tuple(dict.fromkeys(line.price_id for line in self.lines if line.price_id is not None))

    @property
    def ends_at(self) -> datetime.datetime | None:
        """The end of the last period that it charges for, or gives for nothing; None where it is of no plan."""
        return max((line.ends_at for line in self.lines if line.is_of_plan and line.amount >= 0), default=None)


@dataclass(frozen=True, slots=True)
class SubscriptionGrant:
    """What a paid invoice gives, as far as it is known. ``amount`` is its subtotal.

    ``plan`` is None where no line is of a plan on record. The ``tokens`` end with the day before ``expires_on``; None
    is never.
    """

    invoice_id: str
    subscription_id: str
    user_id: str
    plan: str | None
    tokens: int
    amount: int
    currency: str
    period_end: datetime.datetime | None
    economy: str
    expires_on: int | None

    def entry(self) -> Entry:
        """The credit, keyed by the invoice. One of a plan without tokens is of 0: the ledger shows every payment."""
        does_expire = self.expires_on is not None and self.tokens > 0
        return Entry(
            ids.subscription_grant(self.invoice_id),
            self.user_id,
            "subscription_grant",
            Funds(purchased=self.tokens),
            {
                "invoiceId": self.invoice_id,
                "subscriptionId": self.subscription_id,
                "plan": self.plan,
                "amount": self.amount,
                "currency": self.currency,
                "periodEnd": self.period_end,
            },
            self.economy,
            fingerprint="",
            lots=Lots(purchased={self.expires_on: self.tokens}) if does_expire and self.expires_on else NO_LOTS,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """The account of the invoice's user, as far as it matters: the Stripe customer that is theirs, if any."""

    customer_id: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a paid invoice comes to: its grant is credited, or parked where there is a reason to.

    ``is_of_another_account`` says that the reason is whose it is, and not what it sold.
    """

    grant: SubscriptionGrant
    parked_reason: str | None = None
    is_of_another_account: bool = False


def settle(invoice: Invoice, offers: Offers, account: Account | None, earliest: int, economy: str) -> Settlement:
    """What becomes of an invoice that is paid. ``account`` is its user's, None where there is none.

    Tokens that end do so on the day ``earliest`` at the earliest: whoever is granted them late is to have time to use
    them. ``economy`` is what the line names where no price of the invoice is on record.
    """
    known = [line for line in invoice.lines if (line.price_id or "") in offers]
    unpriced = _unpriced(invoice, offers)
    last = max(known, key=lambda line: (line.amount > 0, line.ends_at, line.amount), default=None)
    offer = offers[last.price_id or ""] if last is not None else None
    period_end = last.ends_at if last is not None else invoice.ends_at
    expires_on = None
    if offer is not None and offer.tokens_expire and period_end is not None:
        expires_on = max(days.plus(days.ending(period_end), offer.grace_days), earliest)
    grant = SubscriptionGrant(
        invoice_id=invoice.id,
        subscription_id=invoice.subscription_id,
        user_id=invoice.user_id or "",
        plan=offer.plan if offer is not None else None,
        tokens=0 if unpriced else tokens_of(known, offers),
        amount=invoice.subtotal,
        currency=invoice.currency,
        period_end=period_end,
        economy=offer.economy if offer is not None else economy,
        expires_on=expires_on,
    )
    unowned = _unowned(invoice, account)
    return Settlement(grant, unpriced or unowned, is_of_another_account=unpriced is None and unowned is not None)


def tokens_of(lines: list[Line], offers: Offers) -> int:
    """The tokens that the lines buy, each of which is of a price on record; what they give back counts against them.

    It is one exact fraction, rounded down once, and never below 0.
    """
    bought = Fraction()
    for line in lines:
        offer = offers[line.price_id or ""]
        bought += Fraction(offer.tokens * line.amount, offer.amount)
    return max(0, bought.numerator // bought.denominator)


def _unpriced(invoice: Invoice, offers: Offers) -> str | None:
    """Why nobody knows how many tokens the invoice buys; None where it is known."""
    for line in invoice.lines:
        offer = offers.get(line.price_id or "")
        if offer is None and line.is_of_plan:
            return f"no offer has the price {line.price_id}"
        if offer is not None and offer.currency != line.currency:
            return f"the price {line.price_id} was charged in another currency"
        if offer is not None and offer.amount <= 0:
            return f"the offer of the price {line.price_id} costs nothing"
    return None


def _unowned(invoice: Invoice, account: Account | None) -> str | None:
    """Why nobody knows whose tokens they are; None where it is known."""
    if account is None:
        return "the account is gone"
    if account.customer_id != invoice.customer_id or invoice.customer_id is None:
        return "the customer is another account's"
    return None
