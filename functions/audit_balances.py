"""POST /internal/audit-balances: wallets against the ledger, called by Cloud Scheduler with an OIDC token.

    { "full": false? }  ->  200 { auditId, complete, wallets, lines, tokens, discrepancies, unexamined, compared }

Looks at every wallet that moved since the last audit: at its new lines, each of which its order, generation, other half
or action explains, and at what they sum to. ``full`` looks at every wallet from nothing, then at the ledger as a whole:
lines of nobody, tips and purchases without their other half (``compared`` says that all of it was of one moment).
Freezes a wallet that does not add up or has a line that nothing explains, and logs an alert for it; corrects no money.
What cannot be looked at is ``unexamined``, a discrepancy too, and keeps no other from being looked at.
When ``complete`` is false, the next call continues; one without ``full`` continues an unfinished full one too.
Refusals: 401 unauthenticated, 403 forbidden, 422 invalid-request.
"""

from typing import TypedDict

from shared.edge.access import SERVICE
from shared.edge.endpoint import endpoint
from shared.edge.requests import Body
from shared.money.audit import ledger, walks


class Audit(Body):
    full: bool = False


class AuditAnswer(TypedDict):
    auditId: str
    complete: bool
    wallets: int
    lines: int
    tokens: int
    discrepancies: int
    unexamined: int
    compared: bool


@endpoint(Audit, SERVICE)
def audit_balances(audit: Audit) -> AuditAnswer:
    report = walks.run_whole() if audit.full else walks.run()
    return {
        "auditId": report.id,
        "complete": report.is_complete,
        "wallets": report.count("wallets"),
        "lines": report.count("lines"),
        "tokens": report.count("tokens"),
        "discrepancies": report.discrepancies,
        "unexamined": report.unexamined,
        "compared": bool(report.count(ledger.COMPARED)),
    }
