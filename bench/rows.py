"""A row of the benchmark: what was measured, beside the baseline, the limit and the goal."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal of a number, compared with ``value``."""

    relation: Literal["<=", ">=", "="]
    value: float

    def holds(self, seen: float) -> bool:
        match self.relation:
            case "<=":
                return seen <= self.value
            case ">=":
                return seen >= self.value
            case "=":
                return seen == self.value

    def __str__(self) -> str:
        return f"{self.relation} {shown(self.value)}"


def at_most(value: float) -> Goal:
    return Goal("<=", value)


def at_least(value: float) -> Goal:
    return Goal(">=", value)


def exactly(value: float) -> Goal:
    return Goal("=", value)


@dataclass(frozen=True, slots=True)
class Row:
    """One number. ``limit`` is what no design could better; None where a column has nothing to say."""

    operation: str
    metric: str
    ours: float
    seed_style: float | None = None
    limit: float | None = None
    goal: Goal | None = None

    @property
    def ok(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        return None if self.goal is None else self.goal.holds(self.ours)

    @property
    def key(self) -> tuple[str, str]:
        return self.operation, self.metric


Reasons = Mapping[tuple[str, str], str]
"""Why a goal is missed, by operation and metric."""


def numbered(rows: Iterable[Row], reasons: Reasons) -> dict[str, int]:
    """The reasons of the goals that the rows miss, numbered from 1 in the order of the rows."""
    missed = (reasons[row.key] for row in rows if row.ok is False and row.key in reasons)
    return {reason: number for number, reason in enumerate(dict.fromkeys(missed), 1)}


def unexplained(rows: Iterable[Row], reasons: Reasons) -> list[Row]:
    """The rows that miss their goal without a written reason."""
    return [row for row in rows if row.ok is False and row.key not in reasons]


def to_json(rows: Iterable[Row], reasons: Reasons) -> str:
    """A list of ``{operation, metric, ours, seed_style, limit, goal, ok, reason}``; only a missed goal has a reason."""
    documents = [
        {
            "operation": row.operation,
            "metric": row.metric,
            "ours": row.ours,
            "seed_style": row.seed_style,
            "limit": row.limit,
            "goal": str(row.goal) if row.goal else None,
            "ok": row.ok,
            "reason": reasons.get(row.key) if row.ok is False else None,
        }
        for row in rows
    ]
    return json.dumps(documents, indent=2) + "\n"


def shown(number: float | None) -> str:
    """Returns the number as short as it stays distinct."""
    if number is None:
        return ""
    if number == int(number):
        return str(int(number))
    return f"{number:.1f}" if abs(number) >= 100 else f"{number:.2f}"
