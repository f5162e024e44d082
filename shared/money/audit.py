"""The audit of the money: every wallet against its lines, then the ledger as a whole, as of one moment.

Firestore sums each user's lines itself (a read per thousand), as of the moment that their wallet was read at, so that
money on its way between the two reads is no false alarm. It corrects no money: a wallet that does not add up is frozen
and waits for a person.

What no wallet can show, the whole ledger does: lines of nobody, half a tip, a purchase that nobody paid for. Whether
the lifetime totals are right is asked of the ledger as a whole as well, which costs next to nothing; where they are
not, or where the audit took more than one moment, every wallet's own are summed from its lines.
"""

from shared import clock
from shared.cloud import checkpoint, sums
from shared.cloud.checkpoint import Finding, Item, Outcome, Phase, Report, Walk, found
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query
from shared.cloud.sums import COUNT, Amounts
from shared.errors import NoSuchAccount, WalletInconsistent
from shared.ledger.entries import TOTALS, signed, types_in
from shared.ledger.funds import Funds
from shared.ledger.wallet import Wallet
from shared.money import wallets

COMPARED = "compared"
"""Counted when the whole ledger was compared with the wallets."""

UNREADABLE, TOTALS_AGREE = "unreadable", "totalsAgree"


def run() -> Report:
    """Continues the audit under way, or starts one, until it is complete or its time is up."""
    return checkpoint.resume(AUDIT)


def _examine_wallet(document: Snapshot, report: Report) -> Outcome:
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    fields = ("amount", *(f"funds.{fund}" for fund in Funds.names))
    ledger = sums.by_time(_lines_of(document.id), fields, report.moment, until)
    seen = Outcome({"wallets": 1, "lines": int(ledger[COUNT])})
    try:
        wallet = wallets.parsed(document)
    except WalletInconsistent as error:  # its lines are counted all the same
        return seen + Outcome({UNREADABLE: 1}) + checkpoint.not_examined("users", document.id, error)
    findings = _balance_findings(wallet, ledger)
    seen += Outcome({"tokens": wallet.balance + wallet.drift, **wallet.totals}, tuple(findings))
    if findings and "audit" not in wallet.frozen:
        try:
            wallets.freeze(wallet.user_id, "audit")
        except NoSuchAccount:
            pass  # it was deleted since
        except Exception as error:  # noqa: BLE001 - what was found is reported though it could not be stopped
            seen += checkpoint.not_examined("users", document.id, error)
    return seen


def _balance_findings(wallet: Wallet, ledger: Amounts) -> list[Finding]:
    held: dict[str, tuple[int, float]] = {
        "balance": (wallet.balance + wallet.drift, ledger["amount"]),
        **{fund: (getattr(wallet.funds, fund), ledger[f"funds.{fund}"]) for fund in Funds.names},
    }
    findings = [
        found("balance-mismatch", userId=wallet.user_id, what=name, wallet=tokens, ledger=_shown(booked))
        for name, (tokens, booked) in held.items()
        if tokens != booked or tokens < 0
    ]
    findings += [
        found("fraction", userId=wallet.user_id, what=name, ledger=_shown(booked))
        for name, (tokens, booked) in held.items()
        if tokens == booked and not isinstance(booked, int)  # halves that make up a whole
    ]
    if wallet.drift and not findings:
        funds = wallet.funds.total
        findings.append(found("funds-mismatch", userId=wallet.user_id, wallet=funds + wallet.drift, funds=funds))
    return findings


def _examine_ledger(_: None, report: Report) -> Outcome:
    """Compares what the walk added up with the whole ledger, where all of it was of one moment."""
    if report.moments > 1:
        return Outcome()
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    lines = int(sums.by_user(_ledger(), ("userId", "timestamp"), None, report.moment, until)[COUNT])
    sent = _sum_of(("tip_sent",), report, until)
    booked: dict[str, float] = {total: signed(total, _sum_of(types_in(total), report, until)) for total in TOTALS}
    paid = Query("orders").where("status", "==", "paid").order_by("userId")
    ordered = sums.by_user(paid, (), "tokens", report.moment, until)["tokens"]
    purchased, received = booked["totalTokensPurchased"], booked["totalTokensEarned"]

    findings = []
    # Lines that could not be counted of a wallet are not missing from it.
    is_counted = report.count(checkpoint.UNEXAMINED) == report.count(UNREADABLE)
    if is_counted and lines != report.count("lines"):
        findings.append(found("orphan-lines", ledger=lines, wallets=report.count("lines")))
    if sent + received != 0:
        findings.append(found("tips-do-not-balance", sent=_shown(sent), received=_shown(received)))
    if purchased != ordered:
        findings.append(found("purchases-without-orders", ledger=_shown(purchased), orders=_shown(ordered)))
    agree = all(report.count(name) == amount for name, amount in booked.items())
    return Outcome({COMPARED: int(is_counted), TOTALS_AGREE: int(agree)}, tuple(findings))


def _examine_totals(document: Snapshot, report: Report) -> Outcome:
    until = clock.monotonic() + checkpoint.EXAMINATION_SECONDS
    try:
        wallet = wallets.parsed(document)
    except WalletInconsistent:
        return Outcome()  # a finding already
    booked: dict[str, float] = {}
    for total in TOTALS:
        lines = _of_types(types_in(total)).where("userId", "==", wallet.user_id)
        booked[total] = signed(total, sums.at_once(lines, ("amount",), report.moment, until)["amount"])
    findings = [
        found("total-mismatch", userId=wallet.user_id, what=name, wallet=tokens, ledger=_shown(booked[name]))
        for name, tokens in wallet.totals.items()
        if tokens != booked[name]
    ]
    return Outcome(findings=tuple(findings))


def _shown(amount: float) -> object:
    """The amount as a report and a log line hold it: what is no whole number as text, which JSON knows for all."""
    return amount if isinstance(amount, int) else str(amount)


def _ledger() -> Query:
    return Query("transactions")


def _lines_of(user_id: str) -> Query:
    return _ledger().where("userId", "==", user_id)


def _of_types(types: tuple[str, ...]) -> Query:
    return _ledger().where("type", "in", types)


def _sum_of(types: tuple[str, ...], report: Report, until: float) -> float:
    lines = _of_types(types).order_by("userId")
    return sums.by_user(lines, (), "amount", report.moment, until)["amount"]


def _whole_ledger(report: Report) -> list[Item[None]]:
    return [Item("ledger", lambda: None)] if report.after is None else []


def _wallets_again(report: Report) -> list[Item[Snapshot]]:
    return [] if report.count(TOTALS_AGREE) else checkpoint.documents_of("users")(report)


AUDIT = Walk(
    "balances",
    (
        Phase("users", checkpoint.documents_of("users"), _examine_wallet),
        Phase("ledger", _whole_ledger, _examine_ledger),
        Phase("totals", _wallets_again, _examine_totals),
    ),
)
