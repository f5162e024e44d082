"""A child process that dies with us, however we die, and with everything that it started."""

import atexit
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STOP_TIMEOUT_SECONDS = 10.0
LOG_TAIL_LINES = 15

# A shell leads the process group and watches a pipe that only we hold: when it closes, we are gone, and the group is
# ended. A killed parent runs no handler, so nothing else would end the child then.
_TIED_TO_US = 'exec 3<&0; (cat <&3 >/dev/null; kill -TERM 0) & exec "$@" </dev/null 3<&-'


class StartError(Exception):
    """The process cannot be started; the message says what to do."""


class Process:
    """``command`` in a process group of its own; its output goes to ``log``, written anew by every start."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment) if environment is not None else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int | None:
        """Its process group's id; None when it is not running."""
        return self._process.pid if self._process else None

    def start(self, is_ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Returns once ``is_ready``.

        Raises:
            StartError: it ended, or was not ready in time; the message ends with its last words.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            # A session of its own: Ctrl-C reaches us, and we stop it when nothing needs it any more.
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _TIED_TO_US, self.name, *self._command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        atexit.register(self.stop)
        try:
            self._wait(self._process, is_ready, timeout_seconds)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it and what it started. Does nothing when it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait(STOP_TIMEOUT_SECONDS)
        finally:
            if process.stdin:
                process.stdin.close()

    def last_words(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:]) or "It said nothing."

    def _wait(self, process: subprocess.Popen[bytes], is_ready: Callable[[], bool], timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            if process.poll() is not None:
                raise StartError(f"{self.name} ended with status {process.returncode}. {self.last_words()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready within {timeout_seconds:.0f} s. {self.last_words()}")
            time.sleep(0.05)


def _signal_group(process: subprocess.Popen[bytes], signal_number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # all of it has ended already
        os.killpg(process.pid, signal_number)
