"""The simulated clock: the functions read it, and a pause only sets it forward."""

import datetime

START = datetime.datetime(2036, 11, 3, 9, 0, tzinfo=datetime.UTC)
"""Later than the emulator's own clock. An audit takes its moment from that one, and what it has agreed on ends there:
lines that are written afterwards must not seem older.
"""


class SimulatedClock:
    """Stands in for ``shared.clock``, and for the ``time`` module where a library waits or checks a signature."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime.datetime:
        return self._now

    def timestamp(self) -> float:
        """Unix seconds."""
        return self._now.timestamp()

    def time(self) -> float:
        """Returns the same, as the ``time`` module calls it."""
        return self.timestamp()

    def advance(self, span: datetime.timedelta) -> None:
        if span < datetime.timedelta():
            raise ValueError("time does not go back")
        self._now += span

    def tick(self) -> datetime.datetime:
        """Returns a time that no other commit has."""
        self._now += datetime.timedelta(milliseconds=1)
        return self._now

    def sleep(self, _seconds: float) -> None:
        """Sets the clock forward by a moment, whatever the length: the seed does not decide the jitter of retries."""
        self.tick()

    def monotonic(self) -> float:
        return self.timestamp()
