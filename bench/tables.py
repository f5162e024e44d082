"""The rows as tables, for a terminal and for Markdown; why a goal is missed is said once, below, by number."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from bench.rows import Reasons, Row, numbered, shown

HEADER = ("operation", "metric", "ours", "seed style", "limit", "goal", "")
NUMBERS = range(2, 6)
"""The columns of ``HEADER`` that are aligned to the right."""

WIDTH = 118
"""Characters of a line of reasons in a terminal."""

Place = Callable[[Row], tuple[str, str]]
"""The line and the column that a row's number stands in."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that are shown together: one below the other, or with ``place`` as a grid of ours alone."""

    title: str
    rows: list[Row]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Texts in columns, of which those in ``right`` are numbers."""

    title: str
    header: tuple[str, ...]
    lines: list[tuple[str, ...]]
    right: range


def by_operation(row: Row) -> tuple[str, str]:
    """A line an operation, a column a metric."""
    return row.operation, row.metric.removesuffix(", x seed style")


def by_function(row: Row) -> tuple[str, str]:
    """A line a function; its starts with and without byte code stand beside each other."""
    function, _, variant = row.operation.removeprefix("cold start of ").partition(", ")
    return function, ", ".join(filter(None, (row.metric.removesuffix(", x bare"), variant)))


def terminal(sections: list[Section], reasons: Reasons) -> str:
    """All sections as aligned text."""
    notes = _notes(sections, reasons)
    blocks = [f"{table.title}\n\n{aligned(table)}" for table in _tables(sections, reasons, notes)]
    if notes:
        wrapped = (
            textwrap.fill(f"({number}) {reason}", WIDTH, subsequent_indent="    ") for reason, number in notes.items()
        )
        blocks.append("Missed, because\n\n" + "\n".join(wrapped))
    return "\n\n".join(blocks)


def markdown(sections: list[Section], reasons: Reasons) -> str:
    """All sections as Markdown."""
    notes = _notes(sections, reasons)
    blocks = [f"### {table.title}\n\n{_piped(table)}" for table in _tables(sections, reasons, notes)]
    if notes:
        numbers = "\n".join(f"{number}. {reason}" for reason, number in notes.items())
        blocks.append(f"### Missed, because\n\n{numbers}")
    return "\n\n".join(blocks)


def _notes(sections: list[Section], reasons: Reasons) -> dict[str, int]:
    return numbered([row for section in sections for row in section.rows], reasons)


def _tables(sections: list[Section], reasons: Reasons, notes: dict[str, int]) -> list[Table]:
    return [
        _list(section, reasons, notes) if section.place is None else _grid(section, section.place, reasons, notes)
        for section in sections
    ]


def _list(section: Section, reasons: Reasons, notes: dict[str, int]) -> Table:
    lines: list[tuple[str, ...]] = []
    operation = ""
    for row in section.rows:
        name = row.operation if row.operation != operation else ""
        goal = str(row.goal) if row.goal else ""
        numbers = (shown(row.ours), shown(row.seed_style), shown(row.limit))
        lines.append((name, row.metric, *numbers, goal, _verdict([row], reasons, notes)))
        operation = row.operation
    return Table(section.title, HEADER, lines, NUMBERS)


def _grid(section: Section, place: Place, reasons: Reasons, notes: dict[str, int]) -> Table:
    cells: dict[str, dict[str, Row]] = {}
    for row in section.rows:
        name, metric = place(row)
        cells.setdefault(name, {})[metric] = row
    metrics = dict.fromkeys(metric for line in cells.values() for metric in line)
    columns = [
        column for metric in metrics for column in _columns(metric, [line.get(metric) for line in cells.values()])
    ]
    above = [
        (what, *texts, "")
        for what, texts in (
            ("goal", [column.goal for column in columns]),
            ("limit", [column.limit for column in columns]),
        )
        if any(texts)
    ]
    below = [
        (name, *(column.texts[number] for column in columns), _verdict(list(line.values()), reasons, notes))
        for number, (name, line) in enumerate(cells.items())
    ]
    header = ("", *(column.title for column in columns), "")
    return Table(section.title, header, [*above, *below], range(1, len(header) - 1))


@dataclass(frozen=True, slots=True)
class _Column:
    """One of a grid: a text a line, and the goal and limit that all its lines share."""

    title: str
    texts: list[str]
    goal: str = ""
    limit: str = ""


def _columns(metric: str, rows: list[Row | None]) -> list[_Column]:
    """The metric's own column, and one each for goals and limits that are not the same for all."""
    goals = [str(row.goal) if row and row.goal else "" for row in rows]
    limits = [shown(row.limit) if row else "" for row in rows]
    ours = [shown(row.ours) if row else "" for row in rows]
    one_goal, one_limit = _shared(goals), _shared(limits)
    column = _Column(metric, ours, one_goal or "", one_limit or "")
    apart = [("goal", goals)] * (one_goal is None) + [("limit", limits)] * (one_limit is None)
    return [column, *(_Column(title, texts) for title, texts in apart)]


def _shared(texts: list[str]) -> str | None:
    """What all of them say that say anything, or None when they differ."""
    said = set(filter(None, texts))
    return None if len(said) > 1 else "".join(said)


def _verdict(rows: list[Row], reasons: Reasons, notes: dict[str, int]) -> str:
    missed = [row for row in rows if row.ok is False]
    if not missed:
        return "ok" if any(row.ok for row in rows) else ""
    if any(row.key not in reasons for row in missed):
        return "missed (unexplained)"
    numbers = sorted({notes[reasons[row.key]] for row in missed})
    return f"missed ({', '.join(map(str, numbers))})"


def aligned(table: Table) -> str:
    """The table's lines below its header, for a terminal."""
    everything = [table.header, *table.lines]
    widths = [max(len(texts[column]) for texts in everything) for column in range(len(table.header))]

    def line(texts: tuple[str, ...]) -> str:
        padded = [
            text.rjust(width) if column in table.right else text.ljust(width)
            for column, (text, width) in enumerate(zip(texts, widths, strict=True))
        ]
        return "  ".join(padded).rstrip()

    return "\n".join([line(table.header), line(tuple("-" * width for width in widths)), *map(line, table.lines)])


def _piped(table: Table) -> str:
    rule = tuple("---:" if column in table.right else "---" for column in range(len(table.header)))
    lines = [tuple(f"**{text}**" if text.startswith("missed") else text for text in line) for line in table.lines]
    return "\n".join(f"| {' | '.join(texts)} |" for texts in (table.header, rule, *lines))
