"""What the audits found last, which is looked at again until it is good, whether or not it moved since."""

import functools
from dataclasses import dataclass

from shared.cloud import checkpoint, documents
from shared.cloud.checkpoint import Finding, Item, Outcome, Report
from shared.cloud.document_ids import is_document_id
from shared.cloud.documents import Snapshot
from shared.ledger import ids
from shared.money import wallets
from shared.money.audit import moved, paid_orders, whole_wallets

_CREDITS = (ids.purchase(""), ids.auto_reload(""), ids.subscription_grant(""))


@dataclass(frozen=True, slots=True)
class Known:
    """A wallet, or an order without its line, as it is now. ``by_whole``: the audit of everything found it."""

    document: Snapshot
    is_order: bool
    by_whole: bool


def page(movements: str, everything: str, report: Report) -> list[Item[Known]]:
    """What the last complete audits of both names found, each wallet and each order once.

    What is about the whole ledger waits for the next audit of everything.
    """
    items: dict[str, Item[Known]] = {}
    for by, by_whole in ((movements, False), (everything, True)):
        before = checkpoint.latest(by)
        for finding in before.findings if before else ():
            if order := _order_of(finding):
                items[order] = Item(order, functools.partial(_load, order, True, by_whole, report))
            elif user_id := _user_of(finding):
                items[user_id] = Item(user_id, functools.partial(_load, user_id, False, by_whole, report))
    return [items[each] for each in sorted(items) if report.after is None or each > report.after]


def examine(known: Known, report: Report) -> Outcome:
    """The same as when it was found. A wallet that moved since has been looked at in this audit already."""
    document = known.document
    if not document.exists:
        return Outcome()
    if known.is_order:
        return paid_orders.examine(document, report)
    day = document.fields.get("movedOn")
    is_seen = isinstance(day, int) and day >= moved.first_day(report)
    seen = Outcome() if is_seen else moved.examine(document, report)
    is_told = seen.findings or any(finding.get("userId") == document.id for finding in report.findings)
    if known.by_whole and not is_told:
        findings = whole_wallets.examine(document, report).findings
        findings += whole_wallets.examine_totals(document, report).findings
        findings += whole_wallets.examine_debt(document, report).findings
        seen += Outcome(findings=findings)
    return seen


def _order_of(finding: Finding) -> str | None:
    line = str(finding.get("id", ""))
    credit = next((prefix for prefix in _CREDITS if line.startswith(prefix)), None)
    return None if credit is None or finding.get("finding") != "missing-line" else line.removeprefix(credit)


def _user_of(finding: Finding) -> str | None:
    user_id = str(finding.get("id" if finding.get("collection") == "users" else "userId", ""))
    return user_id if is_document_id(user_id) and finding.get("finding") != "orphan-line" else None


def _load(document_id: str, is_order: bool, by_whole: bool, report: Report) -> Known:
    reference = documents.reference("orders", document_id) if is_order else wallets.reference(document_id)
    return Known(documents.get(reference, read_time=report.moment), is_order, by_whole)
