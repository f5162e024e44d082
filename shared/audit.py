"""The audit: every wallet against the ledger, every counter against what it counts, as of one moment.

Firestore sums each user's lines itself (a read per thousand), as of the moment that their wallet was read at, so that
money on its way between the two reads is no false alarm. It corrects no money: a wallet that does not add up is frozen
and waits for a person. Counters are only a view, and are put right.

A call is bounded; what is left is kept in ``audits/running``, from where the next call, or one after a crash, goes on:
as of the same moment while Firestore can still read it, else as of a new one. So an audit ends however large it is and
however seldom it is called; only its totals are then of several moments, which no wallet's own check is.
"""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from google.api_core.exceptions import NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import BaseQuery, FieldFilter

from shared import clock, likes, log, posts, wallets
from shared.clients import STORE, Snapshot, aggregate, fetch, store

PAGE = 200
THREADS = 16
RUN_SECONDS = 480
PAST_SECONDS = 60 * 60
"""How far back Firestore reads at any moment: https://firebase.google.com/docs/firestore/use-pitr"""

SNAPSHOT_LIFETIME_SECONDS = PAST_SECONDS - RUN_SECONDS - 120
"""Up to this age a call goes on with a moment: it must be readable until the call's last page is done."""

REPORTED_DISCREPANCIES = 100

KEPT = datetime.timedelta(days=365)
"""After that Firestore deletes a report by itself."""

Phase = Literal["users", "posts", "profiles"]
PHASES: tuple[Phase, ...] = ("users", "posts", "profiles")


@dataclass(frozen=True, slots=True)
class Report:
    """How far an audit is, and what it found.

    ``read_time`` is the moment that it looks at, None before the next page has chosen one. ``after`` is the last
    document seen of ``phase``.
    """

    id: str
    read_time: datetime.datetime | None = None
    phase: Phase | None = "users"
    after: str | None = None
    wallets: int = 0
    lines: int = 0
    tokens: int = 0
    discrepancies: int = 0
    findings: tuple[dict[str, object], ...] = ()
    repaired: int = 0

    @property
    def is_complete(self) -> bool:
        return self.phase is None


def run() -> Report:
    """Goes on with the audit under way, or begins one, until it is complete or its time is up."""
    deadline = time.monotonic() + RUN_SECONDS
    report = _resumed() or Report(id=clock.now().strftime("%Y%m%dT%H%M%S%fZ"))
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        while not report.is_complete and time.monotonic() < deadline:
            report = _step(report, pool)
            _running().set(_fields(report), **STORE)
    if report.is_complete:
        batch = store().batch()
        kept = _fields(report) | {"expiresAt": clock.now() + KEPT}
        batch.set(store().collection("audits").document(report.id), kept)
        batch.delete(_running())
        batch.commit(**STORE)
    return report


def _step(report: Report, pool: concurrent.futures.Executor) -> Report:
    """The report after one more page of its phase."""
    phase = report.phase
    if phase is None:
        raise ValueError("the audit is complete")
    page = _page(phase, report)
    read_time = report.read_time or (page[-1].read_time if page else None)
    if read_time is not None:
        report = dataclasses.replace(report, read_time=read_time)
    examine: dict[Phase, Callable[[Snapshot, Any], _Result]] = {
        "users": _examine_wallet,
        "posts": _examine_post,
        "profiles": _examine_profile,
    }
    results = list(pool.map(lambda document: examine[phase](document, read_time), page))
    found = [finding for result in results for finding in result.findings]
    last = len(page) < PAGE
    following = PHASES.index(phase) + 1
    next_phase = (PHASES[following] if following < len(PHASES) else None) if last else phase
    return dataclasses.replace(
        report,
        phase=next_phase,
        after=None if last else page[-1].id,
        wallets=report.wallets + (len(page) if phase == "users" else 0),
        lines=report.lines + sum(result.lines for result in results),
        tokens=report.tokens + sum(result.tokens for result in results),
        discrepancies=report.discrepancies + len(found),
        findings=(*report.findings, *found)[:REPORTED_DISCREPANCIES],
        repaired=report.repaired + sum(result.repaired for result in results),
    )


@dataclass(frozen=True, slots=True)
class _Result:
    lines: int = 0
    tokens: int = 0
    repaired: bool = False
    findings: tuple[dict[str, object], ...] = ()


def _examine_wallet(document: Snapshot, read_time: datetime.datetime) -> _Result:
    try:
        wallet = wallets.from_document(document)
    except (KeyError, TypeError):  # one document that nobody should have touched must not hide the others
        wallet = None
    if wallet is None:
        log.alert("wallet-unreadable", userId=log.hashed(document.id))
        return _Result(findings=({"userId": document.id, "what": "the document is no wallet"},))
    query = _where("transactions", "userId", wallet.user_id).count(alias="lines").sum("amount", alias="balance")
    for fund in ("bonus", "purchased", "earned"):
        query = query.sum(f"funds.{fund}", alias=fund)
    ledger = aggregate(query, read_time)
    held = {
        "balance": document.get("tokenBalance"),
        "bonus": wallet.funds.bonus,
        "purchased": wallet.funds.purchased,
        "earned": wallet.funds.earned,
    }
    findings: tuple[dict[str, object], ...] = tuple(
        {"userId": wallet.user_id, "what": name, "wallet": tokens, "ledger": ledger[name]}
        for name, tokens in held.items()
        if tokens != ledger[name] or tokens < 0
    )
    for finding in findings:
        log.alert("balance-mismatch", **{**finding, "userId": log.hashed(wallet.user_id)})
    if findings and wallet.frozen is None:
        with contextlib.suppress(NotFound):  # it was deleted since
            wallets.freeze(wallet.user_id, "balance-mismatch")
    return _Result(lines=ledger["lines"], tokens=held["balance"], findings=findings)


def _examine_post(document: Snapshot, read_time: datetime.datetime) -> _Result:
    count = aggregate(_where("likes", "postId", document.id).count(alias="likes"), read_time)["likes"]
    return _Result(repaired=count != document.get("likeCount") and likes.recount(document.id))


def _examine_profile(document: Snapshot, read_time: datetime.datetime) -> _Result:
    count = aggregate(_where("posts", "userId", document.id).count(alias="posts"), read_time)["posts"]
    return _Result(repaired=count != document.get("postCount") and posts.recount(document.id))


def _page(phase: Phase, report: Report) -> list[Snapshot]:
    query: BaseQuery = firestore.Query(store().collection(phase)).order_by("__name__").limit(PAGE)
    if report.after is not None:
        query = query.start_after({"__name__": store().collection(phase).document(report.after)})
    return fetch(query, report.read_time)


def _where(collection: str, field: str, value: str) -> Any:
    return store().collection(collection).where(filter=FieldFilter(field, "==", value))


def _resumed() -> Report | None:
    document = _running().get(**STORE)
    if not document.exists:
        return None
    fields = document.to_dict() or {}
    moment: datetime.datetime | None = fields["readTime"]
    if moment is not None and (document.read_time - moment).total_seconds() > SNAPSHOT_LIFETIME_SECONDS:
        moment = None
    return Report(
        id=fields["id"],
        read_time=moment,
        phase=fields["phase"],
        after=fields["after"],
        wallets=fields["wallets"],
        lines=fields["lines"],
        tokens=fields["tokens"],
        discrepancies=fields["discrepancies"],
        findings=tuple(fields["findings"]),
        repaired=fields["repaired"],
    )


def _fields(report: Report) -> dict[str, Any]:
    fields = dataclasses.asdict(report)
    fields["readTime"] = fields.pop("read_time")
    return fields | {"findings": list(report.findings), "updatedAt": firestore.SERVER_TIMESTAMP}


def _running() -> firestore.DocumentReference:
    return store().collection("audits").document("running")
