"""Needs the Firestore emulator and the local Stripe. A few of the orders in which a session's events can come.

tests/ledger/test_order_state.py has all of them.
"""

import pytest

from tests.support import ledger_kit
from tests.support.cloud_kit import Cloud, checkout, deliver, field, lines, open_account

SAYS = {
    "completed": {"status": "complete", "payment_status": "unpaid"},
    "async_payment_succeeded": {"status": "complete", "payment_status": "paid"},
    "async_payment_failed": {"status": "complete", "payment_status": "unpaid"},
    "expired": {"status": "expired", "payment_status": "unpaid"},
}
"""Every type of event that is taken. Stripe says no two of the last three of one session."""

BONUS, STARTER = ("signup_bonus", 10), ("purchase", 50)


@pytest.mark.threat(40, 41, 43)
@pytest.mark.parametrize(
    ("order", "status", "expected"),
    [
        (("completed", "async_payment_succeeded"), "paid", [BONUS, STARTER]),
        (("async_payment_succeeded", "completed"), "paid", [BONUS, STARTER]),
        (("async_payment_failed", "completed"), "failed", [BONUS]),
        (("expired", "completed"), "expired", [BONUS]),
        (("expired", "async_payment_failed", "completed", "async_payment_succeeded"), "paid", [BONUS, STARTER]),
    ],
    ids=str,
)
def test_events_in_this_order_and_all_again_end_where_they_should(
    cloud: Cloud, order: tuple[str, ...], status: str, expected: list[tuple[str, int]]
) -> None:
    ada = open_account()
    session_id = checkout(ada)["sessionId"]
    events = [cloud.event(kind, session_id, **SAYS[kind]) for kind in order]

    answers = [deliver(event) for event in (*events, *reversed(events))]

    assert {answer.status for answer in answers} == {200}
    assert field(f"orders/{session_id}", "status") == status
    assert lines(ada) == expected
    ledger_kit.assert_books_balance(cloud.project)
