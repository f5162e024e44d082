"""Processor time of reads over HTTP, each function in a process of its own, as multiples of ``get_catalog``'s.

The functions take turns, so that ratios mean something on a busy machine. What is counted is the processor time of the
function's process, the framework's and the library's included.
"""

import datetime
import http.client
import statistics
import urllib.parse
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import loading, processor
from bench.cold_start import served
from bench.rows import Goal, Row, at_most
from bench.size import Size
from bench.stage import Stage, environment_of, new_project
from local.google.id_tokens import id_token
from local.net.ports import HOST
from local.parts import ROOT

POSTS = 60
LINES = 120
LIKED = 3
TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Read:
    """One kind of request, and the goal of its processor time beside a catalog's."""

    name: str
    function: str
    query: dict[str, int]
    goal: Goal | None = None


CATALOG = Read("catalog", "get_catalog", {})
READS = (
    CATALOG,
    Read("wallet", "get_wallet", {}),
    Read("history, page of 20", "list_transactions", {"limit": 20}, at_most(7)),
    Read("feed of 20, signed in", "get_feed", {"limit": 20}),
    Read("feed of 50, signed in", "get_feed", {"limit": 50}, at_most(20)),
)


def measure(stage: Stage, size: Size, tree: Path = ROOT) -> list[Row]:
    """The median of the rounds' ratios of each read, by the functions of the tree."""
    project = new_project(stage)
    user_id = _load()
    token = id_token(project, user_id, {})
    seconds: dict[str, list[float]] = {read.name: [] for read in READS}
    with ExitStack() as stack:
        running = {
            function: stack.enter_context(served(function, environment_of(stage), {}, tree))
            for function in {read.function: None for read in READS}
        }
        for number in range(size.read_rounds + 1):
            for read in READS:
                port, _, process_id = running[read.function]
                # A catalog costs little beside what the kernel can tell apart.
                calls = size.read_calls * (10 if read is CATALOG else 1)
                spent = _processor_seconds(port, process_id, token, read, calls) / calls
                if number:  # the first round loads what is loaded on demand
                    seconds[read.name].append(spent)
    return [
        Row(
            read.name,
            "processor time, times a catalog's",
            statistics.median(
                own / catalog for own, catalog in zip(seconds[read.name], seconds[CATALOG.name], strict=True)
            ),
            None,
            1 if read is CATALOG else None,
            read.goal,
        )
        for read in READS
    ]


def _load() -> str:
    """The id of a user with a ledger, in a project with posts of which they like some."""
    (user_id,) = loading.wallets(1, 0)
    times = [loading.EPOCH + datetime.timedelta(hours=number) for number in range(max(POSTS, LINES))]
    loading.write((f"transactions/{user_id}-{n}", loading.line(user_id, 1, times[n])) for n in range(LINES))
    loading.write((f"posts/post{n:03}", loading.post(user_id, times[n])) for n in range(POSTS))
    liked = (f"post{n:03}" for n in range(POSTS - LIKED, POSTS))
    loading.write((f"likes/{user_id}_{post_id}", {"userId": user_id, "postId": post_id}) for post_id in liked)
    return user_id


def _processor_seconds(port: int, process_id: int, token: str, read: Read, calls: int) -> float:
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/?{urllib.parse.urlencode(read.query)}"
    before = processor.seconds_of(process_id)
    try:
        for _ in range(calls):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise RuntimeError(f"{read.function} answered {response.status}: {body[:200]!r}")
    finally:
        connection.close()
    return processor.seconds_of(process_id) - before
