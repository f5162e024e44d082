"""Posts: what is public of a generation. Never the prompt, nor what its areas were called."""

from typing import Any, NotRequired, TypedDict

from shared.cloud import documents, pages
from shared.cloud.commits import SERVER_TIME
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED
from shared.cloud.queries import Query, aggregate
from shared.errors import Contention, NotFound

RECOUNT_ATTEMPTS = 5


class Picture(TypedDict):
    """A picture as a post holds it; sides in pixels. A video lasts ``seconds``; its thumbnail is its first frame."""

    url: str
    thumbUrl: str
    width: int
    height: int
    color: str
    seconds: NotRequired[float]
    contentType: NotRequired[str]


def reference(post_id: str) -> Reference:
    """Where the post is, or would be."""
    return documents.reference("posts", post_id)


def new_post(user_id: str, pictures: list[Picture], caption: str) -> dict[str, Any]:
    """The fields of a new post, with its author's face as it is today.

    Raises:
        NotFound: the user has no profile.
    """
    profile = documents.get(documents.reference("profiles", user_id))
    if not profile.exists:
        raise NotFound("There is no such user.")
    return {
        "userId": user_id,
        "author": {"displayName": profile.fields["displayName"], "photoUrl": profile.fields["photoUrl"]},
        "type": "video" if "seconds" in pictures[0] else "image",
        "media": pictures,
        "mediaUrl": pictures[0]["url"],
        "caption": caption,
        "likeCount": 0,
        "createdAt": SERVER_TIME,
    }


def get(post_id: str) -> Snapshot:
    """The post.

    Raises:
        NotFound: it is gone.
    """
    document = documents.get(reference(post_id))
    if not document.exists:
        raise NotFound("There is no such post.")
    return document


def exists(post_id: str) -> bool:
    """Whether the post is there."""
    return documents.get(reference(post_id), fields=["userId"]).exists


def page(limit: int, cursor: str | None, author_id: str | None) -> pages.Page:
    """One page of posts, newest first, of everyone or of one author.

    Raises:
        InvalidRequest: the cursor is not one of this list.
    """
    query = Query("posts") if author_id is None else Query("posts").where("userId", "==", author_id)
    return pages.page(query, f"posts/{author_id or ''}", "createdAt", limit, cursor)


def recount(user_id: str) -> bool:
    """Makes the profile's ``postCount`` what it is, and says whether it was wrong.

    The profile is read before the posts are counted and written only if unchanged, so that an older count never
    replaces a newer one, in whatever order events come. What was written is looked at once more: somebody may have
    counted anew meanwhile, found the profile right and written nothing that would have stopped this write.

    Raises:
        Contention: other writers kept coming between.
    """
    profile = documents.reference("profiles", user_id)
    changed = False
    for _ in range(RECOUNT_ATTEMPTS):
        document = documents.get(profile)
        if not document.exists:
            return False
        count = aggregate(Query("posts").where("userId", "==", user_id).count("posts"))["posts"]
        if document.fields.get("postCount") == count:
            return changed
        try:
            documents.update(profile, {"postCount": count}, unchanged_since=document.update_time)
        except CHANGED:
            continue
        changed = True
    raise Contention("This profile is busy; try again in a moment.")
