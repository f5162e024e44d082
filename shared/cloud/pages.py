"""Pages of a list in the order of a time, with an opaque, signed cursor: where the list continues, and which it is."""

import base64
import binascii
import datetime
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from shared.cloud import documents
from shared.cloud.documents import Snapshot
from shared.cloud.queries import NAME, Query, fetch
from shared.config import settings
from shared.errors import InvalidRequest

BEGINNING = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
"""Before everything. A query of what is later passes over documents in whose field there is no time."""

_SIGNATURE_BYTES = 16
"""128 bits, as many as nobody can try out."""


@dataclass(frozen=True, slots=True)
class Page:
    """At most ``limit`` documents, and the cursor of the next page. It is None at the end.

    A full last page has a cursor to an empty one: no read is spent to look ahead.
    """

    documents: list[Snapshot]
    next_cursor: str | None


def page(query: Query, scope: str, field: str, limit: int, cursor: str | None, *, descending: bool = True) -> Page:
    """One page of what the query finds by the time in ``field``, newest first unless it is not ``descending``.

    ``scope`` names the list with all its filters, so that its cursors are good for no other one. A page costs its own
    documents in reads, however deep it lies.

    Raises:
        InvalidRequest: the cursor is not one of this list.
    """
    query = query.order_by(field, descending=descending).order_by(NAME, descending=descending)
    if cursor is not None:
        time, document_id = position(scope, cursor)
        query = query.start_after({field: time, NAME: documents.reference(query.collection, document_id)})
    found = fetch(query.limit(limit))
    more = cursor_after(scope, found[-1].fields[field], found[-1].id) if len(found) == limit else None
    return Page(found, more)


def merged(queries: Sequence[Query], scope: str, field: str, limit: int, cursor: str | None) -> Page:
    """One page of what any of a few queries of one collection finds, oldest first by the time in ``field``.

    Each is asked for a whole page.

    Raises:
        InvalidRequest: the cursor is not one of this list.
    """
    asked = [query.order_by(field).order_by(NAME).limit(limit) for query in queries]
    if cursor is not None:
        time, document_id = position(scope, cursor)
        place = {field: time, NAME: documents.reference(queries[0].collection, document_id)}
        asked = [query.start_after(place) for query in asked]
    found = {document.id: document for query in asked for document in fetch(query)}
    first = sorted(found.values(), key=lambda document: (document.fields[field], document.id))[:limit]
    more = cursor_after(scope, first[-1].fields[field], first[-1].id) if len(first) == limit else None
    return Page(first, more)


def cursor_after(scope: str, time: datetime.datetime, document_id: str) -> str:
    """The cursor behind the document of that time and id in the list that ``scope`` names."""
    payload = json.dumps([time.isoformat(), document_id], ensure_ascii=False, separators=(",", ":")).encode()
    return _text(_sign(scope, payload) + payload)


def position(scope: str, cursor: str) -> tuple[datetime.datetime, str]:
    """The time and the id that ``cursor_after`` was given.

    Raises:
        InvalidRequest: not a cursor of ours, changed, or handed out for another user or filter.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refusal() from None
    if _text(raw) != cursor:  # padded, or with bits behind its end: base64 reads several texts as the same bytes
        raise _refusal()
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(scope, payload)):
        raise _refusal()
    time, document_id = json.loads(payload)
    return datetime.datetime.fromisoformat(time), document_id


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _sign(scope: str, payload: bytes) -> bytes:
    message = scope.encode() + b"\0" + payload
    return hmac.digest(settings().cursor_secret.encode(), message, hashlib.sha256)[:_SIGNATURE_BYTES]


def _refusal() -> InvalidRequest:
    return InvalidRequest.field("cursor", "not a cursor of this list; start again without one")
