"""Reads what the functions log: it must hold nothing personal, and unexpected errors are remembered."""

import io
import json
import logging
import sys
from typing import Any

from simulation.people import SECRET, SPOKEN
from simulation.violations import require


class LogWatch(io.TextIOBase):
    """Stands in for standard output while the functions run."""

    def __init__(self) -> None:
        super().__init__()
        self.unexpected: list[dict[str, Any]] = []
        """The log lines of errors that a function had no answer for, until they are taken."""
        self.alerts: list[dict[str, Any]] = []

    def write(self, text: str) -> int:
        check_text(text)
        if text.startswith("{"):
            line = json.loads(text)
            if line["event"] == "unexpected-error":
                # The function does not log the error's own words, which could be personal. A finding needs them.
                self.unexpected.append({**line, "message": str(sys.exception())})
            if line.get("alert"):
                self.alerts.append(line)
        return len(text)


class LibraryLogs(logging.Handler):
    """Checks what libraries log, with tracebacks, in the same way."""

    def emit(self, record: logging.LogRecord) -> None:
        check_text(self.format(record))


def check_text(text: str) -> None:
    """Raises a Violation for personal text in a log."""
    for word in (SECRET, SPOKEN):
        require(word not in text, f"personal text in a log: {text[:200]}")
