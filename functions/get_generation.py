"""GET /get-generation: how the caller's generation is doing, and what it cost.

    ?id  ->  200 { id, status, style, areas: [{ label, status, imageUrl, picture, error }], postId, imagesExpireAt,
                   charge: { cost, refunded, paidBy, final } }

``status`` is queued, running, succeeded, partial or failed. ``charge`` answers "was I charged?": tokens taken when it
was accepted, given back so far, and whether that can still change. Both are 0 where ``paidBy`` is plan, pass or trial,
which get back what failed all the same. What failed with the ``error`` budget-used-up can be made tomorrow.

``picture`` is { url, thumbUrl, width, height, color } as a post has it, or null; ``imageUrl`` is its ``url``. Those of
a picture that is not published work for 5 to 15 minutes. It is kept until ``imagesExpireAt``, 30 days; then, and after
its post was deleted, both are null, as is ``postId`` of a post that is gone.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 not-found (another's included), 422 invalid-request,
503 unavailable.
"""

import datetime
from typing import TypedDict

from shared import cold_start
from shared.art import generations, media
from shared.art.generations import AreaStatus, Status
from shared.cloud.clients import bucket
from shared.edge.access import SIGNED_IN, Caller
from shared.edge.answers import PictureAnswer
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Query
from shared.ledger.means import PaidBy


class Parameters(Query):
    id: DocumentId


class AreaAnswer(TypedDict):
    label: str | None
    status: AreaStatus
    imageUrl: str | None
    picture: PictureAnswer | None
    error: str | None


class ChargeAnswer(TypedDict):
    cost: int
    refunded: int
    paidBy: PaidBy
    final: bool


class GenerationAnswer(TypedDict):
    id: str
    status: Status
    style: str | None
    areas: list[AreaAnswer]
    postId: str | None
    imagesExpireAt: datetime.datetime | None
    charge: ChargeAnswer


cold_start.prepare(bucket)


@endpoint(Parameters, SIGNED_IN)
def get_generation(caller: Caller, query: Parameters) -> GenerationAnswer:
    generation = generations.require_owned(query.id, caller.user_id)
    pictures = {} if generation.images_are_gone else media.shown(generation.images)
    return {
        "id": generation.id,
        "status": generation.status,
        "style": generation.style,
        "areas": [_area(area, pictures.get(index)) for index, area in enumerate(generation.areas)],
        "postId": generation.post_id,
        "imagesExpireAt": generation.images_expire_at,
        "charge": {
            "cost": generation.cost,
            "refunded": generation.refunded,
            "paidBy": generation.paid_by,
            "final": generation.is_settled,
        },
    }


def _area(area: generations.Area, picture: PictureAnswer | None) -> AreaAnswer:
    return {
        "label": area.label,
        "status": area.status,
        "imageUrl": None if picture is None else picture["url"],
        "picture": picture,
        "error": area.error,
    }
