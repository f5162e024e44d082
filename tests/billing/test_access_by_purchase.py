"""Needs the Firestore emulator and the local Stripe. Access: a purchase gives it, and takes it when it goes back."""

import datetime
from typing import Any

import pytest

from local.parts import forget_clients
from shared import clock
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, deliver, document, field, open_account, write
from tests.support.concurrently import concurrently
from tests.support.people import Person
from tests.support.sale_kit import Sale

PRICE = 999


@pytest.fixture
def gated(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The cloud of an economy in which one purchase brings five tokens and access."""
    monkeypatch.setenv("ECONOMY", "access")
    forget_clients()
    return cloud


def paid(cloud: Cloud, buyer: Person) -> Sale:
    answer = api.post("create_checkout", {"package": "one-time"}, by=buyer, key=api.new_key())
    assert answer.status == 200, answer
    assert cloud.pay(answer.body["url"]) == 303
    payment = cloud.stripe_get(f"checkout/sessions/{answer.body['sessionId']}")["payment_intent"]
    return Sale(cloud, buyer, answer.body["sessionId"], payment)


def bought(cloud: Cloud, buyer: Person) -> Sale:
    sale = paid(cloud, buyer)
    assert deliver(cloud.event("completed", sale.session_id)).status == 200
    return sale


def refunded(sale: Sale) -> Sale:
    sale.refund(PRICE)
    assert sale.hear() == 200
    return sale


def access(person: Person) -> Any:
    fields = document(f"users/{person.user_id}")
    assert fields is not None
    return fields.get("access")


def given_by(person: Person) -> str | None:
    held = access(person)
    return held["by"] if held else None


def test_a_purchase_brings_its_tokens_and_access(gated: Cloud) -> None:
    ada = open_account(0)

    sale = bought(gated, ada)

    assert given_by(ada) == sale.session_id
    assert abs(access(ada)["since"] - clock.now()) < datetime.timedelta(minutes=5)
    assert field(f"users/{ada.user_id}", "tokenBalance") == 5
    assert (sale.order["grantsAccess"], sale.order["givesAccess"]) == (True, True)
    ledger_kit.assert_books_balance(gated.project)


def test_what_was_sold_with_access_gives_it_whatever_the_file_says_since(
    gated: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account(0)
    with_access, without = paid(gated, ada), open_account(0)
    monkeypatch.setenv("ECONOMY", "phoenix")
    forget_clients()

    deliver(gated.event("completed", with_access.session_id))

    assert given_by(ada) == with_access.session_id
    assert access(without) is None


def test_a_partial_refund_leaves_the_access_and_a_whole_one_takes_it(gated: Cloud) -> None:
    ada = open_account(0)
    sale = bought(gated, ada)
    sale.refund(PRICE - 1)
    sale.hear()
    assert given_by(ada) == sale.session_id

    sale.refund(1)
    assert sale.hear() == sale.hear() == 200

    assert access(ada) is None
    assert "givesAccess" not in sale.order
    assert field(f"users/{ada.user_id}", "tokenBalance") == 0
    ledger_kit.assert_books_balance(gated.project)


@pytest.mark.parametrize("first", [0, 1])
def test_the_access_stays_while_another_purchase_gives_it(gated: Cloud, first: int) -> None:
    ada = open_account(0)
    sales = [bought(gated, ada), bought(gated, ada)]
    assert given_by(ada) == sales[0].session_id

    refunded(sales[first])
    assert given_by(ada) == sales[1 - first].session_id

    refunded(sales[1 - first])
    assert access(ada) is None


def test_a_dispute_that_is_won_brings_the_access_back(gated: Cloud) -> None:
    ada = open_account(0)
    sale = bought(gated, ada)
    dispute = sale.dispute(PRICE)
    sale.hear("charge.dispute.created")
    assert access(ada) is None

    sale.ends(dispute, "won")
    assert sale.hear("charge.dispute.closed") == sale.hear("charge.dispute.closed") == 200

    assert given_by(ada) == sale.session_id
    assert sale.order["givesAccess"] is True


def test_two_purchases_that_are_refunded_at_once_leave_no_access(gated: Cloud) -> None:
    ada = open_account(0)
    sales = [bought(gated, ada) for _ in range(3)]
    for sale in sales:
        sale.refund(PRICE)

    assert concurrently(6, lambda number: sales[number % 3].hear()) == [200] * 6

    assert access(ada) is None
    assert field(f"users/{ada.user_id}", "tokenBalance") == 0


def test_a_purchase_that_is_paid_while_another_goes_back_gives_access(gated: Cloud) -> None:
    ada = open_account(0)
    going, coming = bought(gated, ada), paid(gated, ada)
    going.refund(PRICE)

    answers = concurrently(
        4,
        lambda number: going.hear() if number % 2 else deliver(gated.event("completed", coming.session_id)).status,
    )

    assert answers == [200] * 4
    assert given_by(ada) == coming.session_id


def test_a_spent_purchase_that_goes_back_leaves_a_debt_and_no_access(gated: Cloud) -> None:
    ada = open_account(0)
    sale = bought(gated, ada)
    sale.spend(5)

    refunded(sale)

    assert access(ada) is None
    assert sale.money == (0, 5)


def test_what_an_account_holds_that_makes_no_sense_is_for_a_person_to_look_at(gated: Cloud) -> None:
    ada = open_account(0)
    sale = paid(gated, ada)
    write(f"users/{ada.user_id}", access="always")

    assert deliver(gated.event("completed", sale.session_id)).problem == (503, "wallet-inconsistent")
    assert sale.order["status"] == "open"
