"""Waiting for Ctrl-C: the main thread of a server has nothing else to do."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import NewType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

Interrupt = NewType("Interrupt", socket.socket)


@contextlib.contextmanager
def interruptible() -> Iterator[Interrupt]:
    """What ``wait_for`` takes: SIGINT and SIGTERM are remembered from here on. For the main thread.

    The kernel may give a signal to any thread of the process. Python notes it there and leaves it to the main thread,
    which does not wake up while it waits for a lock. A wakeup descriptor is written to by whichever thread is hit.
    """
    woken, wake = socket.socketpair()
    with woken, wake:
        wake.setblocking(False)
        descriptor = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
        try:
            yield Interrupt(woken)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(descriptor)


def wait_for(interrupt: Interrupt) -> None:
    interrupt.recv(1)
