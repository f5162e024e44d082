"""A Firestore CloudEvent, as Eventarc delivers it: a protobuf with the document before and after the write.

Eventarc delivers at least once and in no order; a handler raises to have the event again, and returns when it is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudevents.http import CloudEvent
from google.events.cloud.firestore_v1 import Document, DocumentEventData

from shared import clock, log
from shared.errors import EventFailed


@dataclass(frozen=True, slots=True)
class Change:
    """One write of a document; ``before`` is None for one that was created, ``after`` for one that was deleted."""

    document_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def fields(self) -> dict[str, Any]:
        """What the document holds, or held last."""
        return self.after if self.after is not None else self.before or {}


def trigger(handler: Callable[[Change], None]) -> Callable[[CloudEvent], None]:
    """Makes a Firestore trigger of ``handler(change)``: one log line an event; raising has the event come again."""
    name = handler.__name__

    def view(event: CloudEvent) -> None:
        started = clock.monotonic()
        failure: Exception | None = None
        try:
            handler(change(event))
        except Exception as error:  # noqa: BLE001 - logged, and answered 500 to have the event again
            failure = error
            raise EventFailed from None
        finally:
            fields = {
                "function": name,
                "eventId": event["id"],
                "latencyMs": round((clock.monotonic() - started) * 1000),
            }
            if failure is not None:
                log.write("ERROR", "request", **fields, error=type(failure).__name__, stack=log.stack(failure))
            else:
                log.write("INFO", "request", **fields)

    view.__name__ = view.__qualname__ = name
    return view


def change(event: CloudEvent) -> Change:
    """The write that the event tells of.

    Raises:
        ValueError: the event carries no document.
    """
    message: Any = DocumentEventData.deserialize(event.data)
    written = message.value if message.value.name else message.old_value
    if not written.name:
        raise ValueError("a Firestore event without a document")
    return Change(
        document_id=written.name.rsplit("/", 1)[1],
        before=_fields(message.old_value),
        after=_fields(message.value),
    )


def _fields(document: Document) -> dict[str, Any] | None:
    if not document.name:
        return None
    return _texts(Document.pb(document).fields)


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Strings, and maps of them, are all that our triggers look at; other kinds are left out, not guessed."""
    texts = {name: value.string_value for name, value in values.items() if value.HasField("string_value")}
    maps = {name: _texts(value.map_value.fields) for name, value in values.items() if value.HasField("map_value")}
    return texts | maps
