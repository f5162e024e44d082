"""``@endpoint``: what every HTTP function does before and after its own few lines.

Method, CORS, identity, idempotency key, body or query model, problem+json, one log line a request. A handler takes the
caller and its validated input, and returns what JSON to send; it raises a ``Problem`` to refuse.
"""

import dataclasses
import datetime
import enum
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import flask
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from shared import cold_start, fingerprints, log, strict_json
from shared.cloud.clients import TRANSIENT
from shared.config import settings
from shared.edge.request_bodies import RequestBody
from shared.errors import (
    NAME_LENGTH,
    AnonymousNotAllowed,
    EmailNotVerified,
    InvalidRequest,
    Malformed,
    MethodNotAllowed,
    Problem,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)

BODY_BYTES = 64 * 1024
PREFLIGHT_SECONDS = 3600
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")


class Body(BaseModel):
    """A JSON object sent to a function; strict, so that ``true`` or ``"5"`` is no amount."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )


class Empty(Body):
    """``{}``"""


class Query(BaseModel):
    """The query parameters of a GET; text on the wire, so numbers are read from digits."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True)


class NoParameters(Query):
    """A GET that takes none."""


class Access(enum.Enum):
    """Who may call a function."""

    PUBLIC = "everyone; a token is not needed, but a bad one is refused"
    SIGNED_IN = "a signed-in person"
    VERIFIED = "a signed-in person with a verified e-mail"
    SERVICE = "our own service account, from Cloud Tasks or Cloud Scheduler"


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person and their request. ``email`` is a verified one, or empty.

    ``idempotency_key`` and ``fingerprint``, which stands for the function and its input, are those of a keyed function.
    """

    user_id: str
    email_verified: bool
    email: str
    name: str
    picture: str
    idempotency_key: str
    fingerprint: str

    def key(self, function: str) -> str:
        """The idempotency key, made one user's and one function's: ``tip_<key>_<uid>``."""
        return f"{function}_{self.idempotency_key}_{self.user_id}"


Input = TypeVar("Input", bound=BaseModel)
Answer = Any  # a TypedDict of the handler's module, (it, status), or a flask.Response that streams
View = Callable[[flask.Request], flask.Response]


def endpoint(
    model: type[Input], access: Access = Access.SIGNED_IN, keyed: bool = False
) -> Callable[[Callable[..., Answer]], View]:
    """Makes an HTTP function of ``handler(caller, input)``.

    ``model`` is a ``Body`` (the function answers POST) or a ``Query`` (GET, and HEAD without the body). The handler's
    caller is a ``Caller``; None for a signed-out one of a public function, and for a service. ``keyed`` functions need
    an ``Idempotency-Key``.
    """
    methods = ("POST",) if issubclass(model, Body) else ("GET", "HEAD")

    def decorate(handler: Callable[..., Answer]) -> View:
        name = handler.__name__

        def answer(request: flask.Request, served: _Served) -> flask.Response:
            _require_method(request, methods)
            caller = _identify(request, name, access)
            served.user_id = caller.user_id if caller else ""
            key = _idempotency_key(request) if keyed else ""
            given = _body(request, model) if request.method == "POST" else _query(request, model)
            if caller is not None and keyed:
                # Defaults count as given.
                fingerprint = fingerprints.fingerprint(name, given.model_dump_json())
                caller = dataclasses.replace(caller, idempotency_key=key, fingerprint=fingerprint)
            return _render(handler(caller, given), name)

        cold_start.prepare(_fetch_service_certificates if access is Access.SERVICE else _fetch_certificates)
        return _serve(name, methods[0], answer)

    # A plain function of the entry point's name is what functions-framework looks up; wraps() would let it see through.
    return decorate


def raw_endpoint(body_bytes: int) -> Callable[[Callable[[bytes, "flask.Request"], Answer]], View]:
    """Makes an HTTP function of ``handler(body, request)`` for a body that must stay as it was sent, to be checked."""

    def decorate(handler: Callable[[bytes, flask.Request], Answer]) -> View:
        def answer(request: flask.Request, _served: _Served) -> flask.Response:
            _require_method(request, ("POST",))
            return _render(handler(_read(request, body_bytes), request), handler.__name__)

        return _serve(handler.__name__, "POST", answer)

    return decorate


@dataclasses.dataclass(slots=True)
class _Served:
    """What the log line of a request says, refused or not."""

    user_id: str = ""
    problem: str = ""


def _serve(name: str, method: str, answer: Callable[[flask.Request, _Served], flask.Response]) -> View:
    def view(request: flask.Request) -> flask.Response:
        started = time.monotonic()
        served = _Served()
        log.take_notes()  # a thread serves many requests
        if _is_preflight(request):
            response = _preflight(method)
        else:
            try:
                response = answer(request, served)
            except Problem as refusal:
                response, served.problem = _render_problem(refusal), refusal.slug
            except TRANSIENT as error:
                log.write("WARNING", "dependency-unavailable", function=name, error=type(error).__name__)
                response, served.problem = _render_problem(Unavailable("Try again in a moment.")), Unavailable.slug
            except Exception as error:  # noqa: BLE001 - the border: what nobody foresaw is logged and answered 500
                log.write(
                    "ERROR", "unexpected-error", function=name, error=type(error).__name__, stack=log.stack(error)
                )
                response, served.problem = _render_problem(Problem("The request could not be answered.")), Problem.slug
        _add_headers(request, response)
        _log_request(request, response, name, served, time.monotonic() - started)
        return response

    view.__name__ = view.__qualname__ = name
    return view


# -- in --------------------------------------------------------------------------------------------------------------


def _require_method(request: flask.Request, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise MethodNotAllowed(f"This function answers {methods[0]}.", allowed=list(methods))


def _identify(request: flask.Request, function: str, access: Access) -> Caller | None:
    authorization = request.headers.get("Authorization")
    if access is Access.SERVICE:
        from shared.cloud.queue import url_of
        from shared.edge.service_identity import require_service_caller

        require_service_caller(authorization, audience=url_of(function))
        return None
    if authorization is None:
        if access is Access.PUBLIC:
            return None
        raise Unauthenticated("Send Authorization: Bearer <Firebase ID token>.")
    from shared.edge import identity

    person = identity.person(authorization)
    if access is not Access.PUBLIC and person.anonymous:
        raise AnonymousNotAllowed("Sign in with an account; an anonymous one cannot do this.")
    if access is Access.VERIFIED and not person.email_verified:
        raise EmailNotVerified("Verify your e-mail address, then try again.")
    return Caller(person.user_id, person.email_verified, person.email, person.name, person.picture, "", "")


def _fetch_certificates() -> None:
    from shared.edge import identity

    identity.fetch_certificates()


def _fetch_service_certificates() -> None:
    from shared.edge import service_identity

    service_identity.fetch_certificates()


def _idempotency_key(request: flask.Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise Malformed("Send an Idempotency-Key header, so that a retry cannot move tokens twice.")
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Malformed("The Idempotency-Key must be 1 to 64 letters, digits or hyphens.")
    return key


def _read(request: flask.Request, limit: int) -> bytes:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    body: RequestBody = request.environ["wsgi.input"]
    return body.take(limit)


def _body(request: flask.Request, model: type[Input]) -> Input:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    document = strict_json.parse(_read(request, BODY_BYTES))
    _refuse_parameters(request)
    return _validated(model, document)


def _query(request: flask.Request, model: type[Input]) -> Input:
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise InvalidRequest.field(name, "given more than once")
    return _validated(model, request.args.to_dict())


def _refuse_parameters(request: flask.Request) -> None:
    for name in request.args:
        raise InvalidRequest.field(name, "no query parameter of this function")


def _validated(model: type[Input], document: object) -> Input:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        errors = [
            {"field": ".".join(map(str, problem["loc"]))[:NAME_LENGTH] or "body", "detail": problem["msg"]}
            for problem in error.errors(include_url=False, include_input=False, include_context=False)[:20]
        ]
        raise InvalidRequest("; ".join(f"{e['field']}: {e['detail']}" for e in errors), errors) from None


# -- out -------------------------------------------------------------------------------------------------------------


def _render(answer: Answer, function: str) -> flask.Response:
    if isinstance(answer, flask.Response):
        answer.response = _watched(answer.iter_encoded(), function)
        return answer
    document, status = answer if isinstance(answer, tuple) else (answer, 200)
    return flask.Response(_to_json(document), status, content_type="application/json")


class _BrokeOff(Exception):
    """The answer was under way when it failed."""


def _watched(chunks: Iterator[bytes], function: str) -> Iterator[bytes]:
    """The chunks of a streamed answer. What they raise reaches the web server, which logs it with all its words."""
    try:
        yield from chunks
    except Exception as error:  # noqa: BLE001 - as at the border
        log.write("ERROR", "answer-broke-off", function=function, error=type(error).__name__, stack=log.stack(error))
        raise _BrokeOff from None


def problem_response(request: flask.Request, problem: Problem) -> flask.Response:
    """The answer to a request that is refused before it reaches an endpoint."""
    response = _render_problem(problem)
    _add_headers(request, response)
    return response


def _render_problem(problem: Problem) -> flask.Response:
    document = {
        "type": problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.extensions,
    }
    response = flask.Response(_to_json(document), problem.status, content_type="application/problem+json")
    if isinstance(problem, TooManyRequests | Unavailable):
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    if isinstance(problem, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(problem.extensions["allowed"])  # type: ignore[arg-type]  # a list
    if isinstance(problem, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _to_json(document: object) -> str:
    return json.dumps(document, default=_json_default, ensure_ascii=False, separators=(",", ":"))


def _json_default(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return timestamp(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def timestamp(time: datetime.datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _allowed_origin(request: flask.Request) -> str | None:
    origin = request.headers.get("Origin")
    return origin if origin in settings().cors_origins else None


def _is_preflight(request: flask.Request) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _preflight(method: str) -> flask.Response:
    response = flask.Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = method
    response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _add_headers(request: flask.Request, response: flask.Response) -> None:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.add("Vary", "Origin")
    if origin := _allowed_origin(request):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"


def _log_request(request: flask.Request, response: flask.Response, name: str, served: _Served, seconds: float) -> None:
    trace = request.headers.get("X-Cloud-Trace-Context", "").split("/")[0]
    fields: dict[str, object] = {"function": name, "status": response.status_code, "latencyMs": round(seconds * 1000)}
    if served.user_id:
        fields["user"] = log.hashed(served.user_id)
    if served.problem:
        fields["problem"] = served.problem
    if re.fullmatch(r"[0-9a-f]{32}", trace):
        fields["logging.googleapis.com/trace"] = f"projects/{settings().project}/traces/{trace}"
    log.write("ERROR" if response.status_code >= 500 else "INFO", "request", **fields, **log.take_notes())
