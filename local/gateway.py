"""Every function under one origin, as Firebase Hosting serves them: ``/api/<name>``, each run by functions-framework.

Functions that only Google calls answer under ``/internal/<name>``; ``/api/openapi.json`` describes them all. It also
serves, at ``/``, a page about the local cloud.
``python -m gunicorn local.gateway:app`` runs it.
"""

import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import functions_framework

from local import clock
from local.site import front_page
from shared.manifest import FUNCTIONS

MAIN = Path(__file__).resolve().parent.parent / "main.py"
DESCRIPTION = MAIN.parent / "docs" / "openapi.json"
DESCRIPTION_PATH = "/api/openapi.json"


def path_of(function: str) -> str:
    """Returns the path at which the gateway serves the function."""
    it = FUNCTIONS[function]
    return f"/{'internal' if it.is_internal else 'api'}/{it.url_name}"


class Gateway:
    """A WSGI application. A function is loaded when it is first called."""

    def __init__(self) -> None:
        self._functions = {path_of(name): name for name in FUNCTIONS}
        self._clock_file = os.environ.get("CLOCK_FILE")
        self._apps: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if self._clock_file:
            clock.follow(Path(self._clock_file))
        if (name := self._functions.get(path.rstrip("/"))) is not None:
            response: Iterable[bytes] = self._app(name)(environ, start_response)
            return response
        if path == DESCRIPTION_PATH:
            return _answer(start_response, "200 OK", DESCRIPTION.read_bytes(), [("Content-Type", "application/json")])
        if front_page.answers(path):
            reply = front_page.answer(environ)
            return _answer(start_response, reply.status, reply.text.encode(), reply.headers)
        listing = {
            "type": "not-found",
            "title": "Not found",
            "status": 404,
            "detail": "There is no such function.",
            "functions": sorted(self._functions),
        }
        problem = [("Content-Type", "application/problem+json")]
        return _answer(start_response, "404 Not Found", json.dumps(listing).encode(), problem)

    def _app(self, name: str) -> Any:
        with self._lock:  # functions-framework keeps what it loads in globals
            if name not in self._apps:
                # Without this it assumes the kind of the last function; a trigger's own decorator still wins.
                self._apps[name] = functions_framework.create_app(name, str(MAIN), "http")
            return self._apps[name]


def _answer(start_response: Any, status: str, body: bytes, headers: list[tuple[str, str]]) -> list[bytes]:
    start_response(status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


app = Gateway()
