"""A copy of every document, made from the successful commits. The rules are checked against it, without a read."""

import copy
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.field_path import FieldPath

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One document before and after a commit; None where it did not exist."""

    collection: str
    id: str
    before: Fields | None
    after: Fields | None
    create_only: bool
    """Whether the write would have failed, had the document existed."""
    fields: frozenset[str]
    """The fields that were written, also those whose values are as they were."""
    raw: bytes
    """The write as it was sent, to be searched for text that must not be in it."""


class Mirror:
    """The documents of every collection by id."""

    def __init__(self) -> None:
        self._collections: defaultdict[str, dict[str, Fields]] = defaultdict(dict)

    def get(self, path: str) -> Fields | None:
        """The document at a path such as ``users/u1``."""
        collection, document_id = path.split("/", 1)
        return self._collections[collection].get(document_id)

    def all(self, collection: str) -> dict[str, Fields]:
        """Returns the documents of a collection by id, in the order of their creation. They must not be changed."""
        return self._collections[collection]

    def apply(self, writes: Iterable[types.Write]) -> list[Change]:
        """Applies a commit and returns what it changed. Several writes of one document are one change."""
        changes: dict[str, Change] = {}
        for write in writes:
            message = types.Write.pb(write)
            path = (message.delete or message.update.name).split("/documents/", 1)[1]
            collection, document_id = path.split("/", 1)
            documents = self._collections[collection]
            earlier = changes.get(path)
            before = earlier.before if earlier else documents.get(document_id)
            after = _applied(documents.get(document_id), message)
            create_only = message.current_document.WhichOneof("condition_type") == "exists"
            create_only = create_only and not message.current_document.exists
            fields = (earlier.fields if earlier else frozenset()) | _written(message)
            raw = (earlier.raw if earlier else b"") + message.SerializeToString()
            changes[path] = Change(collection, document_id, before, after, create_only, fields, raw)
            if after is None:
                documents.pop(document_id, None)
            else:
                documents[document_id] = after
        return list(changes.values())


def _applied(before: Fields | None, write: Any) -> Fields | None:
    if write.delete:
        return None
    given = {name: decoded(value) for name, value in write.update.fields.items()}
    after = given
    if write.HasField("update_mask"):
        after = copy.deepcopy(before) if before else {}
        for path in write.update_mask.field_paths:
            _put(after, path, _pick(given, path))
    for transform in write.update_transforms:
        kind, present = transform.WhichOneof("transform_type"), _pick(after, transform.field_path)
        match kind:
            case "increment":
                computed = (present or 0) + decoded(transform.increment)
            case "minimum":
                least = decoded(transform.minimum)
                computed = least if present is None else min(present, least)
            case _:
                raise NotImplementedError(f"the mirror knows no {kind}")
        _put(after, transform.field_path, computed)
    return after


def _written(write: Any) -> frozenset[str]:
    paths = write.update_mask.field_paths if write.HasField("update_mask") else write.update.fields
    transformed = (transform.field_path for transform in write.update_transforms)
    return frozenset(_names(path)[0] for path in (*paths, *transformed))


def _names(path: str) -> tuple[str, ...]:
    """The names that lead to a field; one that is no plain word stands in backticks."""
    return FieldPath.from_api_repr(path).parts if "`" in path else tuple(path.split("."))


def _pick(fields: Fields, path: str) -> Any:
    value: Any = fields
    for name in _names(path):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _put(fields: Fields, path: str, value: Any) -> None:
    *parents, last = _names(path)
    for name in parents:
        fields = fields.setdefault(name, {})
    if value is None:
        fields.pop(last, None)  # absent and null are the same to every rule here
    else:
        fields[last] = value


def decoded(value: Any) -> Any:
    """A Firestore value as Python's."""
    match value.WhichOneof("value_type"):
        case "map_value":
            return {name: decoded(each) for name, each in value.map_value.fields.items()}
        case "array_value":
            return [decoded(each) for each in value.array_value.values]
        case "timestamp_value":
            return value.timestamp_value.ToDatetime()
        case "null_value" | None:
            return None
        case kind:
            return getattr(value, kind)
