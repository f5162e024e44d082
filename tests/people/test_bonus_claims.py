"""Needs the Firestore emulator."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.cloud.clients import STORE, store
from shared.money import crediting
from shared.people import accounts, bonus_claims
from tests.support import api, ledger_kit
from tests.support.concurrently import concurrently
from tests.support.people import Person

SECRET = b"not-much-of-another"
"""What conftest.py sets."""


def person(email: object, user_id: str | None = None, verified: bool = True) -> Person:
    """Somebody who signed in with the address."""
    claims: dict[str, object] = {"email": email}
    if user_id is None:
        return Person(email_verified=verified, claims=claims)
    return Person(user_id, email_verified=verified, claims=claims)


def open_account(by: Person) -> tuple[int, bool]:
    """What the account holds when it was opened, and whether it had the bonus."""
    answer = api.post("open_account", by=by)
    assert answer.status == 200, answer
    return answer.body["tokenBalance"], answer.body["signupBonusGranted"]


def claims() -> dict[str, dict[str, Any]]:
    """Every claim, by its name."""
    found = store().collection("bonusClaims").limit(100).get(**STORE)
    return {document.id: document.to_dict() or {} for document in found}


@pytest.mark.threat(93)
def test_the_grant_leaves_a_claim_that_names_nobody_but_the_user(project: str) -> None:
    ada = person("Ada.L+art@Example.com")

    assert open_account(ada) == (10, True)

    ((name, claim),) = claims().items()
    assert name == hmac.new(SECRET, b"ada.l@example.com", hashlib.sha256).hexdigest()
    assert claim.keys() == {"userId", "createdAt"}
    assert claim["userId"] == ada.user_id


@pytest.mark.threat(93)
@pytest.mark.parametrize(
    "again",
    [
        "ada.l@gmail.com",
        "ADA.L@GMAIL.COM",
        "ada.l+x@gmail.com",
        "adal@gmail.com",
        "a.d.a.l@googlemail.com",
        "AdaL+again+and.again@googlemail.com",
        "\uff41\uff44\uff41\uff4c@gmail.com",
        "ada.l\uff0bx@gmail.com",
        " ada.l@gmail.com ",
    ],
)
def test_a_mailbox_that_had_the_bonus_opens_another_account_without(project: str, again: str) -> None:
    assert open_account(person("ada.l@gmail.com")) == (10, True)

    second = person(again)

    assert [open_account(second) for _ in range(2)] == [(0, False), (0, False)]
    assert len(claims()) == len(ledger_kit.lines()) == 1
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize(
    "another",
    ["adal@example.com", "ada.l@example.org", "l.ada@example.com", "+ada@example.com", "ada@gmail.example.com"],
)
def test_another_mailbox_has_a_bonus_of_its_own(project: str, another: str) -> None:
    assert open_account(person("ada.l@example.com")) == (10, True)
    assert open_account(person("+ben@example.com")) == (10, True)

    assert open_account(person(another)) == (10, True)


@pytest.mark.threat(93)
def test_twenty_five_rounds_of_deleting_the_sign_in_leave_one_bonus(project: str) -> None:
    collector = ledger_kit.account()
    for _ in range(25):
        ada = person("ada@example.com")  # a new uid, as after a new sign-up
        tokens, _ = open_account(ada)
        tip = {"recipientId": collector.user_id, "amount": 10}
        assert api.post("tip", tip, by=ada, key="k1").status == (200 if tokens else 402)

    assert ledger_kit.balance(collector) == 10


@pytest.mark.threat(93)
def test_a_mailbox_that_was_claimed_grants_nothing_after_the_verification_either(project: str) -> None:
    open_account(person("ada@example.com"))
    assert open_account(person("ada@example.com", "second", verified=False)) == (0, False)

    assert open_account(person("ada@example.com", "second")) == (0, False)
    ledger_kit.assert_books_balance(project)


def test_an_unverified_address_claims_nothing(project: str) -> None:
    assert open_account(person("ada@example.com", verified=False)) == (0, False)

    assert claims() == {}
    assert open_account(person("ada@example.com")) == (10, True)


def test_the_grant_after_the_verification_claims_the_mailbox(project: str) -> None:
    open_account(person("ada@example.com", "ada", verified=False))

    assert open_account(person("ada@example.com", "ada")) == (10, True)
    assert [claim["userId"] for claim in claims().values()] == ["ada"]


@pytest.mark.threat(93)
def test_an_account_that_changes_its_address_gets_no_second_bonus_and_claims_no_second_mailbox(project: str) -> None:
    open_account(person("ada@example.com", "ada"))

    assert open_account(person("countess@example.com", "ada")) == (10, True)
    assert len(claims()) == 1


@pytest.mark.parametrize("email", [None, "", 7, ["ada@example.com"], "ada", "@example.com", "ada@", "\ud800@x.example"])
def test_who_proves_no_mailbox_gets_an_account_without_the_bonus(project: str, email: object) -> None:
    assert open_account(person(email)) == (0, False)
    assert claims() == {}


@pytest.mark.threat(93)
@pytest.mark.parametrize("opened_before", [False, True])
def test_two_accounts_of_a_mailbox_at_once_get_one_bonus_between_them(project: str, opened_before: bool) -> None:
    people = [person("ada@example.com", f"u{n}") for n in range(6)]
    if opened_before:
        for each in people:
            open_account(person("ada@example.com", each.user_id, verified=False))

    answers = concurrently(12, lambda n: open_account(people[n % 6]))

    assert sorted(open_account(each) for each in people) == [*[(0, False)] * 5, (10, True)]
    assert {answer[0] for answer in answers} == {0, 10}
    assert len(claims()) == len(ledger_kit.lines()) == 1
    ledger_kit.assert_books_balance(project)


Act = Callable[[], object]


def between_reading_and_writing(monkeypatch: pytest.MonkeyPatch, *acts: Act) -> None:
    """Has each act happen once, after ``open_account`` has read and before it writes."""
    read, waiting = accounts._read, list(acts)

    def overtaken(user_id: str, claim: Any) -> Any:
        found = read(user_id, claim)
        if waiting:
            waiting.pop(0)()
        return found

    monkeypatch.setattr(accounts, "_read", overtaken)


@pytest.mark.threat(93)
def test_who_is_overtaken_by_another_account_of_the_mailbox_opens_without(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    between_reading_and_writing(monkeypatch, lambda: open_account(person("ada@example.com", "first")))

    assert open_account(person("ada@example.com", "second")) == (0, False)
    assert ledger_kit.balance(Person("first")) == 10


def test_who_is_overtaken_by_the_own_unverified_call_gets_the_bonus_all_the_same(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = person("ada@example.com", "ada", verified=False)
    between_reading_and_writing(monkeypatch, lambda: crediting.open_wallet(early.user_id, None))

    assert open_account(person("ada@example.com", "ada")) == (10, True)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(93)
def test_who_is_overtaken_by_both_ends_with_an_account_without_the_bonus(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    between_reading_and_writing(
        monkeypatch,
        lambda: open_account(person("ada@example.com", "first")),
        lambda: None,  # the first's own look
        lambda: crediting.open_wallet("second", None),
    )

    assert open_account(person("ada@example.com", "second")) == (0, False)
    ledger_kit.assert_books_balance(project)


@pytest.mark.threat(86, 93)
def test_no_address_and_no_guess_of_one_is_stored_anywhere(project: str) -> None:
    ada = person("ada@example.com", "uid-of-nobody")
    open_account(ada)

    stored = json.dumps(
        {
            collection: {each.id: each.to_dict() for each in store().collection(collection).limit(100).get(**STORE)}
            for collection in ("users", "profiles", "transactions", "bonusClaims")
        },
        default=str,
    )

    address = b"ada@example.com"
    guesses = [hashlib.new(name, address).hexdigest() for name in ("sha256", "sha1", "md5")]
    guesses.append(hmac.new(b"", address, hashlib.sha256).hexdigest())
    assert [guess for guess in (address.decode(), *guesses) if guess in stored] == []


def test_a_mailbox_in_one_spelling_stays_as_it_is() -> None:
    for email in ("Ada.Lovelace+x@GoogleMail.com", "\u0130stanbul@example.com", "Stra\u00dfe@example.com"):
        spelled = bonus_claims.mailbox(email)
        assert spelled is not None
        assert bonus_claims.mailbox(spelled) == spelled
