"""The time, asked for in one place, so that a simulation can move it. Money is never decided by it."""

import datetime
import time

_ahead = datetime.timedelta()


def put_ahead(span: datetime.timedelta) -> None:
    """Has the clock of this process go so far ahead of the real one. Only the local cloud does that."""
    global _ahead
    _ahead = span


def now() -> datetime.datetime:
    """The time in UTC."""
    return real_now() + _ahead


def real_now() -> datetime.datetime:
    """The time in UTC by which signatures are made and checked: nothing puts it ahead."""
    return datetime.datetime.now(datetime.UTC)


def today() -> int:
    """The day in UTC as one whole number, 20261128, which sorts as the days do."""
    return int(f"{now():%Y%m%d}")


def at(moment: datetime.datetime) -> datetime.datetime:
    """The moment that Firestore told, as the time of a read. The clock of an instance decides nothing of it.

    Where the clocks of a local cloud are put ahead, so is this one.
    """
    return moment.astimezone(datetime.UTC) + _ahead


def day_at(moment: datetime.datetime) -> int:
    """The day of such a moment, as ``today``."""
    return int(f"{at(moment):%Y%m%d}")


def monotonic() -> float:
    """Seconds since some moment, by a clock that nobody sets: for how long something takes."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Returns after that long."""
    time.sleep(seconds)
