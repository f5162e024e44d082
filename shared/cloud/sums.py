"""Counts and sums for the audit: each with a time of its own, and in parts where it does not fit into that.

Firestore looks at every line that it counts or sums. Someday that takes longer than any call should; then the lines are
cut into ranges, by their time or by whose they are, and the parts are summed. How many parts there can be is bounded,
and so is the time for all of them.
"""

import datetime
import itertools
from collections.abc import Iterator

from shared import clock
from shared.cloud.failures import DeadlineExceeded, GatewayTimeout, RetryError, ServiceUnavailable
from shared.cloud.queries import Query, fetch, measure

SECONDS = 20.0
"""For one count or sum."""

TOO_SLOW = (DeadlineExceeded, GatewayTimeout, RetryError, ServiceUnavailable)

PARTS = 16
DEPTH = 2
"""Ranges of time are cut once more where a part is still too slow: 256 at most."""

USER_CUTS = ("4", "8", "C", "G", "K", "O", "S", "W", "a", "e", "i", "m", "q", "u")
"""Firebase's uids are letters and digits, each as often as any other."""

COUNT = "count"

Amounts = dict[str, float]
"""By field, and ``COUNT``. A float says that something summed is no whole number."""


def by_time(lines: Query, fields: tuple[str, ...], moment: datetime.datetime, until: float) -> Amounts:
    """How many the ``lines`` are and what their ``fields`` sum to, in ranges of ``timestamp`` if it must be.

    ``until`` is when it has to be done, by ``clock.monotonic``.

    Raises:
        DeadlineExceeded: it could not be done in time.
    """
    try:
        return at_once(lines.order_by("timestamp"), fields, moment, until)
    except TOO_SLOW:
        ends = [_end(lines, descending, moment, until) for descending in (False, True)]
        if ends[0] is None or ends[1] is None:
            raise
        return _in_times(lines, fields, moment, until, ends[0], ends[1] + datetime.timedelta(microseconds=1), DEPTH)


def by_user(
    query: Query, order: tuple[str, ...], field: str | None, moment: datetime.datetime, until: float
) -> Amounts:
    """The same over everybody, of one ``field`` or of none, in ranges of ``userId`` if it must be.

    ``order`` is added to the query where it is cut: what the index goes on with, behind the fields that are fixed.

    Raises:
        DeadlineExceeded: it could not be done in time.
    """
    fields = () if field is None else (field,)
    try:
        return at_once(query, fields, moment, until)
    except TOO_SLOW:
        total: Amounts = {}
        for low, high in itertools.pairwise((None, *USER_CUTS, None)):
            part = query if low is None else query.where("userId", ">=", low)
            part = part if high is None else part.where("userId", "<", high)
            for name in order:
                part = part.order_by(name)
            _add(total, at_once(part, fields, moment, until))
        return total


def at_once(query: Query, fields: tuple[str, ...], moment: datetime.datetime, until: float) -> Amounts:
    """The same in one part, whatever it is of.

    Raises:
        DeadlineExceeded: it could not be done in time.
    """
    aggregation = query.count(COUNT)
    for field in fields:
        aggregation = aggregation.sum(field, field)
    return measure(aggregation, moment, min(SECONDS, _require_time(until)))


def _in_times(
    lines: Query,
    fields: tuple[str, ...],
    moment: datetime.datetime,
    until: float,
    start: datetime.datetime,
    end: datetime.datetime,
    depth: int,
) -> Amounts:
    total: Amounts = {}
    for low, high in _ranges(start, end):
        part = lines.where("timestamp", ">=", low).where("timestamp", "<", high)
        try:
            _add(total, at_once(part.order_by("timestamp"), fields, moment, until))
        except TOO_SLOW:
            if depth == 1:
                raise
            _add(total, _in_times(lines, fields, moment, until, low, high, depth - 1))
    return total


def _ranges(start: datetime.datetime, end: datetime.datetime) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
    edges = [start + number * (end - start) / PARTS for number in range(PARTS)]
    return itertools.pairwise([*edges, end])


def _end(lines: Query, descending: bool, moment: datetime.datetime, until: float) -> datetime.datetime | None:
    """The time of the first or the last line, None where there is none."""
    _require_time(until)
    found = fetch(lines.order_by("timestamp", descending=descending).limit(1), moment)
    time_of: datetime.datetime | None = found[0].fields["timestamp"] if found else None
    return time_of


def _require_time(until: float) -> float:
    """The seconds that are left."""
    left = until - clock.monotonic()
    if left <= 0:
        raise DeadlineExceeded("the time for this is up")  # type: ignore[no-untyped-call]  # as the library has it
    return left


def _add(total: Amounts, part: Amounts) -> None:
    for name, amount in part.items():
        total[name] = total.get(name, 0) + amount
