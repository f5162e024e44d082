"""The shapes that several functions answer with. What only one answers stands beside it, in functions/."""

import datetime
from collections.abc import Mapping
from typing import Any, TypedDict


class FundsAnswer(TypedDict):
    bonus: int
    purchased: int
    earned: int


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


def post_answer(post_id: str, fields: Mapping[str, Any], liked: bool) -> PostAnswer:
    """How the post of those fields is shown to a caller who likes it, or does not."""
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
