"""``make bench``: every operation's cost beside its limit, in one table and in ``build/bench.json``.

QUICK=1 measures less, in under two minutes. ALL=1 measures what seldom changes too, draws two plots into ``build/``,
and writes the numbers into ``docs/performance.md``. The exit status is 1 when a goal is missed without a written
reason. BASE=REV measures what can be compared with another commit instead, and prints both.
"""

import contextlib
import dataclasses
import datetime
import os
import platform
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from bench import (
    auditing,
    cold_start,
    comparison,
    counts,
    deep_pages,
    deliveries,
    hot,
    index_entries,
    reads,
    report,
    stage,
    tables,
    throughput,
    tokens,
    unread_bodies,
    viral_post,
    worker_memory,
)
from bench.cold_start import ColdStart
from bench.hot import Load
from bench.reasons import REASONS
from bench.rows import to_json, unexplained
from bench.size import FULL, QUICK, Size
from bench.stage import BUILD, FOLDER
from bench.tables import Section
from local.parts import ROOT

JSON = BUILD / "bench.json"
DOCS = ROOT / "docs"

_Result = TypeVar("_Result")


def main() -> int:
    quick = os.environ.get("QUICK", "") not in ("", "0")
    everything = os.environ.get("ALL", "") not in ("", "0")
    size = dataclasses.replace(QUICK if quick else FULL, rare=everything)
    if base := os.environ.get("BASE", ""):
        return _compare(base, size)
    began = time.monotonic()
    sections, loads, starts = _measure(size)
    rows = [row for section in sections for row in section.rows]
    about = _about(size)
    if everything:
        from bench import plots  # matplotlib is installed for these alone

        plots.draw_hot_documents(loads, BUILD, about)
        plots.draw_cold_starts(starts, BUILD, about)
    JSON.write_text(to_json(rows, REASONS), encoding="utf-8")
    if everything and not quick:
        report.replace_numbers(DOCS / "performance.md", sections, REASONS, f"{about}  \n{size.told}")
    print(f"{about}\n{'quick: ' if quick else ''}{size.told}\n\n{tables.terminal(sections, REASONS)}")
    missed = unexplained(rows, REASONS)
    print(f"\nbench: {len(rows)} numbers · {sum(row.ok is True for row in rows)} goals reached · "
          f"{sum(row.ok is False for row in rows)} missed, {len(missed)} of them without a reason · "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    return 1 if missed else 0


def _compare(revision: str, size: Size) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    base = comparison.tree_of(revision)
    print(f"{_about(size)}\nbase: {base.name.removeprefix('base-')}\n", flush=True)
    with stage.running() as cloud:
        for table in comparison.measure(cloud, base, size):
            print(comparison.told(table), flush=True)
    return 0


def _measure(size: Size) -> tuple[list[Section], list[Load], list[ColdStart]]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        (FOLDER / "product.log").open("w", encoding="utf-8") as log,
        stage.running() as cloud,
        contextlib.redirect_stdout(log),  # the log of the measured code does not belong in the table
    ):
        counted = _timed("counts", lambda: counts.measure(cloud))
        delivered = _timed("deliveries", lambda: deliveries.measure(cloud))
        liked = _timed("a viral post", lambda: viral_post.measure(cloud, size))
        contended, loads = _timed("hot documents", lambda: hot.measure(cloud, size))
        compared = _timed("throughput", lambda: throughput.measure(cloud, size))
        read = _timed("reads over HTTP", lambda: [*reads.measure(cloud, size), *tokens.measure(cloud, size)])
        deep = _timed("deep pages", lambda: deep_pages.measure(cloud, size)) if size.rare else []
        started, starts = _timed("cold starts", lambda: cold_start.measure(cloud, size))
        weighed = _timed("memory", lambda: unread_bodies.measure(cloud))
        if size.rare:
            weighed += _timed("a worker's memory", lambda: worker_memory.measure(cloud))
        audited = _timed("audit", lambda: auditing.measure(cloud, size))
    indexed = index_entries.measure(ROOT / "firestore.indexes.json") if size.rare else []
    sections = [
        Section("What a call costs", [*counted, *indexed]),
        Section("At once, and at one document", [*delivered, *contended, *liked]),
        Section("Throughput and latency, times the seed style's", compared, tables.by_operation),
        Section("Processor time of a read, over HTTP", read),
        Section("In a large collection", [*audited, *deep]),
        Section("Cold starts, times a bare function's", started, tables.by_function),
        Section("Memory", weighed),
    ]
    return sections, loads, starts


def _timed(what: str, measure: Callable[[], _Result]) -> _Result:
    began = time.monotonic()
    print(f"bench: {what} ...", end="", file=sys.stderr, flush=True)
    result = measure()
    print(f" {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return result


def _about(size: Size) -> str:
    """Returns when and where the numbers were taken."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    cores = f"{os.cpu_count()} cores"
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{today} · {cores}, {machine} · Firestore emulator{' · quick' if size.rounds == QUICK.rounds else ''}"


if __name__ == "__main__":
    sys.exit(main())
