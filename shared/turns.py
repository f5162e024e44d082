"""One at a time, in the order of arrival, within this process."""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator

from shared.errors import Contention

TURN_TIMEOUT_SECONDS = 10.0

_lines: dict[str, deque[threading.Event]] = {}
_lines_lock = threading.Lock()


@contextlib.contextmanager
def turn(name: str) -> Iterator[None]:
    """Waits until everybody who asked for ``name`` before has left the block. A plain lock would not keep the order.

    Raises:
        Contention: the turn did not come in time.
    """
    ours = threading.Event()
    with _lines_lock:
        line = _lines.setdefault(name, deque())
        line.append(ours)
        line[0].set()
    try:
        if not ours.wait(TURN_TIMEOUT_SECONDS):
            raise Contention("Too many requests are waiting; try again in a moment.")
        yield
    finally:
        with _lines_lock:
            line.remove(ours)
            if line:
                line[0].set()
            else:
                del _lines[name]
