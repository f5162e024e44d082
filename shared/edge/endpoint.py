"""``@endpoint``: what every HTTP function does before and after its own few lines.

Method, CORS, identity, idempotency key, body or query model, problem+json, one log line a request. A handler takes the
caller and its validated input, and returns what JSON to send; it raises a ``Problem`` to refuse.
"""

import dataclasses
import re
from collections.abc import Callable

import flask

from shared import clock, cold_start, fingerprints, log
from shared.cloud.failures import TRANSIENT
from shared.config import settings
from shared.edge import identity, requests, responses, service_identity
from shared.edge.access import Access, identify
from shared.edge.requests import Body, Input
from shared.edge.responses import Answer
from shared.errors import Problem, Unavailable

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
            requests.require_method(request, methods)
            caller = identify(request, name, access)
            served.user_id = caller.user_id if caller else ""
            key = requests.idempotency_key(request) if keyed else ""
            given = requests.read_input(request, model)
            if caller is not None and keyed:
                # Defaults count as given.
                fingerprint = fingerprints.fingerprint(name, given.model_dump_json())
                caller = dataclasses.replace(caller, idempotency_key=key, fingerprint=fingerprint)
            return responses.render(handler(caller, given), name)

        checks = service_identity if access is Access.SERVICE else identity
        cold_start.prepare(checks.fetch_certificates)
        return _serve(name, methods[0], answer)

    # A plain function of the entry point's name is what functions-framework looks up; wraps() would let it see through.
    return decorate


def raw_endpoint(body_bytes: int) -> Callable[[Callable[[bytes, "flask.Request"], Answer]], View]:
    """Makes an HTTP function of ``handler(body, request)`` for a body that must stay as it was sent, to be checked."""

    def decorate(handler: Callable[[bytes, flask.Request], Answer]) -> View:
        def answer(request: flask.Request, _served: _Served) -> flask.Response:
            requests.require_method(request, ("POST",))
            return responses.render(handler(requests.read_bytes(request, body_bytes), request), handler.__name__)

        return _serve(handler.__name__, "POST", answer)

    return decorate


@dataclasses.dataclass(slots=True)
class _Served:
    """What the log line of a request says, refused or not."""

    user_id: str = ""
    problem: str = ""


def _serve(name: str, method: str, answer: Callable[[flask.Request, _Served], flask.Response]) -> View:
    def view(request: flask.Request) -> flask.Response:
        started = clock.monotonic()
        served = _Served()
        log.take_notes()  # a thread serves many requests
        if responses.is_preflight(request):
            response = responses.preflight(method)
        else:
            try:
                response = answer(request, served)
            except Exception as error:  # noqa: BLE001 - the border
                problem = _problem(error, name)
                response, served.problem = responses.render_problem(problem), problem.slug
        responses.add_headers(request, response)
        _log_request(request, response, name, served, clock.monotonic() - started)
        return response

    view.__name__ = view.__qualname__ = name
    return view


def _problem(error: Exception, function: str) -> Problem:
    """How an error is answered. What nobody foresaw is logged, and nothing of it is said."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, TRANSIENT):
        log.write("WARNING", "dependency-unavailable", function=function, error=type(error).__name__)
        return Unavailable("Try again in a moment.")
    log.write("ERROR", "unexpected-error", function=function, error=type(error).__name__, stack=log.stack(error))
    return Problem("The request could not be answered.")


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
