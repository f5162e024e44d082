"""Fixtures that more than one test file uses. The first line of a test file says which infrastructure it needs."""

import functools
import ssl
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from google.cloud import tasks_v2
from google.protobuf import duration_pb2

from local.google.firestore_emulator import FirestoreEmulator
from local.google.oidc import Issuer, IssuerServer
from local.google.storage import StorageEmulator, write_throwaway_key
from local.google.tasks.server import TasksServer
from local.net.http_server import WsgiServer
from local.net.ports import HOST, free_port
from local.stripe.server import StripeServer
from tests.support import cloud_kit, triggers
from tests.support.api import GATEWAY
from tests.support.budget import LONG_FILES, Budget

_EMPTY: list[str] = []
"""Projects of the emulator that were used and cleared."""

RULES = Path(__file__).resolve().parent.parent / "firestore.rules"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--budget", action="store_true", help="fail when the tests take more processor time than they may")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--budget"):
        config.pluginmanager.register(Budget(is_worker=hasattr(config, "workerinput")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first, or the last one would be played while the other worker has nothing left to do."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG_FILES))


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
def firestore_emulator(tmp_path_factory: pytest.TempPathFactory, eventarc_port: int) -> Iterator[FirestoreEmulator]:
    """The Firestore emulator with our rules, one per pytest-xdist worker; Google's clients find it by themselves.

    FIREBASE_AUTH_EMULATOR_HOST makes firebase-admin accept unsigned ID tokens; nothing needs to listen there.
    """
    log = tmp_path_factory.mktemp("firestore") / "emulator.log"
    emulator = FirestoreEmulator(0, "demo-guilder", RULES, functions_emulator=f"{HOST}:{eventarc_port}", log=log)
    emulator.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", emulator.address)
        environment.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
        yield emulator
    emulator.stop()


@pytest.fixture
def project(firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty project of this test's own. It is cleared and used again: for a new one the emulator compiles the rules,
    which takes it ten times as long as all that most tests ask of it."""
    name = _EMPTY.pop() if _EMPTY else f"demo-{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", name)
    monkeypatch.setenv("CURSOR_SECRET", "not-much-of-a-secret")
    monkeypatch.setenv("IDENTITY_SECRET", "not-much-of-another")
    monkeypatch.setenv("CORS_ORIGINS", "https://guilder.example")
    _forget_clients()
    yield name
    _forget_clients()
    if name not in triggers.REGISTERED:  # whose triggers would hear of the next test
        firestore_emulator.clear(name)
        _EMPTY.append(name)


@pytest.fixture
def fresh_settings() -> Iterator[None]:
    """The environment is read anew, in this test and in the next."""
    _forget_clients()
    yield
    _forget_clients()


@functools.cache
def _caches_of(module: ModuleType) -> list[Any]:
    return [each for each in vars(module).values() if isinstance(each, functools._lru_cache_wrapper)]


def _forget_clients() -> None:
    """Empties every cache in shared/, so that the next use reads the environment and connects anew."""
    clients = sys.modules.get("shared.cloud.clients")
    if clients and clients.store.cache_info().currsize:
        clients.store().close()
    for module in [module for name, module in sys.modules.items() if name.startswith("shared.")]:
        for cached in _caches_of(module):
            cached.cache_clear()
    # firebase-admin keeps its apps by name, and refuses to make a second one of the same name.
    admin = sys.modules.get("firebase_admin")
    if admin:
        for app in list(admin._apps.values()):
            admin.delete_app(app)


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[StripeServer]:
    """A local Stripe; a delayed payment stays unpaid, and events go nowhere until a test says where."""
    with StripeServer(webhook_secret=cloud_kit.WEBHOOK_SECRET, settle_seconds=3600) as server:
        yield server


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Signs service tokens as Google would."""
    return Issuer()


@pytest.fixture(scope="session")
def issuer_server(issuer: Issuer) -> Iterator[IssuerServer]:
    server = IssuerServer(0, issuer)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tasks_server(issuer: Issuer) -> Iterator[TasksServer]:
    server = TasksServer(0, issuer)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def storage_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageEmulator]:
    emulator = StorageEmulator(0, tmp_path_factory.mktemp("storage"), cloud_kit.BUCKET)
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key file of an account that nobody knows."""
    path = tmp_path_factory.mktemp("key") / "service-account.json"
    write_throwaway_key(path, "demo-guilder")
    return path


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
    stripe_server: StripeServer,
    issuer: Issuer,
    issuer_server: IssuerServer,
    tasks_server: TasksServer,
    storage_emulator: StorageEmulator,
    signing_key: Path,
    gateway_url: str,
) -> Iterator[cloud_kit.Cloud]:
    """Everything that the functions reach outside, with the queues of this test's project paused."""
    environment = {
        "STRIPE_SECRET_KEY": "sk_test_local",
        "STRIPE_API_BASE": stripe_server.url,
        "STRIPE_WEBHOOK_SECRET": cloud_kit.WEBHOOK_SECRET,
        "CHECKOUT_SUCCESS_URL": cloud_kit.SUCCESS_URL,
        "CHECKOUT_CANCEL_URL": cloud_kit.CANCEL_URL,
        "CLOUD_TASKS_EMULATOR_HOST": tasks_server.address,
        "TASKS_LOCATION": cloud_kit.LOCATION,
        "INTERNAL_URL": f"{gateway_url}/internal",
        "INVOKER_EMAIL": cloud_kit.INVOKER,
        "OIDC_CERTS_URL": issuer_server.certs_url,
        "OIDC_ISSUER": issuer_server.issuer_url,
        "STORAGE_EMULATOR_HOST": storage_emulator.url,
        "MEDIA_BUCKET": cloud_kit.BUCKET,
        "GOOGLE_APPLICATION_CREDENTIALS": str(signing_key),
        "CURSOR_SECRET": "not-much-of-a-secret",
        "IDENTITY_SECRET": "not-much-of-another",
        "LOCAL_IMAGE_FAIL_WORD": "fail-me",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _forget_clients()
    parts = cloud_kit.Cloud(project, stripe_server, issuer, tasks_server, gateway_url, storage_emulator.url)
    _create_queues(parts)
    yield parts
    stripe_server.webhook_url = None
    stripe_server.duplicate_deliveries = 1
    for name in cloud_kit.QUEUES:
        tasks_server.pause(parts.queue(name))
    tasks_server.forget()


def _create_queues(parts: cloud_kit.Cloud) -> None:
    """Queues that repeat soon; in the same order of things as those that are deployed."""
    quickly = tasks_v2.RetryConfig(
        max_attempts=20,
        min_backoff=duration_pb2.Duration(nanos=50_000_000),
        max_backoff=duration_pb2.Duration(nanos=200_000_000),
    )
    for name in cloud_kit.QUEUES:
        if not parts.tasks.has(parts.queue(name)):
            parts.tasks.create(tasks_v2.Queue(name=parts.queue(name), retry_config=quickly))
        parts.tasks.pause(parts.queue(name))
