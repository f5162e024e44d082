"""Counts what an operation costs at the Firestore client's gRPC channel: RPCs, billed reads, writes and deletes.

One read is billed for every document that is looked up, found or not; for every document that a query returns or skips,
at least one a query; and for every started thousand of index entries that an aggregation counts. A refused commit is an
RPC and bills no writes. https://firebase.google.com/docs/firestore/pricing
"""

import contextlib
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import StructuredAggregationQuery

from shared.cloud.clients import store

ENTRIES_A_READ = 1000
"""The index entries that an aggregation looks at for one billed read."""

_COUNTED = "entries_of_the_meter"
_MAXIMUM_AGGREGATIONS = 5
"""https://firebase.google.com/docs/firestore/query-data/aggregation-queries#limitations"""


@dataclass(slots=True)
class Cost:
    """The counts so far; ``calls`` by the method's name, such as ``Commit``."""

    calls: Counter[str] = field(default_factory=Counter)
    reads: int = 0
    writes: int = 0
    deletes: int = 0

    @property
    def rpcs(self) -> int:
        return self.calls.total()


@contextlib.contextmanager
def metered() -> Iterator[Cost]:
    """Counts the calls of this process's Firestore client, on every thread, until the block ends."""
    client, cost = store(), Cost()
    plain = client._firestore_api
    channel = grpc.intercept_channel(plain.transport.grpc_channel, _Meter(cost))
    client._firestore_api_internal = FirestoreClient(
        transport=FirestoreGrpcTransport(host=client._target, channel=channel)
    )
    try:
        yield cost
    finally:
        client._firestore_api_internal = plain


class _Meter(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    def __init__(self, cost: Cost) -> None:
        self._cost = cost
        self._lock = threading.Lock()

    def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        method = self._called(client_call_details)
        response = continuation(client_call_details, request)
        if method == "Commit" and response.code() is grpc.StatusCode.OK:
            deletes = sum("delete" in write for write in request.writes)
            with self._lock:
                self._cost.deletes += deletes
                self._cost.writes += len(request.writes) - deletes
        return response

    def intercept_unary_stream(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        method = self._called(client_call_details)
        counted = _with_a_count(request) if method == "RunAggregationQuery" else ""
        return _Stream(continuation(client_call_details, request), method, counted, self._read)

    def _called(self, details: Any) -> str:
        method = str(details.method).rsplit("/", 1)[1]
        with self._lock:
            self._cost.calls[method] += 1
        return method

    def _read(self, documents: int) -> None:
        with self._lock:
            self._cost.reads += documents


class _Stream:
    """Passes on a call's answers and counts what they bill."""

    def __init__(self, call: Any, method: str, counted: str, bill: Callable[[int], None]) -> None:
        self._call = call
        self._method = method
        self._counted = counted
        self._bill = bill
        self._reads = 0
        self._skipped = 0

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> Any:
        try:
            answer = next(self._call)
        except StopIteration:
            if self._method == "RunQuery" and self._reads == 0:
                self._add(1)  # a query that finds nothing bills one read
            raise
        message = type(answer).pb(answer)
        match self._method:
            case "BatchGetDocuments" if message.WhichOneof("result"):
                self._add(1)
            case "RunQuery":
                # The number that was skipped so far, which a stream may say more than once.
                skipped = max(0, message.skipped_results - self._skipped)
                self._skipped += skipped
                self._add(skipped + message.HasField("document"))
            case "RunAggregationQuery" if message.HasField("result"):
                entries = message.result.aggregate_fields[self._counted].integer_value
                if self._counted == _COUNTED:
                    del message.result.aggregate_fields[_COUNTED]
                self._add(max(1, math.ceil(entries / ENTRIES_A_READ)))
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def _add(self, reads: int) -> None:
        self._reads += reads
        self._bill(reads)


def _with_a_count(request: Any) -> str:
    """Returns the alias of a count in the aggregation, and adds one if there is none: what it counts is billed."""
    aggregations = request.structured_aggregation_query.aggregations
    for aggregation in aggregations:
        if "count" in aggregation:
            return str(aggregation.alias)
    if len(aggregations) == _MAXIMUM_AGGREGATIONS:
        raise ValueError("an aggregation of five fields without a count cannot be metered")
    aggregations.append(
        StructuredAggregationQuery.Aggregation(alias=_COUNTED, count=StructuredAggregationQuery.Aggregation.Count())
    )
    return _COUNTED
