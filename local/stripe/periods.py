"""Billing periods: when the next one begins, by the calendar, in UTC. Times are Unix seconds."""

import calendar
import datetime

DAY_SECONDS = 24 * 60 * 60

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def end_after(moment: int, *, anchor: int, interval: str, interval_count: int) -> int:
    """The first end of a period after ``moment``, of the periods that are counted from ``anchor``.

    Where a month lacks the anchor's day, its period ends on the last day: 31 January, 28 February, 31 March.
    """
    if interval in _DAYS:
        length = _DAYS[interval] * interval_count * DAY_SECONDS
        return anchor + ((moment - anchor) // length + 1) * length
    begun = datetime.datetime.fromtimestamp(anchor, datetime.UTC)
    at = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    step = _MONTHS[interval] * interval_count
    months = ((at.year - begun.year) * 12 + at.month - begun.month) // step * step
    while (end := _months_later(begun, months)) <= moment:
        months += step
    return end


def _months_later(begun: datetime.datetime, months: int) -> int:
    years, month = divmod(begun.month - 1 + months, 12)
    year = begun.year + years
    day = min(begun.day, calendar.monthrange(year, month + 1)[1])
    return int(begun.replace(year=year, month=month + 1, day=day).timestamp())
