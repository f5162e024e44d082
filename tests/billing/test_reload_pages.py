"""Needs the Firestore emulator, the local Stripe and Cloud Tasks. The page on which the owner of a card pays."""

import itertools
from typing import Any

import pytest

from shared.billing import orders
from tests.support import api, ledger_kit
from tests.support.cloud_kit import PAYS_LATER, Cloud, ago, balance, checkout, deliver, documents, lines, write
from tests.support.concurrently import concurrently
from tests.support.reload_kit import ASKS, TERMS, Reloading, deliver_events, reloading, set_to

BOUGHT = ("purchase", 50)
FAILS_LATER = "4000009999990002"


@pytest.fixture
def ada(cloud: Cloud) -> Reloading:
    """Somebody whose bank wanted them, and who has the page to pay on."""
    person = reloading(cloud, ASKS)
    assert person.outcome() == "action"
    assert person.state["paused"] == "authentication"
    return person


def page(ada: Reloading) -> str:
    """The session of the page that the wallet leads to."""
    [session_id] = [name for name, order in documents("orders").items() if order.get("url") == ada.state["actionUrl"]]
    return session_id


def paid(ada: Reloading, card: str = "4242424242424242") -> str:
    session_id = page(ada)
    assert ada.cloud.pay(ada.state["actionUrl"], card) == 303
    return session_id


def completed(ada: Reloading, session_id: str) -> int:
    return deliver(ada.cloud.event("completed", session_id)).status


def assert_resumed(ada: Reloading) -> None:
    assert lines(ada.person).count(BOUGHT) == 1
    assert balance(ada.person) == 69
    now = ada.state
    assert (now["enabled"], now.get("paused"), now.get("actionUrl"), now["failures"]) == (True, None, None, 0)
    ledger_kit.assert_books_balance(ada.cloud.project)


def test_who_pays_on_the_page_has_the_tokens_once_and_reloads_go_on(ada: Reloading) -> None:
    session_id = paid(ada)

    for _ in range(3):
        assert completed(ada, session_id) == 200

    assert_resumed(ada)
    assert api.get("get_wallet", by=ada.person).body["autoReload"]["paused"] is None
    ada.minute_passes()
    ada.spend(60)
    assert ada.outcome() == "action"  # the same bank wants its owner again
    assert ada.state["paused"] == "authentication"
    assert page(ada) != session_id


def test_any_order_of_the_events_with_repetitions_comes_to_the_same(cloud: Cloud) -> None:
    kinds = ("checkout.session.completed", "payment_intent.succeeded", "payment_intent.payment_failed")
    for order in itertools.permutations(kinds):
        ada = reloading(cloud, ASKS)
        assert ada.outcome() == "action"
        paid(ada)
        for kind in (*order, order[0]):
            deliver_events(cloud, kind)
        assert_resumed(ada)


def test_the_landing_page_or_reconciliation_alone_lifts_the_pause(ada: Reloading) -> None:
    session_id = paid(ada)

    answer = api.post("confirm_checkout", {"sessionId": session_id}, by=ada.person)

    assert (answer.status, answer.body["tokenBalance"]) == (200, 69)
    assert_resumed(ada)


def test_two_at_once_lift_it_once(ada: Reloading) -> None:
    session_id = paid(ada)

    answers = concurrently(6, lambda _: completed(ada, session_id))

    assert set(answers) <= {200, 500, 503}
    assert completed(ada, session_id) == 200
    assert_resumed(ada)


def test_a_payment_that_takes_days_lifts_it_when_it_arrives(ada: Reloading) -> None:
    session_id = paid(ada, PAYS_LATER)
    assert completed(ada, session_id) == 200
    assert ada.state["paused"] == "authentication"

    ada.cloud.control_stripe("clock", seconds=3600)
    deliver_events(ada.cloud, "checkout.session.async_payment_succeeded")

    assert_resumed(ada)


@pytest.mark.parametrize(
    "other",
    [
        {"autoReload.paused": "disputed", "autoReload.actionUrl": ledger_kit.GONE},
        {"autoReload.actionUrl": "https://another.page"},
        {"autoReload": "no sense"},
    ],
    ids=["disputed since", "another page", "senseless"],
)
def test_another_pause_stays_and_the_tokens_come_all_the_same(ada: Reloading, other: dict[str, Any]) -> None:
    session_id = paid(ada)
    write(f"users/{ada.person.user_id}", **other)
    before = ledger_kit.fields(ada.person)["autoReload"]

    assert completed(ada, session_id) == 200

    assert balance(ada.person) == 69
    assert ledger_kit.fields(ada.person)["autoReload"] == before


def test_the_same_package_bought_on_a_page_of_ones_own_lifts_nothing(ada: Reloading) -> None:
    write(f"orders/{page(ada)}", expiresAt=ledger_kit.NEW_YEAR)  # so that it is not handed out again
    session = checkout(ada.person)
    assert ada.cloud.pay(session["url"]) == 303

    assert completed(ada, session["sessionId"]) == 200

    assert ada.state["paused"] == "authentication"


def test_who_turned_it_off_or_on_meanwhile_keeps_that(ada: Reloading) -> None:
    session_id = paid(ada)
    assert set_to(ada.person, enabled=False).status == 200

    assert completed(ada, session_id) == 200

    assert (ada.state["enabled"], balance(ada.person)) == (False, 69)
    assert set_to(ada.person, **TERMS).status == 200


@pytest.mark.parametrize("is_marked", [False, True], ids=["before its mark", "after it"])
def test_a_page_that_is_paid_before_the_wallet_leads_to_it_lifts_the_pause(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, is_marked: bool
) -> None:
    ada = reloading(cloud, ASKS)
    mark = orders.mark_as_reload_page

    def paid_meanwhile(order: orders.Order) -> None:
        if is_marked:
            mark(order)
        cloud.pay(order.url)
        deliver_events(cloud, "checkout.session.completed")
        if not is_marked:
            mark(order)

    monkeypatch.setattr(orders, "mark_as_reload_page", paid_meanwhile)

    assert ada.outcome() == "action"

    assert_resumed(ada)


# -- a page that nobody can pay on any more ----------------------------------------------------------------------------


def assert_left(ada: Reloading) -> None:
    """It is paused as it was, without a page, and nothing moved."""
    now = ada.state
    assert (now["enabled"], now["paused"], now.get("actionUrl")) == (True, "authentication", None)
    shown = api.get("get_wallet", by=ada.person).body["autoReload"]
    assert (shown["paused"], shown["actionUrl"]) == ("authentication", None)
    assert balance(ada.person) == 19


def test_a_page_that_has_expired_is_shown_no_more_and_turning_on_again_begins_anew(ada: Reloading) -> None:
    session_id = page(ada)
    ada.cloud.expire(session_id)
    for _ in range(2):
        assert deliver(ada.cloud.event("expired", session_id)).status == 200
    assert_left(ada)

    assert ada.outcome() == "action"  # a task that comes late

    assert_left(ada)
    assert set_to(ada.person).body["paused"] is None
    ada.minute_passes()
    assert ada.outcome() == "action"
    assert page(ada) != session_id
    ledger_kit.assert_books_balance(ada.cloud.project)


def test_reconciliation_hears_of_a_page_that_has_expired(ada: Reloading) -> None:
    session_id = page(ada)
    ada.cloud.expire(session_id)
    write(f"orders/{session_id}", createdAt=ago(hours=26))

    assert ada.cloud.call("reconcile_payments", {}).body["settled"] >= 1

    assert_left(ada)


def test_a_payment_that_never_arrives_leaves_no_page(ada: Reloading) -> None:
    session_id = paid(ada, FAILS_LATER)
    assert completed(ada, session_id) == 200
    ada.cloud.control_stripe("clock", seconds=3600)
    deliver_events(ada.cloud, "checkout.session.async_payment_failed")

    assert_left(ada)


def test_two_words_of_its_end_at_once_leave_the_page_once(ada: Reloading) -> None:
    session_id = page(ada)
    ada.cloud.expire(session_id)

    answers = concurrently(6, lambda _: deliver(ada.cloud.event("expired", session_id)).status)

    assert set(answers) <= {200, 500, 503}
    assert deliver(ada.cloud.event("expired", session_id)).status == 200
    assert_left(ada)


@pytest.mark.parametrize(
    "other",
    [{"autoReload.actionUrl": "https://another.page"}, {"autoReload": "no sense"}],
    ids=["another page", "senseless"],
)
def test_the_end_of_a_page_that_the_wallet_does_not_lead_to_changes_only_its_order(
    ada: Reloading, other: dict[str, Any]
) -> None:
    session_id = page(ada)
    ada.cloud.expire(session_id)
    write(f"users/{ada.person.user_id}", **other)
    before = ledger_kit.fields(ada.person)

    assert deliver(ada.cloud.event("expired", session_id)).status == 200

    assert (documents("orders")[session_id]["status"], ledger_kit.fields(ada.person)) == ("expired", before)
