"""UTC days as whole numbers, 20361103, as lots are named by them."""

import datetime


def day_of(moment: datetime.datetime) -> int:
    """The day that the moment is in."""
    return int(f"{moment:%Y%m%d}")


def plus(day: int, days: int) -> int:
    """The day that many days later."""
    return day_of(midnight(day) + datetime.timedelta(days=days))


def midnight(day: int) -> datetime.datetime:
    """The moment that the day begins at."""
    return datetime.datetime.strptime(str(day), "%Y%m%d").replace(tzinfo=datetime.UTC)


def ending(promised: datetime.datetime) -> int:
    """The day at whose first moment ends what was promised until then."""
    day = day_of(promised)
    return day if midnight(day) == promised else plus(day, 1)
