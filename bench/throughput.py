"""Throughput and latency beside the seed style, in rounds that take turns, so that both meet the same noise."""

import contextlib
import statistics
from collections.abc import Callable, Sequence

from bench import clients
from bench.clients import Run
from bench.distance import round_trips_of
from bench.operations import OPERATIONS, PURCHASE, SPEND, TIP_A_CREATOR, Call, Operation
from bench.rows import Goal, Row, at_least, exactly
from bench.size import CLIENTS, FAR_CLIENTS, Size
from bench.stage import Stage, new_project

GOALS = {PURCHASE.name: 3.0, SPEND.name: 1.8, TIP_A_CREATOR.name: 2.0}
"""How many times the seed style's throughput, where no two clients share a wallet."""

ROUND_TRIP_SECONDS = 0.005

THROUGHPUT = "throughput, x seed style"


def measure(stage: Stage, size: Size) -> list[Row]:
    """The rows of every operation, on loopback and, where what is rare is measured, with round trips that take time."""
    new_project(stage)
    places = ((_measured, CLIENTS), (_measured_afar, FAR_CLIENTS)) if size.rare else ((_measured, CLIENTS),)
    for operation in OPERATIONS:  # the emulator compiles as it goes
        for prepare in (operation.ours, operation.seed_style):
            clients.run([prepare(size.warm_up_calls // 8) for _ in range(8)])
    return [
        row
        for operation in OPERATIONS
        for measured, counts in places
        for count in counts
        for row in measured(stage, operation, count, size)
    ]


def side_by_side(ours: list[list[Call]], baseline: list[list[Call]], number: int) -> tuple[Run, Run]:
    """One round of both; which of them goes first depends on the number of the round."""
    if number % 2:
        first = clients.run(ours)
        return first, clients.run(baseline)
    second = clients.run(baseline)
    return clients.run(ours), second


def median_ratio(pairs: Sequence[tuple[Run, Run]], measure: Callable[[Run], float]) -> float:
    """The median over the rounds of ours divided by the baseline."""
    return statistics.median(measure(ours) / measure(baseline) for ours, baseline in pairs)


def _measured(stage: Stage, operation: Operation, count: int, size: Size) -> list[Row]:
    pairs = _rounds(stage, operation, count, max(4, size.calls // count), size.rounds)
    name = f"{operation.name}, {clients_named(count)}"
    rows = _rows(name, pairs, at_least(GOALS[operation.name]))
    errors, seed_errors = (sum(pair[side].errors.total() for pair in pairs) for side in (0, 1))
    return [*rows, Row(name, "errors", errors, seed_errors, 0, exactly(0))]


def _measured_afar(stage: Stage, operation: Operation, count: int, size: Size) -> list[Row]:
    """The same with round trips that take time: loopback hides what they cost."""
    pairs = _rounds(stage, operation, count, max(4, size.far_calls // count), size.rounds, ROUND_TRIP_SECONDS)
    milliseconds = round(ROUND_TRIP_SECONDS * 1000)
    return _rows(f"{operation.name}, {clients_named(count)}, {milliseconds} ms a round trip", pairs, None)


def _rounds(
    stage: Stage, operation: Operation, count: int, calls: int, rounds: int, round_trip_seconds: float = 0.0
) -> list[tuple[Run, Run]]:
    pairs = []
    for number in range(rounds):
        # The emulator looks at the whole ledger where production has an index: a ledger that grew would flatter us.
        new_project(stage)
        ours = [operation.ours(calls) for _ in range(count)]
        baseline = [operation.seed_style(calls) for _ in range(count)]
        with round_trips_of(round_trip_seconds) if round_trip_seconds else contextlib.nullcontext():
            pairs.append(side_by_side(ours, baseline, number))
    return pairs


def _rows(name: str, pairs: list[tuple[Run, Run]], goal: Goal | None) -> list[Row]:
    return [
        Row(name, THROUGHPUT, median_ratio(pairs, _throughput), 1, None, goal),
        *(Row(name, f"p{percent}, x seed style", median_ratio(pairs, _percentile(percent)), 1) for percent in (50, 99)),
    ]


def clients_named(count: int) -> str:
    """``1 client``, ``8 clients``."""
    return f"{count} client{'s' if count > 1 else ''}"


def _throughput(run: Run) -> float:
    return run.throughput


def _percentile(percent: int) -> Callable[[Run], float]:
    return lambda run: run.percentile(percent)
