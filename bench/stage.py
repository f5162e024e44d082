"""What the benchmark runs on: the Firestore emulator, a local Cloud Tasks, Storage, an OIDC issuer and Eventarc.

The code that is measured runs in this process, so that its RPCs can be counted; where a request has to pass through
deployed functions, ``serving`` runs them in a process of their own.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local.gateway import path_of
from local.google.eventarc import Eventarc, register_triggers
from local.google.firestore_emulator import FirestoreEmulator
from local.google.oidc import Issuer
from local.google.tasks.server import TasksServer
from local.net.http_server import HttpServer, Request, Response
from local.net.ports import HOST, free_port
from local.parts import INHERITED, ROOT, RULES, Functions, Parts, forget_clients, location, queues, variables_set
from local.stripe.server import StripeServer
from shared.manifest import FUNCTIONS

BUILD = ROOT / "build"
FOLDER = BUILD / "bench"

BUCKET = "demo-bench-media"
WEBHOOK_SECRET = "whsec_bench"  # noqa: S105 - of the local Stripe

JVM_OPTIONS = ("-Xmx4g", "-Xmn1500m", "-XX:+UseParallelGC", "-Duser.language=en")
"""Quick after a while rather than quick to start, with room for a large ledger. Of the collectors the parallel one
takes the least processor time for an aggregation: 0.47 s over 50 000 lines; G1 takes 0.57, the serial one 0.82."""

POST_WRITTEN = "post_written"
"""A trigger of the benchmark's own: tells of every write to a post."""


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
    gateway = f"http://{HOST}:{free_port()}"
    with Parts() as parts:
        heard = Heard()
        parts.start("what hears of posts", heard.server)
        parts.write_key("demo-bench", FOLDER)
        parts.start_issuer()
        parts.start_users()
        parts.start_stripe(StripeServer(webhook_secret=WEBHOOK_SECRET), WEBHOOK_SECRET)
        tasks = parts.start_tasks()
        parts.start_storage(BUCKET, FOLDER / "media")
        routes = {"count_likes": gateway + path_of("count_likes"), POST_WRITTEN: heard.server.url}
        eventarc = parts.start("Eventarc", Eventarc(0, routes))
        log = FOLDER / "firestore.log"
        firestore = parts.start_firestore(
            FirestoreEmulator(0, "demo-bench", RULES, eventarc.address, log, jvm_options=JVM_OPTIONS)
        )
        made_up = {"CURSOR_SECRET": uuid.uuid4().hex, "IDENTITY_SECRET": uuid.uuid4().hex}
        environment = parts.environment("demo-bench", gateway, made_up)
        parts.enter(variables_set(environment))
        stage = Stage(firestore, tasks, parts.issuer, eventarc, gateway, heard, environment)
        new_project(stage)
        parts.when_stopping(forget_clients)
        yield stage


def new_project(stage: Stage) -> str:
    """The id of an empty project that this process's clients use from now on, with its queues."""
    forget_clients()
    project = f"demo-{uuid.uuid4().hex[:12]}"
    os.environ["GOOGLE_CLOUD_PROJECT"] = stage.environment["GOOGLE_CLOUD_PROJECT"] = project
    from shared.cloud.clients import tasks

    for queue in queues(project):
        tasks().create_queue(parent=location(project), queue=queue)
    # No worker runs the generations while their acceptance is measured.
    stage.tasks.pause(f"{location(project)}/queues/generations")
    stage.firestore.put_rules(project, RULES.read_text(encoding="utf-8"))
    return project


@contextmanager
def serving(stage: Stage, project: str) -> Iterator[None]:
    """The functions behind the gateway, with the project's triggers."""
    paths = {"count_likes": FUNCTIONS["count_likes"].path, POST_WRITTEN: "posts/{postId}"}
    register_triggers(stage.firestore.address, project, paths)
    process = Functions(stage.gateway, environment_of(stage), FOLDER / "functions.log")
    process.start()
    try:
        yield
    finally:
        process.stop()


def environment_of(stage: Stage) -> dict[str, str]:
    """The environment of a function's process."""
    return {**INHERITED, **stage.environment}


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
