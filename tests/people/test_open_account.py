"""Needs the Firestore emulator."""

import datetime

import pytest

from shared.cloud.clients import STORE, store
from shared.ledger.funds import Funds
from tests.support import api, ledger_kit
from tests.support.concurrently import concurrently
from tests.support.people import Person


def profile(person: Person) -> ledger_kit.Fields:
    return store().collection("profiles").document(person.user_id).get(**STORE).to_dict() or {}


def test_the_first_call_creates_the_account_with_the_sign_up_bonus(project: str) -> None:
    ada = Person()

    answer = api.post("open_account", by=ada)

    assert answer.status == 200
    created = answer.body.pop("createdAt")
    assert answer.body == {
        "id": ada.user_id,
        "tokenBalance": 10,
        "funds": {"bonus": 10, "purchased": 0, "earned": 0},
        "totalTokensPurchased": 0,
        "totalTokensSpent": 0,
        "totalTokensEarned": 0,
        "signupBonusGranted": True,
    }
    assert datetime.datetime.fromisoformat(created).tzinfo == datetime.UTC
    assert set(ledger_kit.lines()) == {f"signup_{ada.user_id}"}
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(17)
def test_called_twice_it_answers_the_same_and_gives_nothing_more(project: str) -> None:
    ada = Person()
    first = api.post("open_account", by=ada)

    with ledger_kit.nothing_moves():
        assert api.post("open_account", by=ada).body == first.body


@pytest.mark.threat(17)
def test_called_ten_times_at_once_it_opens_one_account_with_one_bonus(project: str) -> None:
    ada = Person()

    answers = concurrently(10, lambda _: api.post("open_account", by=ada))

    assert [answer.status for answer in answers] == [200] * 10
    assert {answer.body["tokenBalance"] for answer in answers} == {10}
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(31)
def test_an_unverified_user_gets_an_account_without_the_bonus(project: str) -> None:
    answer = api.post("open_account", by=Person(email_verified=False))

    assert (answer.status, answer.body["tokenBalance"], answer.body["signupBonusGranted"]) == (200, 0, False)
    assert ledger_kit.lines() == {}


@pytest.mark.threat(17, 31)
def test_the_first_call_after_the_verification_grants_the_bonus_and_the_second_nothing(project: str) -> None:
    api.post("open_account", by=Person("ada", email_verified=False))

    answers = [api.post("open_account", by=Person("ada")) for _ in range(2)]

    assert [answer.body["tokenBalance"] for answer in answers] == [10, 10]
    assert [answer.body["signupBonusGranted"] for answer in answers] == [True, True]
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(17)
def test_ten_calls_at_once_after_the_verification_grant_the_bonus_once(project: str) -> None:
    api.post("open_account", by=Person("ada", email_verified=False))

    answers = concurrently(10, lambda _: api.post("open_account", by=Person("ada")))

    assert {(answer.status, answer.body["tokenBalance"]) for answer in answers} == {(200, 10)}
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(17)
def test_verified_and_unverified_calls_at_once_grant_the_bonus_at_the_latest_on_the_next(project: str) -> None:
    concurrently(8, lambda n: api.post("open_account", by=Person("ada", email_verified=n % 2 == 0)))

    assert api.post("open_account", by=Person("ada")).body["tokenBalance"] == 10
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(17)
def test_an_account_that_is_opened_again_after_it_was_deleted_inherits_nothing(project: str) -> None:
    ada = Person()
    api.post("open_account", by=ada)
    store().collection("users").document(ada.user_id).delete(**STORE)

    answer = api.post("open_account", by=ada)

    assert (answer.status, answer.body["tokenBalance"]) == (200, 0)
    assert answer.body["signupBonusGranted"] is True


def test_an_account_that_is_in_use_is_answered_as_it_is(project: str) -> None:
    ada = ledger_kit.account(bonus=10, purchased=50, earned=3)

    answer = api.post("open_account", by=ada)

    assert answer.body["funds"] == {"bonus": 10, "purchased": 50, "earned": 3}
    assert (answer.body["tokenBalance"], answer.body["totalTokensPurchased"]) == (63, 50)


def test_a_frozen_account_is_answered_too(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, frozen="fraud")

    assert api.post("open_account", by=ada).body["tokenBalance"] == 10


def test_an_economy_without_a_bonus_writes_no_line(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.economy.chosen import economy
    from shared.people import accounts

    generous = economy()
    monkeypatch.setattr(accounts, "economy", lambda: generous.model_copy(update={"signup_bonus": 0}))

    assert api.post("open_account", by=Person()).body["tokenBalance"] == 0
    assert ledger_kit.lines() == {}


# -- the public face ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "name", "photo"),
    [
        ({"name": "Ada", "picture": "https://pics.example/ada.png"}, "Ada", "https://pics.example/ada.png"),
        ({}, "New artist", None),
        ({"name": "   "}, "New artist", None),
        ({"name": "A" * 51}, "A" * 50, None),
        ({"name": 7, "picture": ["https://pics.example"]}, "New artist", None),
        ({"picture": "http://pics.example/ada.png"}, "New artist", None),
        ({"picture": "javascript:alert(1)"}, "New artist", None),
        ({"picture": 'https://pics.example/"onerror=alert(1)'}, "New artist", None),
        ({"picture": "https://" + "a" * 2048}, "New artist", None),
    ],
)
def test_the_first_public_face_is_what_the_sign_in_knows(
    project: str, claims: dict[str, object], name: str, photo: str | None
) -> None:
    ada = Person(claims=claims)

    api.post("open_account", by=ada)

    face = profile(ada)
    assert face.pop("createdAt") is not None
    assert face == {"displayName": name, "photoUrl": photo, "bio": "", "postCount": 0}


def test_a_face_that_its_owner_changed_stays_as_it_is(project: str) -> None:
    ada = Person(claims={"name": "Ada"})
    api.post("open_account", by=ada)
    store().collection("profiles").document(ada.user_id).update({"displayName": "Countess"}, **STORE)

    api.post("open_account", by=ada)

    assert profile(ada)["displayName"] == "Countess"


@pytest.mark.threat(86)
def test_the_e_mail_is_kept_nowhere(project: str) -> None:
    ada = Person(claims={"email": "ada@example.com"})

    api.post("open_account", by=ada)

    wallet = store().collection("users").document(ada.user_id).get(**STORE).to_dict()
    assert "ada@example.com" not in f"{wallet}{profile(ada)}{ledger_kit.lines()}"


@pytest.mark.parametrize(
    ("person", "body", "problem"),
    [
        (None, {}, (401, "unauthenticated")),
        (Person(provider="anonymous"), {}, (403, "anonymous-not-allowed")),
        (Person("a/b"), {}, (403, "forbidden")),
        (Person(), {"signupBonus": 1000}, (422, "invalid-request")),
        (Person(), [], (422, "invalid-request")),
    ],
)
def test_a_refused_call_opens_nothing(
    project: str, person: Person | None, body: object, problem: tuple[int, str]
) -> None:
    with ledger_kit.nothing_moves():
        assert api.post("open_account", body, by=person).problem == problem

    assert ledger_kit.lines() == {}
    assert funds_of_nobody() == []


def funds_of_nobody() -> list[Funds]:
    """The funds of every wallet there is."""
    return [Funds(**document.get("funds")) for document in store().collection("users").stream(**STORE)]
