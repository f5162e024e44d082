"""Needs the Firestore emulator, the local issuer, and gunicorn in a process. What is refused stays unread.

The functions are those in functions/, so a new one is among them by itself.
"""

import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import unread_bodies
from functions import stripe_webhook
from local import sampling
from local.gateway import path_of
from local.net.ports import HOST, free_port
from shared.edge import access, request_bodies, requests
from tests.support import api, functions, triggers
from tests.support.cloud_kit import Cloud
from tests.support.framework import START_SECONDS, listens, served
from tests.support.functions import HTTP, INTERNAL, TRIGGERS
from tests.support.people import Person, administrator

ROOT = Path(__file__).resolve().parents[2]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
BODY_BYTES = 32 * 1024 * 1024

READ_FIRST = {"stripe_webhook": stripe_webhook.BODY_BYTES} | dict.fromkeys(TRIGGERS, request_bodies.EVENT_BYTES)
"""What must be read before it is known who sent it: a signature covers the body, and the framework reads events."""

JSON = {"Content-Type": "application/json"}
KEYED = {**JSON, "Idempotency-Key": "k1"}
FRAMINGS = ["by its length", "chunked"]


def framed(names: Iterable[str]) -> list[tuple[str, str]]:
    """Each function with one of the framings, or with both."""
    return [(name, framing) for name in sorted(names) for framing in sampling.one(FRAMINGS, f"framing for {name}")]


class Wire:
    """A body without end, that counts what is read of it."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "a read without a limit"
        self.read_bytes += size
        return b" " * size


def read_of(framing: str, function: str, method: str, headers: dict[str, str], path: str = "") -> tuple[int, int]:
    """How many bytes of a body of 32 MiB are read, and the status of the answer."""
    wire = Wire()
    environ = EnvironBuilder(path or path_of(function), method=method, headers=Headers(headers)).get_environ()
    environ["wsgi.input"] = wire
    if framing == "chunked":
        environ |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        environ.pop("CONTENT_LENGTH", None)
    else:
        environ["CONTENT_LENGTH"] = str(BODY_BYTES)
    chunks, status, _ = run_wsgi_app(api.GATEWAY, environ, buffered=True)
    del chunks
    return wire.read_bytes, int(status.split()[0])


# -- how much is read --------------------------------------------------------------------------------------------------


@pytest.mark.deep
@pytest.mark.threat(94)
@pytest.mark.parametrize(("function", "framing"), framed(functions.ALL))
def test_of_a_strangers_body_nothing_is_read(cloud: Cloud, function: str, framing: str) -> None:
    preflight = {"Origin": "https://guilder.example", "Access-Control-Request-Method": "POST"}
    people = [Person(email_verified=False), Person(provider="anonymous"), Person(claims={"exp": 1})]
    tokens = ["forged", *(person.token for person in people)]
    for method in METHODS:
        most = READ_FIRST.get(function, -1) + 1 if (method, framing) == ("POST", "chunked") else 0
        for headers in ({}, JSON, preflight, *({"Authorization": f"Bearer {token}"} for token in tokens)):
            read_bytes, status = read_of(framing, function, method, headers)

            assert (read_bytes <= most, status < 500) == (True, True), (method, headers, read_bytes, status)


@pytest.mark.deep
@pytest.mark.threat(94)
@pytest.mark.parametrize(("function", "framing"), framed(HTTP))
def test_of_the_body_of_who_may_call_no_more_is_read_than_it_may_have(
    cloud: Cloud, function: str, framing: str
) -> None:
    token = cloud.token(function) if function in INTERNAL else administrator().token
    allowed = {"Authorization": f"Bearer {token}", **KEYED}
    most = READ_FIRST.get(function, requests.BODY_BYTES) + 1 if framing == "chunked" else 0

    assert read_of(framing, function, "POST", allowed) == ((0, 405) if function in functions.READ else (most, 413))
    for method in set(METHODS) - {"POST"}:
        assert read_of(framing, function, method, allowed)[0] == 0
    assert read_of(framing, function, "POST", allowed | {"Content-Encoding": "gzip"})[0] == 0
    if function not in READ_FIRST:
        assert read_of(framing, function, "POST", allowed | {"Content-Type": "text/plain"})[0] == 0


@pytest.mark.threat(94)
def test_a_function_that_breaks_reads_no_more_either(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(access.VERIFIED), "authorize", broken)

    assert read_of("chunked", "tip", "POST", JSON) == (0, 500)


# -- over the wire -----------------------------------------------------------------------------------------------------


class Gunicorn:
    """Every function behind the server that serves them when they are deployed, and what it printed."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log
        self._seen = 0

    def send(self, data: bytes) -> bytes:
        """Everything that is answered to these bytes, until the other side closes the connection."""
        with socket.create_connection((HOST, self.port), timeout=30) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def printed(self) -> str:
        """What was printed since the last call."""
        text = self._log.read_text(encoding="utf-8")
        new, self._seen = text[self._seen :], len(text)
        return new


@pytest.fixture
def gunicorn(cloud: Cloud, tmp_path: Path) -> Iterator[Gunicorn]:
    port, log = free_port(), tmp_path / "gunicorn.log"
    command = [sys.executable, "-m", "gunicorn", "--worker-class=gthread", "--threads=8", "--log-level=error"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, f"--bind={HOST}:{port}", "local.gateway:app"],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not listens(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, "gunicorn does not listen"
                time.sleep(0.02)
            yield Gunicorn(port, log)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def head(method: str, function: str, *headers: str) -> bytes:
    lines = [f"{method} {path_of(function)} HTTP/1.1", "Host: guilder.example", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answers(text: bytes) -> list[tuple[int, str, bytes]]:
    """Status, kind and body of each answer on a connection."""
    found = []
    for part in re.split(rb"(?=HTTP/1\.1 \d{3} )", text)[1:]:
        lines, _, body = part.partition(b"\r\n\r\n")
        kind = re.search(rb"(?im)^content-type: ([^\r]*)", lines)
        found.append((int(lines.split()[1]), kind.group(1).decode() if kind else "", body))
    return found


WORD = "wrd9f3a"
"""Not to be found in an answer or a log."""

BROKEN = {
    "no number": f"ZZ{WORD}\r\n".encode(),
    "below zero": b"-1\r\n",
    "ends at once": b"",
    "ends in a chunk": b"20\r\n{",
    "ends after a chunk": b"2\r\n{}\r\n",
    "no end of a chunk": f"2\r\n{{}}{WORD}\r\n0\r\n\r\n".encode(),
    "a trailer that is none": f"2\r\n{{}}\r\n0\r\n{WORD}\r\n\r\n".encode(),
}


@pytest.mark.threat(95)
def test_a_broken_body_is_refused_by_every_function_in_our_words(cloud: Cloud, gunicorn: Gunicorn) -> None:
    for function in sorted(functions.ALL):
        token = cloud.token(function) if function in INTERNAL else administrator().token
        allowed: tuple[str, ...] = (
            f"Authorization: Bearer {token}",
            "Content-Type: application/json",
            "Idempotency-Key: k1",
        )
        cases: list[tuple[str, tuple[str, ...], bytes]]
        cases = [("POST", allowed, broken) for broken in BROKEN.values()]
        cases += [
            (method, headers, BROKEN["no number"]) for method in ("POST", "GET", "PUT") for headers in ((), allowed)
        ]
        for method, headers, broken in cases:
            told = f"{method} {function} {headers!r} {broken!r}"

            text = gunicorn.send(head(method, function, *headers, "Transfer-Encoding: chunked") + broken)

            [(status, kind, body)] = answers(text)
            is_taken = headers == allowed and function not in functions.READ
            if method == "POST" and (is_taken or function in READ_FIRST):
                assert (status, kind) == (400, "application/problem+json"), told
            elif status >= 300:
                assert (status < 500, kind) == (True, "application/problem+json"), told
            assert WORD.encode() not in body, told
            log = gunicorn.printed()
            assert [json.loads(line)["event"] for line in log.splitlines()] == ["request"], (told, log)
            assert WORD not in log, told


@pytest.mark.threat(94)
def test_what_is_unread_is_not_taken_for_the_next_request(cloud: Cloud, gunicorn: Gunicorn) -> None:
    smuggled = head("GET", "get_catalog")
    for function in sorted(functions.ALL):
        for framing, body in (
            (f"Content-Length: {len(smuggled)}", smuggled),
            ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(smuggled), smuggled)),
        ):
            text = gunicorn.send(head("POST", function, framing) + body)

            [(status, _, _)] = answers(text)
            assert 400 <= status < 500, function
            if function not in READ_FIRST:
                assert b"connection: close" in text.lower(), function


def test_a_connection_whose_body_was_read_takes_the_next_request(cloud: Cloud, gunicorn: Gunicorn) -> None:
    headers = (f"Authorization: Bearer {Person().token}", "Content-Type: application/json", "Content-Length: 2")

    both = gunicorn.send(head("POST", "open_account", *headers) + b"{}" + head("GET", "get_catalog"))

    assert [status for status, _, _ in answers(both)] == [200, 200]


BROKEN_HEADS: list[tuple[str, ...]] = [
    ("Content-Length: 2", "Transfer-Encoding: chunked"),
    ("Content-Length: 2", "Content-Length: 3"),
    ("Content-Length: +2",),
    ("Content-Length: -2",),
    ("Content-Length: 2, 2",),
    ("Transfer-Encoding: gzip",),
    ("Transfer-Encoding: chunked, chunked",),
    ("Transfer-Encoding: \x0bchunked",),
    tuple(f"X-{n}: 1" for n in range(200)),
    (f"X-Long: {'a' * 10_000}",),
    ("No colon",),
    (": no name",),
    (" folded: 1",),
    (f"Authorization: Bearer {'a' * 8_000}",),
    (f"Idempotency-Key: {'k' * 8_000}",),
    ("X-Cloud-Trace-Context: \xff/1;o=1",),
    ("Function-Execution-Id: a", "Function-Execution-Id: b"),
    ("Origin: \xff",),
    ("Cookie: a=\xff",),
    ("Expect: 200-maybe",),
    ("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "Connection: Upgrade, HTTP2-Settings"),
]


@pytest.mark.threat(94)
def test_a_broken_head_is_answered_once_without_a_trace_in_the_log(gunicorn: Gunicorn) -> None:
    for lines in BROKEN_HEADS:
        told = lines[0][:30]

        text = gunicorn.send(head("GET", "get_catalog", *lines).decode().encode("latin-1") + b"2\r\n{}\r\n0\r\n\r\n")

        [(status, _, _)] = answers(text)[:1]
        assert status in (200, 400, 401, 417, 431, 501), told
        assert "Traceback" not in gunicorn.printed(), told
        assert answers(gunicorn.send(head("GET", "get_catalog", "Connection: close")))[0][0] == 200, told


@pytest.mark.parametrize(
    "query",
    ["a" * 200_000, "&".join(f"a{n}=1" for n in range(20_000)), "%", "%ff=%fe", "a=" + "%00" * 100, "&" * 100_000],
    ids=["long", "many", "half an escape", "no UTF-8", "NULs", "empty"],
)
@pytest.mark.parametrize("function", ["get_feed", "get_post", "tip"])
def test_a_query_of_any_size_is_refused_in_few_words(cloud: Cloud, function: str, query: str) -> None:
    answer = api.call("GET", function, {}, b"", query)

    assert answer.status in (200, 404, 405, 422)
    assert len(json.dumps(answer.body)) < 4096 or answer.status == 200


# -- what the framework answers by itself ------------------------------------------------------------------------------

STRANGE_PATHS = ("/robots.txt", "/favicon.ico", "//", "/a//b", "/../x", "/%00", "/%ff")


@pytest.mark.threat(95)
@pytest.mark.parametrize("function", sorted(functions.ALL))
def test_no_path_is_answered_with_a_page(cloud: Cloud, function: str, capfd: pytest.CaptureFixture[str]) -> None:
    app = api.GATEWAY._app(function)
    for method, path in itertools.product(("GET", "POST"), STRANGE_PATHS):
        environ = EnvironBuilder("/", method=method).get_environ() | {
            "PATH_INFO": urllib.parse.unquote(path, "latin-1")
        }

        chunks, status, headers = run_wsgi_app(app, environ, buffered=True)

        assert int(status.split()[0]) < 500
        assert headers["Content-Type"] in ("application/problem+json", "application/json"), b"".join(chunks)
    lines = capfd.readouterr().out.splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["request"] * 2 * len(STRANGE_PATHS)


@pytest.mark.threat(95)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"ce-id": None}, WORD.encode()),
        ({"ce-specversion": WORD}, b"{}"),
        ({"ce-specversion": None, "Content-Type": "application/cloudevents+json"}, WORD.encode()),
        ({"ce-specversion": None, "Content-Type": "application/cloudevents+json"}, b"[]"),
        ({"ce-specversion": None, "Content-Type": "application/json"}, f'{{"context": "{WORD}"}}'.encode()),
        (
            {"ce-specversion": None, "Content-Type": "application/json"},
            f'{{"context": ["{WORD}"], "data": 1}}'.encode(),
        ),
        ({}, f"\xff{WORD}".encode()),
        ({"ce-time": WORD}, b""),
    ],
)
@pytest.mark.parametrize("function", sorted(TRIGGERS))
def test_what_is_no_event_is_refused_in_our_words(
    cloud: Cloud, function: str, headers: dict[str, str | None], body: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = triggers.deliver_bytes(function, f"likes/{WORD}", body, headers)

    out, err = capfd.readouterr()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.status in (400, 500)
    assert WORD not in json.dumps(answer.body) + out + err
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["request"]
    assert err == ""


# -- memory ------------------------------------------------------------------------------------------------------------


LARGE = [
    ("generate", "by its length"),
    ("generate", "chunked"),
    ("stripe_webhook", "chunked"),
    ("count_likes", "chunked"),
]


@pytest.mark.deep
@pytest.mark.threat(94)
@pytest.mark.parametrize(("function", "framing"), sampling.one(LARGE, "large bodies"))
def test_fifty_bodies_of_32_mib_cost_a_worker_next_to_nothing(function: str, framing: str) -> None:
    environment = {
        "GOOGLE_CLOUD_PROJECT": "demo-bodies",
        "THREADS": "20",
        "CURSOR_SECRET": "c",
        "STRIPE_SECRET_KEY": "sk_test_local",
        "STRIPE_WEBHOOK_SECRET": "whsec_test",
        "CHECKOUT_SUCCESS_URL": "https://guilder.example/{CHECKOUT_SESSION_ID}",
        "CHECKOUT_CANCEL_URL": "https://guilder.example/",
        "MEDIA_BUCKET": "media",
        "INTERNAL_URL": "https://guilder.example",
        "INVOKER_EMAIL": "invoker@guilder.example",
        "TASKS_LOCATION": "us-central1",
    }
    with served(function, ROOT, environment) as process:
        grown = unread_bodies.growth_mebibytes(process.port, process.process.pid, is_chunked=framing == "chunked")

    assert grown <= 64
