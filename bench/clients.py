"""Simultaneous clients: threads that make their calls one after the other and begin at the same moment."""

import math
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.operations import Call


@dataclass(frozen=True, slots=True)
class Run:
    """The result: the seconds of every call and of the whole, and the errors by the name of their class."""

    latencies: list[float]
    seconds: float
    errors: Counter[str]

    @property
    def throughput(self) -> float:
        """Calls a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """The latency that ``percent`` of the calls stay within, in seconds."""
        return percentile(self.latencies, percent)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest of the values that ``percent`` of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def run(clients: list[list[Call]]) -> Run:
    """Makes the calls of every client."""
    together = threading.Barrier(len(clients) + 1)
    latencies: list[float] = []
    errors: Counter[str] = Counter()

    def work(calls: list[Call]) -> None:
        together.wait()
        for call in calls:
            started = time.perf_counter()
            try:
                call()
            except Exception as error:  # noqa: BLE001 - whatever a call raises is what is counted here
                errors[type(error).__name__] += 1
            latencies.append(time.perf_counter() - started)  # atomic in CPython

    threads = [threading.Thread(target=work, args=(calls,), daemon=True) for calls in clients]
    for thread in threads:
        thread.start()
    together.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return Run(latencies, time.perf_counter() - started, errors)


def concurrently(calls: list[Call]) -> tuple[Run, list[Any]]:
    """Makes all calls at the same moment, each by a client of its own. Returns the run and what the calls returned."""
    answers: list[Any] = []
    return run([[lambda call=call: answers.append(call())] for call in calls]), answers  # type: ignore[misc]
