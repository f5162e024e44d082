"""Doing the same thing many times at once, and telling what became of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

TIMEOUT_SECONDS = 60


def at_once(times: int, act: Callable[[int], T]) -> list[T]:
    """What ``act`` returned to each of ``times`` threads, which all start at the same moment."""
    barrier = threading.Barrier(times, timeout=TIMEOUT_SECONDS)

    def run(number: int) -> T:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times), timeout=TIMEOUT_SECONDS))


def outcome(act: Callable[[], T]) -> T | type[Exception]:
    """What ``act`` returned, or the kind of exception that it raised."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - the caller counts the kinds
        return type(error)
