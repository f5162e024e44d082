"""Needs the Firestore emulator."""

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.batch import WriteBatch

from shared.errors import Contention
from shared.ledger.funds import Funds
from shared.money import payments, wallets
from tests.support import api, ledger_kit
from tests.support.concurrently import concurrently
from tests.support.people import Person


def test_a_tip_reaches_the_creator_and_answers_with_the_tippers_balance(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10, purchased=30), ledger_kit.account()

    answer = api.post("tip", {"recipientId": ben.user_id, "amount": 15}, by=ada, key="k1")

    assert (answer.status, answer.body) == (200, {"tokenBalance": 25})
    assert ledger_kit.funds(ben) == Funds(bonus=10, earned=5)
    assert set(ledger_kit.lines(ben)) == {f"tip_k1_{ada.user_id}_received"}
    assert f"tip_k1_{ada.user_id}_sent" in ledger_kit.lines(ada)
    ledger_kit.assert_books_balance(project)


def test_a_tip_may_be_for_a_post_of_the_recipient(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    post = ledger_kit.post_by(ben)

    answer = api.post("tip", {"recipientId": ben.user_id, "amount": 1, "postId": post}, by=ada, key="k1")

    assert answer.status == 200
    details = {"senderId": ada.user_id, "recipientId": ben.user_id, "postId": post}
    assert ledger_kit.lines(ada)[f"tip_k1_{ada.user_id}_sent"]["details"] == details


@pytest.mark.parametrize(("amount", "balance"), [(1, 9_999), (10_000, 0)])
def test_a_tip_may_be_as_small_as_1_and_as_large_as_10_000(project: str, amount: int, balance: int) -> None:
    ada, ben = ledger_kit.account(purchased=10_000), ledger_kit.account()

    answer = api.post("tip", {"recipientId": ben.user_id, "amount": amount}, by=ada, key="k1")

    assert answer.body == {"tokenBalance": balance}
    ledger_kit.assert_books_balance(project)


def test_where_the_economy_has_no_tips_nobody_can_be_tipped(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "interiors")
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 1}, by=ada, key="k1")

    assert answer.problem == (403, "forbidden")


@pytest.mark.threat(9)
def test_sent_twice_with_one_key_a_tip_moves_once_and_answers_the_same(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    body = {"recipientId": ben.user_id, "amount": 10}
    first = api.post("tip", body, by=ada, key="k1")

    with ledger_kit.nothing_moves():
        again = api.post("tip", body, by=ada, key="k1")

    assert (again.status, again.body) == (first.status, first.body) == (200, {"tokenBalance": 0})


@pytest.mark.threat(9)
def test_a_field_that_is_given_as_its_default_makes_no_other_request(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    with ledger_kit.nothing_moves():
        again = api.post("tip", {"postId": None, "amount": 4, "recipientId": ben.user_id}, by=ada, key="k1")

    assert again.body == {"tokenBalance": 6}


@pytest.mark.threat(9)
def test_sent_ten_times_at_once_with_one_key_a_tip_moves_once(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    body = {"recipientId": ben.user_id, "amount": 4}

    answers = concurrently(10, lambda _: api.patient(lambda: api.post("tip", body, by=ada, key="k1")))

    assert {(answer.status, answer.body["tokenBalance"]) for answer in answers} == {(200, 6)}
    assert ledger_kit.balance(ben) == 4
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(1)
def test_of_ten_tips_at_once_on_tokens_for_one_exactly_one_is_sent(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=4), ledger_kit.account()
    body = {"recipientId": ben.user_id, "amount": 4}

    answers = concurrently(10, lambda n: api.patient(lambda: api.post("tip", body, by=ada, key=f"k{n}")))

    assert sorted(answer.status for answer in answers) == [200] + [402] * 9
    assert (ledger_kit.balance(ada), ledger_kit.balance(ben)) == (0, 4)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(10)
@pytest.mark.parametrize("changed", ["amount", "recipientId", "postId"])
def test_one_key_with_another_body_is_a_conflict(project: str, changed: str) -> None:
    ada, ben, cyd = ledger_kit.account(bonus=10), ledger_kit.account(), ledger_kit.account()
    body = {"recipientId": ben.user_id, "amount": 4}
    api.post("tip", body, by=ada, key="k1")
    others = {"amount": 5, "recipientId": cyd.user_id, "postId": ledger_kit.post_by(ben)}

    with ledger_kit.nothing_moves():
        answer = api.post("tip", body | {changed: others[changed]}, by=ada, key="k1")

    assert answer.problem == (409, "idempotency-conflict")


@pytest.mark.threat(11)
def test_keys_belong_to_one_user(project: str) -> None:
    ada, ben, cyd = ledger_kit.account(bonus=10), ledger_kit.account(bonus=10), ledger_kit.account()
    body = {"recipientId": cyd.user_id, "amount": 4}

    assert [api.post("tip", body, by=tipper, key="k1").status for tipper in (ada, ben)] == [200, 200]

    assert ledger_kit.balance(cyd) == 8
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(11)
@pytest.mark.parametrize(("first", "second"), [(("k", "a_b"), ("k", "b")), (("k-a", "b"), ("k", "a-b"))])
def test_no_two_pairs_of_key_and_user_make_the_same_ledger_id(
    project: str, first: tuple[str, str], second: tuple[str, str]
) -> None:
    cyd = ledger_kit.account()
    body = {"recipientId": cyd.user_id, "amount": 4}

    for key, user_id in (first, second):
        tipper = ledger_kit.account(bonus=10, person=Person(user_id))
        assert api.post("tip", body, by=tipper, key=key).status == 200

    assert ledger_kit.balance(cyd) == 8
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(80)
def test_the_longest_ids_there_can_be_make_a_line_all_the_same(project: str) -> None:
    ada = ledger_kit.account(bonus=10, person=Person("🎨" * 128))
    ben = ledger_kit.account(person=Person("🖌" * 128))
    body = {"recipientId": ben.user_id, "amount": 10, "postId": ledger_kit.post_by(ben, "🖼" * 128)}

    assert api.post("tip", body, by=ada, key="k" * 64).status == 200
    assert api.post("tip", body, by=ada, key="k" * 64).body == {"tokenBalance": 0}

    ledger_kit.assert_books_balance(project)


def test_a_refused_tip_does_not_use_its_key_up(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=3), ledger_kit.account()
    body = {"recipientId": ben.user_id, "amount": 4}
    assert api.post("tip", body, by=ada, key="k1").problem == (402, "insufficient-tokens")
    api.post("tip", {"recipientId": ada.user_id, "amount": 1}, by=ledger_kit.account(bonus=1), key="k2")

    assert api.post("tip", body, by=ada, key="k1").body == {"tokenBalance": 0}
    ledger_kit.assert_books_balance(project)


def test_a_tip_beyond_the_balance_is_refused_with_all_three_numbers(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 41}, by=ada, key="k1")

    assert answer.problem == (402, "insufficient-tokens")
    assert {name: answer.body[name] for name in ("balance", "required", "shortfall")} == {
        "balance": 10,
        "required": 41,
        "shortfall": 31,
    }


@pytest.mark.threat(6)
def test_a_tip_to_nobody_opens_no_wallet(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": "nobody", "amount": 4}, by=ada, key="k1")

    assert answer.problem == (404, "no-such-account")
    assert wallets.get("nobody") is None


@pytest.mark.threat(5)
def test_nobody_tips_a_post_of_their_own(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    body = {"recipientId": ada.user_id, "amount": 4, "postId": ledger_kit.post_by(ada)}

    with ledger_kit.nothing_moves():
        assert api.post("tip", body, by=ada, key="k1").problem == (422, "self-tip")


def test_a_post_that_is_gone_is_404_and_one_by_somebody_else_422(project: str) -> None:
    ada, ben, cyd = ledger_kit.account(bonus=10), ledger_kit.account(), ledger_kit.account()
    body = {"recipientId": ben.user_id, "amount": 4}

    with ledger_kit.nothing_moves():
        assert api.post("tip", body | {"postId": "gone"}, by=ada, key="k1").problem == (404, "not-found")
        foreign = api.post("tip", body | {"postId": ledger_kit.post_by(cyd)}, by=ada, key="k1")

    assert foreign.problem == (422, "invalid-request")
    assert [error["field"] for error in foreign.body["errors"]] == ["postId"]


def test_a_recipient_whose_wallet_is_full_cannot_be_tipped(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    full = 10**12 - 3
    ledger_kit.change(ben, tokenBalance=full, funds={"bonus": 0, "purchased": 0, "earned": full})

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    assert answer.problem == (403, "recipient-unavailable")


@pytest.mark.threat(8, 30, 31)
@pytest.mark.parametrize(
    ("person", "change", "key", "problem"),
    [
        (None, {}, "k1", (401, "unauthenticated")),
        (Person("ada", provider="anonymous"), {}, "k1", (403, "anonymous-not-allowed")),
        (Person("ada", email_verified=False), {}, "k1", (403, "email-not-verified")),
        (Person("ada"), {"frozen": "fraud"}, "k1", (403, "wallet-frozen")),
        (Person("ada"), {"debt": 2}, "k1", (402, "tokens-owed")),
        (Person("ada"), {"debt": 2, "frozen": "fraud"}, "k1", (403, "wallet-frozen")),
        (Person("stranger"), {}, "k1", (404, "no-such-account")),
        (Person("ada"), {}, None, (400, "malformed")),
        (Person("ada"), {}, "", (400, "malformed")),
        (Person("ada"), {}, "k_1", (400, "malformed")),
        (Person("ada"), {}, "k 1", (400, "malformed")),
        (Person("ada"), {}, "ключ", (400, "malformed")),
        (Person("ada"), {}, "k" * 65, (400, "malformed")),
    ],
)
def test_who_may_not_tip_moves_nothing(
    project: str, person: Person | None, change: dict[str, object], key: str | None, problem: tuple[int, str]
) -> None:
    ada, ben = ledger_kit.account(bonus=10, person=Person("ada")), ledger_kit.account()
    if change:
        ledger_kit.change(ada, **change)

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=person, key=key)

    assert answer.problem == problem
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(2, 3)
@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        ("-1", (422, "invalid-request")),
        ("0", (422, "invalid-request")),
        ("10001", (422, "invalid-request")),
        ("9007199254740992", (422, "invalid-request")),
        ("9007199254740993", (422, "invalid-request")),
        ("18446744073709551617", (422, "invalid-request")),
        ("1e400", (422, "invalid-request")),
        ("1e3", (422, "invalid-request")),
        ("5.0", (422, "invalid-request")),
        ("0.5", (422, "invalid-request")),
        ('"5"', (422, "invalid-request")),
        ("true", (422, "invalid-request")),
        ("null", (422, "invalid-request")),
        ("[5]", (422, "invalid-request")),
        ('{"value": 5}', (422, "invalid-request")),
        ("NaN", (400, "malformed")),
        ("Infinity", (400, "malformed")),
        ("-Infinity", (400, "malformed")),
        ("+5", (400, "malformed")),
        ("05", (400, "malformed")),
        ("0x5", (400, "malformed")),
        ("9" * 5000, (400, "malformed")),
    ],
)
def test_an_amount_that_is_no_whole_number_in_range_moves_nothing(
    project: str, amount: str, problem: tuple[int, str]
) -> None:
    ada, ben = ledger_kit.account(purchased=20_000), ledger_kit.account()
    body = f'{{"recipientId": "{ben.user_id}", "amount": {amount}}}'.encode()

    with ledger_kit.nothing_moves():
        answer = api.post("tip", data=body, by=ada, key="k1")

    assert answer.problem == problem
    if problem[0] == 422:
        assert [error["field"].split(".")[0] for error in answer.body["errors"]] == ["amount"]


@pytest.mark.threat(12)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": ...}, "amount"),
        ({"recipientId": ...}, "recipientId"),
        ({"recipientId": 7}, "recipientId"),
        ({"recipientId": ""}, "recipientId"),
        ({"recipientId": "a/b"}, "recipientId"),
        ({"recipientId": ".."}, "recipientId"),
        ({"recipientId": "__all__"}, "recipientId"),
        ({"recipientId": "a" * 129}, "recipientId"),
        ({"recipientId": "a\u0000b"}, "recipientId"),
        ({"recipientId": "\ud800"}, "recipientId"),
        ({"postId": "posts/1"}, "postId"),
        ({"postId": False}, "postId"),
        ({"fee": 0}, "fee"),
        ({"recipient_id": "ben"}, "recipient_id"),
        ({"tokenBalance": 10**6}, "tokenBalance"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_field(project: str, change: dict[str, object], field: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    body = {name: value for name, value in ({"recipientId": ben.user_id, "amount": 4} | change).items() if value != ...}

    with ledger_kit.nothing_moves():
        answer = api.post("tip", body, by=ada, key="k1")

    assert answer.problem == (422, "invalid-request")
    assert field in [error["field"] for error in answer.body["errors"]]


def test_a_field_given_twice_is_malformed(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    body = f'{{"recipientId": "{ben.user_id}", "amount": 1, "amount": 4}}'.encode()

    with ledger_kit.nothing_moves():
        assert api.post("tip", data=body, by=ada, key="k1").problem == (400, "malformed")


@pytest.mark.threat(15)
def test_contention_is_503_and_says_when_to_come_back(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    monkeypatch.setattr(payments, "_attempt", failing(exceptions.Aborted))
    monkeypatch.setattr(payments, "_locked", failing(Contention))
    monkeypatch.setattr(wallets, "BACKOFF_CEILING_SECONDS", 0)

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    assert answer.problem == (503, "contention")
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.threat(16)
def test_a_lost_answer_of_firestore_is_503_and_the_retry_finds_the_tip(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    commit = WriteBatch.commit
    lost: Callable[[str], Exception] = exceptions.DeadlineExceeded

    def commit_and_lose_the_answer(batch: WriteBatch, **options: Any) -> None:
        commit(batch, **options)
        raise lost("the answer")

    with monkeypatch.context() as patch:
        patch.setattr(WriteBatch, "commit", commit_and_lose_the_answer)
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")
    assert answer.problem == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"

    again = api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    assert again.body == {"tokenBalance": 6}
    assert ledger_kit.balance(ben) == 4
    ledger_kit.assert_books_balance(project)


def failing(kind: Callable[[str], Exception]) -> Callable[..., object]:
    def fail(*_arguments: object) -> object:
        raise kind("lost")

    return fail
