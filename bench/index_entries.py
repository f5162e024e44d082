"""Index entries that one ledger line brings with it, counted from ``firestore.indexes.json``.

Firestore indexes every field by itself, ascending and descending, unless the file says otherwise; every map brings the
entries of its members. A composite index adds one entry for a document that has all its fields.
https://firebase.google.com/docs/firestore/query-data/index-overview
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.rows import Row, at_most

COLLECTION = "transactions"
DIRECTIONS = 2
NAME_ENTRIES = 1
"""Of the document's name."""

LINE: dict[str, Any] = {
    "userId": "ada",
    "type": "tip_sent",
    "amount": -10,
    "funds": {"bonus": -10, "purchased": 0, "earned": 0},
    "timestamp": "2026-01-01T00:00:00Z",
    "details": {"senderId": "ada", "recipientId": "ben", "postId": "p1"},
    "economy": "phoenix@1",
    "fingerprint": "f",
}
SEED_LINE: dict[str, Any] = {
    "userId": "ada",
    "type": "tip_sent",
    "amount": -10,
    "timestamp": "2026-01-01T00:00:00Z",
    "details": {"recipientId": "ben"},
}

USED = NAME_ENTRIES + 6
"""The entries that queries look at: a user's lines downwards in time, upwards, downwards by type, summed by type
in a window, summed up to a moment, and counted and summed fund by fund."""


def measure(indexes: Path) -> list[Row]:
    """The row of the ledger; without the file, that of the automatic indexes."""
    text = indexes.read_text(encoding="utf-8") if indexes.exists() else '{"indexes": [], "fieldOverrides": []}'
    ours = entries(LINE, json.loads(text))
    seed = entries(SEED_LINE, {"indexes": [], "fieldOverrides": []})
    return [Row("a ledger line", "index entries", ours, seed, USED, at_most(USED))]


def entries(line: Mapping[str, Any], indexes: Mapping[str, Any]) -> int:
    """The index entries of the line, that of its name included."""
    overrides = {
        override["fieldPath"]: len(override["indexes"])
        for override in indexes.get("fieldOverrides", ())
        if override["collectionGroup"] == COLLECTION
    }
    fields = dict(_paths(line, ""))
    automatic = sum(_automatic(path, overrides) for path in fields)
    composite = sum(
        all(field["fieldPath"] in (*fields, "__name__") for field in index["fields"])
        for index in indexes.get("indexes", ())
        if index["collectionGroup"] == COLLECTION
    )
    return NAME_ENTRIES + automatic + composite


def _automatic(path: str, overrides: Mapping[str, int]) -> int:
    """Entries of one field by itself; an override of a map, or of all fields, holds for what lies below it."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        if (known := overrides.get(".".join(parts[:length]))) is not None:
            return known
    return overrides.get("*", DIRECTIONS)


def _paths(fields: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        yield f"{prefix}{name}", value  # a map is indexed as a whole too
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{name}.")
