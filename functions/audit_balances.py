"""POST /internal/audit-balances: every wallet against the ledger, called by Cloud Scheduler with an OIDC token.

    {}  ->  200 { auditId, complete, wallets, lines, tokens, discrepancies, unexamined, compared }

Then the ledger as a whole: lines of nobody, tips and purchases without their other half (``compared`` says that all of
it was of one moment, and was). Freezes a wallet that does not add up and logs an alert for it; corrects no money.
What cannot be looked at is ``unexamined``, a discrepancy too, and keeps no other from being looked at.
When ``complete`` is false, the next call continues.
Refusals: 401 unauthenticated, 403 forbidden.
"""

from typing import TypedDict

from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.requests import Empty
from shared.money import audit


class AuditAnswer(TypedDict):
    auditId: str
    complete: bool
    wallets: int
    lines: int
    tokens: int
    discrepancies: int
    unexamined: int
    compared: bool


@endpoint(Empty, SERVICE)
def audit_balances() -> AuditAnswer:
    report = audit.run()
    return {
        "auditId": report.id,
        "complete": report.is_complete,
        "wallets": report.count("wallets"),
        "lines": report.count("lines"),
        "tokens": report.count("tokens"),
        "discrepancies": report.discrepancies,
        "unexamined": report.unexamined,
        "compared": bool(report.count(audit.COMPARED)),
    }
