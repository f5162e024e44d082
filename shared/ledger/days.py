"""Days: UTC days as whole numbers, 20261222, which sort as the days do. A day begins at its midnight."""

import datetime

_NO_TIME = datetime.timedelta(0)
_ONE_DAY = datetime.timedelta(days=1)


def day_of(moment: datetime.datetime) -> int:
    """The day that the moment is in."""
    return _number(moment.astimezone(datetime.UTC).date())


def ending(promised: datetime.datetime) -> int:
    """The day at whose midnight ends what was promised until that moment: the next one, or the moment itself."""
    utc = promised.astimezone(datetime.UTC)
    into_the_day = utc - midnight(day_of(utc))
    return day_of(utc if into_the_day == _NO_TIME else utc + _ONE_DAY)


def plus(day: int, days: int) -> int:
    """The day that many days later."""
    return _number(midnight(day).date() + datetime.timedelta(days=days))


def midnight(day: int) -> datetime.datetime:
    """The moment that the day begins at.

    Raises:
        ValueError: there is no such day.
    """
    return datetime.datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=datetime.UTC)


def _number(date: datetime.date) -> int:
    return date.year * 10_000 + date.month * 100 + date.day
