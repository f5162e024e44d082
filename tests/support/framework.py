"""A folder with a main.py, served in a process of its own by the functions-framework script, as the buildpack does."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.net.ports import HOST, free_port

START_SECONDS = 120
SCRIPT = Path(sys.executable).with_name("functions-framework")


@dataclass(slots=True)
class Served:
    """A function that listens; ``seconds`` is how long it took to."""

    process: "subprocess.Popen[str]"
    port: int
    seconds: float

    def status(self) -> int:
        """What an empty POST is answered with."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=START_SECONDS)
        try:
            connection.request("POST", "/", body=b"", headers={"Content-Type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def served(target: str, folder: Path, environment: dict[str, str], script: Path = SCRIPT) -> Iterator[Served]:
    """The function, once it listens; what it prints can be read from ``process.stdout``.

    Raises:
        AssertionError: it ended early, with what it printed, or it does not listen.
    """
    port = free_port()
    begun = time.monotonic()
    process = subprocess.Popen(
        [script, f"--target={target}", f"--host={HOST}", f"--port={port}"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while not listens(port):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() - begun < START_SECONDS, f"{target} does not listen"
            time.sleep(0.005)
        yield Served(process, port, time.monotonic() - begun)
    finally:
        process.terminate()
        process.communicate(timeout=START_SECONDS)


def listens(port: int) -> bool:
    """Whether a process listens at this port."""
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0
