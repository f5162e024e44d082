"""POST /internal/recount-likes: counts a post's likes, called by Cloud Tasks with an OIDC token of our service account.

    { "postId": "...", "windowSeconds": 1 }  ->  200 { "changed": bool }

A post with more than 9 000 likes is put off to a larger window, the larger the more there are. Counting again is
harmless. ``changed`` is whether the count was wrong.
Refusals: 401 unauthenticated, 403 forbidden, 422 invalid-request.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Body
from shared.social import likes


class Task(Body):
    post_id: DocumentId
    window_seconds: Annotated[int, Field(ge=1, le=likes.LONGEST_WINDOW_SECONDS)]


class RecountAnswer(TypedDict):
    changed: bool


@endpoint(Task, SERVICE)
def recount_likes(body: Task) -> RecountAnswer:
    return {"changed": likes.recount(body.post_id, body.window_seconds)}
