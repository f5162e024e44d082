"""One at a time, in the order of arrival, within this process."""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator

from shared.errors import Contention

TURN_TIMEOUT_SECONDS = 10.0

WAITING = 4
"""So many may wait for one name: a single busy wallet must not take every thread of an instance."""

_lines: dict[str, deque[threading.Event]] = {}
_lines_lock = threading.Lock()


@contextlib.contextmanager
def turn_if_free(name: str) -> Iterator[bool]:
    """Whether nobody is at ``name``, so that the block has the turn. It never waits."""
    ours = threading.Event()
    with _lines_lock:
        is_free = name not in _lines
        if is_free:
            _lines[name] = deque([ours])
    if not is_free:
        yield False
        return
    try:
        yield True
    finally:
        _leave(name, ours)


@contextlib.contextmanager
def turn(name: str) -> Iterator[None]:
    """Waits until everybody who asked for ``name`` before has left the block. A plain lock would not keep the order.

    Raises:
        Contention: too many wait already, or the turn did not come in time.
    """
    ours = threading.Event()
    with _lines_lock:
        line = _lines.setdefault(name, deque())
        if len(line) > WAITING:  # the first of them does not wait
            raise Contention("Too many requests are waiting; try again in a moment.")
        line.append(ours)
        line[0].set()
    try:
        if not ours.wait(TURN_TIMEOUT_SECONDS):
            raise Contention("Too many requests are waiting; try again in a moment.")
        yield
    finally:
        _leave(name, ours)


def _leave(name: str, ours: threading.Event) -> None:
    with _lines_lock:
        line = _lines[name]
        line.remove(ours)
        if line:
            line[0].set()
        else:
            del _lines[name]
