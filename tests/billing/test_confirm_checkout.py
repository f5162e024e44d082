"""Needs the Firestore emulator and the local Stripe."""

from collections.abc import Callable

import pytest

from shared.billing import stripe_client
from shared.config import settings
from tests.support import api
from tests.support.cloud_kit import (
    IS_DECLINED,
    PAYS_LATER,
    Cloud,
    balance,
    checkout,
    deliver,
    document,
    field,
    lines,
    open_account,
    write,
)
from tests.support.concurrently import concurrently
from tests.support.people import Person
from tests.support.target import Target


def confirm(person: Person | None, session_id: object) -> api.Answer:
    return api.post("confirm_checkout", {"sessionId": session_id}, by=person)


def test_a_paid_session_is_credited_and_answered_with_a_receipt(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada, "popular")
    cloud.pay(session["url"])

    answer = confirm(ada, session["sessionId"])

    assert answer.status == 200
    assert answer.body["receipt"].pop("paidAt").endswith("Z")
    assert answer.body == {
        "status": "paid",
        "tokenBalance": 120,
        "review": False,
        "receipt": {
            "kind": "package",
            "package": "popular",
            "property": None,
            "until": None,
            "tokens": 110,
            "amount": 999,
            "currency": "usd",
            "reversed": 0,
            "tokensTakenBack": 0,
        },
    }
    assert lines(ada) == [("signup_bonus", 10), ("purchase", 110)]
    assert field(f"users/{ada.user_id}", "funds") == {"bonus": 10, "purchased": 110, "earned": 0}


def test_the_ledger_line_of_a_purchase_says_what_was_paid_for(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada, "popular")
    cloud.pay(session["url"])
    confirm(ada, session["sessionId"])

    line = document(f"transactions/purchase_{session['sessionId']}")

    assert line is not None
    assert line["details"] == {
        "stripeSessionId": session["sessionId"],
        "paymentIntentId": cloud.stripe_get(f"checkout/sessions/{session['sessionId']}")["payment_intent"],
        "package": "popular",
        "amount": 999,
        "currency": "usd",
    }
    assert (line["userId"], line["economy"]) == (ada.user_id, "phoenix@1")


def test_confirming_twice_credits_once_and_answers_the_same(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"])

    first, second = confirm(ada, session["sessionId"]), confirm(ada, session["sessionId"])

    assert first.body == second.body
    assert lines(ada) == [("signup_bonus", 10), ("purchase", 50)]


@pytest.mark.threat(43, 54)
@pytest.mark.parametrize("card", [None, IS_DECLINED, PAYS_LATER])
def test_a_session_that_is_not_paid_is_pending_and_credits_nothing(cloud: Cloud, card: str | None) -> None:
    ada = open_account()
    session = checkout(ada)
    if card is not None:
        cloud.pay(session["url"], card)

    answer = confirm(ada, session["sessionId"])

    assert answer.body == {"status": "pending", "tokenBalance": 10, "review": False, "receipt": None}
    assert lines(ada) == [("signup_bonus", 10)]


def test_a_delayed_payment_is_paid_once_it_has_come(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"], PAYS_LATER)
    assert confirm(ada, session["sessionId"]).body["status"] == "pending"
    deliver(cloud.event("async_payment_succeeded", session["sessionId"], payment_status="paid"))

    answer = confirm(ada, session["sessionId"])

    assert (answer.body["status"], answer.body["tokenBalance"]) == ("paid", 60)


def test_a_delayed_payment_that_failed_is_expired(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"], PAYS_LATER)
    deliver(cloud.event("async_payment_failed", session["sessionId"]))

    answer = confirm(ada, session["sessionId"])

    assert answer.body == {"status": "expired", "tokenBalance": 10, "review": False, "receipt": None}


def test_a_session_that_ended_unpaid_is_expired(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.expire(session["sessionId"])

    for _ in range(2):
        answer = confirm(ada, session["sessionId"])
        assert answer.body == {"status": "expired", "tokenBalance": 10, "review": False, "receipt": None}
    assert field(f"orders/{session['sessionId']}", "status") == "expired"


def test_a_parked_order_is_pending_for_the_customer(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"])
    deliver(cloud.event("completed", session["sessionId"], amount_subtotal=1))

    answer = confirm(ada, session["sessionId"])

    assert answer.body == {"status": "pending", "tokenBalance": 10, "review": True, "receipt": None}


@pytest.mark.threat(12)
def test_what_was_offered_is_credited_whatever_the_catalogue_says_since(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    write(f"orders/{session['sessionId']}", tokens=77, economy="phoenix@0")  # as an older file offered it
    cloud.pay(session["url"])

    assert confirm(ada, session["sessionId"]).body["tokenBalance"] == 87
    assert field(f"transactions/purchase_{session['sessionId']}", "economy") == "phoenix@0"


def test_what_was_paid_lands_in_a_frozen_wallet_too(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"])
    write(f"users/{ada.user_id}", frozen="a test")

    assert confirm(ada, session["sessionId"]).body["tokenBalance"] == 60


# The webhook at the same moment


@pytest.mark.threat(40, 41)
def test_the_landing_page_and_the_webhook_at_the_same_moment_credit_once(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"])
    event = cloud.event("completed", session["sessionId"])
    callers: list[Callable[[], api.Answer]] = [
        lambda: deliver(event),
        lambda: confirm(ada, session["sessionId"]),
    ] * 4

    answers = concurrently(8, lambda number: callers[number]())

    assert {answer.status for answer in answers} == {200}
    assert lines(ada) == [("signup_bonus", 10), ("purchase", 50)]
    assert balance(ada) == 60


# Refusals


@pytest.mark.threat(46, 54)
def test_another_users_session_is_not_found_and_not_settled(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()
    session = checkout(ada)
    cloud.pay(session["url"])

    assert confirm(ben, session["sessionId"]).problem == (404, "not-found")
    assert (balance(ada), balance(ben)) == (10, 10)


@pytest.mark.threat(54)
@pytest.mark.parametrize("guess", ["cs_test_guessed", "x", "cs_live_1"])
def test_a_guessed_session_is_not_found(cloud: Cloud, guess: str) -> None:
    assert confirm(open_account(), guess).problem == (404, "not-found")


@pytest.mark.parametrize("session_id", ["", "a/b", "..", "__name__", "cs\n", "c" * 201, 1, None, ["cs_1"]])
def test_what_cannot_be_a_session_is_refused(cloud: Cloud, session_id: object) -> None:
    assert confirm(open_account(), session_id).problem == (422, "invalid-request")


@pytest.mark.threat(31)
def test_nobody_and_an_anonymous_user_confirm_nothing(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"])

    assert confirm(None, session["sessionId"]).problem == (401, "unauthenticated")
    assert confirm(Person(ada.user_id, provider="anonymous"), session["sessionId"]).problem == (
        403,
        "anonymous-not-allowed",
    )
    assert balance(ada) == 10


def test_while_stripe_is_down_an_open_order_is_unavailable_and_a_paid_one_is_answered(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    paid, unpaid = checkout(ada), checkout(ada, "pro")
    cloud.pay(paid["url"])
    confirm(ada, paid["sessionId"])
    with Target() as gone:
        nowhere = gone.url.rstrip("/")
    monkeypatch.setattr(stripe_client, "NETWORK_RETRIES", 0)
    monkeypatch.setenv("STRIPE_API_BASE", nowhere)
    settings.cache_clear()
    stripe_client._patient.cache_clear()

    assert confirm(ada, unpaid["sessionId"]).problem == (503, "unavailable")
    assert confirm(ada, paid["sessionId"]).body["status"] == "paid"
