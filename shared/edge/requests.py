"""What a function takes: the model of its body or query, read from the request and checked."""

import re
from typing import TypeVar

import flask
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from shared import strict_json
from shared.edge.request_bodies import RequestBody
from shared.errors import NAME_LENGTH, InvalidRequest, Malformed, MethodNotAllowed, UnsupportedMediaType

BODY_BYTES = 64 * 1024
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")


_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True)


class Body(BaseModel):
    """A JSON object sent to a function; strict, so that ``true`` or ``"5"`` is not an amount."""

    model_config = _STRICT


class Empty(BaseModel):
    """``{}``: the body of a POST that takes no fields."""

    model_config = _STRICT


class Query(BaseModel):
    """The query parameters of a GET; text on the wire, so numbers are read from digits."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True)


class NoParameters(BaseModel):
    """The query of a GET that takes no parameters."""

    model_config = Query.model_config


Input = TypeVar("Input", bound=Body | Query)
"""What a handler takes."""

_Model = TypeVar("_Model", bound=BaseModel)


def require_method(request: flask.Request, methods: tuple[str, ...]) -> None:
    """Refuses every method but those that the function answers."""
    if request.method not in methods:
        raise MethodNotAllowed(f"This function answers {methods[0]}.", allowed=list(methods))


def read_input(request: flask.Request, model: type[_Model]) -> _Model:
    """The body of a POST, or the query of a GET, as the model takes it.

    Raises:
        Malformed, InvalidRequest, TooLarge, UnsupportedMediaType: the function does not accept what was sent.
    """
    return _body(request, model) if request.method == "POST" else _query(request, model)


def read_bytes(request: flask.Request, limit: int) -> bytes:
    """The body as it was sent.

    Raises:
        TooLarge: it has more than ``limit`` bytes.
        Malformed, UnsupportedMediaType: it ended early, or is compressed.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    body: RequestBody = request.environ["wsgi.input"]
    return body.take(limit)


def idempotency_key(request: flask.Request) -> str:
    """The ``Idempotency-Key`` header, which must be there.

    Raises:
        Malformed: it is missing, or is not 1 to 64 letters, digits or hyphens.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise Malformed("Send an Idempotency-Key header, so that a retry cannot move tokens twice.")
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Malformed("The Idempotency-Key must be 1 to 64 letters, digits or hyphens.")
    return key


def _body(request: flask.Request, model: type[_Model]) -> _Model:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    document = strict_json.parse(read_bytes(request, BODY_BYTES))
    _refuse_parameters(request)
    return _validated(model, document)


def _query(request: flask.Request, model: type[_Model]) -> _Model:
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise InvalidRequest.field(name, "is given more than once")
    return _validated(model, request.args.to_dict())


def _refuse_parameters(request: flask.Request) -> None:
    for name in request.args:
        raise InvalidRequest.field(name, "is not a query parameter of this function")


def _validated(model: type[_Model], document: object) -> _Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        errors = [
            {
                "field": ".".join(map(str, problem["loc"]))[:NAME_LENGTH] or "body",
                "detail": problem["msg"].removeprefix("Value error, "),  # as pydantic begins what our fields say
            }
            for problem in error.errors(include_url=False, include_input=False, include_context=False)[:20]
        ]
        raise InvalidRequest("; ".join(f"{e['field']}: {e['detail']}" for e in errors), errors) from None
