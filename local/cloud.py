"""A cloud on one machine: everything that Guilder runs on, with a real part wherever there is one for 127.0.0.1.

Firestore and Auth are Google's emulators, gcp-storage-emulator keeps the pictures, and functions-framework runs the
functions under one origin. This package stands in for Stripe, Cloud Tasks, Cloud Scheduler and Eventarc. With a Stripe
test key in the environment (``sk_test_...`` or ``rk_test_...``) the functions talk to Stripe's own test mode instead.
"""

import datetime
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from google.cloud import tasks_v2

from local.gateway import DESCRIPTION_PATH, path_of
from local.google.auth_emulator import AuthEmulator
from local.google.eventarc import Eventarc, register_triggers
from local.google.firestore_emulator import FirestoreEmulator
from local.google.oidc import Issuer, IssuerServer
from local.google.scheduler import Job, Scheduler, interval_seconds
from local.google.storage import StorageEmulator, write_throwaway_key
from local.google.tasks.server import TasksServer
from local.net.faults import Faults
from local.net.http_client import HttpClient, NoAnswer
from local.net.ports import HOST, free_port, require_free
from local.net.process import Process, StartError
from local.state import State, StateUnreadable
from local.stripe.server import StripeServer
from shared.manifest import FUNCTIONS, QUEUES, Function, Queue

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".local"

PROJECT = "demo-guilder"
LOCATION = "us-central1"
INVOKER = f"invoker@{PROJECT}.iam.gserviceaccount.com"
TRIGGERS = {name: it.path for name, it in FUNCTIONS.items() if it.is_trigger}

_INHERITED = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}

GATEWAY_START_SECONDS = 60.0
GATEWAY_ANSWER_SECONDS = 5.0
GATEWAY_THREADS = 32


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each part listens; 0 means a free port."""

    gateway: int = 0
    firestore: int = 0
    auth: int = 0
    storage: int = 0
    tasks: int = 0
    stripe: int = 0
    scheduler: int = 0

    @classmethod
    def for_development(cls, environment: Mapping[str, str]) -> "Ports":
        """The ports that tools expect, each changed by a variable, and all of them free.

        Raises:
            PortTaken: a port is taken; the message names it and its variable.
            ValueError: a variable is not a number, or two parts would share a port.
        """
        usual = {
            "gateway": ("PORT", 8000),
            "firestore": ("FIRESTORE_PORT", 8080),
            "auth": ("AUTH_PORT", 9099),
            "storage": ("STORAGE_PORT", 9199),
            "tasks": ("TASKS_PORT", 8123),
            "stripe": ("STRIPE_PORT", 12111),
            "scheduler": ("SCHEDULER_PORT", 8124),
        }
        chosen: dict[str, int] = {}
        for part, (variable, default) in usual.items():
            wanted = environment.get(variable) or str(default)
            if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
                raise ValueError(f"{variable}={wanted} is not a valid port: set a number from 1 to 65535.")
            for other, port in chosen.items():
                if port == int(wanted):
                    raise ValueError(f"Port {port} is for both {other} ({usual[other][0]}) and {part} ({variable}).")
            chosen[part] = int(wanted)
        for part, (variable, _) in usual.items():
            require_free(chosen[part], part, variable)
        return cls(**chosen)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The address of each part, in the form that its clients take: URLs, or ``host:port`` for emulator variables."""

    projectId: str  # noqa: N815 - this and the next as they stand in endpoints.json
    gateway: str
    firestore: str
    auth: str
    storage: str
    tasks: str
    stripe: str
    scheduler: str
    bucket: str
    webhookSecret: str  # noqa: N815
    mediaFolder: str  # noqa: N815
    env: dict[str, str]

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


class _Part(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


Progress = Callable[[str], None]


@contextmanager
def running(
    ports: Ports,
    environment: Mapping[str, str],
    progress: Progress,
    faults: Faults | None = None,
    reload: bool = False,
    folder: Path = FOLDER,
    state: State | None = None,
) -> Iterator[Endpoints]:
    """Runs the cloud; leaving the block ends every process and frees every port.

    ``environment`` holds the user's settings (economy, image model, keys). The functions see them and the settings
    of the parts, and nothing else. ``faults`` are those of the local Eventarc. ``reload``: they follow their source.
    The cloud begins with ``state`` and saves it at the end. Without one it begins empty and saves nothing.

    Raises:
        StartError: a part cannot be started; the message says what to do.
        StateUnreadable: ``state`` cannot be read.
    """
    kept = state.secrets() if state else {}
    folder.mkdir(parents=True, exist_ok=True)
    gateway_port = ports.gateway or free_port()
    gateway = f"http://{HOST}:{gateway_port}"
    issuer = Issuer()
    key_file = folder / "service-account.json"
    write_throwaway_key(key_file, PROJECT)
    issuer_server = IssuerServer(0, issuer)
    eventarc = Eventarc(0, {trigger: gateway + path_of(trigger) for trigger in TRIGGERS}, faults)
    tasks = TasksServer(ports.tasks, issuer, _queues())
    media = state.media if state else folder / "media"
    storage = StorageEmulator(ports.storage, media, f"{PROJECT}-media")
    jobs = [_job(it, gateway) for it in FUNCTIONS.values() if it.schedule]
    scheduler = Scheduler(ports.scheduler, issuer, INVOKER, jobs)
    real_stripe = environment.get("STRIPE_SECRET_KEY", "")
    webhook_secret = (
        environment.get("STRIPE_WEBHOOK_SECRET")
        or kept.get("STRIPE_WEBHOOK_SECRET")
        or f"whsec_{secrets.token_hex(16)}"
    )

    with ExitStack() as stack:

        def up(name: str, part: _Part) -> None:
            started = time.monotonic()
            stack.callback(part.stop)
            part.start()
            progress(f"{name} ({time.monotonic() - started:.1f} s)")

        for name, part in (("OIDC issuer", issuer_server), ("Cloud Tasks", tasks), ("Cloud Storage", storage)):
            up(name, part)
        up("Eventarc", eventarc)
        stripe_url = "https://api.stripe.com"
        stripe: StripeServer | None = None
        if not real_stripe:
            stripe = StripeServer(ports.stripe, gateway + path_of("stripe_webhook"), webhook_secret)
            up("Stripe", stripe)
            stripe_url = stripe.url
        export = state.firestore_export if state else None
        firestore = FirestoreEmulator(
            ports.firestore,
            PROJECT,
            ROOT / "firestore.rules",
            eventarc.address,
            folder / "logs" / "firestore.log",
            export,
        )
        auth = AuthEmulator(ports.auth, PROJECT, folder / "auth")
        with ThreadPoolExecutor(2) as pool:  # a JVM and a Node, which take seconds each
            for started in [pool.submit(up, "Firestore", firestore), pool.submit(up, "Firebase Auth", auth)]:
                _begun(started, export)
        if state:
            state.restore(auth, stripe)
            # Called when the functions have stopped and the emulators have not.
            stack.callback(_keep, state, firestore, auth, stripe, tasks)
        register_triggers(firestore.address, PROJECT, TRIGGERS)

        env = {
            **environment,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "FIRESTORE_EMULATOR_HOST": firestore.address,
            "FIREBASE_AUTH_EMULATOR_HOST": auth.address,
            "STORAGE_EMULATOR_HOST": storage.url,
            "CLOUD_TASKS_EMULATOR_HOST": tasks.address,
            "GOOGLE_APPLICATION_CREDENTIALS": str(key_file),
            "STRIPE_SECRET_KEY": real_stripe or "sk_test_local",
            "STRIPE_WEBHOOK_SECRET": webhook_secret,
            "STRIPE_API_BASE": "" if real_stripe else stripe_url,
            "CHECKOUT_SUCCESS_URL": environment.get("CHECKOUT_SUCCESS_URL")
            or f"{gateway}/checkout/success?session_id={{CHECKOUT_SESSION_ID}}",
            "CHECKOUT_CANCEL_URL": environment.get("CHECKOUT_CANCEL_URL") or f"{gateway}/checkout/cancel",
            "MEDIA_BUCKET": f"{PROJECT}-media",
            "INTERNAL_URL": f"{gateway}/internal",
            "INVOKER_EMAIL": INVOKER,
            "OIDC_CERTS_URL": issuer_server.certs_url,
            "OIDC_ISSUER": issuer_server.issuer_url,
            "TASKS_LOCATION": LOCATION,
            "CURSOR_SECRET": kept.get("CURSOR_SECRET") or secrets.token_hex(16),
            "IDENTITY_SECRET": kept.get("IDENTITY_SECRET") or secrets.token_hex(16),
            "LOCAL_IMAGE_FAIL_WORD": environment.get("LOCAL_IMAGE_FAIL_WORD", "fail-me"),
            "CORS_ORIGINS": environment.get("CORS_ORIGINS", "http://localhost:3000,http://127.0.0.1:3000"),
        }
        up("functions", _Functions(gateway_port, env, folder / "logs" / "functions.log", reload))
        up("Cloud Scheduler", scheduler)
        if state:
            state.restore_tasks(tasks)
        yield Endpoints(
            projectId=PROJECT,
            gateway=gateway,
            firestore=firestore.address,
            auth=auth.address,
            storage=storage.url,
            tasks=tasks.address,
            stripe=stripe_url,
            scheduler=scheduler.url,
            bucket=f"{PROJECT}-media",
            webhookSecret=webhook_secret,
            mediaFolder=str(media / f"{PROJECT}-media"),
            env=env,
        )


def _begun(started: Future[None], export: Path | None) -> None:
    """Waits for an emulator. If it was to begin with ``export`` and did not start, it could not read the export."""
    try:
        started.result()
    except StartError as error:
        if export:
            raise StateUnreadable(str(error)) from error
        raise


def _keep(
    state: State, firestore: FirestoreEmulator, auth: AuthEmulator, stripe: StripeServer | None, tasks: TasksServer
) -> None:
    """Saves the state. The last saved state stays when this one cannot be saved."""
    try:
        state.save(firestore, auth, stripe, tasks)
    except (StartError, NoAnswer, OSError, ValueError) as error:
        print(f"The state could not be saved: {error}", file=sys.stderr)


class _Functions:
    """Runs the gateway in gunicorn, as functions-framework serves a function in production."""

    def __init__(self, port: int, environment: Mapping[str, str], log: Path, reload: bool) -> None:
        self._url = f"http://{HOST}:{port}{DESCRIPTION_PATH}"
        command = [sys.executable, "-m", "gunicorn", "local.gateway:app", "--chdir", str(ROOT)]
        command += ["--bind", f"{HOST}:{port}", "--threads", str(GATEWAY_THREADS), "--timeout", "0"]
        command += ["--no-control-socket", "--log-level", "warning"]
        if reload:
            # Functions are imported on their first call, and tables are never imported: watch them from the start.
            watched = [
                f"{ROOT}/{files}"
                for files in ("functions/*.py", "functions/*.toml", "shared/**/*.py", "economies/*.toml")
            ]
            command += ["--reload", *(part for files in watched for part in ("--reload-extra-file", files))]
        self._process = Process("functions", command, log, {**_INHERITED, **environment})

    def start(self) -> None:
        self._process.start(self._answers, GATEWAY_START_SECONDS)

    def stop(self) -> None:
        self._process.stop()

    def _answers(self) -> bool:
        try:
            return HttpClient().send("GET", self._url, {}, b"", GATEWAY_ANSWER_SECONDS).status == HTTPStatus.OK
        except NoAnswer:
            return False


def _queues() -> list[tasks_v2.Queue]:
    parent = f"projects/{PROJECT}/locations/{LOCATION}/queues"

    def queue(it: Queue) -> tasks_v2.Queue:
        retries = tasks_v2.RetryConfig(
            max_attempts=it.max_attempts,
            min_backoff=datetime.timedelta(seconds=it.min_backoff),
            max_backoff=datetime.timedelta(seconds=it.max_backoff),
        )
        return tasks_v2.Queue(name=f"{parent}/{it.name}", retry_config=retries)

    return [queue(it) for it in QUEUES.values()]


def _job(it: Function, gateway: str) -> Job:
    url = gateway + path_of(it.name)
    return Job(it.url_name, url, url, interval_seconds(it.schedule), b"{}", {"Content-Type": "application/json"})
