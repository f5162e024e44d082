"""Needs the Firestore emulator."""

import contextlib
import dataclasses
import functools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.batch import WriteBatch

from local.costs.meter import metered
from shared.cloud import documents, fair_lock
from shared.cloud.clients import STORE, store
from shared.errors import (
    Contention,
    IdempotencyConflict,
    InsufficientTokens,
    NoSuchAccount,
    Problem,
    SelfTip,
    TokensOwed,
    WalletFrozen,
)
from shared.ledger.decision import Decision
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.generation import Spend
from shared.ledger.grant import signup_bonus
from shared.ledger.purchase import Purchase
from shared.ledger.tip import Tip
from shared.money import crediting, freezing, payments, wallets
from shared.money.crediting import AlreadyRecorded
from shared.money.payments import Receipt
from tests.support import api, ledger_kit
from tests.support.concurrently import TIMEOUT_SECONDS, concurrently, outcome, patiently
from tests.support.people import Person


def tip(sender: Person, recipient: Person, amount: int, key: str = "k1", fingerprint: str = "f") -> Tip:
    return Tip(f"tip_{key}_{sender.user_id}", sender.user_id, recipient.user_id, amount, "phoenix@1", fingerprint)


def spend(person: Person, cost: int = 5, generation: str = "g1") -> Spend:
    return Spend(generation, person.user_id, "image", cost // 5, cost, "phoenix@1", "f")


def purchase(person: Person, tokens: int = 50, session: str = "cs_1") -> Entry:
    return Purchase(session, None, person.user_id, "starter", tokens, 499, "usd", "phoenix@1").entry()


@pytest.fixture(params=["one instance", "an instance each"])
def instances(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads of one instance take turns at a wallet; where each is an instance of its own, only commits decide."""
    if request.param == "an instance each":
        monkeypatch.setattr(payments, "turn_if_free", lambda _: contextlib.nullcontext(True))


# -- a payment ---------------------------------------------------------------------------------------------------


def test_a_tip_moves_tokens_from_one_wallet_to_the_other(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10, purchased=20), ledger_kit.account()

    receipt = payments.pay(tip(ada, ben, 15))

    assert receipt == Receipt(paid=15, balance=15)
    assert ledger_kit.funds(ada) == Funds(purchased=15)
    assert ledger_kit.funds(ben) == Funds(bonus=10, earned=5)
    ledger_kit.assert_books_balance(project)


def test_a_line_holds_what_the_contract_says_and_nothing_else(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    payments.pay(tip(ada, ben, 4))

    line = ledger_kit.lines()[f"tip_k1_{ada.user_id}_received"]
    assert line.pop("timestamp") is not None
    assert line == {
        "userId": ben.user_id,
        "type": "tip_received",
        "amount": 4,
        "funds": {"bonus": 4, "purchased": 0, "earned": 0},
        "details": {"senderId": ada.user_id, "recipientId": ben.user_id},
        "economy": "phoenix@1",
        "fingerprint": "f",
    }


@pytest.mark.threat(79)
def test_the_lines_of_one_event_bear_one_time_and_it_is_the_servers(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    payments.pay(tip(ada, ben, 4))

    sent, received = (
        store().collection("transactions").document(f"tip_k1_{ada.user_id}_{side}").get(**STORE)
        for side in ("sent", "received")
    )
    assert sent.get("timestamp") == received.get("timestamp")
    opened = store().collection("users").document(ben.user_id).get(**STORE)
    assert opened.get("createdAt") <= sent.get("timestamp") <= sent.create_time


@pytest.mark.threat(9)
def test_a_payment_made_twice_moves_once_and_answers_the_same(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    assert [payments.pay(tip(ada, ben, 4)) for _ in range(2)] == [Receipt(4, 6), Receipt(4, 6)]

    assert ledger_kit.balance(ben) == 4
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(9)
def test_a_payment_made_ten_times_at_once_moves_once(project: str, instances: None) -> None:
    ada, ben = ledger_kit.account(bonus=100), ledger_kit.account()

    receipts = concurrently(10, lambda _: patiently(lambda: payments.pay(tip(ada, ben, 4))))

    assert set(receipts) == {Receipt(4, 96)}
    assert ledger_kit.balance(ben) == 4
    ledger_kit.assert_books_balance(project)


def test_a_retry_tells_todays_balance(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    payments.pay(tip(ada, ben, 4))
    crediting.credit(purchase(ada))

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=56)


@pytest.mark.threat(9)
def test_a_retry_after_the_tokens_are_gone_answers_as_before(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    payments.pay(tip(ada, ben, 10))

    assert payments.pay(tip(ada, ben, 10)) == Receipt(paid=10, balance=0)


@pytest.mark.threat(13)
@pytest.mark.parametrize("tokens", [100, 5], ids=["tokens for the new price", "none"])
def test_a_retry_after_the_price_rose_is_charged_nothing_more_and_told_the_price_of_then(
    project: str, tokens: int
) -> None:
    ada = ledger_kit.account(bonus=tokens)
    job = store().collection("generations").document("g1")
    payments.pay(spend(ada, cost=5), lambda batch, _: batch.create(job, {}))

    with ledger_kit.nothing_moves():
        again = payments.pay(spend(ada, cost=10), lambda batch, _: batch.create(job, {}))

    assert again == Receipt(paid=5, balance=tokens - 5)


@pytest.mark.parametrize("change", [{"frozen": "fraud"}, {"debt": 3}], ids=["frozen", "indebted"])
def test_a_retry_of_what_was_done_answers_as_before_though_the_wallet_was_stopped_since(
    project: str, change: dict[str, object]
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    payments.pay(tip(ada, ben, 4))
    ledger_kit.change(ada, **change)

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=6)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(10)
def test_a_key_that_was_used_for_something_else_is_a_conflict(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    payments.pay(tip(ada, ben, 4))

    with ledger_kit.nothing_moves(), pytest.raises(IdempotencyConflict):
        payments.pay(tip(ada, ben, 5, fingerprint="g"))


@pytest.mark.threat(10)
def test_a_key_that_was_used_for_something_else_is_a_conflict_though_no_token_is_left(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    payments.pay(tip(ada, ben, 10))

    with ledger_kit.nothing_moves(), pytest.raises(IdempotencyConflict):
        payments.pay(tip(ada, ben, 5, fingerprint="g"))


@pytest.mark.threat(11)
def test_two_users_may_choose_the_same_key(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account(bonus=10)

    payments.pay(tip(ada, ben, 4))
    payments.pay(tip(ben, ada, 1))

    assert (ledger_kit.balance(ada), ledger_kit.balance(ben)) == (7, 13)
    ledger_kit.assert_books_balance(project)


def test_a_refused_request_does_not_use_its_key_up(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=3), ledger_kit.account()
    with ledger_kit.nothing_moves(), pytest.raises(InsufficientTokens):
        payments.pay(tip(ada, ben, 4))
    crediting.credit(purchase(ada))

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=49)


def test_the_document_of_the_event_is_written_with_its_money_or_not_at_all(project: str) -> None:
    ada = ledger_kit.account(bonus=8)
    job = store().collection("generations").document("g1")

    payments.pay(spend(ada), lambda batch, _: batch.create(job, {"status": "queued"}))
    assert job.get(**STORE).exists

    other = store().collection("generations").document("g2")
    with ledger_kit.nothing_moves(), pytest.raises(InsufficientTokens):
        payments.pay(spend(ada, generation="g2"), lambda batch, _: batch.create(other, {"status": "queued"}))
    assert not other.get(**STORE).exists


# -- many at once ------------------------------------------------------------------------------------------------


@pytest.mark.threat(1)
def test_of_fifty_generations_at_once_on_tokens_for_one_exactly_one_is_accepted(project: str, instances: None) -> None:
    ada = ledger_kit.account(bonus=5)

    outcomes = concurrently(
        50, lambda n: outcome(lambda: patiently(lambda: payments.pay(spend(ada, generation=f"g{n}"))))
    )

    assert outcomes.count(Receipt(paid=5, balance=0)) == 1
    assert outcomes.count(InsufficientTokens) == 49
    assert ledger_kit.balance(ada) == 0
    ledger_kit.assert_books_balance(project)


def test_a_wallet_of_many_spenders_pays_all_that_it_can_and_not_one_more(project: str) -> None:
    ada = ledger_kit.account(purchased=100)

    outcomes = concurrently(
        24, lambda n: outcome(lambda: patiently(lambda: payments.pay(spend(ada, generation=f"g{n}"))))
    )

    assert sum(isinstance(each, Receipt) for each in outcomes) == 20
    assert outcomes.count(InsufficientTokens) == 4
    assert ledger_kit.balance(ada) == 0
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(14)
def test_every_tip_to_a_hot_creator_lands(project: str, instances: None) -> None:
    creator = ledger_kit.account()
    fans = [ledger_kit.account(bonus=10) for _ in range(32)]

    receipts = concurrently(32, lambda n: payments.pay(tip(fans[n], creator, 3)))

    assert set(receipts) == {Receipt(paid=3, balance=7)}
    assert ledger_kit.balance(creator) == 96
    assert len(ledger_kit.lines(creator)) == 32
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(14)
def test_a_creator_can_spend_while_tips_pour_in(project: str) -> None:
    creator = ledger_kit.account(purchased=50)
    fans = [ledger_kit.account(bonus=10) for _ in range(30)]

    def act(n: int) -> Receipt:
        return patiently(
            lambda: payments.pay(spend(creator, generation=f"g{n}") if n >= 30 else tip(fans[n], creator, 3))
        )

    receipts = concurrently(36, act)

    assert [receipt.paid for receipt in receipts[30:]] == [5, 5, 5, 5, 5, 5]
    assert ledger_kit.balance(creator) == 50 + 90 - 30
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(14)
def test_people_who_tip_each_other_in_a_circle_lose_nothing(project: str, instances: None) -> None:
    people = [ledger_kit.account(bonus=10) for _ in range(4)]

    concurrently(24, lambda n: patiently(lambda: payments.pay(tip(people[n % 4], people[(n + 1) % 4], 1, key=f"k{n}"))))

    assert [ledger_kit.balance(person) for person in people] == [10, 10, 10, 10]
    ledger_kit.assert_books_balance(project)


# -- in front of a busy wallet -----------------------------------------------------------------------------------


@contextlib.contextmanager
def somebody_pays_slowly(person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Future[Receipt]]:
    """A payment of 5 tokens by the person that has read and not yet committed; it ends when the block does."""
    reached, go_on = threading.Event(), threading.Event()

    def stay() -> None:
        reached.set()
        assert go_on.wait(TIMEOUT_SECONDS)

    Interference(monkeypatch, before=stay)
    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(lambda: payments.pay(spend(person, generation="slow")))
        try:
            assert reached.wait(TIMEOUT_SECONDS)
            yield paying
        finally:
            go_on.set()


@pytest.mark.threat(96)
def test_what_is_refused_waits_for_nobody_and_keeps_nobody_waiting(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, cyd = ledger_kit.account(bonus=5), ledger_kit.account(bonus=10), ledger_kit.account()

    with somebody_pays_slowly(ada, monkeypatch) as paying:
        with metered() as cost:
            refused = [outcome(functools.partial(payments.pay, tip(ada, cyd, 6, key=f"k{n}"))) for n in range(120)]
            bystander = payments.pay(tip(ben, cyd, 4))
        assert not paying.done()

    assert refused == [InsufficientTokens] * 120
    assert bystander == Receipt(paid=4, balance=6)
    assert (cost.rpcs, cost.reads, cost.writes) == (122, 242, 4)
    assert paying.result() == Receipt(paid=5, balance=0)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(96)
def test_four_wait_for_a_wallet_and_the_next_is_told_at_once_to_come_again(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, cyd = ledger_kit.account(bonus=100), ledger_kit.account()

    with ThreadPoolExecutor(4) as pool:
        with somebody_pays_slowly(ada, monkeypatch) as paying:
            waiting = [pool.submit(payments.pay, tip(ada, cyd, 1, key=f"w{n}")) for n in range(4)]
            until(lambda: len(fair_lock._lines[ada.user_id]) == 5)

            answers = [
                api.post("tip", {"recipientId": cyd.user_id, "amount": 1}, by=ada, key=f"k{n}") for n in range(20)
            ]

            assert not paying.done()
        receipts = [each.result(TIMEOUT_SECONDS) for each in waiting]

    assert {answer.problem for answer in answers} == {(503, "contention")}
    assert {answer.headers["Retry-After"] for answer in answers} == {"1"}
    assert sorted(receipt.balance for receipt in receipts) == [91, 92, 93, 94]
    assert fair_lock._lines == {}
    ledger_kit.assert_books_balance(project)


def test_a_turn_is_given_back_by_who_could_not_pay(project: str) -> None:
    ada, cyd = ledger_kit.account(bonus=5), ledger_kit.account()

    for _ in range(3):
        with pytest.raises(InsufficientTokens):
            payments.pay(tip(ada, cyd, 6))

    assert fair_lock._lines == {}
    assert payments.pay(tip(ada, cyd, 5)) == Receipt(paid=5, balance=0)


def until(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


# -- refusals ----------------------------------------------------------------------------------------------------

Refused = Callable[[Person], Decision]


@pytest.mark.threat(5, 6, 8)
@pytest.mark.parametrize(
    ("change", "payment", "refusal"),
    [
        ({}, lambda ada: tip(ada, ada, 1), SelfTip),
        ({}, lambda ada: tip(ada, Person("nobody"), 1), NoSuchAccount),
        ({}, lambda ada: tip(Person("nobody"), ada, 1), NoSuchAccount),
        ({}, lambda ada: tip(ada, ledger_kit.account(), 11), InsufficientTokens),
        ({}, lambda ada: spend(ada, cost=15), InsufficientTokens),
        ({}, lambda _: spend(Person("nobody")), NoSuchAccount),
        ({"frozen": "fraud"}, lambda ada: tip(ada, ledger_kit.account(), 1), WalletFrozen),
        ({"frozen": "fraud"}, spend, WalletFrozen),
        ({"debt": 1}, lambda ada: tip(ada, ledger_kit.account(), 1), TokensOwed),
        ({"debt": 1}, spend, TokensOwed),
        ({"debt": 1, "frozen": "fraud"}, spend, WalletFrozen),
    ],
)
def test_a_refused_payment_moves_nothing(
    project: str, change: dict[str, object], payment: Refused, refusal: type[Problem]
) -> None:
    ada = ledger_kit.account(bonus=10)
    if change:
        ledger_kit.change(ada, **change)
    refused = payment(ada)

    with ledger_kit.nothing_moves(), pytest.raises(Problem) as raised:
        payments.pay(refused)

    assert type(raised.value) is refusal
    ledger_kit.assert_books_balance(project)


# -- what goes wrong between read and commit -----------------------------------------------------------------------


class Interference:
    """Does ``before`` each of the first ``times`` commits of a batch, and ``after`` it."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
        times: int = 1,
    ) -> None:
        self.commits = 0
        commit = WriteBatch.commit
        lock = threading.Lock()

        def interfered(batch: WriteBatch, *args: Any, **options: Any) -> Any:
            with lock:
                self.commits += 1
                is_disturbed = self.commits <= times
            if is_disturbed:
                before()
            result = commit(batch, *args, **options)
            if is_disturbed:
                after()
            return result

        monkeypatch.setattr(WriteBatch, "commit", interfered)


Kind = Callable[[str], Exception]


def fail(kind: Kind) -> Callable[[], object]:
    def act() -> object:
        raise kind("lost")

    return act


@pytest.mark.threat(7)
def test_a_recipient_deleted_between_read_and_commit_gets_nothing_and_the_sender_keeps_it(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(monkeypatch, before=lambda: store().collection("users").document(ben.user_id).delete(**STORE))

    with pytest.raises(NoSuchAccount):
        payments.pay(tip(ada, ben, 4))

    assert ledger_kit.balance(ada) == 10
    assert not store().collection("users").document(ben.user_id).get(**STORE).exists
    ledger_kit.assert_books_balance(project)


def test_a_wallet_frozen_between_read_and_commit_does_not_pay(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(monkeypatch, before=lambda: freezing.freeze(ada.user_id, "operator"))

    with pytest.raises(WalletFrozen):
        payments.pay(tip(ada, ben, 4))

    assert (ledger_kit.balance(ada), ledger_kit.balance(ben)) == (10, 0)


@pytest.mark.threat(16)
@pytest.mark.parametrize(
    "error", [exceptions.DeadlineExceeded, exceptions.ServiceUnavailable, exceptions.InternalServerError]
)
def test_a_payment_whose_answer_was_lost_is_found_by_the_retry(
    project: str, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(monkeypatch, after=fail(error))

    with pytest.raises(error):
        payments.pay(tip(ada, ben, 4))

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=6)
    assert ledger_kit.balance(ben) == 4
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(16)
def test_a_commit_that_was_lost_to_itself_is_found_at_once(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(monkeypatch, after=fail(exceptions.Aborted))

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=6)

    assert ledger_kit.balance(ben) == 4
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(16)
def test_a_payment_that_never_arrived_is_made_by_the_retry(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(monkeypatch, before=fail(exceptions.DeadlineExceeded))

    with ledger_kit.nothing_moves(), pytest.raises(exceptions.DeadlineExceeded):
        payments.pay(tip(ada, ben, 4))

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=6)


def test_an_attempt_that_loses_to_another_writer_is_made_again(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(monkeypatch, before=lambda: crediting.credit(purchase(ada)))

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=56)
    ledger_kit.assert_books_balance(project)


def test_a_payment_that_loses_every_optimistic_attempt_is_made_under_a_lock(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wallets, "BACKOFF_CEILING_SECONDS", 0)
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    interference = Interference(monkeypatch, before=fail(exceptions.FailedPrecondition), times=16)

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=6)

    assert interference.commits == 16
    assert (ledger_kit.balance(ada), ledger_kit.balance(ben)) == (6, 4)
    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=6)
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize(("fingerprint", "refusal"), [("f", None), ("g", IdempotencyConflict)])
def test_a_payment_under_a_lock_finds_an_earlier_one_too(
    project: str, monkeypatch: pytest.MonkeyPatch, fingerprint: str, refusal: type[Problem] | None
) -> None:
    monkeypatch.setattr(wallets, "BACKOFF_CEILING_SECONDS", 0)
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    payments.pay(tip(ada, ben, 4))
    Interference(monkeypatch, before=fail(exceptions.FailedPrecondition), times=16)

    with ledger_kit.nothing_moves():
        result = outcome(lambda: payments.pay(tip(ada, ben, 4, fingerprint=fingerprint)))

    assert result == (refusal or Receipt(paid=4, balance=6))


def test_a_payment_under_a_lock_is_refused_like_any_other(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallets, "BACKOFF_CEILING_SECONDS", 0)
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(
        monkeypatch,
        before=lambda: ledger_kit.change(ada, tokenBalance=3, funds={"bonus": 3, "purchased": 0, "earned": 0}),
        times=16,
    )

    with pytest.raises(InsufficientTokens) as refusal:
        payments.pay(tip(ada, ben, 4))

    assert refusal.value.extensions == {
        "balance": 3,
        "required": 4,
        "shortfall": 1,
        "trialRemaining": 0,
        "canReload": False,
    }
    assert ledger_kit.balance(ben) == 0


@pytest.mark.threat(15)
def test_a_payment_that_loses_every_attempt_ends_in_contention_and_moves_nothing(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wallets, "BACKOFF_CEILING_SECONDS", 0)
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    Interference(monkeypatch, before=fail(exceptions.FailedPrecondition), times=16)
    api = store()._firestore_api
    commit = api.commit

    lost: Kind = exceptions.Aborted

    def aborted(request: Any, **options: Any) -> Any:
        if request["transaction"] is not None:
            raise lost("lost")
        return commit(request=request, **options)

    with ledger_kit.nothing_moves(), monkeypatch.context() as patch:
        patch.setattr(api, "commit", aborted)
        with pytest.raises(Contention):
            payments.pay(tip(ada, ben, 4))

    assert payments.pay(tip(ada, ben, 4)) == Receipt(paid=4, balance=6)
    ledger_kit.assert_books_balance(project)


# -- what comes in -----------------------------------------------------------------------------------------------


def test_a_credit_lands_in_its_fund_and_in_the_totals(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    crediting.credit(purchase(ada, 50))

    assert ledger_kit.funds(ada) == Funds(bonus=10, purchased=50)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(40)
def test_a_credit_made_twice_lands_once(project: str) -> None:
    ada = ledger_kit.account()
    crediting.credit(purchase(ada, 50))

    with ledger_kit.nothing_moves(), pytest.raises(AlreadyRecorded):
        crediting.credit(purchase(ada, 50))


@pytest.mark.threat(40)
def test_a_credit_made_twenty_times_at_once_lands_once(project: str) -> None:
    ada = ledger_kit.account()

    outcomes = concurrently(20, lambda _: outcome(lambda: crediting.credit(purchase(ada, 50))))

    assert (len(outcomes), outcomes.count(AlreadyRecorded)) == (20, 19)
    assert ledger_kit.balance(ada) == 50
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize("change", [{"frozen": "fraud"}, {"debt": 3}], ids=["frozen", "indebted"])
def test_what_comes_in_lands_in_a_stopped_wallet(project: str, change: dict[str, object]) -> None:
    ada, ben = ledger_kit.account(bonus=5), ledger_kit.account(bonus=5)
    ledger_kit.change(ada, **change)

    crediting.credit(purchase(ada, 50))
    payments.pay(tip(ben, ada, 5))

    assert ledger_kit.balance(ada) == 60
    ledger_kit.assert_books_balance(project)


def test_a_credit_to_nobody_is_refused(project: str) -> None:
    with ledger_kit.nothing_moves(), pytest.raises(NoSuchAccount):
        crediting.credit(purchase(Person("nobody")))


def test_a_credit_is_written_with_the_document_of_its_event_or_not_at_all(project: str) -> None:
    ada = ledger_kit.account()
    order = store().collection("orders").document("cs_1")
    order.set({"status": "open"}, **STORE)
    seen = documents.get(order).update_time
    order.update({"status": "pending"}, **STORE)

    with ledger_kit.nothing_moves(), pytest.raises(exceptions.FailedPrecondition):
        crediting.credit(purchase(ada), lambda batch: batch.update(order, {"status": "paid"}, unchanged_since=seen))

    assert order.get(**STORE).get("status") == "pending"


# -- opening -----------------------------------------------------------------------------------------------------


def test_a_new_wallet_is_empty_or_holds_the_bonus(project: str) -> None:
    assert ledger_kit.funds(ledger_kit.account()) == Funds()
    assert ledger_kit.funds(ledger_kit.account(bonus=10)) == Funds(bonus=10)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(17)
def test_a_wallet_is_opened_once(project: str) -> None:
    ada = ledger_kit.account(purchased=7)

    with ledger_kit.nothing_moves(), pytest.raises(AlreadyRecorded):
        crediting.open_wallet(ada.user_id, signup_bonus(ada.user_id, 10, "phoenix@1"))


@pytest.mark.threat(17)
def test_a_wallet_opened_ten_times_at_once_has_one_bonus(project: str) -> None:
    bonus = signup_bonus("ada", 10, "phoenix@1")

    outcomes = concurrently(10, lambda _: outcome(lambda: crediting.open_wallet("ada", bonus)))

    assert (outcomes.count(None), outcomes.count(AlreadyRecorded)) == (1, 9)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(17)
def test_a_bonus_that_was_granted_keeps_its_account_from_being_opened_with_another(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    store().collection("users").document(ada.user_id).delete(**STORE)

    with pytest.raises(AlreadyRecorded):
        crediting.open_wallet(ada.user_id, signup_bonus(ada.user_id, 10, "phoenix@1"))

    assert wallets.get(ada.user_id) is None


def test_a_wallet_that_was_not_opened_is_none(project: str) -> None:
    assert wallets.get("nobody") is None


# -- limits ------------------------------------------------------------------------------------------------------


@pytest.mark.threat(80)
def test_a_wallet_does_not_grow_with_what_it_does(project: str) -> None:
    ada, ben = ledger_kit.account(purchased=100), ledger_kit.account()
    payments.pay(tip(ada, ben, 1, key="first"))
    before = lengths(ada)

    for n in range(20):
        payments.pay(tip(ada, ben, 1, key=f"k{n}"))

    assert lengths(ada) == before
    assert before["marks"] == 256


def test_a_refusal_is_not_mistaken_for_a_replay_though_its_mark_is_taken(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    ledger_kit.change(ada, marks=b"\xff" * 256)

    with ledger_kit.nothing_moves(), pytest.raises(InsufficientTokens):
        payments.pay(tip(ada, ben, 11))


def test_a_receipt_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Receipt(1, 2).paid = 3  # type: ignore[misc]  # that it is refused is the point


def lengths(person: Person) -> dict[str, int]:
    """How long each field of the wallet is; a number has no length."""
    fields = store().collection("users").document(person.user_id).get(**STORE).to_dict() or {}
    return {name: len(value) if isinstance(value, bytes | str | dict | list) else 0 for name, value in fields.items()}
