"""A small HTTP server on 127.0.0.1 for stand-ins: one function answers every request, and ``stop`` leaves nothing."""

import contextlib
import http.server
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from local.ports import HOST

_IDLE_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. ``path`` includes the query; ``headers`` are looked up without regard to case."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class LoopbackServer:
    """Answers HTTP requests with ``answer``, each on a thread of its own.

    A request whose body exceeds ``max_body_bytes`` is 413. ``stop`` cuts connections that are still open, frees
    the port and waits for its threads, so ``answer`` must not block for long.
    """

    def __init__(self, port: int, answer: Callable[[Request], Response], max_body_bytes: int = 1024 * 1024) -> None:
        self.port = port
        """The port asked for; after ``start`` with 0, the one that was free."""
        self._answer = answer
        self._max_body_bytes = max_body_bytes
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """``host:port``"""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """The origin, without a slash at its end."""
        return f"http://{self.address}"

    def start(self) -> None:
        self._server = _Server((HOST, self.port), _handler(self._answer, self._max_body_bytes))
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"loopback-{self.port}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.cut_connections()
        self._server.server_close()
        self._server = self._thread = None


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them
    request_queue_size = 128  # a burst of deliveries must not be refused

    def __init__(self, address: tuple[str, int], handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the other side was faster
                    connection.shutdown(socket.SHUT_RDWR)


def _handler(answer: Callable[[Request], Response], max_body_bytes: int) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = _IDLE_TIMEOUT_SECONDS

        def _respond(self) -> None:
            try:
                self._write(self._response())
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client went away; nobody is left to answer

        def _response(self) -> Response:
            length = self.headers.get("Content-Length", "0")
            if not length.isdecimal() or "Transfer-Encoding" in self.headers:
                return Response(411)
            if int(length) > max_body_bytes:
                return Response(413)
            return answer(Request(self.command, self.path, self.headers, self.rfile.read(int(length))))

        def _write(self, response: Response) -> None:
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        def log_message(self, *_: object) -> None:
            """Quiet: what a stand-in does is in its own counters and logs."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler._respond)
    return Handler
