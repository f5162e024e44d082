"""Needs a recording stand-in for gcloud, firebase and curl: who may call the functions of administrators."""

import json
from typing import Any

import pytest

from tests.deploy.deployment import Deployment

ADA = {"localId": "u1", "email": "ada@example.com", "emailVerified": True, "customAttributes": '{"plan":"gold"}'}
BEN = {"localId": "u2", "email": "ben@example.com", "emailVerified": False}
ROOT = {"localId": "u3", "email": "root@example.com", "emailVerified": True, "customAttributes": '{"admin":true}'}
EVE = {"localId": "u4", "email": "eve@example.com", "emailVerified": True, "customAttributes": '{"admin":"true"}'}


@pytest.fixture
def deployment() -> Deployment:
    """A project with four users."""
    made = Deployment()
    state = made.state
    state["user"] = {str(user["localId"]): user for user in (ADA, BEN, ROOT, EVE)}
    made.state = state
    return made


def user(deployment: Deployment, user_id: str) -> Any:
    return deployment.state["user"][user_id]


def test_the_administrators_of_every_page_are_listed(deployment: Deployment) -> None:
    done = deployment.run("--administrators", "list")

    assert "root@example.com" in done.stdout
    assert not {"ada", "ben", "eve"} & set(done.stdout.replace("@", " ").split())
    assert deployment.changes == []


def test_where_there_is_none_it_says_so(deployment: Deployment) -> None:
    deployment.run("--administrators", "remove", "root@example.com")

    assert "nobody" in deployment.run("--administrators", "list").stdout


def test_an_administrator_is_added_and_keeps_other_claims(deployment: Deployment) -> None:
    deployment.run("--administrators", "add", "ada@example.com")

    assert json.loads(user(deployment, "u1")["customAttributes"]) == {"plan": "gold", "admin": True}
    assert len(deployment.changes) == 1
    deployment.run("--administrators", "add", "ada@example.com")
    assert deployment.changes == []


def test_one_who_is_removed_is_signed_out_everywhere(deployment: Deployment) -> None:
    deployment.run("--administrators", "add", "ada@example.com")
    deployment.run("--administrators", "remove", "ada@example.com")

    assert json.loads(user(deployment, "u1")["customAttributes"]) == {"plan": "gold"}
    assert int(user(deployment, "u1")["validSince"]) > 1_700_000_000
    deployment.run("--administrators", "remove", "ada@example.com")
    assert deployment.changes == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "nobody@example.com"), "nobody has signed up with nobody@example.com."),
        (("remove", "nobody@example.com"), "nobody has signed up with nobody@example.com."),
        (("add", "ben@example.com"), "whoever signed up with ben@example.com has not verified the address."),
        (("add",), "--administrators takes list, add EMAIL or remove EMAIL."),
        (("add", "ada"), "--administrators takes list, add EMAIL or remove EMAIL."),
        (("promote", "ada@example.com"), "--administrators takes list, add EMAIL or remove EMAIL."),
        (("list", "all"), "--administrators takes list, add EMAIL or remove EMAIL."),
        (("list", "--only", "tip"), "--administrators goes with no other flag"),
        (("list", "--rollback"), "different things"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    deployment: Deployment, arguments: tuple[str, ...], sentence: str
) -> None:
    before = deployment.state

    done = deployment.run("--administrators", *arguments, check=False)

    assert done.status == 1
    assert sentence in done.stderr
    assert deployment.state == before


def test_a_dry_run_prints_what_it_would_ask_for_and_changes_nothing(deployment: Deployment) -> None:
    before = deployment.state

    done = deployment.run("--dry-run", "--administrators", "add", "ada@example.com")

    (line,) = (line for line in done.stdout.splitlines() if "accounts:update" in line)
    assert line.startswith("gcloud auth print-access-token | sed")
    assert '"localId": "u1"' in line
    assert (deployment.state, deployment.changes) == (before, [])


def test_a_dry_run_of_nobody_prints_both_requests() -> None:
    done = Deployment(logins=()).run("--dry-run", "--administrators", "remove", "ada@example.com")

    assert "accounts:lookup" in done.stdout
    assert '"validSince"' in next(line for line in done.stdout.splitlines() if "accounts:update" in line)
