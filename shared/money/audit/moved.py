"""Every wallet that moved: its lines since what was last agreed on, each of which something has to explain.

All of it is read as of the moment that the wallet was read at, the other sides of its lines too, so that what is on its
way is no false alarm. A wallet that was not written since it was last agreed with is not looked into.
"""

import datetime
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared import clock
from shared.cloud import checkpoint, documents
from shared.cloud.checkpoint import Finding, Outcome, Report, found
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.sums import Amounts
from shared.errors import WalletInconsistent
from shared.ledger.entries import TOTALS
from shared.ledger.wallet import Wallet
from shared.money import history, reversals, wallets
from shared.money.audit import agreed, books, explanations
from shared.money.audit.agreed import Agreed
from shared.money.audit.explanations import LineMissing, Place, Unexplained
from shared.money.history import Window

LATE = datetime.timedelta(minutes=10)
"""What was agreed on ends so long before the moment: the time of a line may be older than its commit."""

CLOCKS_APART = datetime.timedelta(days=1)
"""An instance may have taken the day for another one."""

LINES_AT_ONCE = 200
"""Of so many lines the other sides are read at once."""

ORDERS = "orders"
"""Counted for each order that was paid since the last audit and whose line was found."""

COLLECTIONS: Mapping[str, str] = {
    "line": "transactions",
    "order": "orders",
    "generation": "generations",
    "action": "adminActions",
}
"""Where each kind of other side is."""

BEGINNING = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def since(report: Report) -> datetime.datetime:
    """From when on movements are looked at: when the last complete audit began."""
    return report.since or BEGINNING


def first_day(report: Report) -> int:
    """The first day on which a wallet may have moved that the last complete audit did not see."""
    return 0 if report.since is None else int(f"{report.since - CLOCKS_APART:%Y%m%d}")


@dataclass(slots=True)
class _Look:
    """What looking at the lines of one wallet has come to, so far.

    ``sums`` are those of all lines, ``settled`` of those that are before ``through``, and ``earlier`` of those that are
    before the last line.
    """

    sums: Amounts
    settled: Amounts
    earlier: Amounts
    last: datetime.datetime | None = None
    new: int = 0
    orders: int = 0
    unexplained: dict[str, str] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    refunds_due: dict[str, int] = field(default_factory=dict)
    refunds: set[str] = field(default_factory=set)


def examine(document: Snapshot, report: Report) -> Outcome:
    """One wallet that moved; it is frozen where it does not add up, or where nothing explains a line."""
    before = agreed.read(document.id, report.moment)
    try:
        wallet = wallets.parsed(document)
    except WalletInconsistent as error:
        return Outcome({"wallets": 1}) + checkpoint.not_examined("users", document.id, error)
    seen = Outcome({"wallets": 1, "tokens": wallet.balance + wallet.drift})
    if before.version == document.update_time and not before.reported:
        return seen
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    through = max(filter(None, (report.moment - LATE, before.through)))
    look = _Look(before.sums, before.sums, before.sums)
    for lines in _chunks(history.lines(document.id, Window(start=before.through or BEGINNING), report.moment)):
        _look_at(lines, look, through, report)
        if clock.monotonic() > until:  # so many lines that the next audit goes on from here
            return seen + Outcome({"lines": look.new}) + _interrupted(wallet, before, look)
    seen += Outcome({"lines": look.new, ORDERS: look.orders})
    return seen + _concluded(wallet, document, before, look, through)


def _chunks(lines: Iterator[Snapshot]) -> Iterator[list[Snapshot]]:
    while chunk := list(itertools.islice(lines, LINES_AT_ONCE)):
        yield chunk


def _look_at(lines: list[Snapshot], look: _Look, through: datetime.datetime, report: Report) -> None:
    """Explains the lines, and adds them to what the look has come to."""
    parsed: dict[str, explanations.Line] = {}
    places: dict[str, tuple[Place, ...]] = {}
    for line in lines:
        try:
            parsed[line.id] = explanations.parsed(line.id, line.fields)
            places[line.id] = explanations.counterparts(parsed[line.id])
        except Unexplained as why:
            look.unexplained[line.id] = str(why)
    own = {Place("line", line.id): line.fields for line in lines}
    others = {*itertools.chain.from_iterable(places.values())} - own.keys()
    found_there = own | _read(sorted(others, key=lambda place: (place.kind, place.id)), report.moment)
    for line in lines:
        time = line.fields["timestamp"]
        if time != look.last:
            look.earlier, look.last = look.sums, time
        look.sums = agreed.with_line(look.sums, line.fields)
        look.new += 1
        if time < through:
            look.settled = look.sums
        else:
            look.repeated.add(line.id)  # the next audit looks at it again
        if line.id in places:
            _explain(parsed[line.id], found_there, look, since(report))


def _explain(
    line: explanations.Line, found_there: explanations.Found, look: _Look, since_when: datetime.datetime
) -> None:
    if line.type == "refund":
        look.refunds.add(line.id)
    try:
        explanations.require(line, found_there)
    except Unexplained as why:
        look.unexplained[line.id] = str(why)
        return
    except LineMissing as other:
        look.missing.add(str(other))
        return
    except (AttributeError, KeyError, TypeError, ValueError):  # the other side is not what it should be
        look.unexplained[line.id] = "other side"
        return
    if follows := explanations.refund_that_follows(line, found_there):
        look.refunds_due[follows[0]] = follows[1]
    if line.type in explanations.ORDER_OF:
        order = found_there[Place("order", line.details[explanations.ORDER_OF[line.type]])] or {}
        paid_at = order.get("paidAt")
        look.orders += isinstance(paid_at, datetime.datetime) and paid_at >= since_when


def _interrupted(wallet: Wallet, before: Agreed, look: _Look) -> Outcome:
    """Keeps how far the look at a long wallet came, and tells of what it found so far; sums are compared at its end."""
    findings = _unexplained(wallet, look.unexplained)
    is_stopped, said = books.frozen(wallet) if findings else (True, Outcome())
    if is_stopped:
        reported = (*before.reported, *look.unexplained)
        agreed.write(wallet.user_id, Agreed(look.last, look.earlier, None, reported))
    return Outcome(findings=findings) + said


def _unexplained(wallet: Wallet, lines: Mapping[str, str]) -> tuple[Finding, ...]:
    return tuple(found("unexplained-line", userId=wallet.user_id, id=line, why=why) for line, why in lines.items())


def _concluded(wallet: Wallet, document: Snapshot, before: Agreed, look: _Look, through: datetime.datetime) -> Outcome:
    """What is wrong with the wallet, and what is agreed on from now on."""
    is_told = "audit" in wallet.frozen
    # Who lifted the freeze has looked at what was reported: it counts as explained from then on.
    accepted = set() if is_told else set(before.reported)
    unexplained = {line: why for line, why in look.unexplained.items() if line not in accepted}
    if is_told:
        unexplained |= {line: "reported before" for line in before.reported if line not in look.unexplained}
    drift = books.balance_findings(wallet, look.sums) + books.debt_findings(wallet, look.sums["debt"])
    drift += books.lot_findings(wallet, agreed.lots_in(look.sums)) + books.trial_findings(wallet, look.sums)
    stopping = (*drift, *_unexplained(wallet, unexplained))
    missing = [
        found("missing-line", userId=wallet.user_id, id=line)
        for line in sorted(look.missing | (look.refunds_due.keys() - look.refunds))
    ]
    seen = Outcome(findings=(*stopping, *missing))
    is_stopped = True
    if stopping:
        is_stopped, said = books.frozen(wallet)
        seen += said
    totals: Amounts = {total: look.sums[total] for total in TOTALS}
    seen += Outcome(findings=books.total_findings(wallet, document, totals, may_lack_some=before.begins_anew))
    if not drift and not missing and is_stopped:
        kept = {*unexplained, *(accepted & look.repeated)}
        agreed.write(wallet.user_id, Agreed(through, look.settled, document.update_time, tuple(sorted(kept))))
    if not stopping and wallet.debt and wallet.balance:  # whoever was to work it off has crashed
        reversals.work_off_if_possible(wallet.user_id)
    return seen


def _read(places: list[Place], moment: datetime.datetime) -> dict[Place, explanations.Fields | None]:
    if not places:
        return {}
    found_there = documents.get_all([_reference(place) for place in places], read_time=moment)
    return {
        place: document.fields if document.exists else None for place, document in zip(places, found_there, strict=True)
    }


def _reference(place: Place) -> Reference:
    return documents.reference(COLLECTIONS[place.kind], place.id)
