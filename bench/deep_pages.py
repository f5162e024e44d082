"""Pages deep in a large collection, by cursor and by offset."""

import datetime
import statistics
import time
from collections.abc import Callable

from bench import loading, seed_style
from bench.counting import cost_of
from bench.counts import FEED, PAGE
from bench.rows import Row, exactly
from bench.size import Size, counted
from bench.stage import Stage, new_project
from shared.cloud import pages
from shared.money import history
from shared.social import posts

REPEATS = 5


def measure(stage: Stage, size: Size) -> list[Row]:
    """The rows of the last full page of a ledger and of the feed."""
    new_project(stage)
    (user_id,) = loading.wallets(1, 0)
    count = size.deep_documents
    times = [loading.EPOCH + datetime.timedelta(minutes=number) for number in range(1, count + 1)]
    loading.write(
        (f"transactions/{user_id}-{number:06}", loading.line(user_id, 1, time)) for number, time in enumerate(times)
    )
    loading.write((f"posts/p{number:06}", loading.post(user_id, time)) for number, time in enumerate(times))
    return [*_history(user_id, times), *_feed(user_id, times)]


def _history(user_id: str, times: list[datetime.datetime]) -> list[Row]:
    scope = f"transactions/{user_id}/None/None/None"
    deep = pages.cursor_after(scope, times[PAGE], f"{user_id}-{PAGE:06}")

    def page(cursor: str | None) -> None:
        found = history.page(user_id, PAGE, cursor, None, history.Window()).documents
        assert len(found) == PAGE

    def seed_page(number: int) -> None:
        assert len(seed_style.get_user_transactions(user_id, number)) == PAGE

    last = len(times) // PAGE - 1
    return _rows("history", PAGE, len(times), lambda: page(None), lambda: page(deep), lambda: seed_page(last))


def _feed(user_id: str, times: list[datetime.datetime]) -> list[Row]:
    deep = pages.cursor_after("posts/", times[FEED], f"p{FEED:06}")

    def page(cursor: str | None) -> None:
        assert len(posts.page(FEED, cursor, None).documents) == FEED

    def seed_page(number: int) -> None:
        assert len(seed_style.get_feed(user_id, FEED, number)) == FEED

    last = len(times) // FEED - 1
    return _rows("feed", FEED, len(times), lambda: page(None), lambda: page(deep), lambda: seed_page(last))


def _rows(
    what: str,
    page: int,
    count: int,
    first: Callable[[], None],
    deep: Callable[[], None],
    seed_deep: Callable[[], None],
) -> list[Row]:
    cost, seed_cost = cost_of(deep), cost_of(seed_deep)
    pairs = [(_seconds(first), _seconds(deep)) for _ in range(REPEATS)]
    ratio = statistics.median(slow / fast for fast, slow in pairs)
    name = f"{what}, last page of {counted(count)}"
    return [
        Row(name, "RPCs", cost.rpcs, seed_cost.rpcs, 1, exactly(1)),
        Row(name, "reads", cost.reads, seed_cost.reads, page, exactly(page)),
        Row(name, "latency, x the first page", ratio),
    ]


def _seconds(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
