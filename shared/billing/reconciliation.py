"""Reconciliation with Stripe: with every webhook lost, the books still end right.

A call lists the events since the last one and does what no webhook did, then looks again at the orders that can still
change. Stripe keeps events for 30 days. After a longer silence, at the first call, and where an operator says since
when, it lists what was made at Stripe instead, and looks at every subscription that goes on.
"""

import dataclasses
import datetime
from dataclasses import dataclass

from shared import clock, log
from shared.billing import missed_events, missed_objects, reconciliation_checkpoint, unfinished
from shared.billing.reconciliation_checkpoint import Busy, CatchUp, Checkpoint, Place
from shared.billing.reconciliation_tally import Failure, Tally

SETTLING = datetime.timedelta(seconds=60)
"""What is younger is left to its webhook."""

OVERLAP = datetime.timedelta(seconds=600)
"""Stripe may list an event later than one that it made after it."""

EVENTS_KEPT = datetime.timedelta(days=29)
"""A day less than Stripe keeps them for: https://docs.stripe.com/api/events"""

FIRST = datetime.timedelta(days=30)

STUCK = datetime.timedelta(days=3)
"""So long one event that fails keeps the checkpoint from moving on, as long as Stripe sends it again."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a call did: ``missed`` is what no webhook had finished, ``settled`` what changed an order by that.

    It is not ``is_complete`` when its time was up, or another call was at work: the next one continues.
    """

    through: datetime.datetime
    is_complete: bool
    listed: int = 0
    missed: int = 0
    settled: int = 0
    failed: int = 0


class _Lease:
    """The checkpoint as this call has read or written it, held from the first thing that is done."""

    def __init__(self) -> None:
        self.checkpoint = reconciliation_checkpoint.read()
        self._is_held = False

    def hold(self) -> None:
        if not self._is_held:
            self.checkpoint = reconciliation_checkpoint.hold(self.checkpoint)
            self._is_held = True

    def let_go(self) -> None:
        if self._is_held:
            reconciliation_checkpoint.let_go(self.checkpoint)


def run(since: datetime.datetime | None) -> Report:
    """Reconciles what happened since the last call, and since then if that is longer ago, as far as there is time.

    Raises:
        Unavailable: Stripe did not answer.
    """
    now = clock.now()
    lease = _Lease()
    before = lease.checkpoint
    busy = Report(before.through or now - FIRST, is_complete=False)
    if before.lease_ends is not None and before.lease_ends > now:
        return busy
    tally = Tally(lease.hold)
    until = now - SETTLING
    start = min(until, since or until, until - FIRST if before.through is None else before.through - OVERLAP)
    try:
        catch_up = _catch_up(before, since, start, until)
        if catch_up is None:
            after = _by_events(before, start, until, tally)
        else:
            after = _by_lists(before, catch_up, until, tally)
        after = dataclasses.replace(after, place=unfinished.look_again(before.place or Place(), tally))
        if tally.settled:
            log.alert("webhook-missed", count=tally.settled)
        report = Report(
            after.through or start, not tally.is_over(), tally.listed, tally.missed, tally.settled, tally.failed
        )
        after = dataclasses.replace(after, version=lease.checkpoint.version)
        reconciliation_checkpoint.finish(after, _fields(start, report, tally))
    except Busy:
        return busy
    except Exception:
        lease.let_go()
        raise
    return report


def _catch_up(
    before: Checkpoint, since: datetime.datetime | None, start: datetime.datetime, until: datetime.datetime
) -> CatchUp | None:
    """The lists to work through: those under way if they reach back far enough, or new ones where events do not."""
    if before.catch_up is not None and before.catch_up.since <= start:
        return before.catch_up
    is_silent = before.through is None or until - before.through > EVENTS_KEPT
    return CatchUp(start, until) if since is not None or is_silent else None


def _by_events(before: Checkpoint, start: datetime.datetime, until: datetime.datetime, tally: Tally) -> Checkpoint:
    reached, failure = missed_events.settle(start, until, tally)
    return dataclasses.replace(before, through=_through(reached, failure, until), catch_up=None)


def _by_lists(before: Checkpoint, catch_up: CatchUp, until: datetime.datetime, tally: Tally) -> Checkpoint:
    catch_up = missed_objects.settle(catch_up, tally)
    if catch_up.listed is not None:
        return dataclasses.replace(before, catch_up=catch_up)
    # The next call will begin with these. What they are about is done and counted; only their log entries are missing.
    counted = tally.listed, tally.missed
    _, recent = missed_events.settle(catch_up.until - OVERLAP, catch_up.until, tally)
    tally.listed, tally.missed = counted
    reached, later = missed_events.settle(catch_up.until, until, tally)
    left_behind = Failure("what was listed", catch_up.since) if catch_up.has_failed else None
    through = _through(reached, left_behind or recent or later, until)
    return dataclasses.replace(before, through=through, catch_up=None)


def _through(reached: datetime.datetime, failure: Failure | None, until: datetime.datetime) -> datetime.datetime:
    """Where the next call begins: at the first thing that failed, unless that has failed for too long."""
    if failure is None:
        return reached
    if failure.at < until - STUCK:
        log.alert("reconciliation-stuck", about=failure.about, at=failure.at.isoformat())
    return min(reached, max(failure.at, until - STUCK))


def _fields(start: datetime.datetime, report: Report, tally: Tally) -> dict[str, object]:
    return {
        "from": start,
        "through": report.through,
        "complete": report.is_complete,
        "listed": report.listed,
        "missed": report.missed,
        "settled": report.settled,
        "failed": report.failed,
        "findings": tally.findings,
    }
