"""Needs the Firestore emulator. A wallet that does not add up pays nothing, and is looked at by a person."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import firestore

from local.costs.meter import metered
from shared import log
from shared.errors import WalletInconsistent
from shared.ledger.decision import Decision, Outcome
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.generation import Spend
from shared.ledger.tip import Tip
from shared.money import crediting, payments
from tests.support import api, ledger_kit
from tests.support.people import Person

Change = dict[str, object]

GONE = firestore.DELETE_FIELD

AMOUNTS = ("tokenBalance", "funds.bonus", "funds.purchased", "funds.earned")
TOTALS = ("totalTokensPurchased", "totalTokensSpent", "totalTokensEarned")
NO_AMOUNTS: tuple[object, ...] = (GONE, None, "10", [10], {"n": 10}, True, 10.0, 10.5, math.nan, math.inf)
NO_FUNDS: tuple[object, ...] = (GONE, None, "none", [], 10, {})

UNREADABLE: tuple[Change, ...] = (
    *({name: value} for name in (*AMOUNTS, *TOTALS) for value in NO_AMOUNTS),
    *({"totalTokensCredited": value} for value in NO_AMOUNTS[1:]),
    *({"funds": value} for value in NO_FUNDS),
    {"funds.gifts": 5},
    {"debt": "none"},
)

UNSOUND: tuple[Change, ...] = (
    {"tokenBalance": 11},
    {"tokenBalance": 11, "funds.bonus": 510},
    {"funds.bonus": 510},
    {"tokenBalance": -10},
    {"funds": {"bonus": -10, "purchased": 20, "earned": 0}},
    {"marks": b""},
    {"marks": "none"},
)


def tip(sender: Person, recipient: Person, amount: int = 4) -> Tip:
    return Tip(f"tip_k1_{sender.user_id}", sender.user_id, recipient.user_id, amount, "phoenix@1", "f")


def spend(person: Person, _recipient: Person) -> Spend:
    return Spend("g1", person.user_id, "image", 1, 5, "phoenix@1", "f")


def alerts(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in logged if line.get("alert")]


@pytest.mark.threat(92)
@pytest.mark.parametrize("pay", [tip, spend])
def test_nothing_leaves_a_wallet_that_does_not_add_up(
    project: str, capsys: pytest.CaptureFixture[str], pay: Callable[[Person, Person], Decision]
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account(bonus=10)
    sound = ledger_kit.fields(ada)
    for change in (*UNREADABLE, *UNSOUND):
        ledger_kit.put_back(ada, sound)
        ledger_kit.change(ada, **change)
        capsys.readouterr()

        with metered() as cost, pytest.raises(WalletInconsistent):
            payments.pay(pay(ada, ben))

        assert (cost.rpcs, cost.writes) == (1, 0), change
        assert [(line["event"], line["userId"]) for line in alerts(capsys)] == [
            ("wallet-inconsistent", log.hashed(ada.user_id))
        ], change
    assert ledger_kit.lines(ben).keys() == {f"signup_{ben.user_id}"}
    ledger_kit.put_back(ada, sound)
    assert payments.pay(pay(ada, ben)).balance == 10 - payments.pay(pay(ada, ben)).paid


@pytest.mark.threat(92)
def test_who_asks_is_told_to_come_again_and_nothing_of_the_inside(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    ledger_kit.change(ada, tokenBalance=11, **{"funds.bonus": 510})

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    assert answer.problem == (503, "wallet-inconsistent")
    assert answer.headers["Retry-After"] == "60"
    assert "510" not in json.dumps(answer.body)


@pytest.mark.threat(92)
@pytest.mark.parametrize("change", UNREADABLE, ids=str)
def test_nothing_is_added_to_a_wallet_whose_amounts_are_no_numbers(project: str, change: Change) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account(bonus=10)
    ledger_kit.change(ben, **change)

    with pytest.raises(WalletInconsistent):
        payments.pay(tip(ada, ben))

    assert ledger_kit.balance(ada) == 10
    assert ledger_kit.lines(ada).keys() == {f"signup_{ada.user_id}"}


def test_what_comes_in_lands_though_the_numbers_do_not_agree(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account(bonus=10)
    ledger_kit.change(ben, tokenBalance=17)

    payments.pay(tip(ada, ben))

    assert (ledger_kit.fields(ben)["tokenBalance"], ledger_kit.fields(ben)["funds"]["bonus"]) == (21, 14)


def test_a_frozen_wallet_is_said_to_be_frozen(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    ledger_kit.change(ada, tokenBalance=11, frozen="balance-mismatch")

    answer = api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    assert answer.problem == (403, "wallet-frozen")


def test_a_retry_of_what_was_done_answers_as_before(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    payments.pay(tip(ada, ben))
    ledger_kit.change(ada, tokenBalance=17)

    assert payments.pay(tip(ada, ben)) == payments.Receipt(paid=4, balance=6)


@pytest.mark.threat(92)
@pytest.mark.parametrize(
    "decided",
    [
        lambda ada, _: (line(ada, Funds(bonus=-11)),),
        lambda ada, _: (line(ada, Funds(bonus=-12, earned=2)),),
        lambda ada, ben: (line(ada, Funds(bonus=-4)), line(ben, Funds(bonus=5))),
        lambda ada, ben: (line(ada, Funds(bonus=-4)), line(ben, Funds(bonus=5, earned=-1))),
    ],
    ids=["too much", "too much of one fund", "more than was paid", "one fund below zero"],
)
def test_what_does_not_add_up_is_not_written_whatever_decided_it(
    project: str, monkeypatch: pytest.MonkeyPatch, decided: Callable[[Person, Person], tuple[Entry, ...]]
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    monkeypatch.setattr(Tip, "decide", lambda _tip, _state: Outcome(decided(ada, ben)))

    with ledger_kit.nothing_moves(), pytest.raises(WalletInconsistent):
        payments.pay(tip(ada, ben))


@pytest.mark.threat(92)
def test_a_credit_takes_nothing_away(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    with ledger_kit.nothing_moves(), pytest.raises(WalletInconsistent):
        crediting.credit(line(ada, Funds(bonus=-1)))


def line(person: Person, funds: Funds) -> Entry:
    return Entry(
        f"tip_k1_{person.user_id}_sent", person.user_id, "signup_bonus", funds, {}, "phoenix@1", fingerprint=""
    )
