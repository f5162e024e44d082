"""The parts that a cloud on one machine is put together from, and the environment that a function runs with in it.

The local cloud, the tests, the benchmark and the simulation each start the parts that they need. A part that starts
adds the variables that point at it; ``Parts.environment`` is all that a function is told.
"""

import contextlib
import datetime
import functools
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self, TypeVar

from google.cloud import tasks_v2

from local.gateway import DESCRIPTION_PATH
from local.google.firestore_emulator import FirestoreEmulator
from local.google.oidc import Issuer, IssuerServer
from local.google.storage import StorageEmulator, write_throwaway_key
from local.google.tasks.server import TasksServer
from local.google.users import Users
from local.net.http_client import HttpClient, NoAnswer
from local.net.ports import HOST
from local.net.process import Process
from local.stripe.server import StripeServer
from shared.manifest import FUNCTIONS, QUEUES

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "firestore.rules"

LOCATION = "us-central1"
INVOKER = "invoker@demo-guilder.iam.gserviceaccount.com"
STRIPE_KEY = "sk_test_local"
FAIL_WORD = "fail-me"
"""In a prompt, it has the embedded image model fail."""

NOWHERE = f"{HOST}:1"
"""Where nothing listens. As the address of an Auth emulator it has unsigned ID tokens accepted, which takes no call.

Only administrators' tokens do: for those there is ``Parts.start_users``."""

GATEWAY_START_SECONDS = 60.0
GATEWAY_ANSWER_SECONDS = 5.0
GATEWAY_THREADS = 32
KEEP_ALIVE_SECONDS = 30
"""Longer than Hosting and other clients keep an idle connection, so that none sends on one that is being closed."""

INHERITED = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
"""What a process of the functions has of our own environment."""

Progress = Callable[[str], None]


class Part(Protocol):
    """Something that listens from its start to its end."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


_Part = TypeVar("_Part", bound=Part)


class Parts:
    """The parts that were started; leaving the block stops them, the last first.

    ``issuer`` signs the tokens of our service account, as Google would. ``progress`` is told of each part that is up,
    and how long that took.
    """

    def __init__(self, issuer: Issuer | None = None, progress: Progress = lambda _part: None) -> None:
        self.issuer = issuer or Issuer()
        self._progress = progress
        self._variables: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self, name: str, part: _Part) -> _Part:
        """The part, started."""
        begun = time.monotonic()
        self._stack.callback(part.stop)
        part.start()
        self._progress(f"{name} ({time.monotonic() - begun:.1f} s)")
        return part

    def when_stopping(self, call: Callable[..., object], *arguments: object) -> None:
        """Has the call made when what is started after it has stopped, and nothing else has."""
        self._stack.callback(call, *arguments)

    def enter(self, context: AbstractContextManager[object]) -> None:
        """Enters the context, and leaves it when what is started after it has stopped."""
        self._stack.enter_context(context)

    def start_issuer(self) -> IssuerServer:
        """The server of the issuer's certificates."""
        server = self.start("OIDC issuer", IssuerServer(0, self.issuer))
        self._variables |= {"OIDC_CERTS_URL": server.certs_url, "OIDC_ISSUER": server.issuer_url}
        return server

    def start_tasks(self, port: int = 0, project: str | None = None) -> TasksServer:
        """A Cloud Tasks, which begins with the queues of ``project``."""
        server = self.start("Cloud Tasks", TasksServer(port, self.issuer, queues(project) if project else ()))
        self._variables["CLOUD_TASKS_EMULATOR_HOST"] = server.address
        return server

    def start_storage(self, bucket: str, media: Path, port: int = 0) -> StorageEmulator:
        """A Cloud Storage with one bucket, whose objects lie in ``media``."""
        server = self.start("Cloud Storage", StorageEmulator(port, media, bucket))
        self._variables |= {"STORAGE_EMULATOR_HOST": server.url, "MEDIA_BUCKET": bucket}
        return server

    def write_key(self, project: str, folder: Path) -> Path:
        """The key file of an account that nobody knows, to sign URLs with."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "service-account.json"
        write_throwaway_key(path, project)
        self._variables["GOOGLE_APPLICATION_CREDENTIALS"] = str(path)
        return path

    def start_stripe(self, server: StripeServer, webhook_secret: str) -> StripeServer:
        """The local Stripe, whose events are signed with the secret."""
        self.start("Stripe", server)
        self._variables |= {"STRIPE_API_BASE": server.url, "STRIPE_WEBHOOK_SECRET": webhook_secret}
        return server

    def start_firestore(self, emulator: FirestoreEmulator) -> FirestoreEmulator:
        """The Firestore emulator."""
        self.start("Firestore", emulator)
        self._variables["FIRESTORE_EMULATOR_HOST"] = emulator.address
        return emulator

    def start_users(self) -> Users:
        """A Firebase Auth that is asked for users, and signs in nobody."""
        users = self.start("users", Users())
        self._variables["FIREBASE_AUTH_EMULATOR_HOST"] = users.address
        return users

    def environment(self, project: str, gateway: str, given: Mapping[str, str]) -> dict[str, str]:
        """Every variable of a function: what is given here, what the parts say, and what does for any local cloud.

        One that a function requires and that nothing here knows has its own name as its value: enough to start with.
        """
        return {
            **{name: name.lower() for it in FUNCTIONS.values() for name in it.required},
            "GOOGLE_CLOUD_PROJECT": project,
            "FIREBASE_AUTH_EMULATOR_HOST": NOWHERE,
            "STRIPE_SECRET_KEY": STRIPE_KEY,
            **return_addresses(gateway),
            "INTERNAL_URL": f"{gateway}/internal",
            "INVOKER_EMAIL": INVOKER,
            "TASKS_LOCATION": LOCATION,
            "GEMINI_API_KEY": "",
            "LOCAL_IMAGE_FAIL_WORD": FAIL_WORD,
            **self._variables,
            **given,
        }


def return_addresses(site: str) -> dict[str, str]:
    """Where Stripe's pages return to, on the site of that origin."""
    return {
        "CHECKOUT_SUCCESS_URL": f"{site}/tokens/success?session_id={{CHECKOUT_SESSION_ID}}",
        "CHECKOUT_CANCEL_URL": f"{site}/tokens/cancel",
        "PORTAL_RETURN_URL": f"{site}/settings",
        "RELOAD_SETUP_URL": f"{site}/settings",
    }


class Functions:
    """The gateway in a gunicorn of its own, as functions-framework itself serves one function in production."""

    def __init__(self, gateway: str, environment: Mapping[str, str], log: Path, reload: bool = False) -> None:
        self._url = f"{gateway}{DESCRIPTION_PATH}"
        command = [sys.executable, "-m", "gunicorn", "local.gateway:app", "--chdir", str(ROOT)]
        command += ["--bind", gateway.removeprefix("http://"), "--threads", str(GATEWAY_THREADS), "--timeout", "0"]
        command += ["--keep-alive", str(KEEP_ALIVE_SECONDS), "--no-control-socket", "--log-level", "warning"]
        if reload:
            # Functions are imported when first called, and tables never: watch them from the start.
            files = ("functions/*.py", "functions/*.toml", "shared/**/*.py", "economies/*.toml")
            command += ["--reload", *(part for name in files for part in ("--reload-extra-file", f"{ROOT}/{name}"))]
        self._process = Process("functions", command, log, {**INHERITED, **environment})

    def start(self) -> None:
        self._process.start(self._answers, GATEWAY_START_SECONDS)

    def stop(self) -> None:
        self._process.stop()

    def _answers(self) -> bool:
        try:
            return HttpClient().send("GET", self._url, {}, b"", GATEWAY_ANSWER_SECONDS).status == HTTPStatus.OK
        except NoAnswer:
            return False


def queues(project: str, backoff_seconds: tuple[float, float] | None = None) -> list[tasks_v2.Queue]:
    """The queues of the manifest in the project; their tasks are tried again as there, or after ``backoff_seconds``."""
    made = []
    for it in QUEUES.values():
        shortest, longest = backoff_seconds or (it.min_backoff, it.max_backoff)
        retries = tasks_v2.RetryConfig(
            max_attempts=it.max_attempts,
            min_backoff=datetime.timedelta(seconds=shortest),
            max_backoff=datetime.timedelta(seconds=longest),
        )
        made.append(tasks_v2.Queue(name=f"{location(project)}/queues/{it.name}", retry_config=retries))
    return made


def location(project: str) -> str:
    """Where the project's queues are, as Cloud Tasks calls it."""
    return f"projects/{project}/locations/{LOCATION}"


@contextmanager
def variables_set(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets the variables of this process, and afterwards puts back what was there."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@functools.cache
def _caches_of(module: ModuleType) -> list[Any]:
    return [each for each in vars(module).values() if isinstance(each, functools._lru_cache_wrapper)]


def forget_clients() -> None:
    """Empties every cache in shared/, so that the next use reads the environment and connects anew."""
    clients: Any = sys.modules.get("shared.cloud.clients")
    if clients and clients.store.cache_info().currsize:
        with contextlib.suppress(ValueError):  # closed before
            clients.store().close()
    for module in [module for name, module in sys.modules.items() if name.startswith("shared.")]:
        for cached in _caches_of(module):
            cached.cache_clear()
    # firebase-admin keeps its apps by name, and refuses to make a second one of the same name.
    admin = sys.modules.get("firebase_admin")
    if admin:
        for app in list(admin._apps.values()):
            admin.delete_app(app)
