"""The real functions, with stand-ins that the simulation controls for everything that they call.

Firestore is the emulator, in a project of this world's own; Stripe is the local one. Tasks and media are kept in
memory, since the simulation makes them fail and late, and looks into them.
"""

import concurrent.futures
import contextlib
import datetime
import functools
import json
import logging
import random
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import functions_framework  # noqa: F401 - before logging is set up, which it does as well
import google.api_core.retry.retry_streaming
import google.api_core.retry.retry_unary
import stripe
import stripe._webhook
from google.cloud.firestore_v1 import types as firestore_types
from werkzeug.test import Client

import local.stripe.objects
import shared.art.images
import shared.art.media
import shared.art.picture_sweep
import shared.clock
import shared.cloud.checkpoint
import shared.cloud.clients
import shared.cloud.queries
import shared.cloud.queue
import shared.cloud.sums
import shared.config
import shared.economy.chosen
import shared.edge.identity
import shared.money.payments
import shared.money.summaries
from local.gateway import Gateway, path_of
from local.google.oidc import Issuer
from local.parts import INVOKER, Parts, forget_clients, variables_set
from simulation import invariants, terms
from simulation.bucket import Bucket
from simulation.clock import SimulatedClock
from simulation.cloud_tasks import CloudTasks, QueuedTask
from simulation.faults import Boundary, Crash, Hook
from simulation.firestore_wire import Wire, intercept
from simulation.image_model import ImageModel
from simulation.logs import LibraryLogs, LogWatch
from simulation.lot_rules import Time
from simulation.mirror import Change, Mirror
from simulation.people import Person
from simulation.stripe_account import StripeAccount, failing_client
from simulation.violations import Violation, require

WEBHOOK_SECRET = "whsec_simulation"  # noqa: S105 - signs only what the simulation sends
GATEWAY = "https://functions.example"
INTERNAL_URL = f"{GATEWAY}/internal"
PATIENCE_SECONDS = 60.0
CLOCKS_OFF_SECONDS = 5
"""How far an instance's clock may be from the queue's and Firestore's, to either side."""

AUDIT_PAGE = 4
"""Small, so that an audit of a few users has several pages, and can die between them."""

SWEPT_PAGE = 4
"""The same for the sweep of pictures."""

AUDIT_LIFETIME_SECONDS = 240
"""The emulator keeps the versions of a document for five minutes of real time, where Firestore keeps them for an hour;
an older moment of a document that changed since is answered UNKNOWN."""

SIMULATION = Path(__file__).resolve().parent
SHARED = SIMULATION.parent / "shared"
PASSED_BY_ALL = (
    "clients.py",
    "commits.py",
    "documents.py",
    "transaction.py",
    "faults.py",
    "firestore_wire.py",
    "world.py",
)

_GATEWAY = Gateway()


@functools.cache
def _issuer() -> Issuer:
    return Issuer()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a function; ``body`` is decoded JSON, or text."""

    status: int
    body: Any

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class World:
    """Everything that one run uses; see ``running``."""

    def __init__(self, project: str, seed: str) -> None:
        self.project = project
        self.clock = SimulatedClock()
        self.boundary = Boundary()
        self.mirror = Mirror()
        self.hook: Hook | None = None
        """Decides which calls of the functions fail; calls of the simulation itself do not."""
        self.on_commit: Callable[[Sequence[Change]], None] = lambda _changes: None
        self.on_task: Callable[[QueuedTask], None] = lambda _task: None
        self.wire = Wire(self.boundary, self.clock, self._committed)
        self.tasks = CloudTasks(self.boundary, self.clock, lambda task: self.on_task(task))
        self.bucket = Bucket(self.boundary, self.clock)
        self.images = ImageModel(seed)
        self.stripe = StripeAccount(self.clock)
        self.logs = LogWatch()
        self.changed_offers: set[str] = set()
        """Orders that ask for something else than their sessions: a person decides on them."""
        self.spoilt: set[str] = set()
        """Users whose wallets do not add up, because somebody wrote into them by hand."""
        self._tokens: dict[str, str] = {}
        self._begun: list[datetime.datetime] = []
        """When each of the requests began that are under way, of which one may act in the middle of another."""
        self._instances = random.Random(f"{seed}/instances")
        self._clock_is_off = datetime.timedelta()

    def now(self) -> datetime.datetime:
        """Returns the time by the clock of the instance that serves the current request."""
        return self.clock.now() + self._clock_is_off

    @contextlib.contextmanager
    def _on_an_instance(self) -> Iterator[None]:
        """Serves a request on an instance with a clock of its own."""
        before = self._clock_is_off
        self._clock_is_off = datetime.timedelta(
            seconds=self._instances.uniform(-CLOCKS_OFF_SECONDS, CLOCKS_OFF_SECONDS)
        )
        try:
            yield
        finally:
            self._clock_is_off = before

    def call(
        self, function: str, headers: dict[str, str], data: bytes = b"", method: str = "POST", query: str = ""
    ) -> Answer | None:
        """Makes one request. Returns None when the process died before it answered.

        Raises:
            Violation: the function failed unexpectedly, or broke a rule.
            EmulatorFailure: the Firestore emulator failed.
        """
        watched = self.logs.unexpected
        seen = len(watched)
        self._begun.append(self.clock.now())
        try:
            with self.boundary.hooked(self.hook), self._on_an_instance():
                response = Client(_GATEWAY).open(
                    path_of(function), method=method, headers=headers, data=data, query_string=query
                )
                text = response.get_data(as_text=True)
        except Crash:
            return None
        finally:
            self._begun.pop()
            self.wire.holds_locks = False
        for line in watched[seen:]:
            what = f"{line['function']} failed with {line['error']}: {line['message']}, at {line['stack'][-4:]}"
            raise Violation("broken", what)
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(response.status_code, json.loads(text) if is_json else text)

    def post(self, function: str, person: Person, body: object, key: str | None = None) -> Answer | None:
        """Makes a user's request with a JSON body."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {person.token(self.project)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.call(function, headers, json.dumps(body).encode())

    def get(self, function: str, person: Person, query: str = "") -> Answer | None:
        """Makes a user's request with query parameters."""
        headers = {"Authorization": f"Bearer {person.token(self.project)}"}
        return self.call(function, headers, method="GET", query=query)

    def call_as_google(self, function: str, data: bytes = b"{}") -> Answer | None:
        """Makes a call with the OIDC token of our service account, as Cloud Tasks and Cloud Scheduler do."""
        if function not in self._tokens:
            self._tokens[function] = _issuer().mint(INVOKER, f"{INTERNAL_URL}/{function.replace('_', '-')}")
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._tokens[function]}"}
        return self.call(function, headers, data)

    def _committed(self, writes: Sequence[firestore_types.Write]) -> None:
        changes = self.mirror.apply(writes)
        if any(change.collection == "users" for change in changes):
            writer = _writer()
            require(SHARED not in writer.parents or writer.parent == SHARED / "money", f"{writer.name} wrote a wallet")
        now = self.clock.now()
        invariants.check(changes, self.mirror, Time(min(self._begun, default=now), now), but_for=self.spoilt)
        self.spoilt = {user_id for user_id in self.spoilt if not invariants.adds_up(user_id, self.mirror)}
        self.on_commit(changes)


def _writer() -> Path:
    """Returns the file of ours that made the current commit: the innermost one that not every commit passes."""
    frame: types.FrameType | None = sys._getframe()
    while frame is not None:
        path = _writer_in(frame.f_code.co_filename)
        if path is not None:
            return path
        frame = frame.f_back
    raise RuntimeError("nobody asked for this commit")


@functools.cache
def _writer_in(filename: str) -> Path | None:
    """Returns the path of a file of ours that not every commit passes, and None for any other."""
    path = Path(filename)
    return path if {SHARED, SIMULATION} & set(path.parents) and path.name not in PASSED_BY_ALL else None


class _SeededSecrets:
    """Stands in for the part of ``secrets`` with which the local Stripe makes its ids."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self.choice = self._random.choice

    def token_hex(self, size: int) -> str:
        return self._random.randbytes(size).hex()


class _Inline(concurrent.futures.Executor):
    """A pool without threads, so that the order of its calls is always the same."""

    def __init__(self, _threads: int) -> None:
        super().__init__()

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> concurrent.futures.Future[Any]:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            future.set_result(call(*given, **named))
        except Exception as error:  # noqa: BLE001 - handed to who asks for the result
            future.set_exception(error)
        return future


_INLINE = types.SimpleNamespace(
    futures=types.SimpleNamespace(ThreadPoolExecutor=_Inline, Executor=concurrent.futures.Executor)
)
"""Stands in for ``concurrent`` in modules that use threads."""


@contextlib.contextmanager
def running(project: str, seed: str, firestore_address: str) -> Iterator[World]:
    """A world in a project of its own, with everything that the functions call in its hands until the block ends."""
    world = World(project, seed)
    with Parts(_issuer()) as parts, contextlib.ExitStack() as stack:
        parts.start_issuer()
        parts.start_stripe(world.stripe.server, WEBHOOK_SECRET)
        given = {
            "FIRESTORE_EMULATOR_HOST": firestore_address,
            "CURSOR_SECRET": "simulation",
            "IDENTITY_SECRET": "simulation of identity",
            "ECONOMY": terms.ECONOMY,
        }
        stack.enter_context(variables_set(parts.environment(project, GATEWAY, given)))
        stack.enter_context(_logging())
        stack.enter_context(_patient_store())
        for owner, name, replacement in (
            (shared.clock, "now", world.now),
            (shared.clock, "real_now", world.now),
            (shared.clock, "monotonic", world.clock.monotonic),
            (shared.clock, "sleep", world.clock.sleep),
            (shared.clock, "at", lambda _moment: world.clock.now()),
            (shared.config, "ECONOMIES", terms.ECONOMIES),
            (shared.economy.chosen, "ECONOMIES", terms.ECONOMIES),
            (shared.cloud.queue, "tasks", lambda: world.tasks),
            (shared.edge.identity, "require_unrevoked", lambda _authorization: None),  # there is no Firebase Auth here
            (shared.art.media, "bucket", lambda: world.bucket),
            (shared.art.media, "signing_credentials", dict),
            (shared.art.images, "generate", world.images.generate),
            # Turns are taken within an instance, and requests that overlap here are on two.
            (shared.money.payments, "turn_if_free", lambda _name: contextlib.nullcontext(True)),
            (stripe._webhook, "time", world.clock),
            (google.api_core.retry.retry_unary, "time", world.clock),
            (google.api_core.retry.retry_streaming, "time", world.clock),
            (shared.cloud.checkpoint, "PAGE", AUDIT_PAGE),
            (shared.cloud.checkpoint, "SNAPSHOT_LIFETIME_SECONDS", AUDIT_LIFETIME_SECONDS),
            (shared.cloud.sums, "SECONDS", PATIENCE_SECONDS),
            (shared.cloud.checkpoint, "concurrent", _INLINE),
            (shared.cloud.queries, "concurrent", _INLINE),
            (shared.art.media, "concurrent", _INLINE),
            (shared.money.summaries, "concurrent", _INLINE),
            (shared.art.picture_sweep, "bucket", lambda: world.bucket),
            (shared.art.picture_sweep, "PAGE", SWEPT_PAGE),
            (stripe, "RequestsClient", failing_client(world.boundary, world.stripe)),
            (local.stripe.objects, "secrets", _SeededSecrets(f"{seed}/ids")),
        ):
            stack.enter_context(_replaced(owner, name, replacement))
        forget_clients()
        stack.callback(forget_clients)
        intercept(shared.cloud.clients.store(), world.wire)
        stack.enter_context(contextlib.redirect_stdout(world.logs))
        yield world


@contextlib.contextmanager
def _replaced(owner: Any, name: str, replacement: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextlib.contextmanager
def _patient_store() -> Iterator[None]:
    """Gives every call enough time on a busy machine, so that only the seed decides what fails."""
    usual = shared.cloud.clients.STORE["timeout"]
    shared.cloud.clients.STORE["timeout"] = PATIENCE_SECONDS
    try:
        yield
    finally:
        shared.cloud.clients.STORE["timeout"] = usual


@contextlib.contextmanager
def _logging() -> Iterator[None]:
    """Takes everything that libraries log."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = [LibraryLogs()]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers = before
        root.setLevel(level)
