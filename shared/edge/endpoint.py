"""``@endpoint``: what every HTTP function does before and after its own few lines.

Method, CORS, identity, idempotency key, body or query model, problem+json, one log line a request. A handler takes what
its access tells of the caller and its validated input, returns what JSON to send, and raises a ``Problem`` to refuse.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, get_args, get_origin, overload

import flask
from pydantic import BaseModel

from shared import clock, cold_start, fingerprints, log
from shared.config import settings
from shared.edge import requests, responses
from shared.edge.access import Access, Caller, Told
from shared.edge.requests import Body, Empty, Input, NoParameters
from shared.edge.responses import Accepted
from shared.errors import Problem, Unavailable
from shared.idempotency import Idempotency, owned_key


@dataclass(frozen=True, slots=True)
class Contract:
    """What a function takes and answers; its description, docs/openapi.json, is made from it.

    ``access`` and ``model`` are None for raw bytes, whose signature says who sent them. ``answer`` is the type that the
    handler returns; ``waiting`` that of what it returns as ``Accepted``, None where it does not. Caches may keep for
    ``cached_seconds`` what it answers to a caller without a token.
    """

    method: str
    access: Access[*tuple[Any, ...]] | None
    keyed: bool
    model: type[BaseModel] | None
    answer: Any
    status: int
    waiting: Any = None
    cached_seconds: int = 0


class View(Protocol):
    """An HTTP function as functions-framework calls it."""

    contract: Contract

    def __call__(self, request: flask.Request) -> flask.Response: ...


@overload
def endpoint(
    model: type[Empty] | type[NoParameters], access: Access[*Told], *, cached_seconds: int = 0
) -> Callable[[Callable[[*Told], object]], View]: ...


@overload
def endpoint(
    model: type[Input], access: Access[*Told], *, status: int = 200, cached_seconds: int = 0
) -> Callable[[Callable[[*Told, Input], object]], View]: ...


@overload
def endpoint(
    model: type[Input], access: Access[Caller], *, keyed: str, status: int = 200
) -> Callable[[Callable[[Caller, Idempotency, Input], object]], View]: ...


def endpoint(
    model: type[BaseModel],
    access: Access[*tuple[Any, ...]],
    *,
    keyed: str = "",
    status: int = 200,
    cached_seconds: int = 0,
) -> Callable[[Callable[..., object]], View]:
    """Makes an HTTP function of ``handler(*what access tells, input)``, which answers with ``status``.

    ``model`` is a ``Body`` (the function answers POST) or a ``Query`` (GET, and HEAD without the body); with ``Empty``
    or ``NoParameters`` the handler has no input. A function that is ``keyed`` needs an ``Idempotency-Key``, which
    belongs to one user and to that name; its handler gets the ``Idempotency`` before its input. With
    ``cached_seconds``, shared caches may keep what it answers to a caller without a token, who is told what all are.
    """
    methods = ("POST",) if issubclass(model, Body | Empty) else ("GET", "HEAD")
    has_input = not issubclass(model, Empty | NoParameters)

    def decorate(handler: Callable[..., object]) -> View:
        name = handler.__name__

        def answer(request: flask.Request) -> flask.Response:
            requests.require_method(request, methods)
            arguments: list[Any] = [*access.authorize(request, name)]
            key = requests.idempotency_key(request) if keyed else ""
            given = requests.read_input(request, model)
            if keyed:
                (caller,) = arguments
                arguments.append(_idempotency(keyed, key, caller, name, given))
            if has_input:
                arguments.append(given)
            return responses.render(handler(*arguments), status, name)

        cold_start.prepare(access.fetch_certificates)
        done, waiting = _answers(handler.__annotations__["return"])
        return _serve(
            name, answer, Contract(methods[0], access, bool(keyed), model, done, status, waiting, cached_seconds)
        )

    return decorate


def raw_endpoint(body_bytes: int) -> Callable[[Callable[[bytes, flask.Request], object]], View]:
    """Makes an HTTP function of ``handler(body, request)`` for a body that must stay as it was sent, to be checked."""

    def decorate(handler: Callable[[bytes, flask.Request], object]) -> View:
        name = handler.__name__

        def answer(request: flask.Request) -> flask.Response:
            requests.require_method(request, ("POST",))
            return responses.render(handler(requests.read_bytes(request, body_bytes), request), 200, name)

        returns = handler.__annotations__["return"]
        return _serve(name, answer, Contract("POST", None, False, None, returns, 200))

    return decorate


def _answers(returned: Any) -> tuple[Any, Any]:
    """The type of the answer, and of the one that is sent where not all is done yet, or None."""
    waiting = [part for part in get_args(returned) if get_origin(part) is Accepted]
    done = [part for part in get_args(returned) if get_origin(part) is not Accepted]
    return (done[0], get_args(waiting[0])[0]) if waiting else (returned, None)


def _idempotency(prefix: str, key: str, caller: Caller, function: str, given: BaseModel) -> Idempotency:
    # Defaults count as given.
    fingerprint = fingerprints.fingerprint(function, given.model_dump_json())
    return Idempotency(owned_key(prefix, key, caller.user_id), fingerprint)


def _serve(name: str, answer: Callable[[flask.Request], flask.Response], contract: Contract) -> View:
    # A plain function of the entry point's name is what functions-framework looks up; wraps() would let it see through.
    def view(request: flask.Request) -> flask.Response:
        started = clock.monotonic()
        problem: Problem | None = None
        log.take_notes()  # a thread serves many requests
        if responses.is_preflight(request):
            response = responses.preflight(contract.method)
        else:
            try:
                response = answer(request)
                responses.allow_caching(request, response, contract.cached_seconds)
            except Exception as error:  # noqa: BLE001 - the border
                problem = _problem(error, name)
                response = responses.render_problem(problem)
        responses.add_headers(request, response)
        _log_request(request, response, name, problem, clock.monotonic() - started)
        return response

    view.__name__ = view.__qualname__ = name
    made: Any = view
    made.contract = contract
    served: View = made
    return served


def _problem(error: Exception, function: str) -> Problem:
    """How an error is answered. An error that is not a ``Problem`` is logged, and the answer says nothing of it."""
    if isinstance(error, Problem):
        return error
    # Only here: a function that calls none of Google's services does not load their library.
    from shared.cloud.failures import TRANSIENT

    if isinstance(error, TRANSIENT):
        log.write("WARNING", "dependency-unavailable", function=function, error=type(error).__name__)
        return Unavailable("Try again in a moment.")
    log.write("ERROR", "unexpected-error", function=function, error=type(error).__name__, stack=log.stack(error))
    return Problem("The request could not be answered.")


def _log_request(
    request: flask.Request, response: flask.Response, name: str, problem: Problem | None, seconds: float
) -> None:
    trace = request.headers.get("X-Cloud-Trace-Context", "").split("/")[0]
    fields: dict[str, object] = {"function": name, "status": response.status_code, "latencyMs": round(seconds * 1000)}
    if problem is not None:
        fields["problem"] = problem.slug
    if re.fullmatch(r"[0-9a-f]{32}", trace):
        fields["logging.googleapis.com/trace"] = f"projects/{settings().project}/traces/{trace}"
    log.write("ERROR" if response.status_code >= 500 else "INFO", "request", **fields, **log.take_notes())
