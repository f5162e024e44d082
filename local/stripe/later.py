"""What happens later in a Stripe account, by the account's own clock."""

import itertools
from collections.abc import Callable
from functools import partial

from local.net.timers import Timers
from local.stripe.store import Store


class Later:
    """Calls that are made after a delay, or as soon as the account's clock is put forward beyond it.

    They are made with the store's lock held.
    """

    def __init__(self, store: Store, timers: Timers) -> None:
        self._store = store
        self._timers = timers
        self._numbers = itertools.count()
        self._waiting: dict[int, tuple[float, Callable[[], None]]] = {}

    def call_in(self, delay_seconds: float, call: Callable[[], None]) -> None:
        """Makes the call after the delay. The store's lock is held meanwhile."""
        number = next(self._numbers)
        self._waiting[number] = (self._store.now() + delay_seconds, call)
        self._timers.call_in(delay_seconds, partial(self._call, number))

    def call_due(self) -> None:
        """Makes the calls whose time has come by the account's clock."""
        with self._store.lock:
            for number, (due, _) in sorted(self._waiting.items(), key=lambda item: item[1][0]):
                if due <= self._store.now():
                    self._call(number)

    def next_due(self) -> float | None:
        """When the next call is made, by the account's clock. The store's lock is held meanwhile."""
        return min((due for due, _ in self._waiting.values()), default=None)

    def clear(self) -> None:
        """Forgets every call that is still to be made."""
        with self._store.lock:
            self._waiting.clear()

    def _call(self, number: int) -> None:
        with self._store.lock:
            if number in self._waiting:
                _, call = self._waiting.pop(number)
                call()
