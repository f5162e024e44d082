"""An HTTP server that takes what the local cloud sends, and a wait for what happens elsewhere."""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from local.net.http_server import HttpServer, Request, Response


def eventually(condition: Callable[[], bool], timeout_seconds: float = 15.0) -> None:
    """Returns once ``condition`` holds.

    Raises:
        AssertionError: it did not in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.01)


class Target:
    """Records every request, then answers with ``answer``: 200 unless told otherwise."""

    def __init__(self, answer: Callable[[Request], Response] = lambda _: Response(200)) -> None:
        self.answer = answer
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._server = HttpServer(0, self._record)

    @property
    def url(self) -> str:
        return f"{self._server.url}/"

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def _record(self, request: Request) -> Response:
        with self._lock:
            self._requests.append(request)
        return self.answer(request)

    def __enter__(self) -> "Target":
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.stop()
