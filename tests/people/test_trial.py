"""Needs the Firestore emulator."""

import pytest

from shared.economy.terms import Trial
from tests.support import api, economy_kit, ledger_kit
from tests.support.concurrently import concurrently
from tests.support.people import Person

TRIAL = Trial(images=3, features=("image",))


@pytest.fixture(autouse=True)
def trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """The economy gives three images to a new account, and no tokens."""
    economy_kit.use(monkeypatch, trial=TRIAL, signup_bonus=0)


def given(person: Person) -> object:
    return ledger_kit.fields(person).get("trial")


def test_the_trial_is_given_in_the_commit_of_the_welcome_line_of_no_tokens(project: str) -> None:
    ada = Person()

    answer = api.post("open_account", by=ada)

    assert (answer.body["tokenBalance"], answer.body["signupBonusGranted"]) == (0, False)
    assert given(ada) == {"remaining": 3, "used": 0}
    ((line_id, line),) = ledger_kit.lines(ada).items()
    assert (line_id, line["amount"], line["details"]) == (f"signup_{ada.user_id}", 0, {"trial": 3})
    assert ledger_kit.fields(ada)["signupBonusGrantedAt"] == line["timestamp"]
    ledger_kit.assert_books_balance(project)


def test_bonus_and_trial_come_in_one_line(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    economy_kit.use(monkeypatch, signup_bonus=10)
    ada = Person()

    assert api.post("open_account", by=ada).body["signupBonusGranted"] is True

    (line,) = ledger_kit.lines(ada).values()
    assert (line["amount"], line["details"], given(ada)) == (10, {"trial": 3}, {"remaining": 3, "used": 0})


@pytest.mark.threat(17)
def test_ten_calls_at_once_after_the_verification_give_the_trial_once(project: str) -> None:
    ada = Person()
    api.post("open_account", by=Person(ada.user_id, email_verified=False))
    assert given(ada) is None

    answers = concurrently(10, lambda _: api.post("open_account", by=ada))

    assert {answer.status for answer in answers} == {200}
    assert given(ada) == {"remaining": 3, "used": 0}
    assert len(ledger_kit.lines()) == 1


@pytest.mark.threat(17, 93)
def test_one_mailbox_has_one_trial(project: str) -> None:
    first, second = (Person(claims={"email": "ada@example.com"}) for _ in range(2))
    api.post("open_account", by=first)

    api.post("open_account", by=second)

    assert given(second) is None
    assert len(ledger_kit.lines()) == 1


def test_what_was_used_is_not_given_again(project: str) -> None:
    ada = Person()
    api.post("open_account", by=ada)
    ledger_kit.change(ada, trial={"remaining": 0, "used": 3})

    with ledger_kit.nothing_moves():
        api.post("open_account", by=ada)
