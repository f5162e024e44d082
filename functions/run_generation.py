"""POST /internal/run-generation: the worker, called by Cloud Tasks with an OIDC token of our service account.

    { "generationId": "..." }  ->  200 {}  settled, by this call or another

Makes the pictures, stores them, publishes the post, refunds what failed. A 503 has the task come again: another
delivery is at work, or the image model cannot be reached. Safe under duplicate deliveries and a crash at any point.
Refusals: 401 unauthenticated, 403 forbidden, 422 invalid-request, 503 busy.
"""

from typing import Annotated

from pydantic import Field

from shared import cold_start
from shared.art import images, worker
from shared.cloud.clients import bucket
from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.requests import Body


class Task(Body):
    generation_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


cold_start.prepare(bucket)
cold_start.prepare(images.model)


@endpoint(Task, SERVICE)
def run_generation(body: Task) -> dict[str, object]:
    worker.run(body.generation_id)
    return {}
