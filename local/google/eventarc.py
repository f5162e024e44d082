"""A local Eventarc: takes the Firestore emulator's trigger calls and delivers them as production does.

The emulator POSTs each event to ``/functions/projects/{project}/triggers/{id}`` at its ``--functions_emulator``
address, once, in perfect order, with a body in base64 and a ``ce-source`` that says ``projects/`` twice. Eventarc
sends the protobuf itself to the root of the function's URL, at least once and in any order.
"""

import base64
import binascii
import dataclasses
import functools
import json
import threading
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

from local.net.faults import Faults
from local.net.http_client import HttpClient, NoAnswer
from local.net.http_server import HttpServer, Request, Response
from local.net.timers import Timers

EVENT_TYPE = "google.cloud.firestore.document.v1.written"
ATTEMPT_TIMEOUT_SECONDS = 60.0
MAX_BACKOFF_SECONDS = 5.0
_MAX_EVENT_BYTES = 8 * 1024 * 1024
"""A document has at most 1 MiB; an event holds it before and after, and base64 adds a third."""

_REGISTRATION_TIMEOUT_SECONDS = 5.0
_THREADS = 16


@dataclass(slots=True)
class Counters:
    """What the local Eventarc has done since its start."""

    received: int = 0
    """Events that the emulator sent for a known trigger."""
    unrouted: int = 0
    """Events of a trigger without a route; the emulator gets a 404."""
    sent: int = 0
    """Requests made to functions."""
    delivered: int = 0
    """Requests whose success arrived."""
    retried: int = 0
    given_up: int = 0
    """Deliveries that failed in every attempt."""
    duplicated: int = 0
    reordered: int = 0
    lost_acknowledgements: int = 0


@dataclass(frozen=True, slots=True)
class _Delivery:
    key: str
    """The name of the delivery for the faults: the number of its arrival, and whether it is a duplicate."""
    url: str
    headers: Mapping[str, str]
    body: bytes


class Eventarc:
    """Delivers the events of each trigger in ``routes`` (trigger id → URL of the function).

    A delivery that is not answered 2xx is repeated, with the same ``ce-id``, after ``first_backoff_seconds``,
    twice that, and so on up to 5 s, for ``max_attempts`` in all. Eventarc continues for a day.
    """

    def __init__(
        self,
        port: int,
        routes: Mapping[str, str],
        faults: Faults | None = None,
        max_attempts: int = 12,
        first_backoff_seconds: float = 0.1,
    ) -> None:
        self._routes = dict(routes)
        self._faults = faults or Faults()
        self._max_attempts = max_attempts
        self._first_backoff_seconds = first_backoff_seconds
        self._server = HttpServer(port, self._answer, max_body_bytes=_MAX_EVENT_BYTES)
        self._changed = threading.Condition()
        self._counters = Counters()
        self._open = 0  # deliveries that are neither acknowledged nor given up
        self._client = HttpClient()
        self._timers = Timers("eventarc", _THREADS)

    @property
    def address(self) -> str:
        """``host:port``, for the emulator's ``--functions_emulator``."""
        return self._server.address

    @property
    def counters(self) -> Counters:
        """A copy of the counters."""
        with self._changed:
            return dataclasses.replace(self._counters)

    def start(self) -> None:
        self._counters, self._open = Counters(), 0
        self._client, self._timers = HttpClient(), Timers("eventarc", _THREADS)
        self._timers.start()
        self._server.start()

    def stop(self) -> None:
        """Events that are not delivered yet are lost."""
        self._server.stop()
        self._client.close()
        self._timers.stop()

    def wait_until_idle(self, timeout_seconds: float) -> None:
        """Returns once everything received is delivered or given up.

        The emulator sends an event a moment after the write is answered: wait for ``counters.received`` first.

        Raises:
            TimeoutError: some deliveries are not done.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._open, timeout_seconds):
                raise TimeoutError(f"{self._open} deliveries are left: {self._counters}")

    def _answer(self, request: Request) -> Response:
        """Takes an event and answers immediately, because the emulator waits for the answer."""
        trigger = urllib.parse.unquote(urllib.parse.urlsplit(request.path).path.rpartition("/triggers/")[2])
        if request.method != "POST":
            return Response(405, headers={"Allow": "POST"})
        if trigger not in self._routes:
            with self._changed:
                self._counters.unrouted += 1
            return Response(404)
        if request.headers.get_content_type() != "application/protobuf":
            return Response(415)
        try:
            body = base64.b64decode(request.body, validate=True)
        except binascii.Error:
            return Response(400)
        self._accept(self._routes[trigger], _production_headers(request), body)
        return Response(200)

    def _accept(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        with self._changed:
            self._counters.received += 1
            arrival = str(self._counters.received)
            hold_seconds = 0.0
            if self._faults.reorders(arrival):
                hold_seconds = self._faults.hold_seconds(arrival)
                self._counters.reordered += 1
            deliveries = [_Delivery(arrival, url, headers, body)]
            if self._faults.duplicates(arrival):
                deliveries.append(dataclasses.replace(deliveries[0], key=f"{arrival}-again"))
                self._counters.duplicated += 1
            self._open += len(deliveries)
        for delivery in deliveries:
            self._timers.call_in(hold_seconds, functools.partial(self._deliver, delivery, 1))

    def _deliver(self, delivery: _Delivery, attempt: int) -> None:
        with self._changed:
            self._counters.sent += 1
        try:
            answer = self._client.send("POST", delivery.url, delivery.headers, delivery.body, ATTEMPT_TIMEOUT_SECONDS)
            succeeded = 200 <= answer.status < 300
        except NoAnswer:
            succeeded = False
        with self._changed:
            if succeeded and self._faults.loses_acknowledgement(f"{delivery.key}/{attempt}"):
                self._counters.lost_acknowledgements += 1
                succeeded = False
            if succeeded:
                self._counters.delivered += 1
            elif attempt == self._max_attempts:
                self._counters.given_up += 1
            else:
                self._counters.retried += 1
                backoff_seconds = min(self._first_backoff_seconds * 2 ** (attempt - 1), MAX_BACKOFF_SECONDS)
                self._timers.call_in(backoff_seconds, functools.partial(self._deliver, delivery, attempt + 1))
                return
            self._open -= 1
            self._changed.notify_all()


def register_triggers(firestore_address: str, project: str, patterns: Mapping[str, str]) -> None:
    """Registers triggers, so that the emulator sends every write of a matching document, as firebase-tools does.

    Args:
        firestore_address: ``host:port`` of the emulator.
        project: the project whose default database is watched.
        patterns: trigger id → document pattern, such as ``likes/{likeId}``.

    Raises:
        NoAnswer: there is no emulator.
        RuntimeError: the emulator refused.
    """
    for trigger, pattern in patterns.items():
        registration = {
            "eventType": EVENT_TYPE,
            "database": "(default)",
            "namespace": "(default)",
            "document": {"value": pattern, "matchType": "PATH_PATTERN"},
        }
        answer = HttpClient().send(
            "POST",
            f"http://{firestore_address}/emulator/v1/projects/{project}/eventarcTrigger"
            f"?eventarcTriggerId={urllib.parse.quote(trigger, safe='')}",
            {"Content-Type": "application/json"},
            json.dumps(registration).encode(),
            _REGISTRATION_TIMEOUT_SECONDS,
        )
        if answer.status != 200:
            raise RuntimeError(f"The emulator refused trigger {trigger}: {answer.status} {answer.body!r}")


def _production_headers(request: Request) -> dict[str, str]:
    """Returns the headers that Eventarc sends, made from the emulator's."""
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower().startswith("ce-")}
    headers["ce-source"] = headers.get("ce-source", "").replace("/projects/projects/", "/projects/")
    # In HTTP's binary mode Content-Type stands for datacontenttype, which has no header of its own.
    headers.pop("ce-datacontenttype", None)
    return headers | {"content-type": "application/protobuf"}
