"""Outgoing HTTP requests of the stand-ins, which can all be cut off at once so that stopping never waits."""

import contextlib
import http.client
import socket
import threading
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

_MAX_ANSWER_BYTES = 16 * 1024 * 1024


class NoAnswer(Exception):
    """The target did not answer: not there, too slow, or cut off by ``HttpClient.close``."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    """At most 16 MiB, which a report of the rules' coverage needs; the rest is not read."""


class HttpClient:
    """Sends requests. Redirects are not followed: to the services played here they are failures."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight: set[http.client.HTTPConnection] = set()
        self._closed = False

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Answer:
        """The answer of ``url``.

        ``timeout_seconds`` bounds the connecting and every single read, which for a function that answers in one
        piece is the time until its answer.

        Raises:
            NoAnswer: nothing that is HTTP came back.
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

    def close(self) -> None:
        """Cuts off what is in flight and refuses what comes after."""
        with self._lock:
            self._closed = True
            for connection in self._in_flight:
                if isinstance(connection.sock, socket.socket):
                    with contextlib.suppress(OSError):  # the target was faster
                        connection.sock.shutdown(socket.SHUT_RDWR)
