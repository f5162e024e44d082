"""A child process that ends with this process, however it ends, and takes everything that it started with it."""

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

# A guard waits for the end of standard input, whose other end only we hold, and then ends the child: so it ends when
# we say so, and also when we die without a word, as a killed parent does. The shell outlives both, so that no zombie
# stays behind.
_SUPERVISED = """
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(read -r _ <&3; kill "$child") &
guard=$!
wait "$child"
status=$?
kill "$guard" 2>/dev/null
wait
exit "$status"
"""


class StartError(Exception):
    """The process cannot be started; the message says what to do."""


class Process:
    """``command`` in a process group of its own; its output goes to ``log``, written anew by every start."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        last_words: Callable[[Path], str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment) if environment is not None else None
        self._last_words = last_words or tail
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int | None:
        """The id of its shell, which is also the id of the process group; None when it is not running."""
        return self._process.pid if self._process else None

    def start(self, is_ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Returns once ``is_ready``.

        Raises:
            StartError: it ended, or was not ready in time; the message ends with its last output.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            # A session of its own: Ctrl-C reaches us, and we stop it when nothing needs it any more.
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _SUPERVISED, self.name, *self._command],
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
        """Ends the process and everything that it started. Does nothing when it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        try:
            process.communicate(timeout=STOP_TIMEOUT_SECONDS)  # closes its standard input
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_TIMEOUT_SECONDS)

    def _wait(self, process: subprocess.Popen[bytes], is_ready: Callable[[], bool], timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            if process.poll() is not None:
                raise StartError(f"{self.name} ended before it was ready. {self._last_words(self.log)}")
            if time.monotonic() > deadline:
                raise StartError(
                    f"{self.name} was not ready within {timeout_seconds:.0f} s. {self._last_words(self.log)}"
                )
            time.sleep(0.05)


def tail(log: Path) -> str:
    """The end of the log."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line for line in text.strip().splitlines() if not line.startswith("\tat ")]  # no stack traces
    return "Its last words:\n" + "\n".join(lines[-LOG_TAIL_LINES:]) if lines else "It said nothing."
