"""Walks and their checkpoints: jobs that look at every one of many things, page by page, and resume where they stopped.

A *walk* has phases. A *phase* says where its pages of things come from, and what looking at one thing means. Whatever
fails at one thing is a finding with an alert, and the walk continues with the next thing.

A call is bounded. A *checkpoint* is the document that keeps how far the walk is, so that the next call resumes there,
also after a crash. It looks at the same moment as the call before it while Firestore can still read that moment, and
otherwise at a new one. A walk therefore ends however much there is to look at and however seldom it is called. A
checkpoint that cannot be read makes the walk start again.
"""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import functools
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shared import clock, log
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.queries import NAME, Query, fetch

PAGE = 200
THREADS = 16

RUN_SECONDS = 420
"""A call begins nothing new after that. What is under way may take ``EXAMINATION_SECONDS`` more."""

EXAMINATION_SECONDS = 90.0
"""For looking at one thing, whatever it takes."""

PAST_SECONDS = 60 * 60
"""How far back Firestore reads at any moment: https://firebase.google.com/docs/firestore/use-pitr"""

SNAPSHOT_LIFETIME_SECONDS = PAST_SECONDS - RUN_SECONDS - EXAMINATION_SECONDS - 90
"""Up to this age a call keeps to a moment: it must be readable until the call's last page is done."""

REPORTED_FINDINGS = 100

KEPT = datetime.timedelta(days=365)
"""After that Firestore deletes a report by itself."""

UNEXAMINED = "unexamined"
"""The count of what could not be looked at."""

LARGEST = 2**63 - 1
"""The largest integer that Firestore holds."""

T = TypeVar("T")
Finding = dict[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What looking at one thing came to: numbers that are added up over the walk, and what is wrong with it."""

    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(_added(self.counts, other.counts), (*self.findings, *other.findings))


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """One thing of a page; ``load`` returns it, or fails for it alone.

    ``place`` is where the page behind it begins, where the order is another than that of the ids.
    """

    id: str
    load: Callable[[], T]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """How far a walk is, and what it found.

    ``moment`` is the one that is looked at, the last of ``moments``; the first was when it ``began``. ``since`` is when
    the last complete walk of the name began, None where there was none. ``after`` is the last thing seen of ``phase``.
    """

    id: str
    moment: datetime.datetime
    moments: int
    began: datetime.datetime
    since: datetime.datetime | None
    phase: str | None
    after: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    discrepancies: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.phase is None

    @property
    def unexamined(self) -> int:
        """How many things could not be looked at."""
        return self.count(UNEXAMINED)

    def count(self, name: str) -> int:
        """What was added up under the name."""
        return self.counts.get(name, 0)


@dataclass(frozen=True, slots=True)
class Phase(Generic[T]):
    """``page`` returns the next ``PAGE`` things behind ``report.after``, fewer at the end."""

    name: str
    page: Callable[[Report], list[Item[T]]]
    examine: Callable[[T, Report], Outcome]


@dataclass(frozen=True, slots=True)
class Walk:
    """``name`` tells its reports and its unfinished one from those of other walks."""

    name: str
    phases: tuple[Phase[Any], ...]

    @property
    def checkpoint(self) -> Reference:
        """The document that keeps how far an unfinished walk is."""
        return documents.reference("audits", f"running-{self.name}")


def deadline_of_a_call() -> float:
    """When a call that begins now begins nothing more, by ``clock.monotonic``."""
    return clock.monotonic() + RUN_SECONDS


def resume(walk: Walk, deadline: float | None = None) -> Report:
    """Continues the walk under way, or starts one, until it is complete or its time is up.

    ``deadline`` is for a call that has other things to do.
    """
    deadline = deadline_of_a_call() if deadline is None else deadline
    report = _resumed(walk)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        while not report.is_complete and clock.monotonic() < deadline:
            report = _step(walk, report, pool, deadline)
            documents.put(walk.checkpoint, _fields(report))
    if report.is_complete:
        _end(walk, report)
    return report


def is_under_way(walk: Walk) -> bool:
    """Whether the next call of ``resume`` continues a walk."""
    return documents.get(walk.checkpoint, fields=["id"]).exists


def latest(name: str) -> Report | None:
    """The last complete walk of the name, each finding with ``since`` when it was found; None before there was one."""
    return _latest(documents.get(_latest_reference(name)))


def _latest_reference(name: str) -> Reference:
    return documents.reference("audits", f"latest-{name}")


def _latest(document: Snapshot) -> Report | None:
    try:
        return _report(document.fields) if document.exists else None
    except (KeyError, TypeError, ValueError):
        return None


def _end(walk: Walk, report: Report) -> None:
    before = latest(walk.name)
    known = {_identity(each): each["since"] for each in before.findings if "since" in each} if before else {}
    dated = [{**each, "since": known.get(_identity(each), report.began)} for each in report.findings]
    batch = Batch()
    batch.put(documents.reference("audits", report.id), _fields(report) | {"expiresAt": clock.now() + KEPT})
    batch.put(_latest_reference(walk.name), _fields(report) | {"findings": dated})
    batch.delete(walk.checkpoint)
    batch.commit()


def _identity(finding: Finding) -> tuple[tuple[str, object], ...]:
    """What makes it the same finding as in another walk: all but its numbers and times."""
    return tuple(sorted((name, value) for name, value in finding.items() if isinstance(value, str)))


def documents_of(collection: str) -> Callable[[Report], list[Item[Snapshot]]]:
    """Pages of the collection's documents, in the order of their ids, as they were at the report's moment."""
    return functools.partial(_page, collection)


def documents_from(
    collection: str, field_name: str, least: Callable[[Report], object]
) -> Callable[[Report], list[Item[Snapshot]]]:
    """Pages of those whose field is at ``least`` something, in its order, as they were at the report's moment."""
    return functools.partial(_page_from, collection, field_name, least)


def found(event: str, **fields: object) -> Finding:
    """Logs what is wrong for a person to look at, and returns it for the report. The log names nobody."""
    named = {name: log.hashed(str(value)) if name in ("id", "userId") else value for name, value in fields.items()}
    log.alert(event, **named)
    return {"finding": event, **fields}


def not_examined(collection: str, document_id: str, error: Exception) -> Outcome:
    """What becomes of a thing that cannot be looked at: its id and the kind of error, none of its words."""
    finding = found("could-not-be-examined", collection=collection, id=document_id, error=type(error).__name__)
    return Outcome({UNEXAMINED: 1}, (finding,))


def _step(walk: Walk, report: Report, pool: concurrent.futures.Executor, deadline: float) -> Report:
    """The report after one more page of its phase, or as much of it as could be begun in time."""
    names = [phase.name for phase in walk.phases]
    number = names.index(str(report.phase))
    phase = walk.phases[number]
    page = phase.page(report)

    def examined(item: Item[Any]) -> Outcome | None:
        return _examined(phase, item, report) if clock.monotonic() < deadline else None

    outcomes = [
        outcome for outcome in itertools.takewhile(lambda each: each is not None, pool.map(examined, page)) if outcome
    ]
    total = sum(outcomes, Outcome())
    is_last = len(outcomes) == len(page) < PAGE
    if is_last:
        after, next_phase = None, names[number + 1] if number + 1 < len(names) else None
    else:
        after, next_phase = _place(page[len(outcomes) - 1]) if outcomes else report.after, phase.name
    return dataclasses.replace(
        report,
        phase=next_phase,
        after=after,
        counts=_added(report.counts, total.counts),
        discrepancies=report.discrepancies + len(total.findings),
        findings=(*report.findings, *total.findings)[:REPORTED_FINDINGS],
    )


def _place(item: Item[Any]) -> str:
    return item.place or item.id


def _added(some: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """The sums; as much of each as Firestore holds, so that absurd numbers do not stop the walk."""
    sums = {name: some.get(name, 0) + more.get(name, 0) for name in (*some, *more)}
    return {name: max(-LARGEST, min(LARGEST, value)) for name, value in sums.items()}


def _examined(phase: Phase[T], item: Item[T], report: Report) -> Outcome:
    try:
        return phase.examine(item.load(), report)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not hide the others
        return not_examined(phase.name, item.id, error)


def _page(collection: str, report: Report) -> list[Item[Snapshot]]:
    query = Query(collection).order_by(NAME).limit(PAGE)
    if report.after is not None:
        query = query.start_after({NAME: documents.reference(collection, report.after)})
    return _items(query, NAME, lambda document: document.id, report.moment)


def _page_from(
    collection: str, field_name: str, least: Callable[[Report], object], report: Report
) -> list[Item[Snapshot]]:
    query = Query(collection).where(field_name, ">=", least(report)).order_by(field_name).order_by(NAME).limit(PAGE)
    with contextlib.suppress(TypeError, ValueError):  # what is no place of this order: from the beginning, then
        value, document_id = json.loads(report.after or "")
        value = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
        query = query.start_after({field_name: value, NAME: documents.reference(collection, document_id)})

    def place(document: Snapshot) -> str:
        value = document.fields[field_name]
        value = value.isoformat() if isinstance(value, datetime.datetime) else value
        return json.dumps([value, document.id], ensure_ascii=False)

    return _items(query, field_name, place, report.moment)


def _items(
    query: Query, ordered_by: str, place: Callable[[Snapshot], str], moment: datetime.datetime
) -> list[Item[Snapshot]]:
    try:
        return [_loaded(document, place(document)) for document in fetch(query, moment)]
    except Exception:  # noqa: BLE001 - one document among them may be to blame: then each is read by itself
        names = fetch(query.select(ordered_by), moment)
        return [_to_load(document.reference, place(document), moment) for document in names]


def _loaded(document: Snapshot, place: str) -> Item[Snapshot]:
    return Item(document.id, lambda: document, place)


def _to_load(reference: Reference, place: str, moment: datetime.datetime) -> Item[Snapshot]:
    return Item(reference.id, lambda: documents.get(reference, read_time=moment), place)


def _resumed(walk: Walk) -> Report:
    """The walk under way, or a new one; as of now, unless its moment can still be read to the end of this call."""
    document, last = documents.get_all([walk.checkpoint, _latest_reference(walk.name)])
    now, before = document.read_time, _latest(last)
    new = Report(
        id=f"{walk.name}-{clock.now():%Y%m%dT%H%M%S%fZ}",
        moment=now,
        moments=1,
        began=now,
        since=before.began if before else None,
        phase=walk.phases[0].name,
    )
    if not document.exists:
        return new
    try:
        report = _unfinished(walk, document.fields)
    except (KeyError, TypeError, ValueError) as error:
        log.alert("walk-began-anew", walk=walk.name, error=type(error).__name__)
        return new
    if 0 <= (now - report.moment).total_seconds() <= SNAPSHOT_LIFETIME_SECONDS:
        return report
    return dataclasses.replace(report, moment=now, moments=report.moments + 1)


def _unfinished(walk: Walk, fields: dict[str, Any]) -> Report:
    """How far the walk is, by what it wrote down.

    Raises:
        KeyError, TypeError, ValueError: it is not what an unfinished walk writes.
    """
    report = _report(fields)
    if report.phase not in {phase.name for phase in walk.phases}:
        raise ValueError("no such phase")
    if (
        not report.id.startswith(f"{walk.name}-")
        or "/" in report.id
        or report.after == ""
        or "/" in (report.after or "")
    ):
        raise ValueError("no id of a document")
    return report


def _report(fields: dict[str, Any]) -> Report:
    return Report(
        id=_of(str, fields["id"]),
        moment=_of(datetime.datetime, fields["readTime"]),
        moments=_of(int, fields["moments"]),
        began=_of(datetime.datetime, fields["beganAt"]),
        since=None if fields["since"] is None else _of(datetime.datetime, fields["since"]),
        phase=None if fields["phase"] is None else _of(str, fields["phase"]),
        after=None if fields["after"] is None else _of(str, fields["after"]),
        counts={_of(str, name): _of(int, value) for name, value in _of(dict, fields["counts"]).items()},
        discrepancies=_of(int, fields["discrepancies"]),
        findings=tuple(_of(dict, finding) for finding in _of(list, fields["findings"])),
    )


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"no {kind.__name__}")
    return value


def _fields(report: Report) -> dict[str, Any]:
    return {
        "id": report.id,
        "readTime": report.moment,
        "moments": report.moments,
        "beganAt": report.began,
        "since": report.since,
        "phase": report.phase,
        "after": report.after,
        "counts": dict(report.counts),
        "discrepancies": report.discrepancies,
        "findings": list(report.findings),
        "updatedAt": SERVER_TIME,
    }
