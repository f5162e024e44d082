"""Which index a Firestore query needs in production, and whether firestore.indexes.json has it.

The emulator answers every query without an index. The rules: https://firebase.google.com/docs/firestore/query-data/index-overview
and, for sums, whose fields stand last in the index: https://firebase.google.com/docs/firestore/query-data/aggregation-queries
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.cloud.firestore_v1.types import StructuredAggregationQuery, StructuredQuery

FILE = Path(__file__).resolve().parents[2] / "firestore.indexes.json"

NAME = "__name__"
ASCENDING, DESCENDING = "ASCENDING", "DESCENDING"

Field = tuple[str, str]
"""A field's path, and the direction it is indexed in."""


@dataclass(frozen=True)
class Need:
    """What an index must begin with, continue with in this order, and end with; see ``is_met_by``."""

    collection: str
    equal: frozenset[str]
    ordered: tuple[Field, ...]
    summed: frozenset[str]
    any_of: frozenset[str] = frozenset()
    """Of the equal ones, those that take any of several values."""

    @property
    def is_composite(self) -> bool:
        """Whether automatic indexes are not enough.

        Several equalities alone merge theirs. Where one of them takes any of several values, every value would be
        merged by itself, through all that is equal otherwise: that is what an index of both is for.
        """
        is_more_than_equal = bool(self.ordered or self.summed or self.any_of)
        return is_more_than_equal and len(self.equal) + len(self.ordered) + len(self.summed) > 1

    @property
    def single_fields(self) -> list[Field]:
        """The automatic indexes that serve the query, when it is not composite."""
        return [*((path, ASCENDING) for path in sorted(self.equal)), *self.ordered]

    def is_met_by(self, fields: tuple[Field, ...]) -> bool:
        """Whether a composite index of these fields serves the query."""
        head, middle = len(self.equal), len(self.equal) + len(self.ordered)
        return (
            {path for path, _ in fields[:head]} == self.equal
            and fields[head:middle] == self.ordered
            and {path for path, _ in fields[middle:]} == self.summed
        )


@dataclass(frozen=True)
class Indexes:
    """What firestore.indexes.json says: composite indexes, and the fields whose automatic ones were replaced."""

    composite: list[tuple[str, tuple[Field, ...]]]
    overrides: dict[tuple[str, str], list[str]]

    def serve(self, need: Need) -> bool:
        """Whether production would answer the query."""
        if need.is_composite:
            return any(need.collection == group and need.is_met_by(fields) for group, fields in self.composite)
        return all(
            direction in self.overrides.get((need.collection, path), [ASCENDING, DESCENDING])
            for path, direction in need.single_fields
        )


def read() -> Indexes:
    """The file's content."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    return Indexes(
        composite=[
            (index["collectionGroup"], tuple((field["fieldPath"], field["order"]) for field in index["fields"]))
            for index in document["indexes"]
        ],
        overrides={
            (override["collectionGroup"], override["fieldPath"]): [index["order"] for index in override["indexes"]]
            for override in document["fieldOverrides"]
        },
    )


def need_of(query: StructuredQuery, aggregation: StructuredAggregationQuery | None = None) -> Need:
    """What the query needs, by its filters, its order and what it sums."""
    (source,) = query.from_
    assert not source.all_descendants, "a collection group query"
    filters = _filters(query.where)
    equal = {path for path, operator in filters if operator in ("EQUAL", "IN", "ARRAY_CONTAINS")}
    any_of = frozenset(path for path, operator in filters if operator == "IN")
    ranged = {path for path, _ in filters} - equal
    ordered = [(order.field.field_path, order.direction.name) for order in query.order_by]
    if not ordered:
        assert len(ranged) <= 1
        ordered = [(path, ASCENDING) for path in ranged]
    # The document's name ends every index, in the direction of the field before it.
    if ordered and ordered[-1][0] == NAME:
        _, direction = ordered.pop()
        assert direction == (ordered[-1][1] if ordered else ASCENDING), "the index has to spell __name__ out"
    assert not ranged or (ordered and ordered[0][0] in ranged), "the order has to begin with the range"
    aggregations = aggregation.aggregations if aggregation is not None else []
    summed = {str(each.sum.field.field_path) for each in aggregations if "sum" in each}
    return Need(source.collection_id, frozenset(equal), tuple(ordered), frozenset(summed), any_of)


def _filters(where: Any) -> list[tuple[str, str]]:
    match type(where).pb(where).WhichOneof("filter_type"):
        case None:
            return []
        case "field_filter":
            return [(where.field_filter.field.field_path, where.field_filter.op.name)]
        case "composite_filter":
            return [each for part in where.composite_filter.filters for each in _filters(part)]
        case other:
            raise AssertionError(f"a filter of another kind: {other}")
