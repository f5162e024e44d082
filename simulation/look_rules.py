"""What must hold of every look at an order: Stripe was asked for it after the look before it was committed."""

import urllib.parse
from collections.abc import Iterable

from simulation.mirror import Change
from simulation.violations import require

LISTED = "disputes"
"""Stripe's list that every look asks for, of each payment, and the field of an order that only looks write."""


SUBSCRIPTIONS = "subscriptions"


class Looks:
    """Which answers of Stripe are not older than the last look that was committed.

    Each is known by who asked: of users of whom one acts in the middle of what another does, each has a depth.
    """

    def __init__(self) -> None:
        self._fresh: set[tuple[int, str]] = set()

    def answered(self, url: str, depth: int) -> None:
        """Remembers what Stripe answered to a GET of ``url``."""
        parts = urllib.parse.urlsplit(url)
        for payment in urllib.parse.parse_qs(parts.query).get("payment_intent", ()):
            if parts.path.endswith(f"/{LISTED}"):
                self._fresh.add((depth, payment))
        kind, _, name = parts.path.rpartition("/")
        if kind.endswith(f"/{SUBSCRIPTIONS}"):
            self._fresh.add((depth, name))

    def check(self, commit: Iterable[Change], depth: int) -> None:
        """Checks the looks that are part of a commit.

        Raises:
            Violation: an older answer of Stripe replaced a newer one.
        """
        for change in commit:
            asked: list[str] = []
            if change.collection == "orders" and LISTED in change.fields:
                asked = (change.after or {})["paymentIntents"]
            elif change.collection == SUBSCRIPTIONS:
                asked = [change.id]
            for about in asked:
                is_fresh = (depth, about) in self._fresh
                require(is_fresh, f"a look at {change.id} was committed that is older than another one")
                self._fresh = {each for each in self._fresh if each[1] != about}
