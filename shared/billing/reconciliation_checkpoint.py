"""The document that reconciliation continues from, which is its lease as well, and the reports of its calls.

A call that changes anything holds the lease until it ends, or for ten minutes if it crashes. Whatever a call writes
here needs the document to be as that call left it. So of two calls at once one does nothing, and when an operator sets
``through`` back meanwhile, that is what stays.
"""

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

from shared import clock, log
from shared.cloud import documents
from shared.cloud.commits import DELETED_FIELD, SERVER_TIME, Batch
from shared.cloud.documents import Reference
from shared.cloud.failures import CHANGED, TRANSIENT, AlreadyExists, NotFound

LEASE = datetime.timedelta(minutes=10)
"""Longer than a call can be at work: Cloud Run ends it after nine minutes."""

KEPT = datetime.timedelta(days=365)
"""After that Firestore deletes a report by itself."""

Created = Literal["sessions", "invoices", "refunds", "disputes"]
"""Stripe's lists of what was made in a span of time."""

Listed = Created | Literal["subscriptions"]
"""What a catch-up goes through: Stripe's lists, then our own of subscriptions."""

Unfinished = Literal["unpaid", "reversed", "reloads", "over"]
"""The lists of what can still change: orders that are not paid, or may be reversed, reloads, and subscriptions whose
period is over."""

T = TypeVar("T")


class Busy(Exception):
    """Another call is at work, or somebody has changed the checkpoint since it was read."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """How far the lists are worked through that make up for what happened between ``since`` and ``until``.

    ``listed`` is the list under way, None at the end of all. Of a list of Stripe's ``rest_until`` ends the part that is
    asked for next, and is None at its beginning; of that answer ``done`` things were looked at. Our own list continues
    behind the id ``after``. ``has_failed`` says that one of all things was left behind.
    """

    since: datetime.datetime
    until: datetime.datetime
    listed: Listed | None = "sessions"
    rest_until: datetime.datetime | None = None
    done: int = 0
    after: str | None = None
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The document behind which a list of unfinished ones continues; its beginning where there is no ``id``.

    ``at`` is the document's time that the list is ordered by, None where it is ordered by none.
    """

    listed: Unfinished = "unpaid"
    at: datetime.datetime | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that Stripe sent before ``through`` is done; None before the first reconciliation has ended.

    ``version`` is when the document was last written; None where there is none.
    """

    through: datetime.datetime | None = None
    catch_up: CatchUp | None = None
    place: Place | None = None
    lease_ends: datetime.datetime | None = None
    version: datetime.datetime | None = None


def read() -> Checkpoint:
    """Where the last call left off. Whatever in the document is not valid counts as missing."""
    document = documents.get(_document())
    if not document.exists:
        return Checkpoint()
    fields = document.fields
    return Checkpoint(
        through=_if_time(fields.get("through")),
        catch_up=_parsed(CatchUp, fields.get("catchUp")),
        place=_parsed(Place, fields.get("place")),
        lease_ends=_if_time(fields.get("leaseEnds")),
        version=document.update_time,
    )


def hold(checkpoint: Checkpoint) -> Checkpoint:
    """Takes the lease.

    Raises:
        Busy: the document has changed since it was read.
    """
    return _commit(Batch(), dataclasses.replace(checkpoint, lease_ends=clock.now() + LEASE))


def let_go(checkpoint: Checkpoint) -> None:
    """Ends the lease of a call that failed. Where that fails too, the lease ends by itself."""
    try:
        _commit(Batch(), dataclasses.replace(checkpoint, lease_ends=None))
    except (Busy, *TRANSIENT) as error:
        log.write("WARNING", "reconciliation-lease-kept", error=type(error).__name__)


def finish(checkpoint: Checkpoint, report: Mapping[str, Any]) -> None:
    """Writes where the next call continues, ends the lease, and adds the report, in one commit.

    Raises:
        Busy: the document has changed since it was read; nothing was written.
    """
    batch = Batch()
    now = clock.now()
    reference = documents.reference("reconciliations", f"{now:%Y%m%dT%H%M%S%fZ}")
    batch.create(reference, {**report, "createdAt": SERVER_TIME, "expiresAt": now + KEPT})
    _commit(batch, dataclasses.replace(checkpoint, lease_ends=None))


def _commit(batch: Batch, checkpoint: Checkpoint) -> Checkpoint:
    fields = {
        "through": checkpoint.through,
        "catchUp": checkpoint.catch_up and dataclasses.asdict(checkpoint.catch_up),
        "place": checkpoint.place and dataclasses.asdict(checkpoint.place),
        "leaseEnds": checkpoint.lease_ends,
        "updatedAt": SERVER_TIME,
    }
    present = {name: value for name, value in fields.items() if value is not None}
    if checkpoint.version is None:
        batch.create(_document(), present)
    else:
        absent = dict.fromkeys(fields.keys() - present.keys(), DELETED_FIELD)
        batch.update(_document(), present | absent, unchanged_since=checkpoint.version)
    try:
        committed = batch.commit()
    except (*CHANGED, AlreadyExists, NotFound) as error:
        raise Busy from error
    return dataclasses.replace(checkpoint, version=committed.of(_document()).update_time)


def _if_time(value: object) -> datetime.datetime | None:
    return value if isinstance(value, datetime.datetime) else None


def _parsed(kind: type[T], value: object) -> T | None:
    """What ``dataclasses.asdict`` made a map of; None where the map is another one."""
    names = {field.name for field in dataclasses.fields(cast(Any, kind))}
    return kind(**value) if isinstance(value, dict) and value.keys() == names else None


def _document() -> Reference:
    return documents.reference("reconciliations", "checkpoint")
