"""Likes: clients write them under the rules; here they are read, counted and, with their post, removed.

A like does not touch its post. Its event queues a recount, named after the post and a window of time, so that any
number of likes in a window cost one count and at most one write; the count is taken after the window, so it sees every
like whose event asked for it. Counting from scratch makes duplicates, reordering and lost events harmless.
"""

import datetime
import hashlib
import time

from google.api_core.exceptions import Aborted, FailedPrecondition, NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock
from shared.cloud import queue
from shared.cloud.clients import STORE, aggregate, fetch, store
from shared.config import settings
from shared.errors import Contention
from shared.social import posts

WINDOW_SECONDS = 1
LARGE = 10_000
LARGE_WINDOW_SECONDS = 4
LONGEST_WINDOW_SECONDS = 2**15
"""Nine hours, which more likes than there are people would need."""

LIKES_A_READ = 1000
READS_A_SECOND = 99
"""What counting one post may cost on average. With the post, which the end of every small window reads, it is 100."""

SETTLING_SECONDS = 0.3
"""How long after its window a recount comes, for events of instances whose clocks are a little behind."""

CLOCKS_APART_SECONDS = 5
"""No instance's clock is further behind the queue's than this."""

RECOUNT_ATTEMPTS = 5
REMOVAL_PAGE = 400
REMOVAL_SECONDS = 200
"""Of the 300 that tidy_post may take."""


def liked_by(user_id: str | None, post_ids: list[str]) -> frozenset[str]:
    """Which of the posts the user likes: one round trip for all; none for nobody."""
    if user_id is None or not post_ids:
        return frozenset()
    likes = store().collection("likes")
    references = {likes.document(f"{user_id}_{post_id}").path: post_id for post_id in post_ids}
    found = store().get_all([store().document(path) for path in references], field_paths=["postId"], **STORE)
    return frozenset(references[document.reference.path] for document in found if document.exists)


def window_of(likes: int) -> int:
    """How many seconds pass between two counts of a post with so many likes: a power of two.

    A recount reads the post, and counts once to write and once to confirm. Windows that are powers of two end
    together, so a post whose count goes to and fro between two of them is counted no more often than the smaller says.
    """
    if likes < LARGE:
        return WINDOW_SECONDS
    window = LARGE_WINDOW_SECONDS
    while window < LONGEST_WINDOW_SECONDS and 1 + 2 * -(-likes // LIKES_A_READ) > window * READS_A_SECOND:
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


def recount(post_id: str, window_seconds: int = LONGEST_WINDOW_SECONDS) -> bool:
    """Makes the post's ``likeCount`` what it is, and says whether it was wrong.

    A post with many likes is put off to the end of a larger window, unless that is the one that ended. The post is
    read before its likes are counted and written only if unchanged, so that an older count never replaces a newer one.
    One with many likes that changed meanwhile is counted in its next window, another at once.

    Raises:
        Contention: other writers kept coming between.
    """
    for _ in range(RECOUNT_ATTEMPTS):
        post = posts.reference(post_id).get(**STORE)
        if not post.exists:
            return False  # whoever tidies up after it removes the likes
        own_window = window_of(post.get("likeCount"))
        if window_seconds < own_window:
            recount_later(post_id, own_window)
            return False
        count = _count(post_id)
        if post.get("likeCount") == count:
            return False
        unchanged = store().write_option(last_update_time=post.update_time)
        try:
            post.reference.update({"likeCount": count}, option=unchanged, **STORE)
        except (Aborted, FailedPrecondition):
            if own_window == WINDOW_SECONDS:
                continue
            recount_later(post_id, own_window)
            return False
        if _count(post_id) != count:
            # Somebody may have counted this meanwhile, found the same on the post and written nothing: nothing that
            # would have stopped an older count from being written over it.
            recount_later(post_id, window_of(count))
        return True
    raise Contention("This post is busy; try again in a moment.")


def remove_all(post_id: str) -> None:
    """Deletes every like of the post, each once, however many are at it.

    Raises:
        Contention: somebody else is at it, or time is up; the next delivery goes on.
    """
    deadline = time.monotonic() + REMOVAL_SECONDS
    lost: set[str] = set()
    while documents := fetch(_of(post_id).limit(REMOVAL_PAGE)):
        found = {document.id for document in documents}
        if lost and not lost & found:
            raise Contention("Another delivery is removing these likes.")
        if time.monotonic() > deadline:
            raise Contention("There are more likes than one call can remove.")
        batch = store().batch()
        for document in documents:
            # Who comes second deletes nothing, instead of paying for everything again.
            batch.delete(document.reference, option=store().write_option(exists=True))
        try:
            batch.commit(**STORE)
            lost = set()
        except (Aborted, FailedPrecondition, NotFound):
            # To another delivery, which takes all of them; or to a person who took one back: the rest is still there.
            lost = found


def _count(post_id: str) -> int:
    return aggregate(_of(post_id).count(alias="likes"))["likes"]


def _of(post_id: str) -> firestore.Query:
    return store().collection("likes").where(filter=FieldFilter("postId", "==", post_id))
