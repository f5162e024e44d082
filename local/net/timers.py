"""Timers: calls that run later, on a bounded number of threads."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Timers:
    """Runs calls after a delay: late when all threads are busy, never early, and not at all after ``stop``."""

    def __init__(self, name: str, threads: int) -> None:
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        self._changed = threading.Condition()
        self._numbers = itertools.count()  # keeps calls of the same moment in order, and apart in the heap
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._stopped = False

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Drops the calls that are still to come, and waits for those that are running."""
        with self._changed:
            self._stopped = True
            self._calls.clear()
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():  # none is when it was never started
                thread.join()

    def call_in(self, delay_seconds: float, call: Callable[[], None]) -> None:
        with self._changed:
            if self._stopped:
                return
            heapq.heappush(self._calls, (time.monotonic() + max(delay_seconds, 0.0), next(self._numbers), call))
            self._changed.notify()

    def _work(self) -> None:
        while (call := self._next()) is not None:
            try:
                call()
            except Exception as fault:  # noqa: BLE001 - reported as Python reports a thread that dies of it
                # A bug of the stand-in itself is reported, and the thread continues with the other calls.
                report = (type(fault), fault, fault.__traceback__, threading.current_thread())
                threading.excepthook(threading.ExceptHookArgs(report))

    def _next(self) -> Callable[[], None] | None:
        """Returns the next call once it is due, or None after ``stop``."""
        with self._changed:
            while not self._stopped:
                wait_seconds = self._calls[0][0] - time.monotonic() if self._calls else None
                if wait_seconds is not None and wait_seconds <= 0:
                    _, _, call = heapq.heappop(self._calls)
                    # Another thread takes over the watch. Which one a notify wakes is not promised, so this may have
                    # been the only one that knew when the next call is due.
                    self._changed.notify()
                    return call
                # Capped, since a wait beyond threading.TIMEOUT_MAX overflows.
                self._changed.wait(None if wait_seconds is None else min(wait_seconds, 3600.0))
            return None
