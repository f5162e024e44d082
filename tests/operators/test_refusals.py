"""Needs the Firestore emulator. What every function of administrators refuses, and that nothing moved."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.google.users import Users
from local.openapi.model import operations
from shared.edge.access import ADMIN
from tests.support import api, ledger_kit
from tests.support.api import Answer
from tests.support.cloud_kit import documents
from tests.support.people import Person, administrator

pytestmark = pytest.mark.threat(27, 74)

ROOT, ADA = Person("root", claims={"admin": True}), Person("ada")

GOOD: dict[str, dict[str, Any]] = {
    "grant_tokens": {"userId": "ada", "amount": 20, "reason": "goodwill", "note": "Monday"},
    "approve_grant": {"actionId": "a1", "approve": True},
    "freeze_wallet": {"userId": "ada", "frozen": True, "reason": "support"},
    "rebuild_wallet": {"userId": "ada", "reason": "correction"},
    "resolve_order": {"orderId": "cs_1", "decision": "credit", "reason": "support"},
}
"""A body that each function takes."""

READ: dict[str, dict[str, Any]] = {"get_account": {"userId": "ada"}, "list_attention": {"kind": "parked"}}

AMOUNTS = [True, False, "5", 5.0, 0, 0.5, None, [5], 10_001, -10_001, 2**53, -(2**53), 2**63]
IDS = ["", "a/b", ".", "__x__", "x" * 129, "a\x00", 5, None, ["ada"], {"id": "ada"}]
REASONS = ["", "Goodwill", "bribe", "good will", "goodwill\n", "x" * 41, 5, None, ["goodwill"]]
NOTES = ["x" * 501, "\U0001f98a" * 251, "a\x00", "a\x1b[0m", "a\u202eb", "a\u200bb", 5, None, ["x"]]
BOOLEANS = ["true", 1, 0, "", None, [True]]

BAD: dict[str, list[Any]] = {
    "amount": AMOUNTS,
    "userId": IDS,
    "actionId": IDS,
    "orderId": IDS,
    "decision": ["Credit", "pay", "", 5, None, ["credit"]],
    "reason": REASONS,
    "note": NOTES,
    "frozen": BOOLEANS,
    "approve": BOOLEANS,
}


def bad_bodies(function: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The function's good body with one thing wrong in it, and what that is."""
    body = GOOD[function]
    for name in body:
        for bad in BAD[name]:
            yield name, body | {name: bad}
    yield "surprise", body | {"surprise": 1}
    for name in body.keys() - {"note", "approve"}:
        yield name, {field: value for field, value in body.items() if field != name}


def send(function: str, by: Person | None, body: object = None, key: str | None = "k1") -> Answer:
    if function in READ:
        return api.get(function, by=by, **READ[function])
    return api.post(function, GOOD[function] if body is None else body, by=by, key=key)


@pytest.fixture
def stage(project: str) -> None:
    ledger_kit.account(bonus=10, purchased=50, person=ADA)


def test_every_function_of_administrators_is_in_the_tables() -> None:
    assert {it.name for it in operations() if it.access is ADMIN} == GOOD.keys() | READ.keys()


@pytest.mark.parametrize("function", GOOD)
def test_a_bad_body_is_refused_by_the_field_and_moves_nothing(stage: None, function: str) -> None:
    wrong = []
    with ledger_kit.nothing_moves():
        for name, body in bad_bodies(function):
            answer = send(function, ROOT, body)
            fields = [error["field"].split(".")[0] for error in answer.body.get("errors", ())]
            if (answer.status, fields) != (422, [name]):
                wrong.append((body, answer.status, fields))

    assert wrong == []
    assert documents("adminActions") == documents("adminDays") == {}


@pytest.mark.parametrize("function", GOOD)
def test_without_a_good_key_nothing_is_done(stage: None, function: str) -> None:
    with ledger_kit.nothing_moves():
        assert send(function, ROOT, key=None).problem == (400, "malformed")
        assert send(function, ROOT, key="a_b").problem == (400, "malformed")
        assert send(function, ROOT, key="k" * 65).problem == (400, "malformed")
    assert documents("adminActions") == {}


@pytest.mark.parametrize("function", [*GOOD, *READ])
def test_nobody_but_an_administrator_does_or_sees_anything(stage: None, users: Users, function: str) -> None:
    revoked = administrator()
    users.valid_since[revoked.user_id] = 2**33
    refused = {
        "nobody": (None, (401, "unauthenticated")),
        "somebody": (Person(), (403, "not-an-administrator")),
        "whom it is about": (ADA, (403, "not-an-administrator")),
        "unverified": (Person(email_verified=False), (403, "not-an-administrator")),
        "with a text for a claim": (Person(claims={"admin": "true"}), (403, "not-an-administrator")),
        "with another claim": (Person(claims={"role": "admin", "roles": ["admin"]}), (403, "not-an-administrator")),
        "anonymous": (Person(provider="anonymous", claims={"admin": True}), (403, "anonymous-not-allowed")),
        "revoked": (revoked, (401, "unauthenticated")),
    }

    with ledger_kit.nothing_moves():
        answers = {name: send(function, by).problem for name, (by, _) in refused.items()}

    assert answers == {name: problem for name, (_, problem) in refused.items()}
    assert documents("adminActions") == {}


@pytest.mark.parametrize("function", ["grant_tokens", "freeze_wallet", "rebuild_wallet"])
def test_who_has_no_account_is_404(project: str, function: str) -> None:
    assert send(function, ROOT).problem == (404, "no-such-account")
    assert documents("adminActions") == {}


@pytest.mark.parametrize("query", ["limit=0", "limit=51", "limit=x", "kind=all", "kind=", "cursor=x", "page=1"])
def test_the_desk_takes_no_other_question(project: str, query: str) -> None:
    given: dict[str, Any] = dict(part.split("=") for part in query.split("&"))

    assert api.get("list_attention", by=ROOT, **{"kind": "parked", **given}).problem == (422, "invalid-request")
