"""Needs the Firestore emulator, the local issuer and functions-framework in a process. How much of a body, and when."""

import contextlib
import gzip
import socket
import zlib
from pathlib import Path

import pytest

from local.net.ports import HOST
from local.openapi.model import Operation, operations
from shared.edge.access import SERVICE
from tests.support import api
from tests.support.cloud_kit import Cloud, open_account, signature
from tests.support.framework import Served, served
from tests.support.people import Person

ROOT = Path(__file__).resolve().parents[2]
POSTED = [operation for operation in operations() if operation.method == "POST"]
THREADS = 4

DEEP = {
    "lists": b"[" * 10_000 + b"]" * 10_000,
    "objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "both": b'[{"a":' * 5_000 + b"1" + b"}]" * 5_000,
    "never closed": b"[" * 10_000,
}
BOMBS = {
    "gzip": gzip.compress(b"{" + b" " * 10_000_000 + b"}", mtime=0),
    "deflate": zlib.compress(b"{" + b" " * 10_000_000 + b"}"),
}


def named(operation: Operation) -> str:
    return operation.name


def post(cloud: Cloud, operation: Operation, body: bytes, **headers: str) -> api.Answer:
    """What somebody who may call the function is answered."""
    caller = Person(open_account().user_id, claims={"admin": True})
    token = cloud.token(operation.name) if operation.access is SERVICE else caller.token
    proof = {"Authorization": f"Bearer {token}", "Stripe-Signature": signature(body), "Idempotency-Key": "k1"}
    return api.call("POST", operation.name, {"Content-Type": "application/json", **proof, **headers}, body)


@pytest.mark.threat(87)
@pytest.mark.parametrize("body", DEEP.values(), ids=list(DEEP))
@pytest.mark.parametrize("operation", POSTED, ids=named)
def test_a_body_that_is_ten_thousand_deep_is_malformed_everywhere(
    cloud: Cloud, operation: Operation, body: bytes
) -> None:
    assert post(cloud, operation, body).problem == (400, "malformed")


@pytest.mark.threat(39, 87)
@pytest.mark.parametrize("operation", POSTED, ids=named)
def test_a_body_of_a_megabyte_is_too_large_everywhere(cloud: Cloud, operation: Operation) -> None:
    assert post(cloud, operation, b"{}".ljust(1024 * 1024)).problem == (413, "too-large")


@pytest.mark.threat(87)
@pytest.mark.parametrize("encoding", list(BOMBS))
@pytest.mark.parametrize("operation", POSTED, ids=named)
def test_a_bomb_is_unpacked_nowhere(cloud: Cloud, operation: Operation, encoding: str) -> None:
    answer = post(cloud, operation, BOMBS[encoding], **{"Content-Encoding": encoding})

    assert answer.problem == (415, "unsupported-media-type")


# -- time: how long a body may take is up to what runs the function ----------------------------------------------


def stalled(function: Served) -> socket.socket:
    """A connection whose body does not come."""
    connection = socket.create_connection((HOST, function.port), timeout=10)
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    return connection


@pytest.mark.threat(87)
def test_bodies_that_never_end_keep_nobody_else_waiting_while_a_thread_is_left() -> None:
    """Each holds its thread until its sender gives up, or Cloud Run does for it (``--timeout``)."""
    environment = {"GOOGLE_CLOUD_PROJECT": "demo-limits", "THREADS": str(THREADS)}
    with served("get_catalog", ROOT, environment) as function, contextlib.ExitStack() as open_ones:
        for _ in range(THREADS - 1):
            open_ones.enter_context(contextlib.closing(stalled(function)))

        assert [function.status() for _ in range(3)] == [405] * 3
