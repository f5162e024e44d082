"""GET /get-post: one post. Public.

    ?id  ->  200 { id, userId, author{displayName, photoUrl}, type, media: [{ url, thumbUrl, width, height, color }],
                   mediaUrl, caption, likeCount, liked, createdAt }

``liked`` is whether the signed-in caller likes it. Refusals: 401 for a bad token, 404 not-found when it is gone.
"""

from shared.edge.access import OPTIONAL_SIGN_IN, Caller
from shared.edge.answers import PostAnswer, post_answer
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Query
from shared.social import likes, posts


class Parameters(Query):
    id: DocumentId


@endpoint(Parameters, OPTIONAL_SIGN_IN, cached_seconds=30)
def get_post(caller: Caller | None, query: Parameters) -> PostAnswer:
    post = posts.get(query.id)
    liked = likes.liked_by(caller.user_id if caller else None, [post.id])
    return post_answer(post.id, post.fields, post.id in liked)
