"""Counting what a call costs in RPCs, billed reads and writes, and the rows that say so."""

import contextlib

from bench import seed_style
from bench.operations import Call
from bench.rows import Goal, Row
from local.costs.meter import Cost, metered
from shared.errors import InsufficientTokens

Counts = tuple[int, int, int]
"""RPCs, reads and writes."""

METRICS = ("RPCs", "reads", "writes")


def cost_of(call: Call) -> Cost:
    """Returns the cost of one call; a refusal for lack of tokens is an answer too."""
    with metered() as cost, contextlib.suppress(InsufficientTokens, seed_style.InsufficientTokensError):
        call()
    return cost


def counted(cost: Cost) -> Counts:
    return cost.rpcs, cost.reads, cost.writes + cost.deletes


def rows(
    name: str, ours: Counts, seed: Counts | None, limit: Counts, goal: tuple[Goal | None, ...] = (None, None, None)
) -> list[Row]:
    """A row each for RPCs, reads and writes."""
    baseline = seed or (None, None, None)
    return [Row(name, *each) for each in zip(METRICS, ours, baseline, limit, goal, strict=True)]
