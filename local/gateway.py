"""Every function under one origin, as Firebase Hosting serves them: ``/api/<name>``, each run by functions-framework.

Functions that only Google calls answer under ``/internal/<name>``; ``/api/openapi.json`` describes them all. Two pages
stand in for a web app's: where Checkout returns to. ``python -m gunicorn local.gateway:app`` serves it.
"""

import html
import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import functions_framework

MAIN = Path(__file__).resolve().parent.parent / "main.py"
DESCRIPTION = MAIN.parent / "docs" / "openapi.json"
DESCRIPTION_PATH = "/api/openapi.json"

INTERNAL = frozenset(
    {
        "audit_balances",
        "audit_counters",
        "count_likes",
        "propagate_profile",
        "recount_likes",
        "run_generation",
        "sweep_generations",
        "sweep_pictures",
        "tidy_post",
        "update_author",
    }
)
"""Functions that Cloud Tasks, Cloud Scheduler and Eventarc call; the others are the API."""

FUNCTIONS = frozenset(path.stem for path in (MAIN.parent / "functions").glob("[a-z]*.py"))

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem}}
code{{background:#eee;padding:.1em .3em;border-radius:4px;word-break:break-all}}</style>
<h1>{title}</h1><p>{text}</p></html>"""


def path_of(function: str) -> str:
    """Where the gateway serves the function."""
    return f"/{'internal' if function in INTERNAL else 'api'}/{function.replace('_', '-')}"


class Gateway:
    """A WSGI application. A function is loaded when it is first called."""

    def __init__(self) -> None:
        self._functions = {path_of(name): name for name in FUNCTIONS}
        self._apps: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if (name := self._functions.get(path.rstrip("/"))) is not None:
            response: Iterable[bytes] = self._app(name)(environ, start_response)
            return response
        if path == DESCRIPTION_PATH:
            return _answer(start_response, "200 OK", "application/json", DESCRIPTION.read_text(encoding="utf-8"))
        if path in ("/checkout/success", "/checkout/cancel"):
            return self._checkout_page(path, environ, start_response)
        listing = {
            "type": "not-found",
            "title": "Not found",
            "status": 404,
            "detail": "There is no such function.",
            "functions": sorted(self._functions),
        }
        return _answer(start_response, "404 Not Found", "application/problem+json", json.dumps(listing))

    def _app(self, name: str) -> Any:
        with self._lock:  # functions-framework keeps what it loads in globals
            if name not in self._apps:
                # Unless told, it takes a function for what the last one was; a trigger's own decorator still wins.
                self._apps[name] = functions_framework.create_app(name, str(MAIN), "http")
            return self._apps[name]

    def _checkout_page(self, path: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        session = parse_qs(environ.get("QUERY_STRING", "")).get("session_id", [""])[0]
        if path.endswith("success"):
            title = "Thank you"
            text = (
                "A web app would now call <code>POST /api/confirm-checkout</code> with "
                f"<code>{html.escape(json.dumps({'sessionId': session}))}</code> and show the new balance."
            )
        else:
            title, text = "Nothing was charged", "The checkout was cancelled."
        return _answer(start_response, "200 OK", "text/html; charset=utf-8", _PAGE.format(title=title, text=text))


def _answer(start_response: Any, status: str, content_type: str, text: str) -> list[bytes]:
    body = text.encode()
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


app = Gateway()
