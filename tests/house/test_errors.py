"""Needs nothing but the source: the tree of problems is what shared/errors.py draws at its top."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shared import errors
from shared.errors import Problem

ROOT = Path(__file__).resolve().parents[2]


def drawn(problem: type[Problem], depth: int = 1) -> Iterator[tuple[int, str, str, str]]:
    """The problem and those below it: how deep each stands, its name, status and slug."""
    yield depth, problem.__name__, str(problem.status), problem.slug
    for below in problem.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from drawn(below, depth + 1)


def test_the_tree_of_problems_is_as_it_is_drawn() -> None:
    rows = re.findall(r"^((?: {4})+)(\w+) +(\d{3}) ([a-z-]+)$", errors.__doc__ or "", re.MULTILINE)

    assert [(len(indent) // 4, *row) for indent, *row in rows] == list(drawn(Problem))


def test_no_module_has_a_problem_of_its_own() -> None:
    problems = {name for _, name, _, _ in drawn(Problem)}
    own = [
        f"{path.name}: {node.name}"
        for folder in ("shared", "functions")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).split(".")[-1] in problems for base in node.bases)
    ]

    assert own == []
