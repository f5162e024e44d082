"""``make bench BASE=REV``: this tree beside that of another commit, measured in turns on one machine.

Cold starts are of every function that both have, each beside a bare function's of its round. What an operation costs,
and its throughput beside the seed style's, is measured by each tree's own benchmark, in a process of its own.
"""

import io
import json
import shutil
import statistics
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench import cold_start, reads, tables
from bench.cold_start import Requests
from bench.rows import shown
from bench.size import Size
from bench.stage import FOLDER, Stage, new_project
from bench.tables import Table
from local.parts import INHERITED, ROOT
from shared.manifest import FUNCTIONS

OPERATIONS_TIMEOUT_SECONDS = 600.0

ROUNDS = 5
"""Of cold starts, at least: fewer say little on a busy machine."""

OPERATIONS = """
import contextlib, sys
from bench import counts, stage, throughput
from bench.rows import to_json
from bench.size import QUICK

stage.FOLDER.mkdir(parents=True, exist_ok=True)
with contextlib.redirect_stdout(sys.stderr), stage.running() as cloud:
    rows = [*counts.measure(cloud), *throughput.measure(cloud, QUICK)]
print(to_json(rows, {}))
"""
"""What either tree's benchmark is asked for. One that is too old to know all of it has no such table."""

Numbers = dict[tuple[str, str], float]
"""By operation and metric."""


def tree_of(revision: str) -> Path:
    """A folder with the files of that commit, and nothing else.

    Raises:
        subprocess.CalledProcessError: there is no such commit.
    """
    commit = _git("rev-parse", "--verify", f"{revision}^{{commit}}").decode().strip()
    folder = FOLDER / f"base-{commit[:12]}"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def measure(stage: Stage, base: Path, size: Size) -> Iterator[Table]:
    """The tables, one after the other as they are measured."""
    yield _cold_starts(stage, base, size)
    yield side_by_side("Processor time of a read, over HTTP", [_reads(stage, size, tree) for tree in (ROOT, base)])
    rounds = [_operations(tree) for _ in range(size.cold_starts) for tree in (ROOT, base)]
    if not rounds[1]:
        print(f"bench: the benchmark of {base} does not tell what an operation costs; see its log", file=sys.stderr)
    ours, theirs = (_medians(rounds[first::2]) for first in (0, 1))
    yield side_by_side("What a call costs, and throughput times the seed style's", [ours, theirs])


def _cold_starts(stage: Stage, base: Path, size: Size) -> Table:
    """The medians of the rounds, as multiples of the bare function's start."""
    requests = Requests(stage, new_project(stage))
    names = sorted(FUNCTIONS if size.cold_start_of is None else size.cold_start_of)
    functions = [name for name in names if (base / "functions" / f"{name}.py").exists()]
    for name in ("bare", *functions):  # writes what byte code is missing
        for tree in (ROOT, base):
            cold_start.start(name, requests, {}, tree)
    lines: list[tuple[str, ...]] = []
    for name in functions:
        rounds = [_beside_bare(name, requests, (ROOT, base)) for _ in range(max(ROUNDS, size.cold_starts))]
        medians = [
            [statistics.median(ratios) for ratios in zip(*seen, strict=True)] for seen in zip(*rounds, strict=True)
        ]
        lines.append((name, *(shown(number) for both in zip(*medians, strict=True) for number in both)))
    header = ("", "listening", "base", "first answer", "base", "its processor time", "base")
    return Table("Cold starts, times a bare function's", header, lines, range(1, len(header)))


def _beside_bare(name: str, requests: Requests, trees: Iterable[Path]) -> list[tuple[float, float, float]]:
    """One start of each tree's function as multiples of a bare one: listening, the answer, and the processor time."""
    bare = cold_start.start("bare", requests, {})
    starts = [cold_start.start(name, requests, {}, tree) for tree in trees]
    return [(it.listening / bare.listening, it.answer / bare.answer, it.processor / bare.processor) for it in starts]


def _reads(stage: Stage, size: Size, tree: Path) -> Numbers:
    return {row.key: row.ours for row in reads.measure(stage, size, tree)}


def _operations(tree: Path) -> Numbers:
    """What the tree's own benchmark says; nothing when it does not know how."""
    with (FOLDER / f"{tree.name}-operations.log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            [sys.executable, "-c", OPERATIONS],
            cwd=tree,
            env=INHERITED,
            stdout=subprocess.PIPE,
            stderr=log,
            timeout=OPERATIONS_TIMEOUT_SECONDS,
            check=False,
        )
    if done.returncode != 0:
        return {}
    return {(row["operation"], row["metric"]): row["ours"] for row in json.loads(done.stdout)}


def _medians(rounds: Iterable[Numbers]) -> Numbers:
    by_key: dict[tuple[str, str], list[float]] = {}
    for numbers in rounds:
        for key, number in numbers.items():
            by_key.setdefault(key, []).append(number)
    return {key: statistics.median(numbers) for key, numbers in by_key.items()}


def side_by_side(title: str, both: Iterable[Numbers]) -> Table:
    """Ours, and beside it what the base says of the same."""
    ours, base = both
    lines: list[tuple[str, ...]] = [(*key, shown(number), shown(base.get(key))) for key, number in ours.items()]
    return Table(title, ("operation", "metric", "ours", "base"), lines, range(2, 4))


def _git(*arguments: str) -> bytes:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=60, check=True).stdout


def told(table: Table) -> str:
    """The table under its title, for a terminal."""
    return f"{table.title}\n\n{tables.aligned(table)}\n"
