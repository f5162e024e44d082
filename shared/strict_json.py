"""JSON as RFC 8259 and RFC 7493 (I-JSON) mean it, for text from outside."""

import json

from shared.errors import Malformed


def parse(data: bytes) -> object:
    """The document in ``data``.

    Raises:
        Malformed: not UTF-8, not JSON, NaN or Infinity, a field given twice, or nested too deeply.
    """
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # ValueError: the parent of decoding and JSON errors, and ours below
        raise Malformed("The body is not well-formed JSON in UTF-8, or gives a field twice.") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is given twice")
    return fields


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
