"""Needs the Firestore emulator."""

from typing import Any

import pytest

from tests.support import api, ledger_kit
from tests.support.people import Person


def test_a_wallet_is_answered_with_its_funds_and_lifetime_totals(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10, purchased=50, earned=7), ledger_kit.account(purchased=20)
    api.post("tip", {"recipientId": ada.user_id, "amount": 5}, by=ben, key="k1")

    answer = api.get("get_wallet", by=ada)

    assert answer.status == 200
    assert answer.body == {
        "tokenBalance": 72,
        "funds": {"bonus": 10, "purchased": 50, "earned": 12},
        "totalTokensPurchased": 50,
        "totalTokensSpent": 0,
        "totalTokensEarned": 5,
        "debt": 0,
        "frozen": [],
        "spendable": 72,
        "autoReload": None,
    }


@pytest.mark.parametrize(
    ("fields", "debt", "frozen", "spendable"),
    [
        ({"debt": 100}, 100, [], 0),
        ({"frozen": {"operator": ledger_kit.NEW_YEAR, "audit": ledger_kit.NEW_YEAR}}, 0, ["audit", "operator"], 0),
        ({"frozen": "fraud"}, 0, ["fraud"], 0),
        ({"debt": 3, "frozen": {"audit": ledger_kit.NEW_YEAR}}, 3, ["audit"], 0),
        ({"debt": 0}, 0, [], 10),
    ],
    ids=["owes", "frozen for two reasons", "frozen long ago", "both", "neither"],
)
def test_a_wallet_says_what_it_owes_why_it_is_frozen_and_what_can_be_spent(
    project: str, fields: dict[str, Any], debt: int, frozen: list[str], spendable: int
) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, **fields)

    body = api.get("get_wallet", by=ada).body

    assert (body["debt"], body["frozen"], body["spendable"]) == (debt, frozen, spendable)
    assert body["tokenBalance"] == 10


@pytest.mark.threat(20)
def test_everybody_sees_only_their_own(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account(bonus=3)

    assert api.get("get_wallet", by=ada).body["tokenBalance"] == 10
    assert api.get("get_wallet", by=ben).body["tokenBalance"] == 3


@pytest.mark.threat(30)
def test_the_owner_of_a_frozen_wallet_can_look_at_it(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, frozen="fraud")

    assert api.get("get_wallet", by=ada).body["tokenBalance"] == 10


@pytest.mark.parametrize(
    ("person", "query", "problem"),
    [
        (None, {}, (401, "unauthenticated")),
        (Person(provider="anonymous"), {}, (403, "anonymous-not-allowed")),
        (Person("a/b"), {}, (403, "forbidden")),
        (Person("stranger"), {}, (404, "no-such-account")),
        (Person("ada"), {"userId": "ben"}, (422, "invalid-request")),
    ],
)
def test_refusals(project: str, person: Person | None, query: dict[str, Any], problem: tuple[int, str]) -> None:
    ledger_kit.account(bonus=10, person=Person("ada"))

    with ledger_kit.nothing_moves():
        assert api.get("get_wallet", by=person, **query).problem == problem
