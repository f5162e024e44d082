"""POST /internal/sweep-pictures: removes public pictures without a post, called by Cloud Scheduler with an OIDC token.

    {}  ->  200 { objects, removed, failed, complete }

Looks at everything under ``published/`` once a day. An object whose post is not there, and which is older than an hour,
was left by a crash.
When ``complete`` is false, the next call continues.
Refusals: 401 unauthenticated, 403 forbidden.
"""

from typing import TypedDict

from shared import cold_start
from shared.art import picture_sweep
from shared.cloud.clients import bucket
from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.requests import Empty


class SweepAnswer(TypedDict):
    objects: int
    removed: int
    failed: int
    complete: bool


cold_start.prepare(bucket)


@endpoint(Empty, SERVICE)
def sweep_pictures() -> SweepAnswer:
    swept = picture_sweep.run()
    return {
        "objects": swept.objects,
        "removed": swept.removed,
        "failed": swept.failed,
        "complete": swept.is_complete,
    }
