"""Calls the same thing many times in parallel, and says what became of each call."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from shared.errors import Contention

T = TypeVar("T")

TIMEOUT_SECONDS = 60
PATIENCE = 1000


def concurrently(times: int, act: Callable[[int], T]) -> list[T]:
    """Returns what ``act`` returned to each of ``times`` threads, which all start at the same moment."""
    barrier = threading.Barrier(times, timeout=TIMEOUT_SECONDS)

    def run(number: int) -> T:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times), timeout=TIMEOUT_SECONDS))


def patiently(act: Callable[[], T]) -> T:
    """Returns what ``act`` finally returned to a caller who retries whenever there is too much contention."""
    for _ in range(PATIENCE):
        try:
            return act()
        except Contention:
            continue
    raise AssertionError(f"told to come again {PATIENCE} times")


def outcome(act: Callable[[], T]) -> T | type[Exception]:
    """Returns what ``act`` returned, or the type of the exception that it raised."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - the caller counts the kinds
        return type(error)
