"""Cold starts: the time to listening and to the first answer, beside a function that does nothing.

Every start is a new process of the plain ``functions-framework`` script, as the buildpack runs it. The functions and
the bare one take turns, so that ratios are meaningful on a busy machine.
"""

import contextlib
import functools
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from google.events.cloud.firestore_v1 import Document, DocumentEventData, Value

from bench import loading, processor
from bench.operations import PROMPT
from bench.rows import Row, at_most
from bench.size import Size
from bench.stage import FOLDER, Stage, environment_of, new_project
from local import buildpack
from local.gateway import MAIN, path_of
from local.google.id_tokens import id_token
from local.net.ports import HOST, free_port
from local.openapi.model import operations
from local.parts import INVOKER, ROOT
from shared.edge.access import ADMIN
from shared.manifest import FUNCTIONS

LIBRARY = "one_read"
"""A function that does nothing but read a document: the limit of a first answer that needs one."""

_BARE = Path(__file__).parent / "bare"
SOURCES = {"bare": _BARE / "main.py", LIBRARY: _BARE / "one_read.py"}
START_TIMEOUT_SECONDS = 60.0
ANSWER_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 10.0

LISTENING_GOAL = 1.1
FIRESTORE_GOAL = 2.4

FOR_ADMINISTRATORS = frozenset(operation.name for operation in operations() if operation.access is ADMIN)

READ = frozenset(operation.name for operation in operations() if operation.method == "GET")

WITHOUT_FIRESTORE = frozenset({"bare", "get_catalog"})
"""Functions whose answer needs no document."""

EXPECTED = (200, 202, 404, 422)
"""What may be answered: done, or refused after a document was looked up."""

EVENT_HEADERS = {
    "Content-Type": "application/protobuf",
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-type": "google.cloud.firestore.document.v1.written",
    "ce-source": "//firestore.googleapis.com/projects/demo/databases/(default)",
    "ce-subject": "documents/likes/ada_p1",
    "ce-time": "2026-01-01T00:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process, and the processor time that it took until the answer."""

    listening: float
    answer: float
    processor: float
    status: int


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Medians of a function's starts, as multiples of the bare function's of the same rounds."""

    function: str
    pyc: bool
    listening: float
    answer: float


def measure(stage: Stage, size: Size) -> tuple[list[Row], list[ColdStart]]:
    """The rows, and the starts for the plot."""
    project = new_project(stage)
    requests = Requests(stage, project)
    functions = sorted(FUNCTIONS if size.cold_start_of is None else size.cold_start_of)
    without = functions if size.without_pyc is None else sorted(size.without_pyc)
    for function in (*SOURCES, *functions):  # writes what byte code is missing
        start(function, requests, {})
    (library,) = _compared([LIBRARY], requests, size.cold_starts, pyc=True)
    found = _compared(functions, requests, size.cold_starts, pyc=True)
    found += _compared(without, requests, 1, pyc=False)
    return [row for start in found for row in _rows(start, library)], found


@functools.cache
def deployed(requirements: Path) -> Path:
    """The functions-framework script of an environment with what is deployed in it, and nothing else.

    Some of the libraries import more where more is installed, as it is for development. Made once for the same text.
    """
    folder = FOLDER / f"deployed-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        buildpack.install(requirements, folder)
        (folder / "installed").touch()
    return folder / "bin" / "functions-framework"


def _compared(functions: list[str], requests: "Requests", rounds: int, pyc: bool) -> list[ColdStart]:
    ratios: dict[str, list[tuple[float, float]]] = {function: [] for function in functions}
    for _ in range(rounds):
        for function in functions:
            with _byte_code(pyc) as environment:
                bare = start("bare", requests, {})  # always with: it is the unit
                seen = start(function, requests, environment)
            ratios[function].append((seen.listening / bare.listening, seen.answer / bare.answer))
    return [
        ColdStart(function, pyc, *(statistics.median(ratio) for ratio in zip(*measured, strict=True)))
        for function, measured in ratios.items()
    ]


def _rows(start: ColdStart, library: ColdStart) -> list[Row]:
    name = f"cold start of {start.function}" + ("" if start.pyc else ", no .pyc")
    reads = start.function not in WITHOUT_FIRESTORE
    listening = at_most(LISTENING_GOAL) if start.pyc else None
    answer = at_most(FIRESTORE_GOAL) if start.pyc and reads else None
    return [
        Row(name, "listening, x bare", start.listening, None, 1, listening),
        Row(name, "first answer, x bare", start.answer, None, library.answer if reads else 1, answer),
    ]


@contextlib.contextmanager
def _byte_code(pyc: bool) -> Iterator[Mapping[str, str]]:
    """The variables that have Python find its byte code, or find none and write none."""
    if pyc:
        yield {}
        return
    empty = FOLDER / "no-byte-code"
    shutil.rmtree(empty, ignore_errors=True)
    yield {"PYTHONPYCACHEPREFIX": str(empty), "PYTHONDONTWRITEBYTECODE": "1"}


def start(function: str, requests: "Requests", extra: Mapping[str, str], tree: Path = ROOT) -> Start:
    """Starts the function of the tree, has it answer once, and ends it.

    Raises:
        RuntimeError: it did not listen in time, or answered something else than it should.
    """
    with served(function, requests.environment(), extra, tree) as (port, began, process_id):
        listening = time.perf_counter() - began
        status = requests.send(function, port)
        answer = time.perf_counter() - began
        spent = processor.seconds_of(process_id)
    if status not in EXPECTED:
        raise RuntimeError(f"{function} answered {status}; see {FOLDER / f'{function}.log'}")
    return Start(listening, answer, spent, status)


@contextlib.contextmanager
def served(
    function: str, environment: Mapping[str, str], extra: Mapping[str, str], tree: Path = ROOT
) -> Iterator[tuple[int, float, int]]:
    """The function in a process of its own, once it listens: its port, when it was started, and its process id."""
    source, port = SOURCES.get(function, tree / MAIN.name), free_port()
    signature = "cloudevent" if function in FUNCTIONS and FUNCTIONS[function].is_trigger else "http"
    command = [
        str(deployed(tree / "requirements.txt")),
        f"--source={source}",
        f"--target={function}",
        f"--signature-type={signature}",
    ]
    log = (FOLDER / f"{function}.log").open("wb")
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, f"--host={HOST}", f"--port={port}"],
        env={**environment, **extra},
        cwd=source.parent,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait_until_listening(process, port, began, function)
        yield port, began, process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_TIMEOUT_SECONDS)
        log.close()


def _wait_until_listening(process: "subprocess.Popen[bytes]", port: int, began: float, function: str) -> None:
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        if process.poll() is not None or time.perf_counter() - began > START_TIMEOUT_SECONDS:
            raise RuntimeError(f"{function} does not listen; see {FOLDER / f'{function}.log'}")
        time.sleep(0.002)


class Requests:
    """A request that each function answers with what it is there for, as far as no other service is needed for it."""

    def __init__(self, stage: Stage, project: str) -> None:
        self._stage = stage
        self._project = project
        self._user_id, self._payee_id = loading.wallets(2, 1000)

    def environment(self) -> dict[str, str]:
        return environment_of(self._stage)

    def send(self, function: str, port: int, path: str = "/") -> int:
        """The status of the answer."""
        method, query, headers, body = self._request(function)
        connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_TIMEOUT_SECONDS)
        try:
            connection.request(method, f"{path}{query}", body=body, headers=headers)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    def _request(self, function: str) -> tuple[str, str, dict[str, str], bytes | None]:
        if function in (*SOURCES, "get_catalog"):
            return "GET", "", {}, None
        if FUNCTIONS[function].is_trigger:
            return "POST", "", EVENT_HEADERS, _event(self._project)
        if FUNCTIONS[function].caller == "stripe":
            return "POST", "", *_webhook(self._stage.environment["STRIPE_WEBHOOK_SECRET"])
        if FUNCTIONS[function].is_internal:
            audience = f"{self._stage.gateway}{path_of(function)}"
            token = self._stage.issuer.mint(INVOKER, audience)
        else:
            claims = {"admin": True} if function in FOR_ADMINISTRATORS else {}
            token = id_token(self._project, self._user_id, claims)
        headers = {"Authorization": f"Bearer {token}"}
        queries = {
            "explain_charge": "?id=none",
            "get_generation": "?id=none",
            "get_post": "?id=none",
            "get_profile": "?userId=none",
        }
        if function in READ:
            return "GET", queries.get(function, ""), headers, None
        bodies: dict[str, dict[str, object]] = {
            "create_checkout": {"package": "none"},  # refused, but only after the account was read
            "confirm_checkout": {"sessionId": "none"},
            "generate": {"feature": "image", "prompt": PROMPT},
            "publish_post": {"generationId": "0" * 32, "caption": ""},
            "tip": {"recipientId": self._payee_id, "amount": 1},
            "set_auto_reload": {"enabled": False},
            "run_reload": {"userId": self._user_id},
            "run_generation": {"generationId": "0" * 32},
            "recount_likes": {"postId": "none", "windowSeconds": 1},
            "update_author": {"userId": "nobody", "windowSeconds": 5, "window": 1},
        }
        headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        return "POST", "", headers, json.dumps(bodies.get(function, {})).encode()


def _event(project: str) -> bytes:
    """A like or a post that was created."""
    name = f"projects/{project}/databases/(default)/documents/likes/ada_p1"
    fields = {field: Value(string_value="p1") for field in ("userId", "postId")}
    return bytes(DocumentEventData.serialize(DocumentEventData(value=Document(name=name, fields=fields))))


def _webhook(secret: str) -> tuple[dict[str, str], bytes]:
    """A signed event of a type that we do not handle."""
    body = json.dumps(
        {"object": "event", "id": "evt_1", "type": "product.created", "livemode": False, "data": {"object": {}}}
    ).encode()
    now = int(time.time())
    signature = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={now},v1={signature}"}, body
