"""Benefits: what a paid order gives beside tokens, which is days of a pass, and access.

A pass that is bought while one of its key runs lengthens that. Once all of an order's money went back, the days of its
pass go off the end of what is held, and its access goes unless another order gives it. Money that returns brings both
back.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.ledger.entitlements import Pass

NOTHING = datetime.timedelta(0)


@dataclass(frozen=True, slots=True)
class Access:
    """Since when somebody may use what needs access, and by which order.

    ``changes`` grows with everything that becomes of an order that gives it, so that two of them see each other.
    """

    since: datetime.datetime
    by: str
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """What an account holds beside tokens. The key of a pass is its plan, or ``plan:property``."""

    passes: Mapping[str, Pass] = field(default_factory=dict)
    access: Access | None = None


@dataclass(frozen=True, slots=True)
class PassOffer:
    """A pass as it was sold: ``days`` of a plan, for one property or for everything."""

    plan: str
    of_property: str | None
    days: int
    unlimited_per_day: int | None
    features: frozenset[str]

    def until(self, moment: datetime.datetime) -> Pass:
        """The pass that ends then."""
        return Pass(self.plan, self.of_property, moment, self.unlimited_per_day, self.features)


@dataclass(frozen=True, slots=True)
class Benefits:
    """What an order gives beside tokens, as it was sold; most give nothing.

    ``withdrawn`` is None while it stands. Else it is the time that its pass lost when all of the money had gone back.
    """

    sold_pass: PassOffer | None = None
    grants_access: bool = False
    withdrawn: datetime.timedelta | None = None

    def __bool__(self) -> bool:
        return self.sold_pass is not None or self.grants_access

    def turns(self, is_all_back: bool) -> bool:
        """Whether something is to be withdrawn, or to come back, now that all of the money is back, or is not."""
        return bool(self) and is_all_back == (self.withdrawn is None)


NO_BENEFITS = Benefits()


def given(benefits: Benefits, order_id: str, held: Held, now: datetime.datetime) -> Held:
    """What is held once the order is paid. Passes that have ended are held no more."""
    passes = dict(_running(held, now))
    if (sold := benefits.sold_pass) is not None:
        _lengthen(passes, sold, datetime.timedelta(days=sold.days), now)
    return Held(passes, _access_with(benefits, order_id, held, now))


def withdrawn(
    benefits: Benefits, order_id: str, held: Held, heir: Access | None, now: datetime.datetime
) -> tuple[Held, datetime.timedelta]:
    """What is held once all of the order's money is back, and the time that its pass lost by that.

    ``heir`` is the access that another order gives, None where there is none.
    """
    passes, lost = dict(_running(held, now)), NOTHING
    if (sold := benefits.sold_pass) is not None and (running := passes.pop(sold.until(now).key, None)) is not None:
        lost = min(datetime.timedelta(days=sold.days), running.until - now)
        left = replace(running, until=running.until - lost)
        if left.is_running(now):
            passes[left.key] = left
    access = held.access
    if benefits.grants_access and access is not None:
        after = heir if access.by == order_id else access
        access = replace(after, changes=access.changes + 1) if after is not None else None
    return Held(passes, access), lost


def returned(benefits: Benefits, order_id: str, held: Held, now: datetime.datetime) -> Held:
    """What is held once money of the order returned: its pass has the time again that it lost."""
    passes = dict(_running(held, now))
    if (sold := benefits.sold_pass) is not None and benefits.withdrawn:
        _lengthen(passes, sold, benefits.withdrawn, now)
    return Held(passes, _access_with(benefits, order_id, held, now))


def _running(held: Held, now: datetime.datetime) -> Mapping[str, Pass]:
    return {key: each for key, each in held.passes.items() if each.is_running(now)}


def _lengthen(passes: dict[str, Pass], sold: PassOffer, time: datetime.timedelta, now: datetime.datetime) -> None:
    """Gives the pass that much more time. Where the two were sold with other terms it has the better of both."""
    new = sold.until(now + time)
    if (running := passes.get(new.key)) is not None:
        new = replace(
            new,
            until=running.until + time,
            unlimited_per_day=max(running.unlimited_per_day or 0, new.unlimited_per_day or 0) or None,
            features=running.features | new.features,
        )
    passes[new.key] = new


def _access_with(benefits: Benefits, order_id: str, held: Held, now: datetime.datetime) -> Access | None:
    if not benefits.grants_access:
        return held.access
    if held.access is None:
        return Access(now, order_id)
    return replace(held.access, changes=held.access.changes + 1)
