"""The first page of the local gateway: its parts, its users, what happened last, and the buttons.

    GET  /                         200 the page; a part that does not answer is named on it
    POST /_local/verify    uid     303 to the page; the user's e-mail address is verified

A request from another machine is answered 403. So is a POST that does not come from a page of the gateway, because any
site that is open in the same browser can send forms here. 404: no such user. 503: Firebase Auth does not answer.
"""

import datetime
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.google.auth_emulator import AuthEmulator
from local.net.http_client import HttpClient, NoAnswer
from local.stripe.cards import TEST_CARDS

LISTED_MAX = 20
PATIENCE_SECONDS = 2.0
FORM_BYTES_MAX = 4096
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DESCRIPTION = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"

_template = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
).get_template("front_page.html")

_HEADERS = [
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "same-origin"),  # with none at all, browsers send forms without their origin
    ("X-Content-Type-Options", "nosniff"),
]


@dataclass(frozen=True, slots=True)
class Reply:
    """Status line, headers and text of an answer."""

    status: str
    headers: list[tuple[str, str]]
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """The list of a part of the cloud, newest first. When it is empty, ``trouble`` may say why."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    trouble: str = ""


def answers(path: str) -> bool:
    """Whether the path belongs to the page."""
    return path in ("/", "/_local/verify")


def answer(environ: dict[str, Any]) -> Reply:
    """Answers a WSGI request for one of these paths."""
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if not _on_this_machine(environ):
        return _text("403 Forbidden", "This page is for the machine that it runs on: open it on 127.0.0.1.")
    if path == "/":
        if method not in ("GET", "HEAD"):
            return _text("405 Method Not Allowed", "This page is read with GET.", ("Allow", "GET, HEAD"))
        return Reply("200 OK", [("Content-Type", "text/html; charset=utf-8"), *_HEADERS], _page())
    if method != "POST":
        return _text("405 Method Not Allowed", "Only the buttons of the page do this.", ("Allow", "POST"))
    if not _from_our_page(environ):
        return _text("403 Forbidden", "Only pages of this gateway may do this.")
    try:
        form = _form(environ)
        if form.get("uid", "") not in {user["localId"] for user in _auth().export_users()}:
            return _text("404 Not Found", "There is no such user.")
        _auth().verify(form["uid"])
        return _text("303 See Other", "Verified.", ("Location", "/"))
    except (NoAnswer, ValueError) as failure:
        return _text("503 Service Unavailable", f"Firebase Auth does not answer: {failure}")


def _on_this_machine(environ: dict[str, Any]) -> bool:
    """Whether the request comes from this machine, under a name of it: the owner of another name can point it here."""
    try:
        name = urlsplit(f"http://{environ.get('HTTP_HOST', '')}").hostname
    except ValueError:
        return False
    return environ.get("REMOTE_ADDR") in LOOPBACK and name in LOOPBACK


def _from_our_page(environ: dict[str, Any]) -> bool:
    """Whether a page of this origin sent the request; browsers say so with every POST."""
    if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
        return False
    return bool(environ.get("HTTP_ORIGIN") == f"http://{environ['HTTP_HOST']}")


def _form(environ: dict[str, Any]) -> dict[str, str]:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > FORM_BYTES_MAX:
        return {}
    return dict(parse_qsl(environ["wsgi.input"].read(int(length)).decode(errors="replace")))


def _page() -> str:
    stripe = os.environ.get("STRIPE_API_BASE", "")
    with ThreadPoolExecutor(3) as pool:
        users = pool.submit(_part, "Firebase Auth", _users)
        deliveries = pool.submit(_part, "Stripe", lambda: _deliveries(stripe))
        tasks = pool.submit(_part, "Cloud Tasks", _waiting)
    return _template.render(
        project=os.environ.get("GOOGLE_CLOUD_PROJECT", ""),
        addresses={
            "Firestore": os.environ.get("FIRESTORE_EMULATOR_HOST", ""),
            "Firebase Auth": os.environ.get("FIREBASE_AUTH_EMULATOR_HOST", ""),
            "Cloud Storage": os.environ.get("STORAGE_EMULATOR_HOST", ""),
            "Cloud Tasks": os.environ.get("CLOUD_TASKS_EMULATOR_HOST", ""),
            "Stripe": stripe or "test mode at Stripe",
        },
        is_local_stripe=bool(stripe),
        cards=[{"number": card.number, "label": card.label} for card in TEST_CARDS],
        users=users.result(),
        deliveries=deliveries.result(),
        tasks=tasks.result(),
        operations=_operations(),
        limit=LISTED_MAX,
    )


def _part(name: str, rows: Callable[[], list[dict[str, Any]]]) -> Part:
    """Returns the list of the part, or that it does not answer, so that the rest of the page is shown."""
    try:
        return Part(rows())
    except (NoAnswer, GoogleAPICallError, ValueError, LookupError) as failure:
        return Part(trouble=f"{name} does not answer: {failure}")


def _auth() -> AuthEmulator:
    """Returns the running emulator, which another process started."""
    port = os.environ.get("FIREBASE_AUTH_EMULATOR_HOST", "").rpartition(":")[2]
    return AuthEmulator(int(port), os.environ["GOOGLE_CLOUD_PROJECT"], Path(), PATIENCE_SECONDS)


def _newest(users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(users, key=lambda user: int(user.get("createdAt", "0")), reverse=True)[:LISTED_MAX]


def _users() -> list[dict[str, Any]]:
    return [
        {
            "uid": user["localId"],
            "name": user.get("displayName", ""),
            "email": user.get("email", ""),
            "verified": bool(user.get("emailVerified")),
        }
        for user in _newest(_auth().export_users())
    ]


def _deliveries(stripe: str) -> list[dict[str, Any]]:
    if not stripe:
        return []
    url = f"{stripe}/_local/deliveries"
    listed: list[dict[str, Any]] = json.loads(HttpClient().send("GET", url, {}, b"", PATIENCE_SECONDS).body)["data"]
    return listed[: -LISTED_MAX - 1 : -1]


def _waiting() -> list[dict[str, Any]]:
    """Returns the tasks that are not done, the first ones of each queue."""
    location = f"projects/{os.environ['GOOGLE_CLOUD_PROJECT']}/locations/{os.environ['TASKS_LOCATION']}"
    with grpc.insecure_channel(os.environ["CLOUD_TASKS_EMULATOR_HOST"]) as channel:
        client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        bounded: dict[str, Any] = {"timeout": PATIENCE_SECONDS, "retry": None}
        tasks: list[tasks_v2.Task] = []
        for queue in client.list_queues(parent=location, **bounded).queues:
            tasks.extend(client.list_tasks(parent=queue.name, **bounded).tasks)
    return [
        {
            "queue": task.name.split("/")[5],
            "name": task.name.split("/")[7],
            "url": task.http_request.url,
            "attempts": task.dispatch_count,
            "answered": task.last_attempt.response_status.message,
            "next": f"{task.schedule_time.astimezone(datetime.UTC):%H:%M:%S}",  # type: ignore[attr-defined]
        }
        for task in tasks[:LISTED_MAX]
    ]


def _operations() -> list[dict[str, str]]:
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    return [
        {"method": method.upper(), "path": path, "summary": operation["summary"], "text": operation["description"]}
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]


def _text(status: str, text: str, *headers: tuple[str, str]) -> Reply:
    return Reply(status, [("Content-Type", "text/plain; charset=utf-8"), *_HEADERS, *headers], text)
