"""POST /publish-post: make a post of a generation that was not published.

    { "generationId": "...", "caption": "..." }  ->  200 { "postId" }

Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 not-found (another's, or its post was deleted, or its
pictures were after 30 days), 422 invalid-request (not finished yet, or no pictures). Again: the same post, as it is.
"""

from typing import TypedDict

from shared import cold_start
from shared.art import generations
from shared.cloud.clients import bucket
from shared.edge.access import SIGNED_IN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import Caption, DocumentId
from shared.edge.requests import Body


class Publication(Body):
    generation_id: DocumentId
    caption: Caption


class PublicationAnswer(TypedDict):
    postId: str


cold_start.prepare(bucket)


@endpoint(Publication, SIGNED_IN)
def publish_post(caller: Caller, body: Publication) -> PublicationAnswer:
    generation = generations.require_owned(body.generation_id, caller.user_id)
    return {"postId": generations.publish(generation, body.caption)}
