"""What one call of reconciliation has done, and until when it may begin something."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from shared import clock, log

RUN_SECONDS = 480
"""A call begins nothing new after that, and has a minute left for what is under way."""

FINDINGS_MAX = 100

Outcome = Literal["settled", "as it was", "failed"]


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be done: the id of an event or of another thing at Stripe, and its time there."""

    about: str
    at: datetime.datetime


@dataclass(slots=True)
class Tally:
    """Counts of what was seen. ``hold`` is called before the first thing is done, so a quiet call takes no lease."""

    hold: Callable[[], None]
    deadline: float = field(default_factory=lambda: clock.monotonic() + RUN_SECONDS)
    listed: int = 0
    missed: int = 0
    settled: int = 0
    failed: int = 0
    findings: list[dict[str, object]] = field(default_factory=list)
    _is_held: bool = False

    def is_over(self) -> bool:
        """Whether the call's time is up."""
        return clock.monotonic() >= self.deadline

    def attempt(self, about: str, act: Callable[[], bool]) -> Outcome:
        """Does what there is to do about one thing; ``act`` says whether that changed an order or wrote a line.

        Whatever is wrong with one thing must not hide the others: it is counted, and an operator is told.
        """
        if not self._is_held:
            self.hold()
            self._is_held = True
        try:
            has_changed = act()
        except Exception as error:  # noqa: BLE001
            kind = type(error).__name__
            log.alert("reconciliation-failed", about=about, error=kind)
            self.failed += 1
            self._found({"finding": "failed", "about": about, "error": kind})
            return "failed"
        if not has_changed:
            return "as it was"
        self.settled += 1
        self._found({"finding": "settled", "about": about})
        return "settled"

    def _found(self, finding: dict[str, object]) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)
