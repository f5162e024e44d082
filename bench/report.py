"""The table of ``docs/performance.md``, between two marks; what stands around it is written by hand."""

from collections.abc import Iterable
from pathlib import Path

from bench.rows import HEADER, NUMBERS, Reasons, Row, cells

BEGIN, END = "<!-- numbers: begin -->", "<!-- numbers: end -->"


def replace_numbers(document: Path, rows: Iterable[Row], reasons: Reasons, about: str) -> None:
    """Puts the rows, and why goals are missed, in place of those of the last run.

    Raises:
        ValueError: the document has lost its marks.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no {BEGIN} and {END}")
    numbers = markdown(list(rows), reasons)
    document.write_text(f"{before}{BEGIN}\n\n{about}\n\n{numbers}\n\n{END}{after}", encoding="utf-8")


def markdown(rows: list[Row], reasons: Reasons) -> str:
    """The rows as a Markdown table; the reason of a missed goal stands in its last column."""
    lines = [_line(HEADER), _line(tuple("---:" if column in NUMBERS else "---" for column in range(len(HEADER))))]
    for row in rows:
        *columns, verdict = cells(row)
        if row.ok is False:
            verdict = f"**missed**: {reasons.get(row.key, 'no reason is written for this')}"
        lines.append(_line((*columns, verdict)))
    return "\n".join(lines)


def _line(texts: tuple[str, ...]) -> str:
    return f"| {' | '.join(texts)} |"
