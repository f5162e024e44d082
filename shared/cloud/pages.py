"""Opaque, signed page cursors: where a list goes on, and for which list it was handed out."""

import base64
import binascii
import datetime
import hashlib
import hmac
import json

from shared.config import settings
from shared.errors import InvalidRequest

_SIGNATURE_BYTES = 16
"""128 bits, as many as nobody can try out."""


def encode(scope: str, time: datetime.datetime, document_id: str) -> str:
    """The cursor behind the document of that time and id in the list that ``scope`` names."""
    payload = json.dumps([time.isoformat(), document_id], ensure_ascii=False, separators=(",", ":")).encode()
    return _text(_sign(scope, payload) + payload)


def decode(scope: str, cursor: str) -> tuple[datetime.datetime, str]:
    """What ``encode`` was given.

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
