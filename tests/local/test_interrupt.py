"""Needs nothing but this machine: a server that is interrupted ends, whichever of its threads the signal hits."""

import signal
import subprocess
import sys

import pytest

from local.net.interrupt import interruptible, wait_for
from local.parts import ROOT

# The signal hits another thread once the kernel says that the main thread sleeps (where there is a /proc to ask).
HIT_ANOTHER_THREAD = """
import pathlib, signal, sys, threading
from local.net.interrupt import interruptible, wait_for

number = int(sys.argv[1])
main = pathlib.Path(f"/proc/self/task/{threading.get_native_id()}/stat")

def hit():
    while main.exists() and ") S " not in main.read_text():
        pass
    signal.pthread_kill(threading.get_ident(), number)
    threading.Event().wait()

with interruptible() as interrupt:
    threading.Thread(target=hit, daemon=True).start()
    wait_for(interrupt)
    print("ended")
"""


@pytest.mark.parametrize("number", [2, 15])
def test_a_signal_that_hits_another_thread_wakes_the_main_thread(number: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HIT_ANOTHER_THREAD, str(number)], cwd=ROOT, capture_output=True, text=True, timeout=30
    )

    assert (ended.stdout, ended.returncode) == ("ended\n", 0), ended.stderr


def test_an_interrupt_before_the_wait_is_not_lost() -> None:
    handler = signal.getsignal(signal.SIGINT)

    with interruptible() as interrupt:
        signal.raise_signal(signal.SIGINT)
        wait_for(interrupt)

    assert signal.getsignal(signal.SIGINT) is handler
