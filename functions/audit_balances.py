"""POST /internal/audit-balances: every wallet against the ledger, called by Cloud Scheduler with an OIDC token.

    {}  ->  200 { auditId, complete, wallets, lines, tokens, discrepancies, repaired }

Freezes a wallet that does not add up and logs an alert for it; corrects no money. Puts counters right (``repaired``).
What does not fit into one call is gone on with by the next (``complete`` false).
Refusals: 401 unauthenticated, 403 forbidden.
"""

from typing import TypedDict

from shared import audit
from shared.http import Access, Empty, endpoint


class AuditAnswer(TypedDict):
    auditId: str
    complete: bool
    wallets: int
    lines: int
    tokens: int
    discrepancies: int
    repaired: int


@endpoint(Empty, Access.SERVICE)
def audit_balances(_caller: None, _body: Empty) -> AuditAnswer:
    report = audit.run()
    return {
        "auditId": report.id,
        "complete": report.is_complete,
        "wallets": report.wallets,
        "lines": report.lines,
        "tokens": report.tokens,
        "discrepancies": report.discrepancies,
        "repaired": report.repaired,
    }
