"""The numbers in ``docs/performance.md``, between two marks; what stands around them is written by hand."""

from pathlib import Path

from bench.rows import Reasons
from bench.tables import Section, markdown

BEGIN, END = "<!-- numbers: begin -->", "<!-- numbers: end -->"


def replace_numbers(document: Path, sections: list[Section], reasons: Reasons, about: str) -> None:
    """Puts the sections, and why goals are missed, in place of those of the last run.

    Raises:
        ValueError: the document has lost its marks.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no {BEGIN} and {END}")
    document.write_text(
        f"{before}{BEGIN}\n\n{about}\n\n{markdown(sections, reasons)}\n\n{END}{after}", encoding="utf-8"
    )
