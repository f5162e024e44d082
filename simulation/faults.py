"""What can go wrong at an effect that a function has outside of itself, and the one place that all effects pass."""

import contextlib
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


class Crash(BaseException):
    """The function's process dies. No ``except Exception`` sees it, as nothing in a killed process sees its end."""


class Moment(enum.Enum):
    """When a fault meets an effect."""

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
    """Every way in which the effect can go wrong. Dying around a read is dying around the change before it."""
    failing = tuple(Fault(Moment.NOT_DONE, error) for error in (*effect.lost, *effect.refused))
    if not effect.changes:
        return failing
    losing = tuple(Fault(Moment.ANSWER_LOST, error) for error in effect.lost)
    return (Fault(Moment.CRASH_BEFORE), Fault(Moment.CRASH_AFTER), *losing, *failing)


Hook = Callable[[Effect], Fault | None]
"""Is told of each effect before it happens, and says what goes wrong with it. It may let others act first."""


@dataclass(slots=True)
class Boundary:
    """Between the functions and everything outside. Without a hook everything works."""

    hook: Hook | None = None
    performed: int = field(default=0)

    @contextlib.contextmanager
    def hooked(self, hook: Hook | None) -> Iterator[None]:
        """While it lasts, ``hook`` is asked."""
        before, self.hook = self.hook, hook
        try:
            yield
        finally:
            self.hook = before

    def perform(self, effect: Effect, do: Callable[[], T]) -> T:
        """What ``do`` returns, unless a fault meets the effect.

        Raises:
            Crash: the process is to die here.
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
