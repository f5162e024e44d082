"""Needs the Firestore emulator. What a payment asks of Firestore when answers are lost, and how long it waits."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions

from shared.cloud.clients import STORE_TIMEOUT_SECONDS
from shared.errors import Contention, InsufficientTokens
from shared.ledger.entries import Entry
from shared.ledger.grant import signup_bonus
from shared.ledger.purchase import Purchase
from shared.ledger.tip import Tip
from shared.money import crediting, payments, wallets
from shared.money.payments import Receipt
from tests.support import ledger_kit
from tests.support.concurrently import outcome
from tests.support.people import Person
from tests.support.wire import Hook, wired


def tip(sender: Person, recipient: Person, amount: int = 4) -> Tip:
    key = f"tip_k1_{sender.user_id}"
    return Tip(key, sender.user_id, recipient.user_id, amount, "phoenix@1", "f")


def purchase(person: Person) -> Entry:
    return Purchase("cs_1", None, person.user_id, "starter", 50, 499, "usd", "phoenix@1").entry()


def fails(method: str, error: type[Exception], times: int = 1) -> Hook:
    """Has the first ``times`` calls of the method fail."""
    numbers = itertools.count()

    def hook(called: str, _request: Any) -> None:
        if called == method and next(numbers) < times:
            raise error("lost")

    return hook


def under_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every payment goes straight to the lock."""
    monkeypatch.setattr(wallets, "OPTIMISTIC_ATTEMPTS", 0)


MOVEMENTS: dict[str, Callable[[Person, Person], object]] = {
    "a payment": lambda ada, ben: payments.pay(tip(ada, ben)),
    "a credit": lambda ada, _: crediting.credit(purchase(ada)),
    "an account": lambda _, __: crediting.open_wallet("cyd", signup_bonus("cyd", 10, "phoenix@1")),
}


@pytest.mark.threat(16)
@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_commit_that_firestore_could_not_take_is_sent_again_and_moves_once(project: str, movement: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    with wired(before=fails("Commit", exceptions.ServiceUnavailable)) as wire:
        MOVEMENTS[movement](ada, ben)

    assert wire.count("Commit") == 2
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(16)
@pytest.mark.parametrize(
    ("movement", "again", "commits"),
    [
        ("a payment", Receipt(4, 6), 3),  # the second finds the wallet changed, the third the line
        ("a credit", crediting.AlreadyRecorded, 2),
        ("an account", crediting.AlreadyRecorded, 2),
    ],
)
def test_a_commit_whose_answer_was_lost_is_sent_again_and_moves_once(
    project: str, movement: str, again: object, commits: int
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    with wired(after=fails("Commit", exceptions.ServiceUnavailable)) as wire:
        result = outcome(lambda: MOVEMENTS[movement](ada, ben))

    assert result == again
    assert wire.count("Commit") == commits
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize("payable", [True, False], ids=["that pays", "that is refused"])
def test_every_call_of_a_payment_under_a_lock_keeps_to_the_time_of_all_others(
    project: str, monkeypatch: pytest.MonkeyPatch, payable: bool
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    under_a_lock(monkeypatch)

    with wired() as wire:
        outcome(lambda: payments.pay(tip(ada, ben, 4 if payable else 11)))

    last = "Commit" if payable else "Rollback"
    assert [method for method, _ in wire.calls] == ["BeginTransaction", "BatchGetDocuments", last]
    assert [seconds for _, seconds in wire.calls if seconds is None or seconds > STORE_TIMEOUT_SECONDS] == []
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize("method", ["BeginTransaction", "BatchGetDocuments", "Commit"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_payment_under_a_lock_whose_call_is_lost_moves_once_or_not_at_all(
    project: str, monkeypatch: pytest.MonkeyPatch, method: str, moment: str
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    under_a_lock(monkeypatch)
    hooks = {moment: fails(method, exceptions.ServiceUnavailable)}

    with wired(**hooks) as wire:
        result = outcome(lambda: payments.pay(tip(ada, ben)))

    assert wire.count(method) == 2
    assert result in (Receipt(4, 6), Contention)
    monkeypatch.undo()
    assert payments.pay(tip(ada, ben)) == Receipt(4, 6)
    assert ledger_kit.balance(ben) == 4
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize("method", ["BeginTransaction", "BatchGetDocuments", "Commit"])
def test_a_call_under_a_lock_that_takes_too_long_is_not_repeated(
    project: str, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    under_a_lock(monkeypatch)

    with (
        ledger_kit.nothing_moves(),
        wired(before=fails(method, exceptions.DeadlineExceeded, times=99)) as wire,
        pytest.raises(exceptions.DeadlineExceeded),
    ):
        payments.pay(tip(ada, ben))

    assert wire.count(method) == 1


def test_why_a_payment_under_a_lock_was_refused_is_told_though_the_lock_could_not_be_given_back(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    under_a_lock(monkeypatch)

    with wired(after=fails("Rollback", exceptions.DeadlineExceeded)) as wire, pytest.raises(InsufficientTokens):
        payments.pay(tip(ada, ben, 11))

    assert wire.count("Rollback") == 1
