"""Needs the Firestore emulator. What an administrator sees of somebody's account."""

import datetime
from typing import Any

import pytest

from local.costs.meter import metered
from local.google.users import Users
from shared.cloud.clients import STORE, store
from shared.money import freezing
from tests.support import api, ledger_kit
from tests.support.cloud_kit import documents
from tests.support.ledger_kit import NEW_YEAR
from tests.support.people import Person

pytestmark = pytest.mark.threat(74)


def account(by: Person, **query: Any) -> dict[str, Any]:
    answer = api.get("get_account", by=by, **query)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def order(person: Person, name: str, n: int = 0, **fields: object) -> None:
    offer = {"userId": person.user_id, "package": "starter", "tokens": 50, "amount": 499, "currency": "usd"}
    created_at = NEW_YEAR + datetime.timedelta(days=n)
    document = {**offer, "status": "paid", "createdAt": created_at, **fields}
    store().collection("orders").document(name).set(document, **STORE)


@pytest.fixture
def ada(project: str) -> Person:
    return ledger_kit.account(bonus=10)


def test_an_account_is_found_by_its_uid_and_by_its_email(users: Users, root: Person, ada: Person) -> None:
    users.emails["ada@example.com"] = ada.user_id

    seen = account(root, userId=ada.user_id)

    assert (seen["userId"], seen["email"]) == (ada.user_id, "ada@example.com")
    assert account(root, email="ada@example.com") == seen
    assert seen["wallet"] == api.get("get_wallet", by=ada).body
    (line,) = seen["lines"]
    assert line == api.get("list_transactions", by=ada).body["transactions"][0]
    assert (seen["orders"], seen["disputes"], seen["frozen"]) == ([], [], {})
    assert seen["rules"] == api.get("list_attention", by=root, kind="parked").body["rules"]
    assert documents("adminActions") == {}


def test_it_shows_the_wallet_as_its_owner_sees_it(root: Person, ada: Person) -> None:
    later = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(days=7)
    plan = {
        "id": "sub_1",
        "plan": "atelier",
        "tier": "gold",
        "status": "past_due",
        "until": later,
        "actionUrl": "https://x",
    }
    terms = {"threshold": 20, "package": "starter", "monthlyCap": 2000}
    ledger_kit.change(
        ada,
        subscription={**plan, "unlimitedPerDay": 40, "features": ["image"], "grantsAccess": False},
        passes={"week": {"plan": "week", "until": later, "unlimitedPerDay": 20, "features": ["image"]}},
        access={"since": NEW_YEAR, "by": "cs_1", "changes": 1},
        trial={"remaining": 1, "used": 2},
        lots={"bonus": {f"until_{later:%Y%m%d}": 4}},
        autoReload={
            **terms,
            "enabled": True,
            "paymentMethod": "pm_1",
            "card": {"brand": "visa", "last4": "4242"},
            "paused": "authentication",
            "actionUrl": "https://y",
        },
    )

    seen = account(root, userId=ada.user_id)["wallet"]

    assert seen == api.get("get_wallet", by=ada).body
    assert seen["autoReload"] == {
        **terms,
        "enabled": True,
        "spentThisMonth": 0,
        "failures": 0,
        "lastAt": None,
        "paused": "authentication",
        "actionUrl": "https://y",
        "inFlight": None,
        "card": {"brand": "visa", "last4": "4242"},
    }
    assert (seen["subscription"]["plan"], [each["plan"] for each in seen["passes"]]) == ("atelier", ["week"])
    assert (seen["hasAccess"], seen["trial"], len(seen["expiring"])) == (True, {"remaining": 1, "used": 2}, 1)


def test_it_shows_the_last_twenty_orders_and_those_that_tokens_are_owed_for(root: Person, ada: Person) -> None:
    for n in range(22):
        order(ada, f"cs_{n:02}", n, **({"owed": 7, "due": 9} if n == 0 else {}))
    order(ledger_kit.account(), "cs_other", 30)

    orders = account(root, userId=ada.user_id)["orders"]

    assert [each["id"] for each in orders] == ["cs_00", *(f"cs_{n:02}" for n in range(21, 1, -1))]
    assert (orders[0]["owed"], orders[0]["due"]) == (7, 9)


def test_open_disputes_say_until_when_they_are_to_be_answered(root: Person, ada: Person) -> None:
    disputes = {"dp_1": "needs_response", "dp_2": "won"}
    order(ada, "cs_1", paid=540, reversalOpen=True, disputes=disputes, disputeDueBy=NEW_YEAR)
    order(ada, "cs_2", disputes={"dp_3": "lost"})

    assert account(root, userId=ada.user_id)["disputes"] == [
        {
            "orderId": "cs_1",
            "id": "dp_1",
            "status": "needs_response",
            "amount": 540,
            "currency": "usd",
            "dueBy": "2026-01-01T00:00:00.000000Z",
        }
    ]


def test_a_frozen_wallet_says_since_when_for_each_reason(root: Person, ada: Person) -> None:
    freezing.freeze(ada.user_id, "audit")

    seen = account(root, userId=ada.user_id)

    assert seen["wallet"]["frozen"] == ["audit"]
    assert seen["frozen"].keys() == {"audit"}
    ledger_kit.change(ada, frozen="dispute")
    assert account(root, userId=ada.user_id)["frozen"] == {"dispute": None}


def test_a_wallet_that_cannot_be_read_is_shown_as_far_as_it_can(root: Person, ada: Person) -> None:
    ledger_kit.change(ada, tokenBalance="10", funds={"bonus": 10})

    wallet = account(root, userId=ada.user_id)["wallet"]

    assert (wallet["tokenBalance"], wallet["spendable"]) == (None, 0)
    assert wallet["funds"] == {"bonus": 10, "purchased": None, "earned": None}
    assert (wallet["subscription"], wallet["passes"], wallet["expiring"]) == (None, [], [])


@pytest.mark.parametrize("frozen", [5, ["operator"], True], ids=str)
def test_a_freeze_that_cannot_be_read_hides_nothing_else(root: Person, ada: Person, frozen: object) -> None:
    ledger_kit.change(ada, frozen=frozen)

    seen = account(root, userId=ada.user_id)

    assert (seen["frozen"], seen["wallet"]["frozen"]) == ({"unreadable": None}, ["unreadable"])
    assert (seen["wallet"]["tokenBalance"], seen["wallet"]["spendable"]) == (10, 0)


@pytest.mark.parametrize("disputes", [5, ["dp_1"], {"dp_1": 5}], ids=str)
def test_disputes_that_cannot_be_read_hide_nothing_else(root: Person, ada: Person, disputes: object) -> None:
    order(ada, "cs_1", reversalOpen=True, disputes=disputes)

    seen = account(root, userId=ada.user_id)

    assert [each["id"] for each in seen["orders"]] == ["cs_1"]
    assert [each["status"] for each in seen["disputes"]] == (["5"] if isinstance(disputes, dict) else [])


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({}, (422, "invalid-request")),
        ({"userId": "ada", "email": "ada@example.com"}, (422, "invalid-request")),
        ({"email": "ada"}, (422, "invalid-request")),
        ({"userId": "a/b"}, (422, "invalid-request")),
        ({"userId": "nobody"}, (404, "no-such-account")),
        ({"email": "nobody@example.com"}, (404, "not-found")),
        ({"email": "@"}, (422, "invalid-request")),
        ({"email": "a@@"}, (404, "not-found")),
    ],
    ids=str,
)
def test_who_is_nobody_is_not_found(root: Person, query: dict[str, Any], refusal: tuple[int, str]) -> None:
    assert api.get("get_account", by=root, **query).problem == refusal


def test_what_it_costs(root: Person, ada: Person) -> None:
    with metered() as cost:
        account(root, userId=ada.user_id)

    assert (cost.rpcs, cost.writes) == (5, 0)
