"""A person's ledger as a table for a terminal."""

import itertools
from typing import Any

COLUMNS = ("type", "amount", "balance", "owed", "bonus", "purchased", "earned", "id")
ID_WIDTH = 12
"""What is less of an id says nothing, and is left out."""

Line = dict[str, Any]
"""A ledger line as the API tells it, with the ``balance`` after it."""


def draw(lines: list[Line], width: int) -> str:
    """The ledger in columns, in which lines that say the same stand together. Of ids as much is shown as fits."""
    rows = [
        _row(list(alike))
        for _, alike in itertools.groupby(lines, lambda line: (line["type"], line["amount"], line["details"]))
    ]
    widths = [max(len(row[column]) for row in (COLUMNS, *rows)) for column in range(len(COLUMNS))]
    room = width - sum(2 + each for each in widths[:-1]) - 2
    widths[-1] = min(widths[-1], room)
    if room < ID_WIDTH:
        widths.pop()

    def show(row: tuple[str, ...]) -> str:
        cells = [
            _cut(cell, each).ljust(each) if COLUMNS[column] in ("type", "id") else cell.rjust(each)
            for column, (cell, each) in enumerate(zip(row, widths, strict=False))
        ]
        return "  " + "  ".join(cells).rstrip()

    return "\n".join([show(COLUMNS), show(tuple("─" * each for each in widths)), *map(show, rows)])


def _row(alike: list[Line]) -> tuple[str, ...]:
    """The texts of lines that say the same: their sums, and the balance after the last one."""
    last = alike[-1]
    funds = [sum(line["funds"][fund] for line in alike) for fund in ("bonus", "purchased", "earned")]
    return (
        last["type"] if len(alike) == 1 else f"{last['type']} x {len(alike)}",
        f"{sum(line['amount'] for line in alike):+d}",
        str(last["balance"]),
        str(last["details"].get("owed", "")),
        *(f"{amount:+d}" if amount else "" for amount in funds),
        last["id"],
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
