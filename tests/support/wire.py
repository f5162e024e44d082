"""The wire to Firestore: every call is seen with its time-out, and a test's hook may fail or delay it."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

from shared.cloud.clients import store

Hook = Callable[[str, Any], None]
"""Is called with a call's method and request, and raises the error with which the call is to fail."""


Stream = Callable[[str, Any], Any]
"""Given a call's method and its stream of answers; returns the stream that the client sees."""


def _nothing(_method: str, _request: Any) -> None:
    return None


def _as_it_is(_method: str, answers: Any) -> Any:
    return answers


@dataclass
class Wire(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """``calls`` are the methods in their order, each with its time-out in seconds, or None."""

    before: Hook = _nothing
    after: Hook = _nothing
    streamed: Stream = _as_it_is
    calls: list[tuple[str, float | None]] = field(default_factory=list)

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return self._pass_on(continuation, client_call_details, request)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        answers = self._pass_on(continuation, client_call_details, request)
        return self.streamed(str(client_call_details.method).rsplit("/", 1)[1], answers)

    def count(self, method: str) -> int:
        """How often the method was called."""
        return sum(called == method for called, _ in self.calls)

    def _pass_on(self, continuation: Any, details: Any, request: Any) -> Any:
        method = str(details.method).rsplit("/", 1)[1]
        self.calls.append((method, details.timeout))
        self.before(method, request)
        response = continuation(details, request)
        self.after(method, request)
        return response


@contextlib.contextmanager
def wired(before: Hook = _nothing, after: Hook = _nothing, streamed: Stream = _as_it_is) -> Iterator[Wire]:
    """Watches the calls of this process's Firestore client, on every thread, until the block ends."""
    client, wire = store(), Wire(before, after, streamed)
    plain = client._firestore_api
    channel = grpc.intercept_channel(plain.transport.grpc_channel, wire)
    client._firestore_api_internal = FirestoreClient(
        transport=FirestoreGrpcTransport(host=client._target, channel=channel)
    )
    try:
        yield wire
    finally:
        client._firestore_api_internal = plain
