"""GET /get-feed: posts, newest first, of everyone or of one user. Public.

    ?limit (1..50, default 20) & cursor & userId  ->  200 { "posts": [a post as in get-post], "nextCursor": str | null }

Two round trips however long the page: the posts, and which of them the caller likes. ``nextCursor`` is null at the end;
a full last page may hand out one to an empty page. Refusals: 401 for a bad token, 422 invalid-request.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from shared.edge.access import OPTIONAL_SIGN_IN, Caller
from shared.edge.answers import PostAnswer, post_answer
from shared.edge.endpoint import endpoint
from shared.edge.fields import Cursor, Digits, DocumentId
from shared.edge.requests import Query
from shared.social import likes, posts


class Parameters(Query):
    limit: Annotated[int, Field(ge=1, le=50), Digits] = 20
    cursor: Cursor | None = None
    user_id: DocumentId | None = None


class FeedAnswer(TypedDict):
    posts: list[PostAnswer]
    nextCursor: str | None


@endpoint(Parameters, OPTIONAL_SIGN_IN, cached_seconds=10)
def get_feed(caller: Caller | None, query: Parameters) -> FeedAnswer:
    page = posts.page(query.limit, query.cursor, query.user_id)
    liked = likes.liked_by(caller.user_id if caller else None, [post.id for post in page.documents])
    return {
        "posts": [post_answer(post.id, post.fields, post.id in liked) for post in page.documents],
        "nextCursor": page.next_cursor,
    }
