"""POST /internal/sweep-generations: looks after stuck generations, called by Cloud Scheduler with an OIDC token.

    {}  ->  200 { requeued, refunded, busy, waiting, failed }

One that is not settled, and that nothing happened to for 15 minutes, is queued again, unless its task still waits in
the queue; after three times, or five attempts, what is not made is refunded. It settles through the same commit as the
worker, so a late success cannot race it. Refusals: 401 unauthenticated, 403 forbidden.
"""

from shared.art import worker
from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.requests import Empty


@endpoint(Empty, SERVICE)
def sweep_generations() -> dict[str, int]:
    return worker.sweep()
