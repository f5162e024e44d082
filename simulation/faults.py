"""The faults of an effect that a function has on other services, and the boundary that all effects pass."""

import contextlib
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


class Crash(BaseException):
    """The function's process dies. No ``except Exception`` catches it, as a killed process cannot catch its end."""


class Moment(enum.Enum):
    """When the fault happens."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    ANSWER_LOST = "answer lost"
    NOT_DONE = "not done"


Error = Callable[[], Exception]


@dataclass(frozen=True, slots=True)
class Effect:
    """A call out of a function. ``lost`` are what its client raises when no answer comes, done or not; ``refused``
    are what it raises when the other side did nothing. A call that ``changes`` nothing has no "after"."""

    name: str
    changes: bool
    lost: tuple[Error, ...]
    refused: tuple[Error, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which an effect goes wrong."""

    moment: Moment
    error: Error | None = None

    def __str__(self) -> str:
        return self.moment.value + (f" ({type(self.error()).__name__})" if self.error else "")


def faults_of(effect: Effect) -> tuple[Fault, ...]:
    """Returns every fault of the effect. A crash at a read is the same as one after the change before it."""
    failing = tuple(Fault(Moment.NOT_DONE, error) for error in (*effect.lost, *effect.refused))
    if not effect.changes:
        return failing
    losing = tuple(Fault(Moment.ANSWER_LOST, error) for error in effect.lost)
    return (Fault(Moment.CRASH_BEFORE), Fault(Moment.CRASH_AFTER), *losing, *failing)


Hook = Callable[[Effect], Fault | None]
"""Is called with each effect before it happens, and returns its fault. It may let other users act first."""


@dataclass(slots=True)
class Boundary:
    """Stands between the functions and all other services. Without a hook every effect works."""

    hook: Hook | None = None
    performed: int = field(default=0)

    @contextlib.contextmanager
    def hooked(self, hook: Hook | None) -> Iterator[None]:
        """Asks ``hook`` about every effect until the block ends."""
        before, self.hook = self.hook, hook
        try:
            yield
        finally:
            self.hook = before

    def perform(self, effect: Effect, do: Callable[[], T]) -> T:
        """Returns what ``do`` returns, unless a fault meets the effect.

        Raises:
            Crash: the fault is the death of the process.
            Exception: what the client raises for a call that failed, or whose answer was lost.
        """
        self.performed += 1
        fault = self.hook(effect) if self.hook else None
        if fault is None:
            return do()
        if fault.moment is Moment.CRASH_BEFORE:
            raise Crash(effect.name)
        if fault.moment is Moment.NOT_DONE and fault.error is not None:
            raise fault.error()
        answer = do()
        if fault.error is not None:
            raise fault.error()
        del answer
        raise Crash(effect.name)
