"""Likes: clients write them under the rules; here they are read, counted and, with their post, removed.

A like does not touch its post. Its event queues a recount, named after the post and a window of time, so that any
number of likes in a window cost one count and at most one write; the count is taken after the window, so it sees every
like whose event asked for it. Counting from scratch makes duplicates, reordering and lost events harmless.
"""

import datetime
import hashlib

from google.api_core.exceptions import Aborted, FailedPrecondition
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared import clock, posts, queue
from shared.clients import STORE, aggregate, fetch, store
from shared.config import settings
from shared.errors import Contention

WINDOW_SECONDS = 1
LARGE = 10_000
LARGE_WINDOW_SECONDS = 7
"""Counting costs a read per thousand likes, so a post with many is counted less often."""

SKEW_SECONDS = 0.3
"""How far the clocks of the trigger and of the queue may differ before a recount could come too early."""

RECOUNT_ATTEMPTS = 5
REMOVAL_PAGE = 400


def liked_by(user_id: str | None, post_ids: list[str]) -> frozenset[str]:
    """Which of the posts the user likes: one round trip for all; none for nobody."""
    if user_id is None or not post_ids:
        return frozenset()
    likes = store().collection("likes")
    references = {likes.document(f"{user_id}_{post_id}").path: post_id for post_id in post_ids}
    found = store().get_all([store().document(path) for path in references], field_paths=["postId"], **STORE)
    return frozenset(references[document.reference.path] for document in found if document.exists)


def recount_later(post_id: str, window_seconds: int = WINDOW_SECONDS) -> None:
    """Has the likes of the post counted at the end of the current window."""
    now = clock.now().timestamp()
    window = int(now // window_seconds) + 1
    at = datetime.datetime.fromtimestamp(window * window_seconds + SKEW_SECONDS, datetime.UTC)
    # Task names allow fewer characters than document ids.
    post = hashlib.sha256(post_id.encode()).hexdigest()[:32]
    payload = {"postId": post_id, "windowSeconds": window_seconds}
    queue.add(settings().likes_queue, f"{post}-{window_seconds}-{window}", "recount_likes", payload, at)


def recount(post_id: str, window_seconds: int = LARGE_WINDOW_SECONDS) -> bool:
    """Makes the post's ``likeCount`` what it is, and says whether it was wrong; clears up after a post that is gone.

    A post with many likes is put off to the end of the larger window, unless that is the one that ended. The post is
    read before its likes are counted and written only if unchanged, so that an older count never replaces a newer one.

    Raises:
        Contention: other writers kept coming between.
    """
    for _ in range(RECOUNT_ATTEMPTS):
        post = posts.reference(post_id).get(**STORE)
        if not post.exists:
            remove_all(post_id)
            return False
        if post.get("likeCount") >= LARGE and window_seconds < LARGE_WINDOW_SECONDS:
            recount_later(post_id, LARGE_WINDOW_SECONDS)
            return False
        count = _count(post_id)
        if post.get("likeCount") == count:
            return False
        unchanged = store().write_option(last_update_time=post.update_time)
        try:
            post.reference.update({"likeCount": count}, option=unchanged, **STORE)
        except (Aborted, FailedPrecondition):
            continue
        if _count(post_id) != count:
            # Somebody may have counted this meanwhile, found the same on the post and written nothing: nothing that
            # would have stopped an older count from being written over it.
            recount_later(post_id, window_seconds)
        return True
    raise Contention("This post is busy; try again in a moment.")


def remove_all(post_id: str) -> None:
    """Deletes every like of the post."""
    while documents := fetch(_of(post_id).limit(REMOVAL_PAGE)):
        batch = store().batch()
        for document in documents:
            batch.delete(document.reference)
        batch.commit(**STORE)


def _count(post_id: str) -> int:
    return aggregate(_of(post_id).count(alias="likes"))["likes"]


def _of(post_id: str) -> firestore.Query:
    return store().collection("likes").where(filter=FieldFilter("postId", "==", post_id))
