"""Needs the Firestore emulator and the local issuer. Who tries to pass for Google, at every internal function."""

import os

import pytest

from local.google.oidc import Issuer
from local.openapi.model import operations
from local.parts import INVOKER
from shared.edge.access import SERVICE
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, documents
from tests.support.people import Person

INTERNAL = sorted(operation.name for operation in operations() if operation.access is SERVICE)

AS_GOOGLE = {
    "X-CloudTasks-QueueName": "generations",
    "X-CloudTasks-TaskName": "task-1",
    "X-CloudTasks-TaskRetryCount": "0",
    "X-CloudTasks-TaskExecutionCount": "0",
    "X-CloudTasks-TaskETA": "1760000000.0",
    "X-CloudScheduler": "true",
    "X-CloudScheduler-JobName": "audit-balances",
    "X-CloudScheduler-ScheduleTime": "2026-01-01T00:00:00Z",
    "X-Appengine-Cron": "true",
    "X-AppEngine-QueueName": "generations",
    "X-Serverless-Authorization": "Bearer of.good.hope",
    "X-Forwarded-For": "127.0.0.1",
    "X-Goog-Authenticated-User-Email": f"accounts.google.com:{INVOKER}",
    "X-Endpoint-API-UserInfo": "e30",
    "User-Agent": "Google-Cloud-Tasks",
}
"""Everything that Google's own calls carry beside their token, and what proxies of Google's add."""


def tokens(cloud: Cloud, function: str) -> dict[str, tuple[str | None, int]]:
    """What the caller shows, and the status of the answer."""
    other = "get_wallet" if function != "get_wallet" else "tip"
    url = f"{cloud.gateway_url}/internal/{function.replace('_', '-')}"
    return {
        "nothing": (None, 401),
        "a person's ID token": (Person().token, 401),
        "a person's ID token of the same name": (Person(claims={"email": INVOKER, "aud": url}).token, 401),
        "a token for another function": (cloud.token(other), 401),
        "a token for the whole service": (cloud.issuer.mint(INVOKER, cloud.gateway_url), 401),
        "a token for another project": (cloud.issuer.mint(INVOKER, "https://other.example/internal"), 401),
        "a token of another issuer": (cloud.token(function, iss="https://accounts.google.com"), 401),
        "a token of another key": (Issuer().mint(INVOKER, url), 401),
        "a token of yesterday": (cloud.token(function, exp=1_760_000_000), 401),
        "another account's token": (cloud.token(function, "mallory@evil.iam.gserviceaccount.com"), 403),
        "a person's Google token": (cloud.token(function, "ada@gmail.com"), 403),
        "an unverified address": (cloud.token(function, email_verified=False), 403),
        "an address of which nobody says so": (cloud.token(function, email_verified=None), 403),
        "an address that says so in words": (cloud.token(function, email_verified="true"), 403),
        "no address": (cloud.token(function, email=""), 403),
    }


@pytest.mark.threat(57, 89)
@pytest.mark.parametrize("headers", [{}, AS_GOOGLE], ids=["plain", "forged-headers"])
@pytest.mark.parametrize("function", INTERNAL)
def test_headers_help_nobody_who_has_not_the_one_right_token(
    cloud: Cloud, function: str, headers: dict[str, str]
) -> None:
    before = {name: documents(name) for name in ("audits", "generations", "posts", "reconciliations")}

    with ledger_kit.nothing_moves():
        for name, (token, status) in tokens(cloud, function).items():
            proof = {"Authorization": f"Bearer {token}"} if token else {}
            answer = api.post(function, headers={**headers, **proof})
            assert answer.status == status, (name, answer)

    assert {name: documents(name) for name in before} == before
    assert api.post(function, headers={"Authorization": f"Bearer {cloud.token(function)}"}).status in (200, 422)


def test_there_are_internal_functions_to_attack() -> None:
    assert set(INTERNAL) == {
        "audit_balances",
        "audit_counters",
        "expire_tokens",
        "reconcile_payments",
        "recount_likes",
        "run_generation",
        "run_reload",
        "sweep_generations",
        "sweep_pictures",
        "update_author",
    }
    assert os.environ.get("OIDC_ISSUER") is None, "a test left its environment behind"
