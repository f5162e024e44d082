"""Needs the Firestore emulator, which reads the past. The total of all credits, which wallets may be older than."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.cloud.clients import STORE, store
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.money import crediting
from tests.support import api, ledger_kit, sound_books
from tests.support.api import new_key
from tests.support.audit_kit import audit, audit_everything, frozen
from tests.support.cloud_kit import Cloud, document, field
from tests.support.ledger_kit import account
from tests.support.people import Person, administrator

ADA, BEN = Person("ada"), Person("ben")


def credited(person: Person) -> object:
    return api.get("get_wallet", by=person).body["totalTokensCredited"]


def made_older(*people: Person) -> None:
    """Takes the total from the wallets, and from what the audit agreed on of them."""
    for person in people:
        ledger_kit.change(person, totalTokensCredited=ledger_kit.GONE)
        if document(f"checkpoints/{person.user_id}"):
            gone = {"totals.totalTokensCredited": ledger_kit.GONE}
            store().document(f"checkpoints/{person.user_id}").update(gone, **STORE)


def older_books(cloud: Cloud) -> None:
    """Ada's books, and Ben's, which the audit has agreed with, all of it older than the total."""
    sound_books.write(sound_books.patron() | sound_books.lines_of("ada") | sound_books.lines_of("ben"))
    for user_id in ("ada", "ben"):
        sound_books.write({f"users/{user_id}": sound_books.wallet(sound_books.lines_of(user_id), user_id)})
    audit(cloud)
    made_older(ADA, BEN)


def found(answer: Any) -> list[object]:
    """What was found of Ada and Ben; the patron has no wallet here."""
    findings = field(f"audits/{answer['auditId']}", "findings")
    return [each["finding"] for each in findings if each.get("userId") in ("ada", "ben")]


def receive(person: Person) -> None:
    patron = account(bonus=7)
    tip = {"recipientId": person.user_id, "amount": 7}
    assert api.post("tip", tip, by=patron, key=new_key()).status == 200


def test_it_counts_what_came_in_and_not_what_came_back(project: str) -> None:
    ada = account(bonus=10, purchased=50)
    receive(ada)
    for kind in ("refund", "reinstatement"):
        crediting.credit(Entry(f"x_{kind}", ada.user_id, kind, Funds(bonus=5), {}, "phoenix@1", fingerprint=""))

    assert (ledger_kit.balance(ada), credited(ada)) == (77, 67)


def test_what_an_administrator_grants_counts_until_it_is_taken(project: str) -> None:
    ada = account(bonus=10)
    for amount, total in ((20, 30), (-25, 5)):
        grant = {"userId": ada.user_id, "amount": amount, "reason": "correction"}
        assert api.post("grant_tokens", grant, by=administrator(), key=new_key()).status == 200
        assert credited(ada) == total
    ledger_kit.assert_books_balance(project)


def test_a_wallet_older_than_the_total_says_0_until_something_comes_in(project: str) -> None:
    ada = account(bonus=10)
    made_older(ada)

    assert credited(ada) == 0
    receive(ada)
    assert credited(ada) == 7


@pytest.mark.parametrize("ask", [audit, audit_everything], ids=["hourly", "whole"])
def test_an_audit_gives_an_older_wallet_its_total_and_finds_nothing(cloud: Cloud, ask: Callable[[Cloud], Any]) -> None:
    older_books(cloud)

    assert found(ask(cloud)) == []

    assert (credited(ADA), credited(BEN), frozen(ADA)) == (70, 70, set())


def test_a_credit_that_has_begun_the_total_of_an_older_wallet_is_no_finding_and_later_ones_are(cloud: Cloud) -> None:
    older_books(cloud)
    receive(ADA)
    assert credited(ADA) == 7

    assert found(audit(cloud)) == []
    assert (credited(ADA), credited(BEN)) == (77, 70)

    ledger_kit.change(ADA, totalTokensCredited=7)
    assert found(audit(cloud)) == ["total-mismatch"]
    assert credited(ADA) == 77


def test_what_a_person_was_told_of_an_older_wallet_is_not_told_again(cloud: Cloud) -> None:
    older_books(cloud)
    store().document("checkpoints/ada").update({"reported": ["admin_aada"]}, **STORE)
    store().document("adminActions/aada").delete(**STORE)  # which explained the line

    assert found(audit(cloud)) == []
    assert (credited(ADA), frozen(ADA)) == (70, set())


def test_a_rebuilt_wallet_has_its_total(cloud: Cloud) -> None:
    older_books(cloud)

    ask = {"userId": "ada", "reason": "correction"}
    rebuilt = api.post("rebuild_wallet", ask, by=administrator(), key=new_key()).body

    assert (rebuilt["before"]["totalTokensCredited"], rebuilt["after"]["totalTokensCredited"]) == (None, 70)
    assert credited(ADA) == 70
