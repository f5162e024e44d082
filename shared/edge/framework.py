"""What functions-framework does around every function, kept within bounds.

It would read bodies without a limit, answer what it refuses itself as HTML, and have Flask log what goes wrong with
its words. Whatever it serves gets ``bounded`` before it listens (``entry_points.py``), so no function can go
round it.
"""

import flask
from werkzeug.exceptions import HTTPException

from shared import log
from shared.edge import request_bodies
from shared.errors import EventFailed, Malformed, MethodNotAllowed, NotFound, Problem

WIRE_BYTES = 64 * 1024
"""How much of a body gunicorn may ask the network for at once. By itself it asks for as much as the sender says that a
chunk holds, up to a mebibyte, and copies that three times."""


def bounded(app: flask.Flask, function: str, unasked_bytes: int) -> None:
    """Has the application read no body but what the function takes, or ``unasked_bytes``, and refuse as we do."""

    from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]  # the server, loaded in any case

    def refuse(error: Exception) -> flask.Response:
        # Only here: what it needs is loaded while the port is open.
        from shared.edge.responses import problem_response

        problem = _problem(error)
        try:
            response = problem_response(flask.request, problem)
        except Exception as failure:  # noqa: BLE001 - what raised once may raise again, and Flask would log its words
            log.write(
                "ERROR", "unexpected-error", function=function, error=type(failure).__name__, stack=log.stack(failure)
            )
            return flask.Response(status=500)
        if not isinstance(error, EventFailed):
            fields: dict[str, object] = {"function": function, "status": problem.status, "problem": problem.slug}
            if problem.status >= 500:
                log.write("ERROR", "request", **fields, error=type(error).__name__, stack=log.stack(error))
            else:
                log.write("INFO", "request", **fields)
        return response

    app.wsgi_app = request_bodies.limited(app.wsgi_app, unasked_bytes)  # type: ignore  # as Flask's documentation does
    SocketUnreader.max_body_chunk = WIRE_BYTES
    app.url_map.merge_slashes = False  # else ``//`` is answered with a redirect
    app.register_error_handler(Exception, refuse)
    app.register_error_handler(500, refuse)  # in place of the framework's own


def _problem(error: Exception) -> Problem:
    """What was raised outside of ``@endpoint``, by the framework or on the way to a trigger, in our own words."""
    if isinstance(error, Problem):
        return error
    match error.code if isinstance(error, HTTPException) else 500:
        case 404:
            return NotFound("There is nothing under this path.")
        case 405:
            return MethodNotAllowed("This function answers POST.", allowed=["POST"])
        case int(code) if 400 <= code < 500:
            return Malformed("This request is not one that the function accepts.")
        case _:
            return Problem("The request could not be answered.")
