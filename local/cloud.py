"""A cloud on one machine: everything that Guilder runs on, with a real part wherever there is one for 127.0.0.1.

Firestore and Auth are Google's emulators, gcp-storage-emulator keeps the pictures, and functions-framework runs the
functions under one origin. This package stands in for Stripe, Cloud Tasks, Cloud Scheduler and Eventarc. With a Stripe
test key in the environment (``sk_test_...`` or ``rk_test_...``) the functions talk to Stripe's own test mode instead.

Winding the local Stripe's clock winds them all: functions, Cloud Tasks and Cloud Scheduler live as far ahead as it.
Signatures and tokens are made and checked by the real time, and so is what the emulators write.
"""

import functools
import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local import clock
from local.gateway import path_of
from local.google.auth_emulator import AuthEmulator
from local.google.eventarc import Eventarc, register_triggers
from local.google.firestore_emulator import FirestoreEmulator
from local.google.scheduler import Job, Scheduler, interval_seconds
from local.google.tasks.server import TasksServer
from local.net.faults import Faults
from local.net.http_client import NoAnswer
from local.net.ports import HOST, free_port, require_free
from local.net.process import StartError
from local.parts import INVOKER, ROOT, RULES, Functions, Parts, Progress, return_addresses
from local.site.hosting import Hosting
from local.state import State, StateUnreadable
from local.stripe.server import StripeServer
from shared.manifest import FUNCTIONS, jobs_of
from shared.manifest import Job as Scheduled
from shared.manifest_row import Function

FOLDER = ROOT / ".local"

PROJECT = "demo-guilder"
ADMINISTRATOR = "administrator@example.com"
"""The one administrator of the local cloud, who has the password of every user that ``make user`` makes."""

PASSWORD = "secret1"  # noqa: S105 - of users of an emulator
TRIGGERS = {name: it.path for name, it in FUNCTIONS.items() if it.is_trigger}


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each part listens; 0 means a free port."""

    web: int = 0
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
            "web": ("PORT", 8000),
            "gateway": ("GATEWAY_PORT", 8010),
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
    """The address of each part, in the form that its clients take: URLs, or ``host:port`` for emulator variables.

    ``web`` is where Hosting serves the site, None where it does not; ``gateway`` is the functions' own origin.
    """

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
    administrator: dict[str, str]
    env: dict[str, str]
    web: str | None = None

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


@contextmanager
def running(
    ports: Ports,
    environment: Mapping[str, str],
    progress: Progress,
    faults: Faults | None = None,
    reload: bool = False,
    folder: Path = FOLDER,
    state: State | None = None,
    site: Path | None = None,
    settle_seconds: float = 3.0,
) -> Iterator[Endpoints]:
    """Runs the cloud; leaving the block ends every process and frees every port.

    ``environment`` holds the user's settings (economy, image model, keys). The functions see them and the settings
    of the parts, and nothing else. ``faults`` are those of the local Eventarc. ``reload``: they follow their source.
    The cloud begins with ``state`` and saves it at the end. Without one it begins empty and saves nothing.
    ``site`` is the folder of a firebase.json whose built pages Hosting serves, with the functions under ``/api``.
    ``settle_seconds`` is how long the bank of a delayed payment takes.

    Raises:
        StartError: a part cannot be started; the message says what to do.
        StateUnreadable: ``state`` cannot be read.
    """
    kept = state.secrets() if state else {}
    gateway = f"http://{HOST}:{ports.gateway or free_port()}"
    bucket = f"{PROJECT}-media"
    media = state.media if state else folder / "media"
    webhook_secret = environment.get("STRIPE_WEBHOOK_SECRET") or kept.get("STRIPE_WEBHOOK_SECRET") or _made_up("whsec_")
    clock_file = folder / "clock"
    clock.write(clock_file, 0)
    with Parts(progress=progress) as parts:
        parts.write_key(PROJECT, folder)
        parts.start_issuer()
        tasks = parts.start_tasks(ports.tasks, PROJECT)
        jobs = [_job(it, job, gateway) for it in FUNCTIONS.values() for job in jobs_of(it)]
        scheduler = Scheduler(ports.scheduler, parts.issuer, INVOKER, jobs)
        storage = parts.start_storage(bucket, media, ports.storage)
        routes = {trigger: gateway + path_of(trigger) for trigger in TRIGGERS}
        eventarc = parts.start("Eventarc", Eventarc(0, routes, faults))
        stripe: StripeServer | None = None
        if not environment.get("STRIPE_SECRET_KEY"):
            webhook = gateway + path_of("stripe_webhook")
            server = StripeServer(ports.stripe, webhook, webhook_secret, settle_seconds=settle_seconds)
            stripe = parts.start_stripe(server, webhook_secret)
            server.on_wind = functools.partial(_wind, clock_file, tasks, scheduler)
        export = state.firestore_export if state else None
        log = folder / "logs" / "firestore.log"
        firestore = FirestoreEmulator(ports.firestore, PROJECT, RULES, eventarc.address, log, export)
        auth = AuthEmulator(ports.auth, PROJECT, folder / "auth")
        with ThreadPoolExecutor(2) as pool:  # a JVM and a Node, which take seconds each
            for started in (
                pool.submit(parts.start_firestore, firestore),
                pool.submit(parts.start, "Firebase Auth", auth),
            ):
                _begun(started, export)
        if state:
            state.restore(auth, stripe)
            # Called when the functions have stopped and the emulators have not.
            parts.when_stopping(_keep, state, firestore, auth, stripe, tasks)
        administrator = auth.make_administrator(ADMINISTRATOR, PASSWORD)
        register_triggers(firestore.address, PROJECT, TRIGGERS)

        hosting: Hosting | None = None
        if site:
            log = folder / "logs" / "hosting.log"
            hosting = Hosting(ports.web, gateway, PROJECT, auth.address, firestore.address, log, site)
        chosen = {name: value for name, value in environment.items() if value}
        given = {
            "CURSOR_SECRET": kept.get("CURSOR_SECRET") or _made_up(),
            "IDENTITY_SECRET": kept.get("IDENTITY_SECRET") or _made_up(),
            "CORS_ORIGINS": "http://localhost:3000,http://127.0.0.1:3000",
            **return_addresses(hosting.url if hosting else gateway),
            **chosen,
            "STRIPE_WEBHOOK_SECRET": webhook_secret,
            "FIREBASE_AUTH_EMULATOR_HOST": auth.address,
            "CLOCK_FILE": str(clock_file),
        }
        env = parts.environment(PROJECT, gateway, given)
        parts.start("functions", Functions(gateway, env, folder / "logs" / "functions.log", reload))
        if hosting:
            parts.start("Hosting", hosting)
        parts.start("Cloud Scheduler", scheduler)
        if state:
            state.restore_tasks(tasks)
        yield Endpoints(
            projectId=PROJECT,
            gateway=gateway,
            firestore=firestore.address,
            auth=auth.address,
            storage=storage.url,
            tasks=tasks.address,
            stripe=stripe.url if stripe else "https://api.stripe.com",
            scheduler=scheduler.url,
            bucket=bucket,
            webhookSecret=webhook_secret,
            mediaFolder=str(media / bucket),
            administrator={"userId": administrator, "email": ADMINISTRATOR, "password": PASSWORD},
            env=env,
            web=hosting.url if hosting else None,
        )


def _wind(clock_file: Path, tasks: TasksServer, scheduler: Scheduler, ahead_seconds: int) -> None:
    """Has everything live so many seconds ahead: the functions first, because the others tell them what happens."""
    clock.write(clock_file, ahead_seconds)
    tasks.put_ahead(ahead_seconds)
    scheduler.put_ahead(ahead_seconds)


def _made_up(prefix: str = "") -> str:
    return prefix + secrets.token_hex(16)


def _begun(started: Future[Any], export: Path | None) -> None:
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


def _job(it: Function, job: Scheduled, gateway: str) -> Job:
    url, headers = gateway + path_of(it.name), {"Content-Type": "application/json"}
    return Job(job.name, url, url, interval_seconds(job.schedule), job.body.encode(), headers)
