"""Needs the Firestore emulator. A wallet is set to what its lines and orders say."""

from typing import Any

import pytest

from shared.cloud.clients import STORE, store
from shared.money import rebuilding
from tests.support import api, ledger_kit
from tests.support.api import Answer, new_key
from tests.support.cloud_kit import documents
from tests.support.concurrently import concurrently
from tests.support.people import Person, administrator

pytestmark = pytest.mark.threat(74, 76)

SOUND = {
    "tokenBalance": 60,
    "funds": {"bonus": 10, "purchased": 50, "earned": 0},
    "totalTokensPurchased": 50,
    "totalTokensSpent": 0,
    "totalTokensEarned": 0,
    "totalTokensCredited": 60,
    "debt": 0,
}


def rebuild(by: Person, whom: Person, key: str | None = None) -> Answer:
    return api.post("rebuild_wallet", {"userId": whom.user_id, "reason": "correction"}, by=by, key=key or new_key())


def money(person: Person) -> dict[str, Any]:
    return {name: ledger_kit.fields(person).get(name) for name in SOUND}


def test_a_wallet_that_agrees_is_left_alone_and_the_answer_says_so(root: Person, ada: Person) -> None:
    with ledger_kit.nothing_moves():
        answer = rebuild(root, ada)

    assert (answer.status, answer.body) == (200, {"before": SOUND, "after": SOUND})
    assert documents("adminActions") == {}


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        ({"tokenBalance": 61}, {"tokenBalance": 61}),
        (
            {"funds": {"bonus": 60, "purchased": 0, "earned": 0}},
            {"funds": {"bonus": 60, "purchased": 0, "earned": 0}},
        ),
        ({"totalTokensPurchased": 7}, {"totalTokensPurchased": 7}),
        ({"totalTokensSpent": -1, "totalTokensEarned": 3}, {"totalTokensSpent": -1, "totalTokensEarned": 3}),
        ({"totalTokensCredited": 7}, {"totalTokensCredited": 7}),
        ({"debt": 5}, {"debt": 5}),
        ({"tokenBalance": 60.0}, {"tokenBalance": None}),
        ({"tokenBalance": True, "funds": None}, {"tokenBalance": None, "funds": dict.fromkeys(SOUND["funds"])}),  # type: ignore[call-overload]
    ],
    ids=["balance", "funds", "purchased", "spent and earned", "credited", "debt", "a fraction", "no numbers"],
)
def test_a_wallet_that_differs_is_set_to_what_the_ledger_says(
    project: str, root: Person, ada: Person, wrong: dict[str, object], shown: dict[str, object]
) -> None:
    lines = ledger_kit.lines()
    ledger_kit.change(ada, **wrong)

    answer = rebuild(root, ada, key="k1")

    assert (answer.status, answer.body) == (200, {"before": SOUND | shown, "after": SOUND})
    assert money(ada) == SOUND
    assert ledger_kit.lines() == lines
    ledger_kit.assert_books_balance(project)
    (action,) = documents("adminActions").values()
    assert (action["actor"], action["about"], action["reason"]) == (root.user_id, ada.user_id, "correction")
    assert rebuild(root, ada, key="k1").body == answer.body


def test_the_debt_is_what_the_orders_owe(root: Person, ada: Person) -> None:
    for name, owed in (("cs_1", 30), ("cs_2", 12)):
        order = {"userId": ada.user_id, "owed": owed}
        store().collection("orders").document(name).set(order, **STORE)

    assert rebuild(root, ada).body["after"]["debt"] == 42


def test_lines_that_sum_to_less_than_nothing_make_no_wallet(root: Person, ada: Person) -> None:
    ledger_kit.write_lines(ada, 1, amount=lambda _: -70)

    with ledger_kit.nothing_moves():
        assert rebuild(root, ada).problem == (409, "does-not-add-up")


def test_tokens_that_arrive_between_are_in_the_wallet_that_comes_out(
    project: str, root: Person, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them changes the wallet after it was looked at; at last none comes any more."""
    ledger_kit.change(ada, tokenBalance=1)
    boss, look, left = administrator(), rebuilding.look, [3]

    def interrupted(user_id: str, until: float) -> rebuilding.Look:
        found = look(user_id, until)
        if left[0]:
            left[0] -= 1
            grant = {"userId": ada.user_id, "amount": 7, "reason": "support"}
            assert api.post("grant_tokens", grant, by=boss, key=new_key()).status == 200
        return found

    monkeypatch.setattr(rebuilding, "look", interrupted)

    assert rebuild(root, ada).body["after"]["tokenBalance"] == 60 + 21
    ledger_kit.assert_books_balance(project)


def test_where_they_never_stop_nothing_is_written(root: Person, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger_kit.change(ada, tokenBalance=1)
    look, looks = rebuilding.look, [0]

    def interrupted(user_id: str, until: float) -> rebuilding.Look:
        found = look(user_id, until)
        looks[0] += 1
        ledger_kit.change(ada, stripeCustomerAttempt=looks[0])
        return found

    monkeypatch.setattr(rebuilding, "look", interrupted)

    refused = rebuild(root, ada)

    assert refused.problem == (503, "contention")
    assert (looks[0], ledger_kit.fields(ada)["tokenBalance"]) == (16, 1)
    assert documents("adminActions") == {}


def test_two_at_once_with_one_key_are_one_correction(project: str, root: Person, ada: Person) -> None:
    ledger_kit.change(ada, tokenBalance=1)

    answers = concurrently(4, lambda _: rebuild(root, ada, key="k1"))

    assert {answer.status for answer in answers} == {200}
    assert len(documents("adminActions")) == 1
    ledger_kit.assert_books_balance(project)
