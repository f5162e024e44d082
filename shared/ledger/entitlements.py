"""What a wallet may use beside its tokens, and what it has used today.

A plan or a pass makes pictures without tokens, up to a number a day; a trial makes a few, once. What was sold stands on
the wallet with all its terms, so that no later edit of the economy changes it.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from shared.ledger import days

SubscriptionStatus = Literal["inactive", "active", "past_due", "cancelled"]
SUBSCRIPTION_STATUSES: tuple[SubscriptionStatus, ...] = get_args(SubscriptionStatus)

RENEWAL = datetime.timedelta(hours=3)
"""How long an active plan may be unpaid: Stripe collects a renewal about an hour after its period has begun."""

NEVER = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Unlimited:
    """Use without tokens: up to ``per_day`` pictures of ``features`` in a day, counted under ``key``."""

    paid_by: Literal["plan", "pass"]
    key: str
    per_day: int
    features: frozenset[str]


@dataclass(frozen=True, slots=True)
class Subscription:
    """The subscription that a user has, as Stripe described it at the latest look.

    ``until`` is the end of the last period that was paid; None is that none was. ``action_url`` leads to what the user
    has to do, where there is something. ``unlimited_per_day`` is None where the plan makes nothing without tokens.
    """

    id: str
    plan: str
    tier: str
    status: SubscriptionStatus
    until: datetime.datetime | None
    action_url: str | None = None
    unlimited_per_day: int | None = None
    features: frozenset[str] = frozenset()
    grants_access: bool = False

    def is_running(self, now: datetime.datetime, grace_days: int) -> bool:
        """Whether the plan can be used: also for ``grace_days`` after ``until``, while its renewal is being paid."""
        if self.until is None or self.status not in ("active", "past_due"):
            return False
        renewal = RENEWAL if self.status == "active" else datetime.timedelta()
        return now < self.until + datetime.timedelta(days=grace_days) + renewal


@dataclass(frozen=True, slots=True)
class Pass:
    """Use of a plan until a moment, paid once; with ``of_property``, for that one alone."""

    plan: str
    of_property: str | None
    until: datetime.datetime
    unlimited_per_day: int | None = None
    features: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """What the wallet has the pass under."""
        return self.plan if self.of_property is None else f"{self.plan}:{self.of_property}"

    @property
    def place(self) -> tuple[bool, datetime.datetime, str]:
        """Where it stands among passes that could be used: that of a property first, then what ends soonest."""
        return self.of_property is None, self.until, self.key

    def is_running(self, now: datetime.datetime) -> bool:
        return now < self.until


@dataclass(frozen=True, slots=True)
class Trial:
    """Pictures that a new account makes without tokens: both together are what was granted, once."""

    remaining: int
    used: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The pictures of one day that were accepted by any means, less those that failed; and by plan or pass.

    ``refused`` failed because the budget of all pictures was used up. ``gone`` are the days that are over and still on
    the wallet, by their fields.
    """

    images: int = 0
    by_plan: Mapping[str, int] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Entitlements:
    """All of it, as of ``now``: the moment at which the wallet was read, by Firestore's clock."""

    now: datetime.datetime = NEVER
    subscription: Subscription | None = None
    passes: tuple[Pass, ...] = ()
    trial: Trial | None = None
    usage: Usage = Usage()
    access_since: datetime.datetime | None = None

    @property
    def today(self) -> int:
        """The day that ``now`` is in."""
        return days.day_of(self.now)

    @property
    def next_midnight(self) -> datetime.datetime:
        """When the counts of today end."""
        return days.midnight(days.plus(self.today, 1))

    @property
    def seconds_to_midnight(self) -> int:
        """Until then, rounded up: at least one."""
        return int((self.next_midnight - self.now).total_seconds()) + 1

    @property
    def running_passes(self) -> tuple[Pass, ...]:
        return tuple(each for each in self.passes if each.is_running(self.now))

    @property
    def trial_remaining(self) -> int:
        return self.trial.remaining if self.trial is not None else 0

    def has_access(self, grace_days: int) -> bool:
        """Whether features can be used that need access: by a purchase, a pass, or a plan that grants it."""
        if self.access_since is not None or self.running_passes:
            return True
        plan = self.subscription
        return plan is not None and plan.grants_access and plan.is_running(self.now, grace_days)

    def unlimited(self, of_property: str | None, grace_days: int) -> Iterator[Unlimited]:
        """What may make pictures without tokens, for a property or for none, in the order in which it does.

        A pass of the property comes before those for everything, and what ends sooner before what ends later.
        """
        plan = self.subscription
        if plan is not None and plan.unlimited_per_day is not None and plan.is_running(self.now, grace_days):
            yield Unlimited("plan", plan.plan, plan.unlimited_per_day, plan.features)
        fitting = [each for each in self.running_passes if each.of_property in (None, of_property)]
        for each in sorted(fitting, key=lambda one: one.place):
            if each.unlimited_per_day is not None:
                yield Unlimited("pass", each.key, each.unlimited_per_day, each.features)
