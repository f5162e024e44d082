"""The time, asked for in one place, so that a simulation can move it. Money is never decided by it."""

import datetime
import time


def now() -> datetime.datetime:
    """The time in UTC."""
    return datetime.datetime.now(datetime.UTC)


def today() -> int:
    """The day in UTC as one whole number, 20261128, which sorts as the days do."""
    return int(f"{now():%Y%m%d}")


def monotonic() -> float:
    """Seconds since some moment, by a clock that nobody sets: for how long something takes."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Returns after that long."""
    time.sleep(seconds)
