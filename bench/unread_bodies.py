"""The memory that large bodies cost a worker which refuses them."""

import contextlib
import http.client
import socket
from concurrent.futures import ThreadPoolExecutor

from bench.cold_start import served
from bench.rows import Row, at_most
from bench.stage import Stage, environment_of, new_project
from bench.worker_memory import peak_mebibytes
from local.net.ports import HOST

CONNECTIONS = 50
MEBIBYTES = 32
THREADS = "20"
"""The memory of the functions that strangers can reach."""

GOAL_MEBIBYTES = 64
TIMEOUT_SECONDS = 60.0
_MEBIBYTE = b" " * 1024 * 1024


def measure(stage: Stage) -> list[Row]:
    """How far a worker grows above what it needs for small ones: one that reads nothing, one that must read first."""
    new_project(stage)
    rows = []
    for function, is_chunked in (("generate", False), ("stripe_webhook", True)):
        with served(function, environment_of(stage), {"THREADS": THREADS}) as (port, _, process_id):
            grown = growth_mebibytes(port, process_id, is_chunked)
        name = f"{function}, {CONNECTIONS} {'chunked ' if is_chunked else ''}bodies of {MEBIBYTES} MiB"
        rows.append(Row(name, "peak memory above idle, MiB", grown, goal=at_most(GOAL_MEBIBYTES)))
    return rows


def growth_mebibytes(port: int, process_id: int, is_chunked: bool) -> float:
    """How much the peak of the process's memory rises while it gets 50 bodies of 32 MiB in parallel.

    Raises:
        RuntimeError: one of them was not refused.
    """
    for _ in range(2):  # what is loaded with the first request is no body's
        _send_small(port)
    idle = peak_mebibytes(process_id)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        statuses = list(pool.map(lambda _: _send_large(port, is_chunked), range(CONNECTIONS)))
    if refused := [status for status in statuses if status not in (400, 401, 413)]:
        raise RuntimeError(f"answered {refused}")
    return peak_mebibytes(process_id) - idle


def _send_small(port: int) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    with contextlib.closing(connection):
        connection.request("POST", "/", b"{}", {"Content-Type": "application/json"})
        connection.getresponse().read()


def _send_large(port: int, is_chunked: bool) -> int:
    """The status of the answer, which comes before the body is through."""
    framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {MEBIBYTES * len(_MEBIBYTE)}"
    with socket.create_connection((HOST, port), timeout=TIMEOUT_SECONDS) as connection:
        head = f"POST / HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
        with contextlib.suppress(ConnectionError):  # the other side closed first
            connection.sendall(head.encode())
            if is_chunked:
                connection.sendall(b"%x\r\n" % (MEBIBYTES * len(_MEBIBYTE)))
            for _ in range(MEBIBYTES):
                connection.sendall(_MEBIBYTE)
        return int(connection.recv(4096).split()[1])
