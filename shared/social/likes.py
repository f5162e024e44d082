"""Likes: clients write them under the rules; here they are read, counted and, with their post, removed.

A like does not touch its post. Its event queues a recount, named after the post and a window of time, so that any
number of likes in a window cost one count and at most one write; the count is taken after the window, so it sees every
like whose event asked for it. Counting from scratch makes duplicates, reordering and lost events harmless.
"""

import datetime
import hashlib

from shared import clock
from shared.cloud import documents, queue
from shared.cloud.commits import SERVER_TIME, Batch, if_unchanged
from shared.cloud.failures import CHANGED, NotFound
from shared.cloud.queries import LARGEST_IN, Query, aggregate, fetch, fetch_all
from shared.config import settings
from shared.errors import Contention
from shared.social import posts

WINDOW_SECONDS = 1
LONGEST_WINDOW_SECONDS = 2**20
"""Twelve days, which more likes than there are people would need."""

LIKES_A_READ = 1000
READS_A_SECOND = 10
"""What counting one post may cost on average."""

SETTLING_SECONDS = 0.3
"""How long after its window a recount comes, for events of instances whose clocks are a little behind."""

CLOCKS_APART_SECONDS = 5
"""No instance's clock is further behind the queue's than this."""

RECOUNT_ATTEMPTS = 5
REMOVAL_PAGE = 400
REMOVAL_SECONDS = 200
"""Of the 300 that tidy_post may take."""


def liked_by(user_id: str | None, post_ids: list[str]) -> frozenset[str]:
    """Which of the posts the user likes: one round trip for all, which bills the likes that it finds; none for None."""
    if user_id is None or not post_ids:
        return frozenset()
    own = Query("likes").where("userId", "==", user_id).select("postId").limit(LARGEST_IN)
    parts = [post_ids[start : start + LARGEST_IN] for start in range(0, len(post_ids), LARGEST_IN)]
    found = fetch_all([own.where("postId", "in", part) for part in parts])
    return frozenset(like.fields["postId"] for likes in found for like in likes)


def window_of(likes: int) -> int:
    """How many seconds pass between two counts of a post with so many likes: a power of two.

    A recount reads the post and counts once. The end of every small window reads the post as well. Windows that are
    powers of two end together, so a post whose count goes to and fro between two of them is counted no more often than
    the smaller says.
    """
    reads = 1 + -(-likes // LIKES_A_READ)
    if reads <= READS_A_SECOND * WINDOW_SECONDS:
        return WINDOW_SECONDS
    window = 2 * WINDOW_SECONDS
    while window < LONGEST_WINDOW_SECONDS and reads > (READS_A_SECOND - 1) * window:
        window *= 2
    return window


def recount_later(post_id: str, window_seconds: int = WINDOW_SECONDS) -> None:
    """Has the likes of the post counted at the end of the current window.

    Where that count was asked for before, it may be over already, if this instance's clock is behind. Then the first
    window that has not ended by any clock is asked for as well: whoever else may have asked for that, it is to come.
    """
    now = clock.now().timestamp()
    current = int(now // window_seconds) + 1
    to_come = int((now + CLOCKS_APART_SECONDS) // window_seconds) + 1
    if not _queue(post_id, window_seconds, current) and to_come != current:
        _queue(post_id, window_seconds, to_come)


def _queue(post_id: str, window_seconds: int, window: int) -> bool:
    """Whether this is the first to ask for a count at the end of the window."""
    at = datetime.datetime.fromtimestamp(window * window_seconds + SETTLING_SECONDS, datetime.UTC)
    # Task names allow fewer characters than document ids.
    post = hashlib.sha256(post_id.encode()).hexdigest()[:32]
    payload = {"postId": post_id, "windowSeconds": window_seconds}
    return queue.add(settings().likes_queue, f"{post}-{window_seconds}-{window}", "recount_likes", payload, at)


@if_unchanged(RECOUNT_ATTEMPTS, "This post is busy; try again in a moment.")
def recount(post_id: str, window_seconds: int = LONGEST_WINDOW_SECONDS) -> bool:
    """Makes the post's ``likeCount`` what it is, and says whether it was wrong.

    A post with many likes is put off to the end of a larger window, unless that is the one that ended. The post is
    read before its likes are counted, and written only if unchanged. It is written even where the count is the same:
    ``countedAt`` changes it, so that every other recount that read it before fails, and an older count never replaces
    a newer one. A post with many likes that changed meanwhile is counted in its next window, another immediately.

    Raises:
        Contention: other writers kept coming between.
    """
    post = documents.get(posts.reference(post_id))
    if not post.exists:
        return False  # whoever tidies up after it removes the likes
    stated: int = post.fields["likeCount"]
    own_window = window_of(stated)
    if window_seconds < own_window:
        recount_later(post_id, own_window)
        return False
    count = _count(post_id)
    counted = {"likeCount": count, "countedAt": SERVER_TIME}
    try:
        documents.update(post.reference, counted, unchanged_since=post.update_time)
    except CHANGED:
        if own_window == WINDOW_SECONDS:
            raise
        recount_later(post_id, own_window)
        return False
    return stated != count


def remove_all(post_id: str) -> None:
    """Deletes every like of the post, each once, however many are at it.

    Raises:
        Contention: somebody else is at it, or time is up; the next delivery continues.
    """
    deadline = clock.monotonic() + REMOVAL_SECONDS
    lost: set[str] = set()
    while likes := fetch(_of(post_id).limit(REMOVAL_PAGE)):
        found = {like.id for like in likes}
        if lost and not lost & found:
            raise Contention("Another delivery is removing these likes.")
        if clock.monotonic() > deadline:
            raise Contention("There are more likes than one call can remove.")
        batch = Batch()
        for like in likes:
            # Who comes second deletes nothing, instead of paying for everything again.
            batch.delete(like.reference, must_exist=True)
        try:
            batch.commit()
            lost = set()
        except (*CHANGED, NotFound):
            # To another delivery, which takes all of them; or to a person who took one back: the rest is still there.
            lost = found


def _count(post_id: str) -> int:
    return aggregate(_of(post_id).count("likes"))["likes"]


def _of(post_id: str) -> Query:
    return Query("likes").where("postId", "==", post_id)
