"""Needs the Firestore emulator and the local issuer of service tokens. Who may ask for an audit, and for which."""

from collections.abc import Callable

import pytest

from tests.support import api
from tests.support.audit_kit import (
    frozen,
    reports,
)
from tests.support.cloud_kit import Cloud
from tests.support.ledger_kit import account, change
from tests.support.people import Person


@pytest.mark.threat(89)
@pytest.mark.parametrize(
    ("authorization", "problem"),
    [
        (lambda _: None, (401, "unauthenticated")),
        (lambda _: Person().token, (401, "unauthenticated")),
        (lambda cloud: cloud.token("recount_likes"), (401, "unauthenticated")),
        (
            lambda cloud: cloud.token("audit_balances", "mallory@demo-guilder.iam.gserviceaccount.com"),
            (403, "forbidden"),
        ),
    ],
    ids=["nobody", "a person", "for another function", "another account"],
)
def test_who_is_not_our_scheduler_audits_nothing(
    cloud: Cloud, authorization: Callable[[Cloud], str | None], problem: tuple[int, str]
) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11)
    token = authorization(cloud)
    headers = {"X-CloudScheduler": "true", **({"Authorization": f"Bearer {token}"} if token else {})}

    answer = api.post("audit_balances", {"full": True}, headers=headers)

    assert answer.problem == problem
    assert (reports(), frozen(ada)) == ({}, set())


@pytest.mark.parametrize("body", [{"full": 1}, {"full": "true"}, {"full": None}, {"since": 0}, []])
def test_what_is_no_audit_is_refused_and_looks_at_nothing(cloud: Cloud, body: object) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11)

    answer = cloud.call("audit_balances", body)

    assert answer.problem == (422, "invalid-request")
    assert (reports(), frozen(ada)) == ({}, set())


@pytest.mark.parametrize("body", [{}, {"full": False}, {"full": True}])
def test_each_kind_says_how_much_it_looked_at(cloud: Cloud, body: dict[str, bool]) -> None:
    account(bonus=10, purchased=50)

    answer = cloud.call("audit_balances", body)

    assert answer.status == 200
    assert answer.body | {"auditId": ""} == {
        "auditId": "",
        "complete": True,
        "wallets": 1,
        "lines": 2,
        "tokens": 60,
        "discrepancies": 0,
        "unexamined": 0,
        "compared": body.get("full", False),
    }
