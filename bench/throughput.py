"""Throughput and latency beside the seed style, in rounds that take turns, so that both meet the same noise."""

import statistics
from collections.abc import Callable, Sequence

from bench import clients
from bench.clients import Run
from bench.operations import OPERATIONS, PURCHASE, SPEND, TIP_A_CREATOR, Call, Operation
from bench.rows import Row, at_least, exactly
from bench.size import CLIENTS, Size
from bench.stage import Stage, new_project

GOALS = {PURCHASE.name: 3.0, SPEND.name: 1.8, TIP_A_CREATOR.name: 2.0}
"""How many times the seed style's throughput, where no two clients share a wallet."""

Side = Callable[[], list[list[Call]]]
"""Prepares the calls of every client of one round."""


def measure(stage: Stage, size: Size) -> list[Row]:
    """The rows of every operation at 1, 8 and 32 clients."""
    new_project(stage)
    for operation in OPERATIONS:  # the emulator compiles as it goes
        for prepare in (operation.ours, operation.seed_style):
            clients.run([prepare(size.warm_up_calls // 8) for _ in range(8)])
    return [row for operation in OPERATIONS for count in CLIENTS for row in _measured(stage, operation, count, size)]


def side_by_side(ours: Side, baseline: Side, number: int) -> tuple[Run, Run]:
    """One round of both; which of them goes first depends on the number of the round."""
    our_calls, baseline_calls = ours(), baseline()
    if number % 2:
        first = clients.run(our_calls)
        return first, clients.run(baseline_calls)
    second = clients.run(baseline_calls)
    return clients.run(our_calls), second


def median_ratio(pairs: Sequence[tuple[Run, Run]], measure: Callable[[Run], float]) -> float:
    """The median over the rounds of ours divided by the baseline."""
    return statistics.median(measure(ours) / measure(baseline) for ours, baseline in pairs)


def _measured(stage: Stage, operation: Operation, count: int, size: Size) -> list[Row]:
    calls = max(4, size.calls // count)
    pairs = []
    for number in range(size.rounds):
        # The emulator looks at the whole ledger where production has an index: a ledger that grew would flatter us.
        new_project(stage)
        pairs.append(
            side_by_side(
                lambda: [operation.ours(calls) for _ in range(count)],
                lambda: [operation.seed_style(calls) for _ in range(count)],
                number,
            )
        )
    at = f"{count} client{'s' if count > 1 else ''}"
    goal = at_least(GOALS[operation.name])
    rows = [
        Row(operation.name, f"throughput at {at}, x seed style", median_ratio(pairs, _throughput), 1, None, goal),
        *(
            Row(operation.name, f"p{percent} at {at}, x seed style", median_ratio(pairs, _percentile(percent)), 1)
            for percent in (50, 99)
        ),
    ]
    errors, seed_errors = (sum(pair[side].errors.total() for pair in pairs) for side in (0, 1))
    return [*rows, Row(operation.name, f"errors at {at}", errors, seed_errors, 0, exactly(0))]


def _throughput(run: Run) -> float:
    return run.throughput


def _percentile(percent: int) -> Callable[[Run], float]:
    return lambda run: run.percentile(percent)
