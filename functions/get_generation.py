"""GET /get-generation: how the caller's generation is doing, and what it cost.

    ?id  ->  200 { id, status, areas: [{ label, status, imageUrl, error }], postId, charge: { cost, refunded, final } }

``status`` is queued, running, succeeded, partial or failed. ``charge`` answers "was I charged?": tokens taken when it
was accepted, given back so far, and whether that can still change. A picture that is not published has an ``imageUrl``
that works for 15 minutes, and is deleted after 30 days. Refusals: 401 unauthenticated, 403 anonymous-not-allowed,
404 not-found (another's included), 422 invalid-request.
"""

from typing import TypedDict

from shared import cold_start, generations, media
from shared.clients import bucket
from shared.fields import DocumentId
from shared.generations import AreaStatus, Generation, Status
from shared.http import Caller, Query, endpoint


class Parameters(Query):
    id: DocumentId


class AreaAnswer(TypedDict):
    label: str | None
    status: AreaStatus
    imageUrl: str | None
    error: str | None


class ChargeAnswer(TypedDict):
    cost: int
    refunded: int
    final: bool


class GenerationAnswer(TypedDict):
    id: str
    status: Status
    areas: list[AreaAnswer]
    postId: str | None
    charge: ChargeAnswer


cold_start.prepare(bucket)


@endpoint(Parameters)
def get_generation(caller: Caller, query: Parameters) -> GenerationAnswer:
    generation = generations.require_owned(query.id, caller.user_id)
    return {
        "id": generation.id,
        "status": generation.status,
        "areas": [
            {
                "label": area.label,
                "status": area.status,
                "imageUrl": _url(generation, index),
                "error": area.error,
            }
            for index, area in enumerate(generation.areas)
        ],
        "postId": generation.post_id,
        "charge": {
            "cost": generation.cost,
            "refunded": generation.refunded,
            "final": generation.is_settled,
        },
    }


def _url(generation: Generation, index: int) -> str | None:
    image = generation.images.get(index)
    return None if image is None else media.url(image)
