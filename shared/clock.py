"""The time, asked for in one place, so that a simulation can move it. Money is never decided by it."""

import datetime


def now() -> datetime.datetime:
    """The time in UTC."""
    return datetime.datetime.now(datetime.UTC)
