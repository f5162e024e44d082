"""The HTTP server of every stand-in: werkzeug's, on 127.0.0.1. ``stop`` ends its threads and connections."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from local.net.ports import HOST

_IDLE_TIMEOUT_SECONDS = 30.0
_WAITING_CONNECTIONS = 128
"""So that a burst of deliveries is not refused."""

_HEADERS = "local.headers"
"""The key of a request's headers as they were sent: WSGI keeps neither their case nor their number."""

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """An incoming request. ``path`` includes the query; ``headers`` are looked up without regard to case."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class WsgiServer:
    """Serves a WSGI application, each request on a thread of its own.

    ``stop`` cuts connections that are still open, frees the port and waits for its threads, so the application must
    not block for long. A server that was stopped can be started again.
    """

    def __init__(self, port: int, app: Application) -> None:
        self.port = port
        """The port asked for; after ``start`` with 0, the one that was free."""
        self._app = app
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """``host:port``"""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """The origin, without a final slash."""
        return f"http://{self.address}"

    def start(self) -> None:
        # Bound here, because werkzeug ends the process when a port is taken.
        with socket.create_server((HOST, self.port), backlog=_WAITING_CONNECTIONS) as listening:
            self.port = listening.getsockname()[1]
            self._server = _Server(HOST, self.port, self._app, _Handler, fd=listening.fileno())
        self._thread = threading.Thread(target=self._server.serve_forever, name=f"http-{self.port}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Does nothing when it is not running."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server = self._thread = None


class HttpServer(WsgiServer):
    """Answers HTTP requests with ``answer``. One whose body exceeds ``max_body_bytes`` is 413."""

    def __init__(self, port: int, answer: Callable[[Request], Response], max_body_bytes: int = 1024 * 1024) -> None:
        super().__init__(port, _application(answer, max_body_bytes))


class _Server(ThreadedWSGIServer):
    """Closes its connections and waits for its threads when it is closed, which is how ``serve_forever`` ends."""

    daemon_threads = False  # so that server_close waits for them
    timeout = 0  # of handle_request, which is called when somebody has called

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._ends, self._ended = socket.socketpair()
        super().__init__(*arguments, **named)

    def serve_forever(self, poll_interval: float = 0.0) -> None:  # noqa: ARG002 - as the library has it
        """Serves until ``shutdown``, for which the library's own would look once in every interval."""
        try:
            with self._ended, selectors.DefaultSelector() as selector:
                for each in (self, self._ended):
                    selector.register(each, selectors.EVENT_READ)
                while all(key.fileobj is self for key, _ in selector.select()):
                    self.handle_request()
        finally:
            self.server_close()

    def shutdown(self) -> None:
        self._ends.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the other side closed first
                    connection.shutdown(socket.SHUT_RD)  # wakes a thread that waits for a request; answers still go out
        super().server_close()


class _Handler(WSGIRequestHandler):
    timeout = _IDLE_TIMEOUT_SECONDS

    def make_environ(self) -> dict[str, Any]:
        return super().make_environ() | {_HEADERS: self.headers}

    def log_request(self, *_: object) -> None:
        """Logs nothing: a stand-in has counters and logs of its own."""

    def log_error(self, *_: object) -> None:
        """Logs nothing: tests send invalid requests on purpose. Errors of the application are still logged."""


def _application(answer: Callable[[Request], Response], max_body_bytes: int) -> Application:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = _response(environ, answer, max_body_bytes)
        headers = {**response.headers, "Content-Length": str(len(response.body))}
        status = f"{int(response.status)} {HTTP_STATUS_CODES.get(response.status, 'Unknown')}"
        start_response(status, list(headers.items()))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

    return app


def _response(environ: dict[str, Any], answer: Callable[[Request], Response], max_body_bytes: int) -> Response:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or "HTTP_TRANSFER_ENCODING" in environ:
        return Response(411)
    if int(length) > max_body_bytes:
        return Response(413)
    body = environ["wsgi.input"].read(int(length))
    # The path as it came, percent signs and all; werkzeug hands bytes over as Latin-1, as WSGI demands.
    path = environ["REQUEST_URI"].encode("latin-1").decode(errors="replace")
    return answer(Request(environ["REQUEST_METHOD"], path, environ[_HEADERS], body))
