"""Structured logs: one JSON object a line on standard output, as Cloud Logging reads it.

``event`` is a stable name to search and alert by. ``message`` is what the list of the Logs Explorer shows of a line.
No text that a user wrote is logged: no prompt, no e-mail address, no body.
"""

import contextvars
import hashlib
import json
import sys
import traceback
from collections.abc import Mapping
from typing import Literal

Severity = Literal["INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]

_noted: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar("noted", default=None)


def write(severity: Severity, event: str, **fields: object) -> None:
    """Writes one line. Values that JSON does not know are written as their ``str``."""
    line = {"severity": severity, "message": _message(event, fields), "event": event, **fields}
    sys.stdout.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _message(event: str, fields: Mapping[str, object]) -> str:
    """Returns the line in words for the Logs Explorer's list. It says nothing that the fields do not say."""
    if event == "request":
        told = [str(fields[name]) for name in ("function", "status", "problem", "error") if name in fields]
        return " ".join(told) + (f" in {fields['latencyMs']} ms" if "latencyMs" in fields else "")
    told = [f"{name}={value}" for name, value in fields.items() if name not in ("alert", "stack")]
    return " ".join((event, *told))


def alert(event: str, **fields: object) -> None:
    """Writes a line that an operator must look at. The alert policies match on ``alert``."""
    write("ERROR", event, alert=True, **fields)


def note(**fields: object) -> None:
    """Adds fields to the one line that is logged for the current request."""
    _noted.set({**(_noted.get() or {}), **fields})


def take_notes() -> dict[str, object]:
    """Returns what was noted since the last call."""
    noted = _noted.get() or {}
    _noted.set(None)
    return noted


def stack(error: Exception) -> list[str]:
    """Returns where the error was raised, without its own words: they may quote what a user sent."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]


def hashed(user_id: str) -> str:
    """Returns the name of a user in logs: the same every time, and not the uid."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:16]
