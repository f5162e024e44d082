"""What happens later in a Stripe account, by the account's own clock."""

import itertools
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from local.net.timers import Timers
from local.stripe.store import Store


class _Due(NamedTuple):
    at: float
    about: str
    call: Callable[[], None]


class Later:
    """Calls that are made after a delay, or as soon as the account's clock is put forward beyond it.

    They are made with the store's lock held.
    """

    def __init__(self, store: Store, timers: Timers) -> None:
        self._store = store
        self._timers = timers
        self._numbers = itertools.count()
        self._waiting: dict[int, _Due] = {}

    def call_in(self, delay_seconds: float, about: str, call: Callable[[], None]) -> None:
        """Makes the call after the delay; ``about`` is the id of an object. The store's lock is held meanwhile."""
        number = next(self._numbers)
        self._waiting[number] = _Due(self._store.now() + delay_seconds, about, call)
        self._timers.call_in(delay_seconds, partial(self._call, number))

    def call_due(self) -> None:
        """Makes the calls whose time has come by the account's clock."""
        with self._store.lock:
            for number, due in sorted(self._waiting.items(), key=lambda item: item[1].at):
                if due.at <= self._store.now():
                    self._call(number)

    def call_about(self, about: str) -> bool:
        """Makes the calls about the object now, and says whether there were any. The store's lock is held meanwhile."""
        numbers = [number for number, due in self._waiting.items() if due.about == about]
        for number in numbers:
            self._call(number)
        return bool(numbers)

    def next_due(self) -> float | None:
        """When the next call is made, by the account's clock. The store's lock is held meanwhile."""
        return min((due.at for due in self._waiting.values()), default=None)

    def clear(self) -> None:
        """Forgets every call that is still to be made."""
        with self._store.lock:
            self._waiting.clear()

    def _call(self, number: int) -> None:
        with self._store.lock:
            if number in self._waiting:
                self._waiting.pop(number).call()
