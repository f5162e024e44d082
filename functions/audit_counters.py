"""POST /internal/audit-counters: every counter against what it counts, called by Cloud Scheduler with an OIDC token.

    {}  ->  200 { auditId, complete, posts, profiles, repaired, postponed, discrepancies, unexamined }

Puts likes of posts and posts of profiles right (``repaired``), but for those that somebody else keeps writing
(``postponed``): the next audit comes back to them. What cannot be looked at is ``unexamined``, a discrepancy, and keeps
no other from being looked at.
When ``complete`` is false, the next call continues.
Refusals: 401 unauthenticated, 403 forbidden.
"""

from typing import TypedDict

from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.requests import Empty
from shared.social import counters


class CountersAnswer(TypedDict):
    auditId: str
    complete: bool
    posts: int
    profiles: int
    repaired: int
    postponed: int
    discrepancies: int
    unexamined: int


@endpoint(Empty, SERVICE)
def audit_counters() -> CountersAnswer:
    report = counters.run()
    return {
        "auditId": report.id,
        "complete": report.is_complete,
        "posts": report.count("posts"),
        "profiles": report.count("profiles"),
        "repaired": report.count("repaired"),
        "postponed": report.count("postponed"),
        "discrepancies": report.discrepancies,
        "unexamined": report.unexamined,
    }
