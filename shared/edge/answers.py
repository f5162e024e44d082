"""The shapes that several functions answer with. What only one answers stands beside it, in functions/."""

import datetime
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict


class FundsAnswer(TypedDict):
    bonus: int
    purchased: int
    earned: int


class FundNumbers(TypedDict):
    """The funds as they are written down, whatever is wrong with them: null is no whole number."""

    bonus: int | None
    purchased: int | None
    earned: int | None


class WalletNumbers(TypedDict):
    """The same of a whole wallet."""

    tokenBalance: int | None
    funds: FundNumbers
    totalTokensPurchased: int | None
    totalTokensSpent: int | None
    totalTokensEarned: int | None
    totalTokensCredited: int | None
    debt: int | None


class AuthorAnswer(TypedDict):
    displayName: str
    photoUrl: str | None


class PictureAnswer(TypedDict):
    url: str
    thumbUrl: str
    width: int
    height: int
    color: str
    seconds: NotRequired[float]
    contentType: NotRequired[str]


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


def wallet_numbers(fields: Mapping[str, Any]) -> WalletNumbers:
    """How a wallet of those fields is shown to administrators, also one that cannot be."""
    funds = fields["funds"] if isinstance(fields.get("funds"), Mapping) else {}
    return {
        "tokenBalance": _whole(fields.get("tokenBalance")),
        "funds": {
            "bonus": _whole(funds.get("bonus")),
            "purchased": _whole(funds.get("purchased")),
            "earned": _whole(funds.get("earned")),
        },
        "totalTokensPurchased": _whole(fields.get("totalTokensPurchased")),
        "totalTokensSpent": _whole(fields.get("totalTokensSpent")),
        "totalTokensEarned": _whole(fields.get("totalTokensEarned")),
        "totalTokensCredited": _whole(fields.get("totalTokensCredited", 0)),
        "debt": _whole(fields.get("debt", 0)),
    }


def _whole(number: object) -> int | None:
    return number if type(number) is int else None


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
