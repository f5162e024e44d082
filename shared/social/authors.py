"""Authors: a changed name or picture reaches the posts of the person, a hundred a step.

A post carries its author's face, so that a feed is read without a profile for each. A change queues a pass, named after
the author and a window of time: any number of changes in a window cost one. A pass is a chain of tasks that ends when
there are no more posts, or no profile. It writes what the profile says then, so an older pass does no harm.
"""

import dataclasses
import datetime
import hashlib
from collections.abc import Mapping
from typing import Any

from shared import clock
from shared.cloud import documents, queue
from shared.cloud.commits import Batch
from shared.cloud.documents import Snapshot
from shared.cloud.failures import CHANGED, NotFound
from shared.cloud.queries import NAME, Query, fetch
from shared.config import settings
from shared.errors import Contention
from shared.social import posts

POSTS_A_STEP = 100
ATTEMPTS = 5

WINDOWS_SECONDS = (5, 50, 500, 3600)
POSTS_A_SECOND = 20
"""What one author can have us write on average, however often the name changes: with more posts a pass waits longer."""

Face = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """How many posts were ``updated``, and whether that was all: if not, more is queued."""

    updated: int
    complete: bool


def face(profile: Mapping[str, Any]) -> Face:
    """What a post shows of its author."""
    return {"displayName": profile.get("displayName"), "photoUrl": profile.get("photoUrl")}


def update_later(user_id: str, window_seconds: int = WINDOWS_SECONDS[0]) -> None:
    """Has the author's posts updated at the end of the current window."""
    current = int(clock.now().timestamp() // window_seconds) + 1
    # A name that is refused is of a task that waits or, if our clock is behind, of one that ran: then the next, too.
    for window in (current, current + 1):
        if _add(user_id, window_seconds, window, None):
            return


def update_if_other(user_id: str, author: object) -> None:
    """Has the posts updated if a new one shows another face than its author's: it changed while the post was made."""
    profile = _profile(user_id)
    if profile is not None and (not isinstance(author, Mapping) or face(profile) != face(author)):
        update_later(user_id)


def update(user_id: str, window_seconds: int, window: int, after: str | None) -> Step:
    """One step of the pass of that window: the posts behind ``after``, which is none for the first.

    Raises:
        Contention: posts kept changing between.
    """
    profile = _profile(user_id)
    if profile is None:
        return Step(0, complete=True)
    if after is None and (wanted := _window_for(profile.get("postCount"))) > window_seconds:
        update_later(user_id, wanted)
        return Step(0, complete=False)
    for attempt in range(ATTEMPTS):
        # The posts before the profile: what a newer face was written to since is no longer as it was read, and what it
        # was written to before comes with a profile that has it. So it is never overwritten by an older one.
        found = _posts(user_id, after)
        profile = _profile(user_id)
        if profile is None:
            return Step(0, complete=True)
        stale = [post for post in found if post.fields.get("author") != face(profile)]
        if _write(stale, face(profile), together=attempt == 0):
            break
    else:
        raise Contention("These posts are busy; try again in a moment.")
    complete = len(found) < POSTS_A_STEP
    if not complete:
        _add(user_id, window_seconds, window, found[-1].id)
    return Step(len(stale), complete)


def _window_for(post_count: object) -> int:
    # A counter that is no number is for the audit to find.
    wanted = post_count / POSTS_A_SECOND if isinstance(post_count, int) else 0
    return next((seconds for seconds in WINDOWS_SECONDS if seconds >= wanted), WINDOWS_SECONDS[-1])


def _add(user_id: str, window_seconds: int, window: int, after: str | None) -> bool:
    """Queues a step under the one name that it has, so that a step that is done twice is followed by one."""
    author = hashlib.sha256(user_id.encode()).hexdigest()[:32]
    place = hashlib.sha256((after or "").encode()).hexdigest()[:32]
    payload = {"userId": user_id, "windowSeconds": window_seconds, "window": window, "after": after}
    at = datetime.datetime.fromtimestamp(window * window_seconds, datetime.UTC) if after is None else None
    name = f"{author}-{window_seconds}-{window}-{place}"
    return queue.add(settings().authors_queue, name, "update_author", payload, at)


def _profile(user_id: str) -> dict[str, Any] | None:
    document = documents.get(documents.reference("profiles", user_id))
    return document.fields if document.exists else None


def _posts(user_id: str, after: str | None) -> list[Snapshot]:
    query = Query("posts").where("userId", "==", user_id).select("author").order_by(NAME).limit(POSTS_A_STEP)
    return fetch(query.start_after({NAME: posts.reference(after)}) if after is not None else query)


def _write(stale: list[Snapshot], author: Face, together: bool) -> bool:
    """Whether all were written. One that changed since it was read fails those it is written together with."""
    written = True
    for group in [stale] if together else [[post] for post in stale]:
        batch = Batch()
        for post in group:
            batch.update(post.reference, {"author": dict(author)}, unchanged_since=post.update_time)
        try:
            batch.commit()
        except (*CHANGED, NotFound):
            written = False
    return written
