"""Needs the Firestore emulator and the local Stripe. Every order in which a session's four events can come."""

import itertools

import pytest

from tests.support import ledger_kit
from tests.support.cloud_kit import Cloud, balance, checkout, deliver, field, lines, open_account

SAYS = {
    "completed": {"status": "complete", "payment_status": "unpaid"},
    "async_payment_succeeded": {"status": "complete", "payment_status": "paid"},
    "async_payment_failed": {"status": "complete", "payment_status": "unpaid"},
    "expired": {"status": "expired", "payment_status": "unpaid"},
}
"""Every type of event that is handled. Stripe says no two of the last three of one session."""


@pytest.mark.threat(40, 41, 43)
@pytest.mark.parametrize("order", list(itertools.permutations(SAYS)), ids="-".join)
def test_all_four_events_in_any_order_and_all_again_credit_once(cloud: Cloud, order: tuple[str, ...]) -> None:
    ada = open_account()
    session_id = checkout(ada)["sessionId"]
    events = [cloud.event(kind, session_id, **SAYS[kind]) for kind in order]

    answers = [deliver(event) for event in (*events, *reversed(events))]

    assert [answer.status for answer in answers] == [200] * 8
    assert field(f"orders/{session_id}", "status") == "paid"
    assert lines(ada) == [("signup_bonus", 10), ("purchase", 50)]
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(43)
@pytest.mark.parametrize(
    "order",
    [order for order in itertools.permutations(SAYS, 3) if "async_payment_succeeded" not in order],
    ids="-".join,
)
def test_without_the_one_that_says_paid_no_order_credits(cloud: Cloud, order: tuple[str, ...]) -> None:
    ada = open_account()
    session_id = checkout(ada)["sessionId"]
    events = [cloud.event(kind, session_id, **SAYS[kind]) for kind in order]

    assert {deliver(event).status for event in (*events, *reversed(events))} == {200}

    assert field(f"orders/{session_id}", "status") in ("failed", "expired")
    assert balance(ada) == 10
