"""Structured logs: one JSON object a line on standard output, as Cloud Logging reads it.

``event`` is a stable name to search and alert by. Nothing a person wrote goes in: no prompt, no e-mail, no body.
"""

import contextvars
import hashlib
import json
import sys
import traceback
from typing import Literal

Severity = Literal["INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]

_noted: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar("noted", default=None)


def write(severity: Severity, event: str, **fields: object) -> None:
    """Writes one line. Values that JSON does not know are written as their ``str``."""
    line = {"severity": severity, "event": event, **fields}
    sys.stdout.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def alert(event: str, **fields: object) -> None:
    """Writes a line that a person must look at; the alert policies match on ``alert``."""
    write("ERROR", event, alert=True, **fields)


def note(**fields: object) -> None:
    """Adds fields to the one line that is logged for the request under way."""
    _noted.set({**(_noted.get() or {}), **fields})


def take_notes() -> dict[str, object]:
    """What was noted since the last call."""
    noted = _noted.get() or {}
    _noted.set(None)
    return noted


def stack(error: Exception) -> list[str]:
    """Where it happened, without the error's own words: those may quote what a person sent."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]


def hashed(user_id: str) -> str:
    """How a user is named in logs: the same every time, and no uid."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:16]
