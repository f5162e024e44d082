"""POST /internal/update-author: has posts show their author's face, called by Cloud Tasks with an OIDC token of ours.

    { "userId", "windowSeconds", "window", "after"? }  ->  200 { "updated": 100, "complete": bool }

A step is a hundred posts, those behind the post ``after``; it queues the next until it is complete. An author with many
posts is put off to a larger window. Doing a step again is harmless.
Refusals: 401 unauthenticated, 403 forbidden, 422 invalid-request, 503 contention.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Body
from shared.social import authors


class Task(Body):
    user_id: DocumentId
    window_seconds: Annotated[int, Field(ge=1, le=3600)]
    window: Annotated[int, Field(ge=1, le=10**9)]
    after: DocumentId | None = None


class UpdateAnswer(TypedDict):
    updated: int
    complete: bool


@endpoint(Task, SERVICE)
def update_author(body: Task) -> UpdateAnswer:
    step = authors.update(body.user_id, body.window_seconds, body.window, body.after)
    return {"updated": step.updated, "complete": step.complete}
