"""Decoding of Stripe's form-encoded parameters, checked against the TypedDicts of ``stripe.params``.

The official library ships the type of every request. A parameter that is not in it, or is of another type,
is refused in Stripe's words, so that the pinned API version takes every call that works here.
"""

import functools
import re
import types
import typing
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

from stripe import RequestOptions
from typing_extensions import is_typeddict

from local.stripe.errors import StripeRefusal

FIELDS_MAX = 1000
STRING_MAX = 5000  # characters; Stripe's bound of any string parameter
EMAIL_MAX = 512  # characters
METADATA_KEYS_MAX = 50  # https://docs.stripe.com/metadata#data
METADATA_KEY_MAX = 40  # characters
METADATA_VALUE_MAX = 500  # characters

Pairs = list[tuple[str, str]]
Tree = dict[str, "Tree | str"]
Shape = TypeVar("Shape")

_NAME = re.compile(r"[^\[\]]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_POSITION = re.compile(r"[0-9]{1,4}")
_INTEGER = re.compile(r"-?\d{1,15}")


def pairs(form: str) -> Pairs:
    """The (name, value) pairs of a query string or form body.

    Raises:
        StripeRefusal: more than ``FIELDS_MAX`` parameters.
    """
    try:
        return parse_qsl(form, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError as too_many:
        raise StripeRefusal("The request has too many parameters.") from too_many


def decode(shape: type[Shape], form: Pairs, implemented: Collection[str]) -> Shape:
    """The parameters in ``form`` as a ``shape``, one of the TypedDicts of ``stripe.params``.

    ``implemented`` lists, as dotted names (``line_items.price``), what the local Stripe acts on. Anything else
    that Stripe would take is refused too: a parameter that is ignored would make a test pass that must not.

    Raises:
        StripeRefusal: an unknown, missing, mistyped or unimplemented parameter.
    """
    decoded = _typed_dict(shape, _tree(form), "")
    for name in _dotted_names(decoded):
        if name not in implemented:
            raise StripeRefusal(
                f"The local Stripe does not implement the parameter {name}.", code="local_unsupported", param=name
            )
    return cast(Shape, decoded)


def _tree(form: Pairs) -> Tree:
    """``a[b]=1`` as ``{"a": {"b": "1"}}``; a list is a dict of positions until its type is known."""
    tree: Tree = {}
    for name, value in form:
        *parents, leaf = _NAME.findall(name.replace("[]", "[+]")) or [name]
        branch = tree
        for parent in parents:
            child = branch.setdefault(parent, {})
            if isinstance(child, str):
                raise StripeRefusal("Invalid object", param=name)
            branch = child
        branch[str(len(branch)) if leaf == "+" else leaf] = value
    return tree


@functools.cache
def _fields(shape: type) -> dict[str, Any]:
    # These names exist for type checkers only, and no request parameter has them in its type.
    hints = typing.get_type_hints(shape, localns={"StripeContext": str, "Mapping": Mapping})
    # RequestOptions (api_key, idempotency_key…) is the base class of every shape and travels in headers.
    return {name: hint for name, hint in hints.items() if name not in RequestOptions.__annotations__}


def _typed_dict(shape: Any, tree: Tree, path: str) -> dict[str, Any]:
    fields = _fields(shape)
    for name in tree:
        if name not in fields:
            inner = _inside(path, name)
            raise StripeRefusal(f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
    for name in sorted(shape.__required_keys__ & fields.keys()):
        if name not in tree:
            raise missing(_inside(path, name))
    decoded = {name: _value(fields[name], node, _inside(path, name)) for name, node in tree.items()}
    # Where Stripe takes an empty string, it unsets the field; these requests make new objects, with nothing to unset.
    return {name: value for name, value in decoded.items() if value != ""}


def _value(hint: Any, node: Tree | str, path: str) -> Any:
    """``node`` as the type ``hint``."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, node, path)
    if origin is Literal:
        return _enumerated(arguments, node, path)
    if is_typeddict(hint):
        if isinstance(node, str):
            raise StripeRefusal("Invalid object", param=path)
        return _typed_dict(hint, node, path)
    if origin is list:
        return _list(arguments[0], node, path)
    if origin is dict:
        return _metadata(node, path)
    if not isinstance(node, str):
        raise StripeRefusal(f"Invalid {hint.__name__}: an object was given", param=path)
    return _scalar(hint, node, path)


def _one_of(options: tuple[Any, ...], node: Tree | str, path: str) -> Any:
    literals = tuple(value for option in options for value in typing.get_args(option) if _is_literal(option))
    if isinstance(node, str) and node in literals:
        return node
    others = [option for option in options if not _is_literal(option)]
    # The library widens its enumerations with `| str` for values of later API versions; this version has none.
    if others == [str] and any(literals):
        return _enumerated(literals, node, path)
    fitting = [option for option in others if _is_nested(option) == isinstance(node, dict)]
    return _value((fitting or others or options)[0], node, path)


def _is_nested(hint: Any) -> bool:
    return is_typeddict(hint) or typing.get_origin(hint) in (dict, list)


def _is_literal(option: Any) -> bool:
    return typing.get_origin(option) is Literal


def _enumerated(choices: tuple[str, ...], node: Tree | str, path: str) -> str:
    if isinstance(node, str) and node in choices:
        return node
    *first, last = [choice for choice in choices if choice]
    raise StripeRefusal(f"Invalid {path}: must be one of {', '.join(first)} or {last}", param=path)


def _list(hint: Any, node: Tree | str, path: str) -> list[Any]:
    if isinstance(node, str) or not all(map(_POSITION.fullmatch, node)):
        raise StripeRefusal("Invalid array", param=path)
    return [_value(hint, node[position], _inside(path, position)) for position in sorted(node, key=int)]


def _metadata(node: Tree | str, path: str) -> dict[str, str]:
    """The only free-form dictionary among the parameters. A key with an empty value is one to unset: it is left out."""
    if isinstance(node, str):
        raise StripeRefusal("Invalid object", param=path)
    if len(node) > METADATA_KEYS_MAX:
        raise StripeRefusal(f"You can have at most {METADATA_KEYS_MAX} metadata keys.", param=path)
    metadata = {}
    for key, value in node.items():
        inner = _inside(path, key)
        if len(key) > METADATA_KEY_MAX:
            raise StripeRefusal(f"Metadata keys can be at most {METADATA_KEY_MAX} characters.", param=inner)
        if not isinstance(value, str):
            raise StripeRefusal("Metadata values must be strings.", param=inner)
        if len(value) > METADATA_VALUE_MAX:
            raise StripeRefusal(f"Metadata values can be at most {METADATA_VALUE_MAX} characters.", param=inner)
        if value:
            metadata[key] = value
    return metadata


def _scalar(hint: Any, text: str, path: str) -> Any:
    if text == "":
        raise StripeRefusal(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{path}' cannot be unset. You should remove '{path}' from your request or supply a "
            "non-empty value.",
            code="parameter_invalid_empty",
            param=path,
        )
    if hint is str:
        if len(text) > STRING_MAX:
            raise StripeRefusal(f"Invalid string: must be at most {STRING_MAX} characters", param=path)
        return text
    if hint is int:
        if not _INTEGER.fullmatch(text):
            raise StripeRefusal(f"Invalid integer: {text}", code="parameter_invalid_integer", param=path)
        return int(text)
    if hint is bool:
        if text not in ("true", "false"):
            raise StripeRefusal(f"Invalid boolean: {text}", param=path)
        return text == "true"
    if hint in (Decimal, float):
        try:
            number = Decimal(text)
        except InvalidOperation as not_a_number:
            raise StripeRefusal(f"Invalid decimal: {text}", param=path) from not_a_number
        if not number.is_finite():
            raise StripeRefusal(f"Invalid decimal: {text}", param=path)
        return hint(number)
    raise TypeError(f"{path} has a type that the local Stripe cannot decode: {hint}")


def missing(path: str) -> StripeRefusal:
    """The refusal of a request without the parameter ``path``."""
    return StripeRefusal(f"Missing required param: {path}.", code="parameter_missing", param=path)


def check_email(email: str | None, param: str) -> None:
    """Refuses a value that is not an e-mail address."""
    if email is not None and (len(email) > EMAIL_MAX or not _EMAIL.fullmatch(email)):
        raise StripeRefusal(f"Invalid email address: {email}", code="email_invalid", param=param)


def check_url(url: str, param: str) -> None:
    """A plain http or https address: it becomes a Location header and a link."""
    invalid = StripeRefusal("Not a valid URL", code="url_invalid", param=param)
    try:
        parts = urlsplit(url)
    except ValueError as malformed:
        raise invalid from malformed
    if parts.scheme not in ("http", "https") or not parts.netloc or not (url.isascii() and url.isprintable()):
        raise invalid


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _dotted_names(decoded: Mapping[str, Any], prefix: str = "") -> list[str]:
    names = []
    for name, value in decoded.items():
        dotted = prefix + name
        if name == "metadata":
            names.append(dotted)
        elif isinstance(value, dict):
            names += _dotted_names(value, dotted + ".")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            names += [inner for item in value for inner in _dotted_names(item, dotted + ".")]
        else:
            names.append(dotted)
    return names
