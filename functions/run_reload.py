"""POST /internal/run-reload: buys for a wallet that runs low, called by Cloud Tasks with an OIDC token of our account.

    { "userId": "..." }  ->  200 { "outcome": "nothing" | "paid" | "declined" | "action" | "pending" }

Claims a reload if the wallet asks for one, charges the saved card and settles; or takes up what an earlier call left.
``nothing`` is a wallet that begins no reload, ``action`` a bank that wants the owner of the card, and ``pending`` a
charge that is not decided. A 503 has the task come again. Safe under duplicate deliveries and a crash at any point.
Refusals: 401 unauthenticated, 403 forbidden, 422 invalid-request, 503 contention, unavailable, wallet-inconsistent.
"""

from typing import TypedDict

from shared import cold_start
from shared.billing import reloads
from shared.billing.reloads import Outcome
from shared.cloud.clients import tasks
from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Body


class Task(Body):
    user_id: DocumentId


class ReloadAnswer(TypedDict):
    outcome: Outcome


cold_start.prepare(tasks)


@endpoint(Task, SERVICE)
def run_reload(body: Task) -> ReloadAnswer:
    return {"outcome": reloads.run(body.user_id)}
