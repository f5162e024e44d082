"""Firestore's values as Python's: each is decoded once, straight from the message that arrived, and never copied."""

import datetime
from collections.abc import Mapping
from typing import Any

from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.types import Value

from shared.cloud.clients import store

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def decoded(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a document's message, or of a map in it."""
    return {name: _value(message) for name, message in fields.items()}


def encoded(value: object) -> Any:
    """The message of a value, as queries compare with it."""
    return Value.pb(_helpers.encode_value(value))


def _value(message: Any) -> Any:
    match message.WhichOneof("value_type"):
        case "string_value":
            return message.string_value
        case "integer_value":
            return message.integer_value
        case "timestamp_value":
            # Firestore keeps microseconds.
            time = message.timestamp_value
            return _EPOCH + datetime.timedelta(seconds=time.seconds, microseconds=time.nanos // 1000)
        case "map_value":
            return decoded(message.map_value.fields)
        case "array_value":
            return [_value(element) for element in message.array_value.values]
        case "null_value":
            return None
        case "boolean_value":
            return message.boolean_value
        case "double_value":
            return message.double_value
        case "bytes_value":
            return message.bytes_value
        case _:  # a reference or a place on earth, which no document of ours holds
            return _helpers.decode_value(message, store())
