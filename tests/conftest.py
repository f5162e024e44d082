"""Fixtures that more than one test file uses. The first line of a test file says which infrastructure it needs."""

import contextlib
import functools
import ssl
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from google.cloud import firestore

from local import sampling
from local.google.firestore_emulator import FirestoreEmulator
from local.google.oidc import Issuer, IssuerServer
from local.google.storage import StorageEmulator
from local.google.tasks.server import TasksServer
from local.google.users import Users
from local.net.http_server import WsgiServer
from local.net.ports import HOST, free_port
from local.parts import RULES, Parts, forget_clients, queues
from local.stripe.server import StripeServer
from shared.art.models import procedural
from shared.manifest import QUEUES
from tests.support import cloud_kit
from tests.support.api import GATEWAY
from tests.support.budget import Budget, turn
from tests.support.end_users import RULED

CONNECT_SECONDS = 30.0
CLOSED = Path(__file__).parent / "support" / "closed.rules"

SECRETS = {"CURSOR_SECRET": "not-much-of-a-secret", "IDENTITY_SECRET": "not-much-of-another"}


@pytest.fixture(scope="session")
def parts() -> Iterator[Parts]:
    """What runs beside the tests of one worker, each part from the first test that asks for it."""
    with Parts() as started:
        yield started


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--budget", action="store_true", help="fail when the tests take more processor time than they may")


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says more of the machine than of what is tested.
    hypothesis.settings.register_profile("ours", deadline=None, max_examples=100 if sampling.ALL else 40)
    hypothesis.settings.load_profile("ours")
    if config.getoption("--budget"):
        config.pluginmanager.register(Budget(is_worker=hasattr(config, "workerinput")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first, or the last one would be played while the other workers have nothing left to do."""
    items.sort(key=lambda item: turn(item.nodeid))


@pytest.fixture(scope="session", autouse=True)
def certificates_once() -> Iterator[None]:
    """Loads the authorities' certificates once. HTTP clients do so for each call, even where it is to plain HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def eventarc_port() -> int:
    """Where the emulator sends the events of triggers: a test that registers some starts an Eventarc there."""
    return free_port()


@pytest.fixture(scope="session")
def users(parts: Parts) -> Users:
    """Whom Firebase Auth knows; it forgets with each project what a test said of somebody."""
    return parts.start_users()


@pytest.fixture(scope="session")
def firestore_emulator(
    parts: Parts, tmp_path_factory: pytest.TempPathFactory, eventarc_port: int, users: Users
) -> Iterator[FirestoreEmulator]:
    """The Firestore emulator, one per pytest-xdist worker; Google's clients find it by themselves.

    The functions pass every rule, so only tests of what end users may do themselves have ours (``rules``).
    """
    log = tmp_path_factory.mktemp("firestore") / "emulator.log"
    emulator = FirestoreEmulator(0, "demo-guilder", CLOSED, functions_emulator=f"{HOST}:{eventarc_port}", log=log)
    parts.start_firestore(emulator)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", emulator.address)
        environment.setenv("FIREBASE_AUTH_EMULATOR_HOST", users.address)
        # gRPC shares a connection among the clients of one place. Without one that is kept, every test's would connect
        # anew, which costs as much as three calls.
        with contextlib.closing(firestore.Client(project="demo-guilder")) as kept:
            kept.document("any/document").get(timeout=CONNECT_SECONDS)
            yield emulator


@pytest.fixture
def project(firestore_emulator: FirestoreEmulator, users: Users, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A project of this test's own. It is left as it is: to clear one, the emulator walks through every document that
    was ever in it."""
    name = f"demo-{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", name)
    for secret, value in SECRETS.items():
        monkeypatch.setenv(secret, value)
    monkeypatch.setenv("CORS_ORIGINS", "https://guilder.example")
    forget_clients()
    yield name
    forget_clients()
    users.forget()


@pytest.fixture
def rules(firestore_emulator: FirestoreEmulator, project: str) -> None:
    """Our security rules hold in the test's project, as they must where a test writes as an end user's client."""
    firestore_emulator.put_rules(project, RULES.read_text(encoding="utf-8"))
    RULED.add(project)


@pytest.fixture
def fresh_settings() -> Iterator[None]:
    """The environment is read anew, in this test and in the next."""
    forget_clients()
    yield
    forget_clients()


@pytest.fixture(scope="session")
def stripe_server(parts: Parts) -> StripeServer:
    """A local Stripe; a delayed payment stays unpaid, and events go nowhere until a test says where."""
    server = StripeServer(webhook_secret=cloud_kit.WEBHOOK_SECRET, settle_seconds=3600)
    return parts.start_stripe(server, cloud_kit.WEBHOOK_SECRET)


@pytest.fixture(scope="session")
def issuer(parts: Parts) -> Issuer:
    """Signs service tokens as Google would."""
    return parts.issuer


@pytest.fixture(scope="session")
def issuer_server(parts: Parts) -> IssuerServer:
    return parts.start_issuer()


@pytest.fixture(scope="session")
def tasks_server(parts: Parts) -> TasksServer:
    return parts.start_tasks()


@pytest.fixture(scope="session")
def storage_emulator(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> StorageEmulator:
    return parts.start_storage(cloud_kit.BUCKET, tmp_path_factory.mktemp("storage"))


@pytest.fixture(scope="session")
def signing_key(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key file of an account that nobody knows."""
    return parts.write_key("demo-guilder", tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    """The functions over HTTP, in this process, for those that call from outside."""
    server = WsgiServer(0, GATEWAY)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def cloud(
    project: str,
    monkeypatch: pytest.MonkeyPatch,
    parts: Parts,
    stripe_server: StripeServer,
    issuer_server: IssuerServer,
    tasks_server: TasksServer,
    storage_emulator: StorageEmulator,
    signing_key: Path,
    gateway_url: str,
) -> Iterator[cloud_kit.Cloud]:
    """Everything that the functions reach outside, with the queues of this test's project paused."""
    pages = {
        "CHECKOUT_SUCCESS_URL": cloud_kit.SUCCESS_URL,
        "CHECKOUT_CANCEL_URL": cloud_kit.CANCEL_URL,
        "PORTAL_RETURN_URL": cloud_kit.PORTAL_RETURN_URL,
    }
    for name, value in parts.environment(project, gateway_url, SECRETS | pages).items():
        monkeypatch.setenv(name, value)
    # Painting in full size takes as much processor time as all else that such a test does.
    monkeypatch.setattr(procedural, "SIDE", 96)
    forget_clients()
    around = cloud_kit.Cloud(project, stripe_server, parts.issuer, tasks_server, gateway_url, storage_emulator.url)
    _create_queues(around)
    yield around
    stripe_server.webhook_url = None
    stripe_server.duplicate_deliveries = 1
    stripe_server.clear()
    stripe_server.on_wind = lambda _ahead: None
    storage_emulator.clear()
    for name in QUEUES:
        tasks_server.delete(around.queue(name))
    tasks_server.forget()
    tasks_server.put_ahead(0)


def _create_queues(around: cloud_kit.Cloud) -> None:
    """Queues that repeat soon; in the same order of things as those that are deployed."""
    for queue in queues(around.project, backoff_seconds=(0.05, 0.2)):
        around.tasks.create(queue)
        around.tasks.pause(queue.name)
