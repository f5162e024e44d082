"""Posts: what is public of a generation. Never the prompt, nor what its areas were called."""

import datetime
from collections.abc import Iterable
from typing import Any, TypedDict

from google.api_core.exceptions import Aborted, FailedPrecondition
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import BaseQuery, FieldFilter

from shared.cloud import cursors
from shared.cloud.clients import STORE, Snapshot, aggregate, fetch, store
from shared.errors import Contention, NotFound

RECOUNT_ATTEMPTS = 5


class AuthorAnswer(TypedDict):
    displayName: str
    photoUrl: str | None


class PictureAnswer(TypedDict):
    url: str
    thumbUrl: str
    width: int
    height: int
    color: str


class PostAnswer(TypedDict):
    id: str
    userId: str
    author: AuthorAnswer
    type: str
    media: list[PictureAnswer]
    mediaUrl: str
    caption: str
    likeCount: int
    liked: bool
    createdAt: datetime.datetime


def reference(post_id: str) -> firestore.DocumentReference:
    """Where the post is, or would be."""
    return store().collection("posts").document(post_id)


def new_post(user_id: str, pictures: list[PictureAnswer], caption: str) -> dict[str, Any]:
    """The fields of a new post, with its author's face as it is today.

    Raises:
        NotFound: the user has no profile.
    """
    profile = store().collection("profiles").document(user_id).get(**STORE)
    if not profile.exists:
        raise NotFound("There is no such user.")
    return {
        "userId": user_id,
        "author": {"displayName": profile.get("displayName"), "photoUrl": profile.get("photoUrl")},
        "type": "image",
        "media": pictures,
        "mediaUrl": pictures[0]["url"],
        "caption": caption,
        "likeCount": 0,
        "createdAt": firestore.SERVER_TIMESTAMP,
    }


def get(post_id: str) -> Snapshot:
    """The post.

    Raises:
        NotFound: it is gone.
    """
    document = reference(post_id).get(**STORE)
    if not document.exists:
        raise NotFound("There is no such post.")
    return document


def exists(post_id: str) -> bool:
    """Whether the post is there."""
    return reference(post_id).get(field_paths=["userId"], **STORE).exists


def page(limit: int, cursor: str | None, author_id: str | None) -> tuple[list[Snapshot], str | None]:
    """One page of posts, newest first, of everyone or of one author; and the cursor behind it, None at the end.

    Raises:
        InvalidRequest: the cursor is not one of this list.
    """
    scope = f"posts/{author_id or ''}"
    query: BaseQuery = firestore.Query(store().collection("posts"))
    if author_id is not None:
        query = query.where(filter=FieldFilter("userId", "==", author_id))
    query = query.order_by("createdAt", direction=firestore.Query.DESCENDING)
    query = query.order_by("__name__", direction=firestore.Query.DESCENDING)
    if cursor is not None:
        time, post_id = cursors.decode(scope, cursor)
        query = query.start_after({"createdAt": time, "__name__": reference(post_id)})
    found = fetch(query.limit(limit))
    more = cursors.encode(scope, found[-1].get("createdAt"), found[-1].id) if len(found) == limit else None
    return found, more


def answers(documents: Iterable[Snapshot], liked: frozenset[str]) -> list[PostAnswer]:
    """How posts are shown to somebody who likes those of the ids in ``liked``."""
    return [_answer(document.id, document.to_dict() or {}, document.id in liked) for document in documents]


def recount(user_id: str) -> bool:
    """Makes the profile's ``postCount`` what it is, and says whether it was wrong.

    The profile is read before the posts are counted and written only if unchanged, so that an older count never
    replaces a newer one, in whatever order events come. What was written is looked at once more: somebody may have
    counted anew meanwhile, found the profile right and written nothing that would have stopped this write.

    Raises:
        Contention: other writers kept coming between.
    """
    profile = store().collection("profiles").document(user_id)
    changed = False
    for _ in range(RECOUNT_ATTEMPTS):
        document = profile.get(**STORE)
        if not document.exists:
            return False
        of_user = store().collection("posts").where(filter=FieldFilter("userId", "==", user_id))
        count = aggregate(of_user.count(alias="posts"))["posts"]
        if document.get("postCount") == count:
            return changed
        unchanged = store().write_option(last_update_time=document.update_time)
        try:
            profile.update({"postCount": count}, option=unchanged, **STORE)
        except (Aborted, FailedPrecondition):
            continue
        changed = True
    raise Contention("This profile is busy; try again in a moment.")


def _answer(post_id: str, fields: dict[str, Any], liked: bool) -> PostAnswer:
    return {
        "id": post_id,
        "userId": fields["userId"],
        "author": fields["author"],
        "type": fields["type"],
        "media": fields["media"],
        "mediaUrl": fields["mediaUrl"],
        "caption": fields["caption"],
        "likeCount": fields["likeCount"],
        "liked": liked,
        "createdAt": fields["createdAt"],
    }
