"""POST /internal/sweep-generations: looks after stuck generations, called by Cloud Scheduler with an OIDC token.

    {}  ->  200 { requeued, refunded, busy, failed }

One that is not settled 15 minutes after it was accepted is queued again; after three times, or five attempts, what is
not made is refunded. It settles through the same commit as the worker, so a late success cannot race it.
Refusals: 401 unauthenticated, 403 forbidden.
"""

from shared import generation_runs
from shared.http import Access, Empty, endpoint


@endpoint(Empty, Access.SERVICE)
def sweep_generations(_caller: None, _body: Empty) -> dict[str, int]:
    return generation_runs.sweep()
