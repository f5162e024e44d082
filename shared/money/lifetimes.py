"""When tokens end, by the economy: the days that are given for a bonus, and the grace of what comes back."""

import datetime

from shared import clock
from shared.economy.chosen import economy
from shared.ledger import days


def of_bonus() -> int | None:
    """The day at which what is given away now ends; None is never."""
    lifetime = economy().expiry.bonus_days
    return days.ending(clock.now() + datetime.timedelta(days=lifetime)) if lifetime else None


def end_of_grace(read_time: datetime.datetime) -> int:
    """The first day at which tokens may end that come back. ``read_time`` is Firestore's, of what it follows from."""
    return days.plus(clock.day_at(read_time), economy().expiry.refund_grace_days)
