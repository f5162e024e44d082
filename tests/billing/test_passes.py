"""Needs the Firestore emulator and the local Stripe. Passes: longer by what is paid, shorter by what goes back."""

import datetime
from typing import Any

import pytest

from local.parts import forget_clients
from shared import clock
from shared.billing import orders, stripe_sessions
from shared.cloud.clients import STORE, store
from shared.edge.responses import timestamp
from shared.money import crediting
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, deliver, document, documents, field, lines, open_account, write
from tests.support.concurrently import concurrently
from tests.support.people import Person
from tests.support.sale_kit import Sale, assert_debts_add_up

DAY = datetime.timedelta(days=1)
PRICE = 1499
CLOSE = datetime.timedelta(minutes=5)
"""So long a test may take."""


@pytest.fixture
def yarda(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The cloud of an economy with a pass for seven days, and one of 30 days for one property."""
    monkeypatch.setenv("ECONOMY", "yarda")
    forget_clients()
    return cloud


def paid(cloud: Cloud, buyer: Person, **body: object) -> Sale:
    """A pass that is paid at Stripe, and of which no event came."""
    answer = api.post("create_checkout", body or {"plan": "seven-day-pass"}, by=buyer, key=api.new_key())
    assert answer.status == 200, answer
    assert cloud.pay(answer.body["url"]) == 303
    payment = cloud.stripe_get(f"checkout/sessions/{answer.body['sessionId']}")["payment_intent"]
    return Sale(cloud, buyer, answer.body["sessionId"], payment)


def bought(cloud: Cloud, buyer: Person, **body: object) -> Sale:
    sale = paid(cloud, buyer, **body)
    assert deliver(cloud.event("completed", sale.session_id)).status == 200
    return sale


def passes(person: Person) -> dict[str, Any]:
    fields = document(f"users/{person.user_id}")
    assert fields is not None
    found: dict[str, Any] = fields.get("passes", {})
    return found


def days_left(person: Person, key: str = "seven-day-pass") -> int | None:
    """For how many days the pass still lasts, rounded; None where there is none."""
    if key not in passes(person):
        return None
    left: datetime.timedelta = passes(person)[key]["until"] - clock.now()
    days = round(left / DAY)
    assert abs(left - days * DAY) < CLOSE
    return days


# What is paid


def test_a_paid_pass_lasts_its_days_and_its_line_brings_no_tokens(yarda: Cloud) -> None:
    ada = open_account(0)

    sale = bought(yarda, ada)

    assert days_left(ada) == 7
    held = passes(ada)["seven-day-pass"]
    assert {name: held[name] for name in held if name != "until"} == {
        "plan": "seven-day-pass",
        "unlimitedPerDay": 50,
        "features": ["landscape"],
    }
    line = document(f"transactions/purchase_{sale.session_id}")
    assert line is not None
    assert (line["type"], line["amount"], line["economy"]) == ("purchase", 0, "yarda@1")
    assert line["details"] == {
        "stripeSessionId": sale.session_id,
        "paymentIntentId": sale.payment,
        "plan": "seven-day-pass",
        "amount": PRICE,
        "currency": "usd",
    }
    assert (sale.order["status"], sale.order["paid"]) == ("paid", PRICE)
    ledger_kit.assert_books_balance(yarda.project)


def test_the_receipt_of_a_pass_names_the_plan(yarda: Cloud) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)

    answer = api.post("confirm_checkout", {"sessionId": sale.session_id}, by=ada)

    assert answer.body["receipt"].pop("paidAt").endswith("Z")
    assert answer.body == {
        "status": "paid",
        "tokenBalance": 0,
        "review": False,
        "receipt": {
            "kind": "pass",
            "plan": "seven-day-pass",
            "property": None,
            "until": timestamp(passes(ada)["seven-day-pass"]["until"]),
            "tokens": 0,
            "amount": PRICE,
            "currency": "usd",
            "reversed": 0,
            "tokensTakenBack": 0,
        },
    }
    assert days_left(ada) == 7


def test_the_receipt_of_a_pass_for_one_property_names_it(yarda: Cloud) -> None:
    ada = open_account(0)
    bought(yarda, ada, plan="per-property", property="villa-1")
    sale = paid(yarda, ada, plan="per-property", property="villa-2")

    receipt = api.post("confirm_checkout", {"sessionId": sale.session_id}, by=ada).body["receipt"]

    until = timestamp(passes(ada)["per-property:villa-2"]["until"])
    assert (receipt["kind"], receipt["property"], receipt["until"]) == ("pass", "villa-2", until)


def test_two_passes_last_twice_as_long_also_when_they_are_paid_at_once(yarda: Cloud) -> None:
    ada = open_account(0)
    sales = [paid(yarda, ada), paid(yarda, ada), paid(yarda, ada)]

    answers = concurrently(3, lambda number: deliver(yarda.event("completed", sales[number].session_id)))

    assert [answer.status for answer in answers] == [200] * 3
    assert days_left(ada) == 21
    assert lines(ada).count(("purchase", 0)) == 3


@pytest.mark.threat(40, 41)
def test_a_pass_that_is_reported_eight_times_at_once_lasts_its_days_once(yarda: Cloud) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)
    event = yarda.event("completed", sale.session_id)

    answers = concurrently(
        8,
        lambda number: (
            deliver(event) if number % 2 else api.post("confirm_checkout", {"sessionId": sale.session_id}, by=ada)
        ),
    )

    assert {answer.status for answer in answers} == {200}
    assert days_left(ada) == 7
    assert lines(ada).count(("purchase", 0)) == 1


def test_passes_of_two_properties_run_beside_each_other(yarda: Cloud) -> None:
    ada = open_account(0)

    for name in ("a", "b", "a"):
        bought(yarda, ada, plan="per-property", property=name)

    assert (days_left(ada, "per-property:a"), days_left(ada, "per-property:b")) == (60, 30)
    assert passes(ada)["per-property:a"]["plan"] == "per-property"


def test_a_pass_lands_in_a_wallet_that_is_frozen_or_moves_meanwhile(
    yarda: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)
    write(f"users/{ada.user_id}", frozen="a test")
    add, turns = crediting._add_credit_with, iter(range(5))

    def be_overtaken(*given: Any) -> None:
        add(*given)
        if next(turns, None) is not None:
            write(f"users/{ada.user_id}", moved=str(clock.now()))

    monkeypatch.setattr(crediting, "_add_credit_with", be_overtaken)
    order = orders.require(sale.session_id)

    settled = orders.settle(order, stripe_sessions.retrieve_session(sale.session_id), None)

    assert settled.status == "paid"
    assert list(turns) == []
    assert days_left(ada) == 7


def test_a_wallet_that_never_rests_gets_its_pass_under_a_lock(yarda: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)
    monkeypatch.setattr("shared.money.wallets.OPTIMISTIC_ATTEMPTS", 0)

    assert deliver(yarda.event("completed", sale.session_id)).status == 200
    assert days_left(ada) == 7


@pytest.mark.threat(49)
def test_a_pass_of_an_account_that_is_gone_is_parked(yarda: Cloud) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)
    store().document(f"users/{ada.user_id}").delete(**STORE)

    assert deliver(yarda.event("completed", sale.session_id)).status == 200
    assert sale.order["status"] == "parked"
    assert documents("users") == {}


@pytest.mark.threat(12)
def test_what_a_pass_was_sold_as_is_what_its_buyer_gets(yarda: Cloud) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)
    write(f"orders/{sale.session_id}", days=3, unlimitedPerDay=9)  # as an older file offered it

    deliver(yarda.event("completed", sale.session_id))

    assert (days_left(ada), passes(ada)["seven-day-pass"]["unlimitedPerDay"]) == (3, 9)


@pytest.mark.threat(44, 45)
@pytest.mark.parametrize("wrong", [{"amount_subtotal": 1}, {"mode": "subscription"}, {"metadata": "another plan"}])
def test_a_pass_that_was_paid_otherwise_than_it_was_offered_is_parked(yarda: Cloud, wrong: dict[str, Any]) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)
    event = yarda.event("completed", sale.session_id)
    if "metadata" in wrong:
        event["data"]["object"]["metadata"]["plan"] = "per-property"
    else:
        event["data"]["object"] |= wrong

    assert deliver(event).status == 200
    assert sale.order["status"] == "parked"
    assert (lines(ada), passes(ada)) == (lines(ada), {})


# What goes back


def test_a_pass_that_is_refunded_in_part_stays_and_ends_when_all_of_it_is(yarda: Cloud) -> None:
    ada = open_account(0)
    sale = bought(yarda, ada)

    sale.refund(PRICE - 1)
    assert sale.hear() == 200
    assert days_left(ada) == 7

    sale.refund(1)
    assert sale.hear() == sale.hear() == 200
    assert passes(ada) == {}
    assert (sale.order["status"], sale.order["reversed"]) == ("paid", PRICE)
    assert [line for line in lines(ada) if line[0] != "signup_bonus"] == [("purchase", 0)]
    assert_debts_add_up()


def test_a_pass_whose_dispute_is_won_comes_back(yarda: Cloud) -> None:
    ada = open_account(0)
    sale = bought(yarda, ada)
    dispute = sale.dispute(PRICE)
    assert sale.hear("charge.dispute.created") == 200
    assert passes(ada) == {}

    sale.ends(dispute, "won")
    assert sale.hear("charge.dispute.closed") == sale.hear("charge.dispute.closed") == 200

    assert days_left(ada) == 7
    assert "withdrawn" not in sale.order


def test_of_two_passes_one_that_is_refunded_takes_its_days_off_the_end(yarda: Cloud) -> None:
    ada = open_account(0)
    first, second = bought(yarda, ada), bought(yarda, ada)

    first.refund(PRICE)
    first.hear()
    assert days_left(ada) == 7

    second.refund(PRICE)
    second.hear()
    assert passes(ada) == {}


def test_two_passes_that_are_refunded_at_once_both_go(yarda: Cloud) -> None:
    ada = open_account(0)
    sales = [bought(yarda, ada) for _ in range(3)]
    for sale in sales[:2]:
        sale.refund(PRICE)

    answers = concurrently(4, lambda number: sales[number % 2].hear())

    assert answers == [200] * 4
    assert days_left(ada) == 7


def test_a_refund_that_is_heard_of_before_the_payment_leaves_no_pass(yarda: Cloud) -> None:
    ada = open_account(0)
    sale = paid(yarda, ada)
    sale.refund(PRICE)

    assert sale.hear() == 200
    assert deliver(yarda.event("completed", sale.session_id)).status == 200

    assert passes(ada) == {}
    assert field(f"orders/{sale.session_id}", "status") == "paid"
