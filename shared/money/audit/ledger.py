"""The ledger as a whole, which shows what no wallet can: lines of nobody, half a tip, a purchase that nobody paid for.

Whether the lifetime totals and the debts are right is asked of the whole as well, which costs next to nothing; where
they are not, or where the audit took more than one moment, every wallet's own are looked at.
"""

import datetime

from shared import clock
from shared.cloud import checkpoint, documents, sums
from shared.cloud.checkpoint import Finding, Item, Outcome, Report, found
from shared.cloud.document_ids import is_document_id
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, fetch
from shared.cloud.sums import COUNT
from shared.ledger.entries import TOTALS, signed, types_in
from shared.money import wallets
from shared.money.audit import whole_wallets
from shared.money.comparison import shown

COMPARED = "compared"
"""Counted when the whole ledger was compared with the wallets."""

TOTALS_AGREE, DEBTS_AGREE, HAS_ORPHANS = "totalsAgree", "debtsAgree", "hasOrphans"

UNLISTED, UNLISTED_FOUND = "unlisted", "unlistedFound"
"""Counts of the lines that are in no list of a user's, because they have no user or no time: of all, and of those that
were found so far."""

ORPHANS = 20
"""So many lines are named of each stretch of the ledger that lies between two wallets. After so many unlisted ones no
further page is read."""


def page(report: Report) -> list[Item[None]]:
    """The whole ledger, which is one thing."""
    return [Item("ledger", lambda: None)] if report.after is None else []


def examine(_: None, report: Report) -> Outcome:
    """Compares what the walk added up with the whole ledger, where all of it was of one moment."""
    if report.moments > 1:
        return Outcome()
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    lines = int(sums.by_user(Query("transactions"), ("userId", "timestamp"), None, report.moment, until)[COUNT])
    sent = _sum_of(("tip_sent",), report, until)
    booked: dict[str, float] = {total: signed(total, _sum_of(types_in(total), report, until)) for total in TOTALS}
    paid = Query("orders").where("status", "==", "paid").order_by("userId")
    ordered = sums.by_user(paid, (), "tokens", report.moment, until)["tokens"]
    owed = sums.at_once(Query("orders"), ("owed",), report.moment, until)["owed"]
    purchased, received = booked["totalTokensPurchased"], booked["totalTokensEarned"]

    findings = []
    # Lines that could not be counted of a wallet are not missing from it.
    is_counted = report.count(checkpoint.UNEXAMINED) == report.count(whole_wallets.UNREADABLE)
    has_orphans = is_counted and lines != report.count("lines")
    unlisted = 0
    if has_orphans:
        findings.append(found("orphan-lines", ledger=lines, wallets=report.count("lines")))
        findings += _orphans_behind("", report.moment)
        unlisted = lines - int(sums.by_user(_listed_lines(), (), None, report.moment, until)[COUNT])
    if sent + received != 0:
        findings.append(found("tips-do-not-balance", sent=shown(sent), received=shown(received)))
    if purchased != ordered:
        findings.append(found("purchases-without-orders", ledger=shown(purchased), orders=shown(ordered)))
    counts = {
        COMPARED: int(is_counted),
        HAS_ORPHANS: int(has_orphans),
        UNLISTED: unlisted,
        TOTALS_AGREE: int(all(report.count(name) == amount for name, amount in booked.items())),
        DEBTS_AGREE: int(report.count("debt") == owed),
    }
    return Outcome(counts, tuple(findings))


def page_before_orphans(report: Report) -> list[Item[Snapshot]]:
    """The wallets behind which lines of nobody may lie: none where all lines were counted."""
    return checkpoint.documents_of("users")(report) if report.count(HAS_ORPHANS) else []


def examine_behind(document: Snapshot, report: Report) -> Outcome:
    """Names lines of nobody that lie between this wallet and the next one."""
    return Outcome(findings=tuple(_orphans_behind(document.id, report.moment)))


def page_of_unlisted(report: Report) -> list[Item[Snapshot]]:
    """The lines of the ledger, as long as there are some to be found that no list of a user's has.

    No index finds a field that is missing. So the ledger is read until they are found, but only where there are any.
    """
    wanted = min(report.count(UNLISTED), ORPHANS)
    return checkpoint.documents_of("transactions")(report) if report.count(UNLISTED_FOUND) < wanted else []


def examine_unlisted(line: Snapshot, _report: Report) -> Outcome:
    """Names the line if no list of a user's has it."""
    user_id = line.fields.get("userId")
    if isinstance(user_id, str) and user_id and "timestamp" in line.fields:
        return Outcome()
    return Outcome({UNLISTED_FOUND: 1}, (found("orphan-line", id=line.id),))


def page_again(report: Report) -> list[Item[Snapshot]]:
    """Every wallet once more, unless totals and debts of the whole agree."""
    agree = report.count(TOTALS_AGREE) and report.count(DEBTS_AGREE)
    return [] if agree else checkpoint.documents_of("users")(report)


def examine_again(document: Snapshot, report: Report) -> Outcome:
    """Totals and debt of one wallet, as far as those of the whole do not agree."""
    seen = Outcome()
    if not report.count(TOTALS_AGREE):
        seen += whole_wallets.examine_totals(document, report)
    if not report.count(DEBTS_AGREE):
        seen += whole_wallets.examine_debt(document, report)
    return seen


def _orphans_behind(user_id: str, moment: datetime.datetime) -> list[Finding]:
    findings: list[Finding] = []
    while len(findings) < ORPHANS and (line := _first_line_behind(user_id, moment)):
        user_id = line.fields["userId"]
        if _has_wallet(user_id, moment):
            break
        lines = Query("transactions").where("userId", "==", user_id).order_by("timestamp").limit(ORPHANS)
        findings += [found("orphan-line", userId=user_id, id=each.id) for each in fetch(lines, moment)]
    return findings


def _first_line_behind(user_id: str, moment: datetime.datetime) -> Snapshot | None:
    """The first line, in the order of their users, of somebody behind this user."""
    return next(iter(fetch(_listed_lines(behind=user_id).select("userId").limit(1), moment)), None)


def _listed_lines(behind: str = "") -> Query:
    """The lines of everybody behind this user that have a time, with which the index goes on."""
    return Query("transactions").where("userId", ">", behind).order_by("userId").order_by("timestamp")


def _has_wallet(user_id: str, moment: datetime.datetime) -> bool:
    return is_document_id(user_id) and documents.get(wallets.reference(user_id), fields=[], read_time=moment).exists


def _sum_of(types: tuple[str, ...], report: Report, until: float) -> float:
    lines = Query("transactions").where("type", "in", types).order_by("userId")
    return sums.by_user(lines, (), "amount", report.moment, until)["amount"]
