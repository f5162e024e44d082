"""A clock that the simulation turns: the functions read it, and a pause only moves its hands."""

import datetime

START = datetime.datetime(2026, 11, 2, 9, 0, tzinfo=datetime.UTC)


class SimulatedClock:
    """Stands in for ``shared.clock`` and, with ``sleep``, for the ``time`` module where somebody backs off."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime.datetime:
        return self._now

    def timestamp(self) -> float:
        """Unix seconds."""
        return self._now.timestamp()

    def advance(self, span: datetime.timedelta) -> None:
        if span < datetime.timedelta():
            raise ValueError("time does not go back")
        self._now += span

    def tick(self) -> datetime.datetime:
        """The time a moment later: no two commits share theirs."""
        self._now += datetime.timedelta(milliseconds=1)
        return self._now

    def sleep(self, _seconds: float) -> None:
        """A moment passes; back-offs have jitter, which no seed decides."""
        self.tick()

    def monotonic(self) -> float:
        return self.timestamp()
