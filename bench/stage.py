"""What the benchmark runs on: the Firestore emulator, a local Cloud Tasks, Storage, an OIDC issuer and Eventarc.

The code that is measured runs in this process, so that its RPCs can be counted; where a request has to pass through
deployed functions, ``serving`` runs them in a process of their own.
"""

import contextlib
import functools
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from google.cloud import tasks_v2

from local.gateway import path_of
from local.google.eventarc import Eventarc, register_triggers
from local.google.firestore_emulator import FirestoreEmulator
from local.google.oidc import Issuer, IssuerServer
from local.google.storage import StorageEmulator, write_throwaway_key
from local.google.tasks.server import TasksServer
from local.net.http_server import HttpServer, Request, Response
from local.net.ports import HOST, free_port
from local.net.process import Process

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
FOLDER = BUILD / "bench"

LOCATION = "us-central1"
INVOKER = "invoker@demo-bench.iam.gserviceaccount.com"
BUCKET = "demo-bench-media"
GATEWAY_START_SECONDS = 60.0
GATEWAY_THREADS = 32

JVM_OPTIONS = ("-Xmx4g", "-Xmn1500m", "-XX:+UseParallelGC", "-Duser.language=en")
"""Quick after a while rather than quick to start, with room for a large ledger. Of the collectors the parallel one
takes the least processor time for an aggregation: 0.47 s over 50 000 lines; G1 takes 0.57, the serial one 0.82."""

POST_WRITTEN = "post_written"
"""A trigger of the benchmark's own: tells of every write to a post."""

_INHERITED = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}


@dataclass(frozen=True, slots=True)
class Stage:
    """All parts that run; the environment of this process points at them."""

    firestore: FirestoreEmulator
    tasks: TasksServer
    issuer: Issuer
    eventarc: Eventarc
    gateway: str
    post_writes: "Heard"
    environment: dict[str, str]


class Heard:
    """A target of Eventarc that only notes when it was told something, in seconds since the epoch."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._lock = threading.Lock()
        self.server = HttpServer(0, self._note)

    @property
    def times(self) -> list[float]:
        with self._lock:
            return list(self._times)

    def _note(self, _request: Request) -> Response:
        with self._lock:
            self._times.append(time.time())
        return Response(200)


@contextmanager
def running() -> Iterator[Stage]:
    """Runs the stage; leaving the block ends every process and frees every port."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    key_file = FOLDER / "service-account.json"
    write_throwaway_key(key_file, "demo-bench")
    gateway = f"http://{HOST}:{free_port()}"
    issuer, heard = Issuer(), Heard()
    with ExitStack() as stack:
        heard.server.start()
        stack.callback(heard.server.stop)
        certificates = IssuerServer(0, issuer)
        routes = {"count_likes": gateway + path_of("count_likes"), POST_WRITTEN: heard.server.url}
        tasks = TasksServer(0, issuer)
        storage = StorageEmulator(0, FOLDER / "media", BUCKET)
        eventarc = Eventarc(0, routes)
        for part in (certificates, tasks, storage, eventarc):
            part.start()
            stack.callback(part.stop)
        firestore = FirestoreEmulator(
            0,
            "demo-bench",
            ROOT / "firestore.rules",
            eventarc.address,
            log=FOLDER / "firestore.log",
            jvm_options=JVM_OPTIONS,
        )
        firestore.start()
        stack.callback(firestore.stop)
        environment = {
            "FIRESTORE_EMULATOR_HOST": firestore.address,
            "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:1",  # unsigned tokens; nothing needs to listen
            "STORAGE_EMULATOR_HOST": storage.url,
            "CLOUD_TASKS_EMULATOR_HOST": tasks.address,
            "GOOGLE_APPLICATION_CREDENTIALS": str(key_file),
            "STRIPE_SECRET_KEY": "sk_test_local",
            "STRIPE_WEBHOOK_SECRET": "whsec_local",
            "CHECKOUT_SUCCESS_URL": f"{gateway}/checkout/success",
            "CHECKOUT_CANCEL_URL": f"{gateway}/checkout/cancel",
            "MEDIA_BUCKET": BUCKET,
            "INTERNAL_URL": f"{gateway}/internal",
            "INVOKER_EMAIL": INVOKER,
            "OIDC_CERTS_URL": certificates.certs_url,
            "OIDC_ISSUER": certificates.issuer_url,
            "TASKS_LOCATION": LOCATION,
            "CURSOR_SECRET": uuid.uuid4().hex,
            "IDENTITY_SECRET": uuid.uuid4().hex,
        }
        stack.enter_context(_environment(environment))
        stage = Stage(firestore, tasks, issuer, eventarc, gateway, heard, environment)
        new_project(stage)
        stack.callback(_forget)
        yield stage


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets the variables of this process, and puts back what was there."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def new_project(stage: Stage) -> str:
    """The id of an empty project that this process's clients use from now on, with its queues."""
    _forget()
    project = f"demo-{uuid.uuid4().hex[:12]}"
    os.environ["GOOGLE_CLOUD_PROJECT"] = stage.environment["GOOGLE_CLOUD_PROJECT"] = project
    from shared.cloud.clients import tasks

    parent = f"projects/{project}/locations/{LOCATION}"
    for queue in ("generations", "likes", "authors"):
        tasks().create_queue(parent=parent, queue=tasks_v2.Queue(name=f"{parent}/queues/{queue}"))
    # No worker runs the generations while their acceptance is measured.
    stage.tasks.pause(f"{parent}/queues/generations")
    stage.firestore.put_rules(project, (ROOT / "firestore.rules").read_text(encoding="utf-8"))
    return project


@contextmanager
def serving(stage: Stage, project: str) -> Iterator[None]:
    """The functions behind the gateway, with the project's triggers."""
    register_triggers(
        stage.firestore.address, project, {"count_likes": "likes/{likeId}", POST_WRITTEN: "posts/{postId}"}
    )
    command = [sys.executable, "-m", "gunicorn", "local.gateway:app", "--chdir", str(ROOT), "--timeout", "0"]
    command += ["--bind", stage.gateway.removeprefix("http://"), "--threads", str(GATEWAY_THREADS)]
    command += ["--no-control-socket", "--log-level", "warning"]
    process = Process("functions", command, FOLDER / "functions.log", environment_of(stage))
    process.start(functools.partial(_answers, stage.gateway), GATEWAY_START_SECONDS)
    try:
        yield
    finally:
        process.stop()


def environment_of(stage: Stage) -> dict[str, str]:
    """The environment of a function's process."""
    return {**_INHERITED, **stage.environment}


def eventually(condition: Callable[[], bool], what: str, timeout_seconds: float = 60.0) -> None:
    """Returns once ``condition`` holds.

    Raises:
        TimeoutError: it did not hold in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_seconds:.0f} s")
        time.sleep(0.02)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 404
    except requests.RequestException:
        return False


def _forget() -> None:
    """Closes and forgets the clients and settings of the last project."""
    from shared import config
    from shared.cloud import clients

    if clients.store.cache_info().currsize:
        with contextlib.suppress(ValueError):  # closed before
            clients.store().close()  # type: ignore[no-untyped-call]  # the library has no type for it
    for cached in (clients.store, clients.tasks, config.settings):
        cached.cache_clear()
