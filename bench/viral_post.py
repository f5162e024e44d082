"""One post liked by many, through the real path: rules, trigger, Eventarc, count_likes, Cloud Tasks, recount_likes."""

import math
import time

from bench import clients, loading, seed_style
from bench.likers import Liker
from bench.operations import Call
from bench.rows import Row, at_most, exactly
from bench.size import Size
from bench.stage import Stage, eventually, new_project, serving
from shared.cloud.clients import store

MANY = 32
POST = "viral"
SETTLED_SECONDS = 60.0


def measure(stage: Stage, size: Size) -> list[Row]:
    """How often the post was written, and how soon its count was exact."""
    project = new_project(stage)
    loading.write([(f"posts/{POST}", loading.post("author", loading.EPOCH))])
    with serving(stage, project):
        _like(stage, project, MANY)  # the functions are loaded by their first events
        _wait_for(MANY)
        _wait_until_settled(stage, MANY)
        written_before = len(stage.post_writes.times)
        expected = MANY + MANY * size.hot_calls
        began = time.time()
        _like(stage, project, MANY * size.hot_calls)
        ended = time.time()
        _wait_for(expected)
        settled_after = time.time() - ended
        _wait_until_settled(stage, expected)
        eventually(lambda: len(stage.post_writes.times) > written_before, "the writes of the post are told")
        writes = len(stage.post_writes.times) - written_before
        # A window of the recount ends with every second of the clock; the last write comes with the end of its own.
        windows = math.floor(stage.post_writes.times[-1]) - math.floor(began)
    seed_writes, seed_errors = _seed_style(size)
    likes = MANY * size.hot_calls
    name = f"post liked by {MANY} at once"
    return [
        Row(name, "likes", likes),
        Row(name, "likes a second", likes / (ended - began)),
        Row(name, "writes to the post", writes, None, windows),
        Row(name, "writes to the post a like", writes / likes, seed_writes),
        Row(
            name, "writes to the post a second", writes / windows, seed_writes * likes / (ended - began), 1, at_most(1)
        ),
        Row(name, "seconds until the count is exact", settled_after, None, None, at_most(2)),
        Row(name, "likes not counted", expected - _count(), seed_errors, 0, exactly(0)),
    ]


def _like(stage: Stage, project: str, count: int) -> None:
    likers = [Liker(stage, project) for _ in range(count)]
    calls = [lambda liker=liker: liker.like(POST) for liker in likers]
    run = clients.run([calls[client::MANY] for client in range(MANY)])  # type: ignore[misc]  # a default is no argument
    if run.errors:
        raise RuntimeError(f"likes were refused: {run.errors}")


def _seed_style(size: Size) -> tuple[float, int]:
    """Writes to the post for each like that succeeded, and the likes that were lost to contention."""
    post_id = loading.new_id("p")
    loading.write([(f"posts/{post_id}", loading.post("author", loading.EPOCH))])
    likes: list[Call] = [lambda: seed_style.like_post(loading.new_id("u"), post_id)]
    count = min(MANY, size.seed_hot_clients)
    run = clients.run([likes * size.seed_hot_calls] * count)
    counted = int(store().collection("posts").document(post_id).get().get("likeCount"))
    return counted / (count * size.seed_hot_calls - run.errors.total()), run.errors.total()


def _wait_for(likes: int) -> None:
    eventually(lambda: _count() == likes, f"the post counts {likes} likes")


def _wait_until_settled(stage: Stage, likes: int) -> None:
    """Returns once nothing is on its way that writes the post again: a recount writes even what was right."""
    eventually(
        lambda: stage.eventarc.counters.received - len(stage.post_writes.times) >= likes, "every like has its event"
    )
    stage.eventarc.wait_until_idle(SETTLED_SECONDS)  # which may ask for a recount
    stage.tasks.wait_until_idle(SETTLED_SECONDS)
    stage.eventarc.wait_until_idle(SETTLED_SECONDS)


def _count() -> int:
    return int(store().collection("posts").document(POST).get().get("likeCount"))
