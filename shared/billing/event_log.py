"""The log of webhook events: what Stripe sent, how often, and what came of it. Never what keeps a credit unique."""

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from shared import clock, log
from shared.billing.webhook import Event
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch, Increment
from shared.cloud.documents import Reference
from shared.cloud.failures import TRANSIENT
from shared.money.ledger_lines import ExtraWrite

Outcome = Literal["processed", "ignored", "parked", "failed"]

READ_AT_ONCE = 100

KEPT = datetime.timedelta(days=90)
"""After that Firestore deletes the entry by itself; Stripe sends an event again for three days at most."""


def entry(event: Event, outcome: Outcome, order_id: str) -> ExtraWrite:
    """The log entry, to be written in the commit that does to the order what the event says."""

    def write(batch: Batch) -> None:
        batch.put(_document(event), _fields(event, outcome, None, order_id), merge=True)

    return write


def record(event: Event, outcome: Outcome, error: str | None = None, order_id: str | None = None) -> None:
    """Writes the log entry by itself."""
    documents.put(_document(event), _fields(event, outcome, error, order_id), merge=True)


def finished(event_ids: Sequence[str]) -> set[str]:
    """Those of the events, ``READ_AT_ONCE`` at most, that need nothing more."""
    entries = documents.get_all([documents.reference("webhookEvents", each) for each in event_ids], fields=["status"])
    return {entry.id for entry in entries if entry.fields.get("status") in ("processed", "ignored", "parked")}


@contextlib.contextmanager
def keeping_failure(event: Event) -> Iterator[None]:
    """Keeps what goes wrong inside in the log entry, and lets it out."""
    try:
        yield
    except Exception as failure:
        try:
            record(event, "failed", type(failure).__name__)
        except TRANSIENT as error:
            log.write("WARNING", "webhook-event-not-recorded", stripeEvent=event.id, error=type(error).__name__)
        raise


@contextlib.contextmanager
def recording_failure(event: Event) -> Iterator[None]:
    """Logs and records what goes wrong inside, and lets it out, so that Stripe sends the event again."""
    with keeping_failure(event):
        try:
            yield
        except Exception as failure:
            log.alert("webhook-failed", stripeEvent=event.id, type=event.type, error=type(failure).__name__)
            raise


def _fields(event: Event, outcome: Outcome, error: str | None, order_id: str | None) -> dict[str, Any]:
    about = order_id or (event.about.id if event.about else None)
    return {
        "type": event.type,
        "status": outcome,
        "attempts": Increment(1),
        "error": error,
        "about": about,
        "updatedAt": SERVER_TIME,
        "expiresAt": clock.now() + KEPT,
    }


def _document(event: Event) -> Reference:
    return documents.reference("webhookEvents", event.id)
