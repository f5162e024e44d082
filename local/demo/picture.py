"""Draws a terminal that shows the story that ``make demo`` told.

It made the picture in the README from a real run:

    make demo | .venv/bin/python -m local.demo.picture > docs/demo.svg
"""

import html
import sys

SIZE = 13
WIDTH = 7.83
"""Of one character, in every monospaced font that a browser may choose: ``textLength`` stretches each line to it."""

LINE = 18
MARGIN = 18
BAR = 34

COLOURS = {
    "  type": "#8b949e",
    "  ──": "#484f58",
    "  ": "#e6edf3",
    "demo: ok": "#3fb950",
    "$": "#79c0ff",
}
"""The colour of a line by its beginning."""

HEADING = "#d2a8ff"
"""Of lines that begin with nothing of that."""


def draw(output: str) -> str:
    """Returns the SVG of a terminal that shows ``output`` without its first paragraph: a start is the machine's own."""
    story = output.partition("\n\n")[2]
    lines = ["$ make demo", "", *story.strip().splitlines()]
    width = round(2 * MARGIN + WIDTH * max(map(len, lines)))
    height = BAR + LINE * len(lines) + MARGIN
    texts = [_text(number, line) for number, line in enumerate(lines) if line.strip()]
    dots = [
        f'<circle cx="{MARGIN + 2 + 18 * number}" cy="{BAR / 2}" r="5.5" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    ]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="{SIZE}">',
            "<title>The story that make demo tells</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            *dots,
            *texts,
            "</svg>\n",
        )
    )


def _text(number: int, line: str) -> str:
    text = line.lstrip()
    indent = len(line) - len(text)
    colour = next((colour for beginning, colour in COLOURS.items() if line.startswith(beginning)), HEADING)
    x, y = MARGIN + WIDTH * indent, BAR + LINE * (number + 0.75)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" textLength="{WIDTH * len(text):.1f}" xml:space="preserve">'
        f"{html.escape(text, quote=False)}</text>"
    )


if __name__ == "__main__":
    sys.stdout.write(draw(sys.stdin.read()))
