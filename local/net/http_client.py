"""The HTTP client of the stand-ins. Closing it cuts all requests in flight, so that stopping never waits."""

import contextlib
import http.client
import socket
import threading
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

_MAX_ANSWER_BYTES = 16 * 1024 * 1024


class NoAnswer(Exception):
    """The target did not answer: it is not there, it was too slow, or ``HttpClient.close`` cut it off."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    """At most 16 MiB, the size of a report of the rules' coverage; the rest is not read."""


class HttpClient:
    """Sends requests. It does not follow redirects, because the services of this package treat them as failures."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight: set[http.client.HTTPConnection] = set()
        self._closed = False

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Answer:
        """Returns the answer of ``url``.

        ``timeout_seconds`` bounds the connection and every single read. For a function that answers in one piece that
        is the time until its answer.

        Raises:
            NoAnswer: no HTTP answer came back.
        """
        target = urllib.parse.urlsplit(url)
        connect = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        connection = connect(target.hostname or "", target.port, timeout=timeout_seconds)
        with self._lock:
            if self._closed:
                raise NoAnswer("stopped")
            self._in_flight.add(connection)
        try:
            path = urllib.parse.urlunsplit(("", "", target.path or "/", target.query, ""))
            connection.request(method, path, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read(_MAX_ANSWER_BYTES))
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{method} {url}: {error!r}") from error
        finally:
            with self._lock:
                self._in_flight.discard(connection)
            connection.close()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, so that a request without an answer says nothing of its target."""
        return self._closed

    def close(self) -> None:
        """Cuts off the requests in flight and refuses later ones."""
        with self._lock:
            self._closed = True
            for connection in self._in_flight:
                if isinstance(connection.sock, socket.socket):
                    with contextlib.suppress(OSError):  # the target closed first
                        connection.sock.shutdown(socket.SHUT_RDWR)
