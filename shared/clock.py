"""The time, asked for in one place, so that a simulation can move it. Money is never decided by it."""

import datetime
import time


def now() -> datetime.datetime:
    """The time in UTC."""
    return datetime.datetime.now(datetime.UTC)


def monotonic() -> float:
    """Seconds since some moment, by a clock that nobody sets: for how long something takes."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Returns after that long."""
    time.sleep(seconds)
