"""Needs nothing. Where an order stands after what Stripe says of its session, in every order and more than once."""

import datetime
import itertools
from dataclasses import replace
from typing import Any

import pytest

from shared.ledger.clawback import Reversible
from shared.ledger.order_state import FINAL, Change, Credit, Order, Session, decide, without_account
from shared.ledger.purchase import Purchase

TODAY = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)

OPEN = Order(
    session_id="cs_1",
    user_id="ada",
    package="starter",
    tokens=50,
    amount=499,
    currency="usd",
    economy="phoenix@1",
    status="open",
    url="https://checkout.example/cs_1",
    expires_at=TODAY,
    paid_at=None,
    version=TODAY,
    reversible=Reversible("cs_1", "ada", 50, 499, "usd", "phoenix@1"),
)

UNPAID = Session(
    id="cs_1",
    status="complete",
    payment_status="unpaid",
    mode="payment",
    subtotal=499,
    total=499,
    currency="usd",
    payment_intent_id="pi_1",
    user_id="ada",
    package="starter",
)
PAID = replace(UNPAID, payment_status="paid")

SAID = {
    "not finished": replace(UNPAID, status="open"),
    "completed, unpaid": UNPAID,
    "completed, paid": PAID,
    "succeeded": replace(PAID, delayed_payment="succeeded"),
    "failed": replace(UNPAID, delayed_payment="failed"),
    "expired": replace(UNPAID, status="expired"),
}
"""Everything that Stripe says of one session which is as it was offered."""

PAYMENTS = ("completed, paid", "succeeded")
DIFFERS = replace(PAID, subtotal=1)

CREDIT = Credit(Purchase("cs_1", "pi_1", "ada", "starter", 50, 499, "usd", "phoenix@1"), collected=499)


def after(*said: Session) -> tuple[Order, list[Change]]:
    """The order once all of it was said, and every change on the way."""
    order, changes = OPEN, []
    for session in said:
        changes.append(decide(order, session))
        order = replace(order, status=changes[-1].status)
    return order, changes


def credited(changes: list[Change]) -> list[Credit]:
    return [change.credit for change in changes if change.credit is not None]


# In every order


@pytest.mark.threat(40, 41, 43)
def test_all_720_orders_of_what_stripe_says_credit_once_and_so_does_every_duplicate() -> None:
    orders = list(itertools.permutations(SAID.values()))
    assert len(orders) == 720
    for said in orders:
        for again in (said, said[::-1]):
            order, changes = after(*said, *again)
            assert (order.status, credited(changes)) == ("paid", [CREDIT]), said


@pytest.mark.threat(43)
def test_without_one_that_says_paid_no_order_of_any_of_them_credits() -> None:
    unpaid = [session for name, session in SAID.items() if name not in PAYMENTS]
    for length in range(1, 6):
        for said in itertools.product(unpaid, repeat=length):
            order, changes = after(*said)
            assert credited(changes) == [], said
            assert order.status not in FINAL, said


@pytest.mark.threat(40, 41, 43)
def test_whatever_is_said_four_times_in_any_order_credits_exactly_if_it_was_paid() -> None:
    for said in itertools.product(SAID, repeat=4):
        order, changes = after(*(SAID[name] for name in said))
        paid = any(name in PAYMENTS for name in said)
        assert len(credited(changes)) == paid, said
        assert (order.status == "paid") is paid, said


@pytest.mark.threat(45)
def test_a_session_that_differs_parks_whatever_was_said_before_unless_it_was_paid() -> None:
    for said in itertools.permutations([*SAID.values(), DIFFERS], 4):
        order, changes = after(*said)
        payments = [index for index, session in enumerate(said) if session is DIFFERS or session.is_paid]
        first = said[payments[0]] if payments else None
        if DIFFERS not in said:
            assert "parked" not in [change.status for change in changes], said
        elif first is DIFFERS:
            assert (order.status, credited(changes)) == ("parked", []), said
        else:
            assert (order.status, credited(changes)) == ("paid", [CREDIT]), said


@pytest.mark.threat(40, 41, 43)
@pytest.mark.parametrize(
    ("said", "status"),
    [
        (("completed, unpaid", "succeeded"), "paid"),
        (("completed, paid", "succeeded"), "paid"),
        (("completed, unpaid", "failed"), "failed"),
        (("completed, unpaid",), "pending"),
        (("expired",), "expired"),
        (("not finished",), "open"),
        # Stripe never says these together; whatever else was said, what was paid is credited.
        (("completed, unpaid", "expired", "succeeded"), "paid"),
        (("completed, unpaid", "failed", "succeeded"), "paid"),
    ],
    ids=str,
)
def test_what_stripe_says_of_a_session_ends_the_same_in_every_order_with_every_duplicate(
    said: tuple[str, ...], status: str
) -> None:
    for order_of_events in itertools.permutations((*said, *said)):
        assert after(*(SAID[name] for name in order_of_events))[0].status == status, order_of_events


# One at a time


@pytest.mark.parametrize(
    ("status", "said", "then"),
    [
        ("open", "not finished", "open"),
        ("open", "completed, unpaid", "pending"),
        ("open", "failed", "failed"),
        ("open", "expired", "expired"),
        ("pending", "not finished", "pending"),
        ("pending", "completed, unpaid", "pending"),
        ("pending", "failed", "failed"),
        ("pending", "expired", "pending"),
        ("failed", "completed, unpaid", "failed"),
        ("failed", "expired", "failed"),
        ("expired", "completed, unpaid", "expired"),
        ("expired", "failed", "expired"),
        ("expired", "not finished", "expired"),
    ],
)
def test_an_unpaid_session_moves_an_order_forward_only(status: Any, said: str, then: str) -> None:
    assert decide(replace(OPEN, status=status), SAID[said]) == Change(then)  # type: ignore[arg-type]  # a status


@pytest.mark.threat(43)
@pytest.mark.parametrize("status", ["open", "pending", "failed", "expired"])
@pytest.mark.parametrize("said", PAYMENTS)
def test_what_was_paid_is_credited_as_it_was_offered(status: Any, said: str) -> None:
    assert decide(replace(OPEN, status=status), SAID[said]) == Change("paid", CREDIT)


@pytest.mark.parametrize("status", ["paid", "parked"])
@pytest.mark.parametrize("session", [*SAID.values(), DIFFERS])
def test_nothing_that_is_said_of_its_session_changes_an_order_that_is_paid_or_parked(
    status: Any, session: Session
) -> None:
    assert decide(replace(OPEN, status=status), session) == Change(status)


@pytest.mark.parametrize("payment_status", ["no_payment_required", "something-new", ""])
def test_a_payment_status_that_is_not_paid_credits_nothing(payment_status: str) -> None:
    assert decide(OPEN, replace(UNPAID, payment_status=payment_status)) == Change("pending")


@pytest.mark.parametrize("total", [0, 250, 594, 999])
def test_what_is_collected_may_differ_from_what_is_offered(total: int) -> None:
    assert decide(OPEN, replace(PAID, total=total)).credit == replace(CREDIT, collected=total)


# Plans

PASS = replace(OPEN, package=None, plan="week", tokens=0)
SUBSCRIPTION = replace(PASS, plan="plus", interval="month", tokens_each_interval=130)
OF_PASS = replace(PAID, package=None, plan="week")
OF_SUBSCRIPTION = replace(OF_PASS, mode="subscription", plan="plus", payment_intent_id=None, subscription_id="sub_1")


def test_a_paid_pass_is_credited_without_tokens() -> None:
    bought = Purchase("cs_1", "pi_1", "ada", None, 0, 499, "usd", "phoenix@1", plan="week")

    assert decide(PASS, OF_PASS) == Change("paid", Credit(bought, collected=499))
    assert bought.entry().details["plan"] == "week"
    assert "package" not in bought.entry().details


@pytest.mark.parametrize(
    ("session", "status"),
    [
        (OF_SUBSCRIPTION, "paid"),
        (replace(OF_SUBSCRIPTION, payment_status="no_payment_required", total=0), "paid"),
        (replace(OF_SUBSCRIPTION, payment_status="unpaid"), "pending"),
        (replace(OF_SUBSCRIPTION, status="open", payment_status="unpaid"), "open"),
        (replace(OF_SUBSCRIPTION, status="open", payment_status="no_payment_required"), "open"),
        (replace(OF_SUBSCRIPTION, status="expired", payment_status="unpaid"), "expired"),
        (replace(OF_SUBSCRIPTION, payment_status="unpaid", delayed_payment="failed"), "failed"),
    ],
)
def test_the_session_of_a_subscription_credits_nothing_because_its_invoices_do(session: Session, status: Any) -> None:
    assert decide(SUBSCRIPTION, session) == Change(status)


@pytest.mark.threat(44, 45)
@pytest.mark.parametrize(
    ("order", "session", "differs"),
    [
        (SUBSCRIPTION, replace(OF_SUBSCRIPTION, mode="payment"), "mode"),
        (SUBSCRIPTION, replace(OF_SUBSCRIPTION, plan="studio"), "plan"),
        (SUBSCRIPTION, replace(OF_SUBSCRIPTION, plan=None, package="plus"), "package, plan"),
        (SUBSCRIPTION, replace(OF_SUBSCRIPTION, subtotal=1), "amount"),
        (PASS, replace(OF_PASS, mode="subscription"), "mode"),
        (PASS, replace(OF_PASS, plan="plus"), "plan"),
        (OPEN, replace(PAID, plan="week"), "plan"),
    ],
)
def test_a_session_of_another_plan_parks_the_order(order: Order, session: Session, differs: str) -> None:
    assert decide(order, session) == Change("parked", parked_reason=f"differs from the order: {differs}")


# Not what was offered


@pytest.mark.threat(44, 45)
@pytest.mark.parametrize("status", ["open", "pending", "failed", "expired"])
@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"mode": "setup"}, "mode"),
        ({"subtotal": 1}, "amount"),
        ({"subtotal": None}, "amount"),
        ({"subtotal": "499"}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"currency": None}, "currency"),
        ({"user_id": "ben"}, "userId"),
        ({"user_id": None}, "userId"),
        ({"package": "creator"}, "package"),
        ({"package": None}, "package"),
        ({"total": None}, "total"),
        ({"subtotal": 1, "user_id": "ben", "total": None}, "amount, userId, total"),
    ],
)
def test_a_session_that_differs_parks_the_order_and_says_in_what(
    status: Any, changes: dict[str, Any], differs: str
) -> None:
    for session in (PAID, UNPAID):
        change = decide(replace(OPEN, status=status), replace(session, **changes))

        assert change == Change("parked", parked_reason=f"differs from the order: {differs}")


def test_a_payment_for_an_account_that_is_gone_is_parked() -> None:
    assert without_account() == Change("parked", parked_reason="the account is gone")


# An order that is not there


@pytest.mark.threat(48, 103)
@pytest.mark.parametrize(
    ("session", "needs"),
    [
        (PAID, True),
        (SAID["succeeded"], True),
        (replace(UNPAID, delayed_payment="succeeded"), True),
        (replace(PAID, status="expired"), True),
        (UNPAID, False),
        (SAID["failed"], False),
        (SAID["expired"], False),
        (replace(UNPAID, payment_status="no_payment_required"), False),
    ],
)
def test_a_session_needs_its_order_when_money_came_in(session: Session, needs: bool) -> None:
    assert session.needs_its_order is needs
