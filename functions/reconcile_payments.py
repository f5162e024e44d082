"""POST /internal/reconcile-payments: does what no webhook did, called by Cloud Scheduler with an OIDC token.

    { "since"?: RFC 3339 }  ->  200 { listed, missed, settled, failed, through, complete }

Lists Stripe's events since the last call and settles each that no webhook has finished, then looks again at the orders
that can still change. With ``since``, at the first call, and after 29 days without one, it lists what was made at
Stripe instead, however long ago, and looks again at every subscription that has not ended. ``through`` is up to when
everything is done. What cannot be done is ``failed``, and keeps nothing else from being done; the next call tries it
again.
When ``complete`` is false the next call continues, or another call was at work.
Refusals: 401 unauthenticated, 403 forbidden, 422 invalid-request, 503 unavailable.
Calling again changes nothing: every credit and every line has its key.
"""

import datetime
from typing import TypedDict

from shared.billing import reconciliation
from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.fields import Moment
from shared.edge.requests import Body


class Reconciliation(Body):
    since: Moment | None = None


class ReconciliationAnswer(TypedDict):
    listed: int
    missed: int
    settled: int
    failed: int
    through: datetime.datetime
    complete: bool


@endpoint(Reconciliation, SERVICE)
def reconcile_payments(body: Reconciliation) -> ReconciliationAnswer:
    report = reconciliation.run(body.since)
    return {
        "listed": report.listed,
        "missed": report.missed,
        "settled": report.settled,
        "failed": report.failed,
        "through": report.through,
        "complete": report.is_complete,
    }
