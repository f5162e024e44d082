"""Subscriptions: what Stripe says of one, as we keep it, and which of several says what a user may use.

A user should have one subscription at most. Two pages that were paid in two tabs make two of them, so that a user's
subscription is the best one there is.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from shared.ledger.offer import Offer

Status = Literal["inactive", "active", "past_due", "cancelled"]

_STATUS: dict[str, Status] = {
    "trialing": "active",
    "active": "active",
    "past_due": "past_due",
    "canceled": "cancelled",
}
"""By Stripe's words. All others are ``inactive``: it was never paid, is not paid for any more, or stands still."""

_BEST_FIRST: tuple[Status, ...] = ("active", "past_due", "cancelled", "inactive")

_EARLIEST = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)

LIVE: Collection[Status] = ("active", "past_due")
"""The statuses of a subscription that is going on."""

NOT_ENDED: Collection[Status] = (*LIVE, "inactive")
"""Those of one that can still become another: what stands still may go on, and what has ended never does."""


@dataclass(frozen=True, slots=True)
class Said:
    """What Stripe says of a subscription of ours now. ``status`` is Stripe's word.

    ``paid_until`` is the end of the last period that was paid, None where none was. ``page_url`` is where its latest
    invoice can be paid.
    """

    id: str
    user_id: str
    customer_id: str
    status: str
    price_id: str
    period_start: datetime.datetime
    period_end: datetime.datetime
    paid_until: datetime.datetime | None
    is_ending: bool
    ended_at: datetime.datetime | None
    page_url: str | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it is kept. ``plan`` and what follows it are of the price's offer.

    ``cancel_at_period_end`` says that it is not renewed any more. ``action_url`` is where the user has to pay.
    """

    id: str
    user_id: str
    customer_id: str
    status: Status
    stripe_status: str
    period_start: datetime.datetime
    period_end: datetime.datetime
    paid_until: datetime.datetime | None
    cancel_at_period_end: bool
    ended_at: datetime.datetime | None
    action_url: str | None
    plan: str | None = None
    tier: str | None = None
    economy: str | None = None
    unlimited_per_day: int | None = None
    features: tuple[str, ...] = ()
    grants_access: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it is going on: paid, or about to be."""
        return self.status in LIVE

    @property
    def until(self) -> datetime.datetime | None:
        """The end of what was paid: one that was cancelled at once ended before."""
        if self.status == "cancelled" and self.ended_at is not None and self.paid_until is not None:
            return min(self.ended_at, self.paid_until)
        return self.paid_until


def as_said(said: Said, offer: Offer | None) -> Subscription:
    """The subscription that Stripe describes; ``offer`` is what its price sells, None where that is not on record."""
    status = _STATUS.get(said.status, "inactive")
    return Subscription(
        id=said.id,
        user_id=said.user_id,
        customer_id=said.customer_id,
        status=status,
        stripe_status=said.status,
        period_start=said.period_start,
        period_end=said.period_end,
        paid_until=said.paid_until,
        cancel_at_period_end=said.is_ending,
        ended_at=said.ended_at,
        action_url=said.page_url if said.status in ("past_due", "incomplete", "unpaid") else None,
        plan=offer.plan if offer else None,
        tier=offer.tier if offer else None,
        economy=offer.economy if offer else None,
        unlimited_per_day=offer.unlimited_per_day if offer else None,
        features=offer.features if offer else (),
        grants_access=offer.grants_access if offer else False,
    )


def best(subscriptions: Iterable[Subscription], customer_id: str | None) -> Subscription | None:
    """The one of a user's subscriptions that counts: what goes on before what ended, then what is paid for longer.

    One that is another customer's is not the user's, whatever else it says. What a price sells that is not on record
    nobody knows, so that its subscription does not count either.
    """
    own = [each for each in subscriptions if each.customer_id == customer_id and each.plan is not None]
    return min(own, key=_place, default=None)


def _place(one: Subscription) -> tuple[int, datetime.timedelta, str]:
    return _BEST_FIRST.index(one.status), _EARLIEST - (one.until or _EARLIEST), one.id
