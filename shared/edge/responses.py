"""What a function answers: JSON, problem+json, or a stream, with the headers that every answer has."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import flask

from shared import log
from shared.config import settings
from shared.errors import MethodNotAllowed, Problem, TooManyRequests, Unauthenticated, Unavailable

PREFLIGHT_SECONDS = 3600

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accepted(Generic[T]):
    """The answer of a handler that did not do all of it yet: it is sent with 202."""

    body: T


def render(answer: object, status: int, function: str) -> flask.Response:
    """The response that sends what a handler returned: JSON, or a ``flask.Response`` that streams as it is."""
    if isinstance(answer, Accepted):
        return render(answer.body, 202, function)
    if isinstance(answer, flask.Response):
        answer.response = _watched(answer.iter_encoded(), function)
        return answer
    return flask.Response(_to_json(answer), status, content_type="application/json")


def render_problem(problem: Problem) -> flask.Response:
    """The response that sends a refusal, as RFC 9457 has it."""
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


def problem_response(request: flask.Request, problem: Problem) -> flask.Response:
    """The whole answer to a request that is refused before it reaches an endpoint."""
    response = render_problem(problem)
    add_headers(request, response)
    return response


def is_preflight(request: flask.Request) -> bool:
    """Whether a browser asks what it may send from a page of another origin."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(method: str) -> flask.Response:
    """The answer to a preflight for a function that answers ``method``."""
    response = flask.Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = method
    response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def allow_caching(request: flask.Request, response: flask.Response, seconds: int) -> None:
    """Lets shared caches keep the answer to a caller without a token for so long, if that is not 0.

    While they ask for a new one, they may hand out the old one for as long again. Browsers ask each time.
    """
    if seconds and "Authorization" not in request.headers:
        kept = f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}"
        response.headers["Cache-Control"] = kept
        response.vary.add("Authorization")


def add_headers(request: flask.Request, response: flask.Response) -> None:
    """Adds what every answer says: whether caches keep it, that nothing sniffs its type, which origin may read it."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Origin")
    if origin := _allowed_origin(request):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"


def timestamp(time: datetime.datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    # strftime would write a year before 1000 with fewer than four digits.
    return f"{time.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


class _BrokeOff(Exception):
    """The answer was under way when it failed."""


def _watched(chunks: Iterator[bytes], function: str) -> Iterator[bytes]:
    """The chunks of a streamed answer. What they raise reaches the web server, which logs it with all its words."""
    try:
        yield from chunks
    except Exception as error:  # noqa: BLE001 - as at the border
        log.write("ERROR", "answer-broke-off", function=function, error=type(error).__name__, stack=log.stack(error))
        raise _BrokeOff from None


def _to_json(document: object) -> str:
    return json.dumps(document, default=_json_default, ensure_ascii=False, separators=(",", ":"))


def _json_default(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return timestamp(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _allowed_origin(request: flask.Request) -> str | None:
    origin = request.headers.get("Origin")
    return origin if origin in settings().cors_origins else None
