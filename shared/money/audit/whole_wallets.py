"""Every wallet against all of its lines, which Firestore sums itself: a read per thousand.

They are summed as of the moment that the wallet was read at, so that money on its way between the two reads is no
false alarm.
"""

from shared import clock
from shared.cloud import checkpoint, sums
from shared.cloud.checkpoint import Outcome, Report
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query
from shared.cloud.sums import COUNT
from shared.errors import WalletInconsistent
from shared.ledger.entries import TOTALS, signed, types_in
from shared.money import comparison, wallets
from shared.money.audit import books

UNREADABLE = "unreadable"


def examine(document: Snapshot, report: Report) -> Outcome:
    """Balance and funds of one wallet; it is frozen where they are not what its lines sum to."""
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    lines = Query("transactions").where("userId", "==", document.id)
    ledger = sums.by_time(lines, comparison.SUMMED, report.moment, until)
    seen = Outcome({"wallets": 1, "lines": int(ledger[COUNT])})
    try:
        wallet = wallets.parsed(document)
    except WalletInconsistent as error:  # its lines are counted all the same
        return seen + Outcome({UNREADABLE: 1}) + checkpoint.not_examined("users", document.id, error)
    findings = books.balance_findings(wallet, ledger)
    counts = {"tokens": wallet.balance + wallet.drift, "debt": wallet.debt, **wallet.totals}
    seen += Outcome(counts, tuple(findings))
    return seen + books.frozen(wallet)[1] if findings else seen


def examine_totals(document: Snapshot, report: Report) -> Outcome:
    """The lifetime totals of one wallet, which its lines sum to by their types."""
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    try:
        wallet = wallets.parsed(document)
    except WalletInconsistent:
        return Outcome()  # a finding already
    booked: dict[str, float] = {}
    for total in TOTALS:
        lines = Query("transactions").where("type", "in", types_in(total)).where("userId", "==", wallet.user_id)
        booked[total] = signed(total, sums.at_once(lines, ("amount",), report.moment, until)["amount"])
    return Outcome(findings=books.total_findings(wallet, document, booked))


def examine_debt(document: Snapshot, report: Report) -> Outcome:
    """The debt of one wallet, which is what its orders still owe."""
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    try:
        wallet = wallets.parsed(document)
    except WalletInconsistent:
        return Outcome()
    orders = Query("orders").where("userId", "==", wallet.user_id)
    findings = books.debt_findings(wallet, sums.at_once(orders, ("owed",), report.moment, until)["owed"])
    seen = Outcome(findings=tuple(findings))
    return seen + books.frozen(wallet)[1] if findings else seen
