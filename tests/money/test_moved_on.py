"""Needs the Firestore emulator. A wallet says on which day its tokens moved last."""

import datetime

import pytest

from shared import clock
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.tip import Tip
from shared.money import crediting, freezing, payments
from tests.support import ledger_kit
from tests.support.people import Person

BEFORE = 20251231


def moved_on(person: Person) -> object:
    return ledger_kit.fields(person)["movedOn"]


@pytest.fixture
def leap_day(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=datetime.UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.mark.usefixtures("leap_day")
def test_every_movement_says_the_day_on_both_wallets(project: str) -> None:
    ada, ben, cem = ledger_kit.account(bonus=10), ledger_kit.account(), ledger_kit.account()
    assert [moved_on(person) for person in (ada, ben)] == [20280229] * 2
    for person in (ada, ben, cem):
        ledger_kit.change(person, movedOn=BEFORE)

    payments.pay(Tip("tip_k1_x", ada.user_id, ben.user_id, 4, "phoenix@1", "f"))
    crediting.credit(Entry("grant_1", cem.user_id, "signup_bonus", Funds(bonus=1), {}, "phoenix@1", fingerprint=""))

    assert [moved_on(person) for person in (ada, ben, cem)] == [20280229] * 3


def test_what_moves_no_token_says_no_day(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, movedOn=BEFORE)

    freezing.freeze(ada.user_id, "operator")

    assert moved_on(ada) == BEFORE
