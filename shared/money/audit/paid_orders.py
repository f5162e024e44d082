"""Orders that were paid have their line, with their tokens.

The wallets' lines were explained by their orders before; so as many orders as lines were paid since the last audit, and
only where they are not is each order looked at.
"""

from shared.cloud import checkpoint, documents
from shared.cloud.checkpoint import Item, Outcome, Report, found
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, aggregate
from shared.ledger import ids
from shared.money import history
from shared.money.audit import moved


def page(report: Report) -> list[Item[Snapshot]]:
    """The orders that were paid since the last complete audit; none where the wallets had a line for each."""
    since = moved.since(report)
    if report.after is None:
        paid = Query("orders").where("paidAt", ">=", since).count("paid")
        if aggregate(paid, report.moment)["paid"] == report.count(moved.ORDERS):
            return []
    return checkpoint.documents_from("orders", "paidAt", moved.since)(report)


def examine(order: Snapshot, report: Report) -> Outcome:
    """Whether the line of one order credits what was paid for."""
    if order.fields.get("status") != "paid":
        return Outcome()
    line_id = ids.credit_of(order.id)
    line = documents.get(history.line(line_id), read_time=report.moment)
    said = tuple(order.fields.get(name) for name in ("userId", "tokens"))
    if line.exists and said == tuple(line.fields.get(name) for name in ("userId", "amount")):
        return Outcome()
    return Outcome(findings=(found("missing-line", userId=str(said[0]), id=line_id),))
