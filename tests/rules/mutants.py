"""Mutants of the rules: each small error that somebody could make in them must be noticed by the matrix."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.google.firestore_emulator import FirestoreEmulator
from tests.rules.coverage import Expression
from tests.rules.matrix import IDENTITIES, Row
from tests.rules.trial import Trial

EQUIVALENT: dict[str, str] = {
    r"return value.replace('[\\x{10000}-\\x{10ffff}]~', 'xx').size();": "the emulator counts UTF-16 units anyway",
    "&& request.query.get('offset', -1) in [0, null];": "the emulator gives every query an offset",
    "&& request.query.get('offset', 1) in [0, null];": "the emulator gives every query an offset",
}
"""Mutants that no request can tell from the rules, by the line that they change, and why."""

_FLIPS = {
    "==": ("!=",),
    "!=": ("==",),
    "<=": ("<", ">="),
    ">=": (">", "<="),
    "<": ("<=", ">"),
    ">": (">=", "<"),
    "&&": ("||",),
    "||": ("&&",),
}
# What allows a list looks at request.query, and what allows an update at both resources: a wider grant of these
# allows nothing more, since other operations lack the one or the other.
_WIDENED = {"get": "read", "create": "write", "delete": "write"}
_TEXT = r"'(?:[^'\\]|\\.)*'"
_TOKEN = re.compile(rf"//[^\n]*|{_TEXT}|[=!<>]=|&&|\|\||[<>!]|\bhasOnly\b|\b\d+\b")


@dataclass(frozen=True)
class Mutant:
    line: int
    text: str
    """The line as it reads now."""
    collection: str
    """The one whose rules are changed; empty for a function that all of them share."""
    rules: str


def mutants(rules: str, expressions: Iterable[Expression]) -> list[Mutant]:
    """Every mutant of ``rules``; ``expressions`` are theirs, after a run in which the boolean ones came out."""
    changes = [*_clauses(expressions), *_tokens(rules), *_grants(rules)]
    found = {}
    for start, end, replacement in changes:
        mutated = rules[:start] + replacement + rules[end:]
        if mutated != rules:
            found[mutated] = Mutant(
                line=rules.count("\n", 0, start) + 1,
                text=_line_at(mutated, start),
                collection=_collection(rules, start),
                rules=mutated,
            )
    return sorted(found.values(), key=lambda mutant: mutant.line)


Change = tuple[int, int, str]
"""Start, end and replacement of a piece of text."""


def _clauses(expressions: Iterable[Expression]) -> Iterator[Change]:
    """Each boolean expression, whole conditions included, to true and to false."""
    for expression in expressions:
        if expression.outcomes:
            yield expression.start, expression.end, "true"
            yield expression.start, expression.end, "false"


def _tokens(rules: str) -> Iterator[Change]:
    """Comparisons and connectives turned round, limits moved by one, texts changed, negations dropped."""
    for token in _TOKEN.finditer(rules, rules.index("service cloud.firestore")):  # behind the version
        text = token[0]
        if text.startswith("//"):
            continue
        if text in _FLIPS:
            replacements: Sequence[str] = _FLIPS[text]
        elif text == "!":
            replacements = ("",)
        elif text == "hasOnly":
            replacements = ("hasAny", "hasAll")
        elif text.isdecimal():
            replacements = (str(int(text) - 1), str(int(text) + 1))
        else:
            replacements = (f"{text[:-1]}~'",)
        for replacement in replacements:
            yield token.start(), token.end(), replacement


def _grants(rules: str) -> Iterator[Change]:
    """``if true`` and ``if false`` turned round, and a grant of one operation widened to its kind."""
    for condition in re.finditer(r"\bif (true|false);", rules):
        yield condition.start(1), condition.end(1), "false" if condition[1] == "true" else "true"
    for grant in re.finditer(r"\ballow (\w+):", rules):
        if grant[1] in _WIDENED:
            yield grant.start(1), grant.end(1), _WIDENED[grant[1]]


def _collection(rules: str, offset: int) -> str:
    matches = re.findall(r"match /(\w+)/\{\w+\} \{", rules[:offset])
    return matches[-1] if matches else ""


def _line_at(text: str, offset: int) -> str:
    return text[text.rfind("\n", 0, offset) + 1 : text.index("\n", offset)].strip()


Cell = tuple[Row, str]
"""A row of the matrix, and who asks."""


def survivors(emulator: FirestoreEmulator, found: Iterable[Mutant], matrix: Sequence[Row]) -> list[Mutant]:
    """The mutants that the matrix does not notice, the equivalent ones left out."""
    tried = [mutant for mutant in found if mutant.text not in EQUIVALENT]
    unnoticed: list[Mutant] = []
    noticed_by: list[Cell] = []
    if tried:
        with Trial(emulator, tried[0].rules) as trial:
            for mutant in tried:
                trial.follow(mutant.rules)
                cells = _cells(mutant, matrix, noticed_by)
                cell = next((cell for cell in cells if trial.differs(*cell)), None)
                if cell is None:
                    unnoticed.append(mutant)
                elif cell not in noticed_by:
                    noticed_by.insert(0, cell)
    return unnoticed


def _cells(mutant: Mutant, matrix: Sequence[Row], noticed_by: Sequence[Cell]) -> Iterator[Cell]:
    """Every cell, those of the mutant's own collection first, and of these the ones that noticed other mutants."""

    def is_own(row: Row) -> bool:
        return mutant.collection in ("", row.collection)

    yield from [cell for cell in noticed_by if is_own(cell[0])]
    for rows in ([row for row in matrix if is_own(row)], [row for row in matrix if not is_own(row)]):
        for identity in IDENTITIES:
            for row in rows:
                yield row, identity
