"""Queries of one collection: what they find, and counts and sums of it that Firestore computes.

Every call is one RPC within the limits of ``STORE``.
"""

import concurrent.futures
import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from google.cloud.firestore_v1.types import (
    RunAggregationQueryRequest,
    RunAggregationQueryResponse,
    RunQueryRequest,
    RunQueryResponse,
    StructuredQuery,
)

from shared.cloud.clients import STORE, store
from shared.cloud.documents import Snapshot
from shared.cloud.failures import ServiceUnavailable
from shared.cloud.values import encoded

NAME = "__name__"
"""The field that holds a document's own reference, the last of every order."""

LARGEST_IN = 30
"""How many values ``in`` takes: https://firebase.google.com/docs/firestore/query-data/queries#limitations"""

_THREADS = 8

Operator = Literal["==", "<", "<=", ">", ">=", "in", "array-contains"]
_OPERATORS: dict[Operator, int] = {
    "==": StructuredQuery.FieldFilter.Operator.EQUAL,
    "<": StructuredQuery.FieldFilter.Operator.LESS_THAN,
    "<=": StructuredQuery.FieldFilter.Operator.LESS_THAN_OR_EQUAL,
    ">": StructuredQuery.FieldFilter.Operator.GREATER_THAN,
    ">=": StructuredQuery.FieldFilter.Operator.GREATER_THAN_OR_EQUAL,
    "in": StructuredQuery.FieldFilter.Operator.IN,
    "array-contains": StructuredQuery.FieldFilter.Operator.ARRAY_CONTAINS,
}


class NotWhole(Exception):
    """What was summed holds something that is not a whole number."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which documents of the ``collection``, and in which order. Each method returns a query with one thing more."""

    collection: str
    filters: tuple[tuple[str, Operator, object], ...] = ()
    orders: tuple[tuple[str, bool], ...] = ()
    start: Mapping[str, object] | None = None
    selected: tuple[str, ...] = ()
    maximum: int | None = None

    def where(self, field: str, operator: Operator, value: object) -> "Query":
        return replace(self, filters=(*self.filters, (field, operator, value)))

    def order_by(self, field: str, *, descending: bool = False) -> "Query":
        return replace(self, orders=(*self.orders, (field, descending)))

    def start_after(self, place: Mapping[str, object]) -> "Query":
        """``place`` has the value of every field that the query is ordered by."""
        return replace(self, start=place)

    def select(self, *fields: str) -> "Query":
        return replace(self, selected=fields)

    def limit(self, maximum: int) -> "Query":
        return replace(self, maximum=maximum)

    def count(self, alias: str) -> "Aggregation":
        return Aggregation(self, counts=(alias,))

    def sum(self, field: str, alias: str) -> "Aggregation":
        return Aggregation(self).sum(field, alias)


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Counts and sums over a query, each under its alias; five at most."""

    query: Query
    counts: tuple[str, ...] = ()
    sums: tuple[tuple[str, str], ...] = ()

    def sum(self, field: str, alias: str) -> "Aggregation":
        return replace(self, sums=(*self.sums, (field, alias)))


def fetch(query: Query, read_time: datetime.datetime | None = None) -> list[Snapshot]:
    """The documents that the query finds, now or as they were at ``read_time``; give it a limit."""
    client = store()
    message = RunQueryRequest.pb()(parent=f"{client._database_string}/documents")
    _fill(message.structured_query, query)
    if read_time is not None:
        message.read_time.CopyFrom(encoded(read_time).timestamp_value)
    request = RunQueryRequest.wrap(message)
    answers = _whole(lambda: client._firestore_api.run_query(request=request, metadata=client._rpc_metadata, **STORE))
    return [
        Snapshot(answer.document.name, answer.document, answer.read_time)
        for answer in map(RunQueryResponse.pb, answers)
        if answer.HasField("document")
    ]


def fetch_all(queries: Sequence[Query], read_time: datetime.datetime | None = None) -> list[list[Snapshot]]:
    """What each query finds: a few of them in parallel, which take one round trip."""
    if len(queries) == 1:
        return [fetch(queries[0], read_time)]
    with concurrent.futures.ThreadPoolExecutor(min(len(queries), _THREADS)) as pool:
        return list(pool.map(lambda query: fetch(query, read_time), queries))


def aggregate(aggregation: Aggregation, read_time: datetime.datetime | None = None) -> dict[str, int]:
    """The counts and sums by alias, now or as they were at ``read_time``.

    Raises:
        NotWhole: a sum is a fraction, or was summed from one: half a token is not cut, it does not exist.
    """
    measured = measure(aggregation, read_time)
    whole = {alias: value for alias, value in measured.items() if isinstance(value, int)}
    if len(whole) < len(measured):
        raise NotWhole("a sum is not a whole number")
    return whole


def measure(
    aggregation: Aggregation, read_time: datetime.datetime | None = None, timeout_seconds: float | None = None
) -> dict[str, float]:
    """The same as Firestore says it: a sum that anything but whole numbers went into is a float, even where it is even.

    ``timeout_seconds`` stands in for the one of ``STORE``.
    """
    client = store()
    message = RunAggregationQueryRequest.pb()(parent=f"{client._database_string}/documents")
    _fill(message.structured_aggregation_query.structured_query, aggregation.query)
    for alias in aggregation.counts:
        message.structured_aggregation_query.aggregations.add(alias=alias).count.SetInParent()
    for field, alias in aggregation.sums:
        message.structured_aggregation_query.aggregations.add(alias=alias).sum.field.field_path = field
    if read_time is not None:
        message.read_time.CopyFrom(encoded(read_time).timestamp_value)
    options = STORE if timeout_seconds is None else STORE | {"timeout": timeout_seconds}
    request = RunAggregationQueryRequest.wrap(message)
    answers = _whole(
        lambda: client._firestore_api.run_aggregation_query(request=request, metadata=client._rpc_metadata, **options)
    )
    fields = RunAggregationQueryResponse.pb(answers[0]).result.aggregate_fields
    # The emulator says 0.0 of no document at all, too.
    return {alias: value.integer_value or value.double_value or 0 for alias, value in fields.items()}


def _fill(message: Any, query: Query) -> None:
    """Writes the query into the ``StructuredQuery``."""
    message.from_.add(collection_id=query.collection)
    for path in query.selected:
        message.select.fields.add(field_path=path)
    composite = message.where.composite_filter if len(query.filters) > 1 else None
    if composite is not None:
        composite.op = StructuredQuery.CompositeFilter.Operator.AND
    for path, operator, value in query.filters:
        part = message.where.field_filter if composite is None else composite.filters.add().field_filter
        part.field.field_path = path
        part.op = _OPERATORS[operator]
        part.value.CopyFrom(encoded(value))
    for path, descending in query.orders:
        direction = StructuredQuery.Direction.DESCENDING if descending else StructuredQuery.Direction.ASCENDING
        message.order_by.add(direction=direction).field.field_path = path
    if query.start is not None:
        message.start_at.values.extend(encoded(query.start[path]) for path, _ in query.orders)
    if query.maximum is not None:
        message.limit.value = query.maximum


def _whole(ask: Callable[[], Iterable[Any]]) -> list[Any]:
    """Everything that is streamed; once more from the beginning if the stream breaks, which no retry covers."""
    try:
        return list(ask())
    except ServiceUnavailable:
        return list(ask())
