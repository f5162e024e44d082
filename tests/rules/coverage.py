"""Which outcomes each expression of the rules has had, from the emulator's coverage report."""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

EQUIVALENT: dict[str, str] = {}
"""Expressions that cannot have both outcomes, by their text, and why."""


_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")


@dataclass(frozen=True)
class Expression:
    """A part of the rules from ``start`` up to ``end``, and how it came out so far."""

    start: int
    end: int
    line: int
    text: str
    evaluated: bool
    outcomes: frozenset[bool]
    """Empty for what is not boolean; an evaluation that failed has none either."""


def expressions(report: dict[str, Any]) -> list[Expression]:
    """Every expression of the report, in no order, each once."""
    text = report["rules"]["files"][0]["content"]
    return list({(found.start, found.end): found for root in report["report"] for found in _walk(root, text)}.values())


def together(parts: Iterable[list[Expression]]) -> list[Expression]:
    """The expressions of the same rules with what each part of a run saw of them."""
    found: dict[tuple[int, int], Expression] = {}
    for expression in itertools.chain.from_iterable(parts):
        place = expression.start, expression.end
        before = found.get(place, expression)
        found[place] = dataclasses.replace(
            before,
            evaluated=before.evaluated or expression.evaluated,
            outcomes=before.outcomes | expression.outcomes,
        )
    return list(found.values())


def _walk(node: dict[str, Any], text: str) -> Iterator[Expression]:
    position = node["sourcePosition"]
    start = position["currentOffset"]
    end = _end(text, start, position["endOffset"] + 1)  # the report counts the last character in
    values = [seen["value"] for seen in node.get("values", [])]
    outcomes = frozenset(value["boolValue"] for value in values if "boolValue" in value)
    yield Expression(start, end, position["line"], text[start:end], bool(values), outcomes)
    for child in node.get("children", []):
        yield from _walk(child, text)


def _end(text: str, start: int, end: int) -> int:
    """The end of the expression with the brackets that close it, which the report leaves out."""
    if text.startswith("()", end):
        return end + 2
    while end < len(text):
        code = _TEXT.sub("", text[start:end])
        if sum(map(code.count, "([")) == sum(map(code.count, ")]")):
            break
        end += 1
    return end


def outcomes(found: Iterable[Expression]) -> tuple[int, int]:
    """How many outcomes of boolean expressions were seen, and how many there are."""
    boolean = [expression for expression in found if expression.outcomes and expression.text not in EQUIVALENT]
    return sum(len(expression.outcomes) for expression in boolean), 2 * len(boolean)


def gaps(found: Iterable[Expression]) -> list[str]:
    """A sentence for each expression that was never evaluated, or came out in one way only."""
    sentences = []
    for expression in found:
        if expression.text in EQUIVALENT:
            continue
        if not expression.evaluated:
            sentences.append(f"line {expression.line}: never evaluated: {expression.text}")
        elif len(expression.outcomes) == 1:
            (outcome,) = expression.outcomes
            sentences.append(f"line {expression.line}: only ever {str(outcome).lower()}: {expression.text}")
    return sentences
