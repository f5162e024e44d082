"""Needs nothing. What is kept of a subscription, and which of several counts."""

import datetime
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.subscription import Said, Status, Subscription, as_said, best
from tests.support.offer_kit import PRO

JANUARY = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
FEBRUARY = datetime.datetime(2027, 2, 1, tzinfo=datetime.UTC)
MARCH = datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)

SAID = Said(
    id="sub_1",
    user_id="ada",
    customer_id="cus_ada",
    status="active",
    price_id="price_pro",
    period_start=JANUARY,
    period_end=FEBRUARY,
    paid_until=FEBRUARY,
    is_ending=False,
    ended_at=None,
    page_url="https://pay.example/in_1",
)
ACTIVE = as_said(SAID, PRO)


@pytest.mark.parametrize(
    ("stripe_status", "status"),
    [
        ("trialing", "active"),
        ("active", "active"),
        ("past_due", "past_due"),
        ("canceled", "cancelled"),
        ("incomplete", "inactive"),
        ("incomplete_expired", "inactive"),
        ("unpaid", "inactive"),
        ("paused", "inactive"),
        ("something-new", "inactive"),
    ],
)
def test_a_status_of_stripes_is_one_of_four(stripe_status: str, status: Status) -> None:
    kept = as_said(replace(SAID, status=stripe_status), PRO)

    assert (kept.status, kept.stripe_status) == (status, stripe_status)
    assert kept.is_live == (status in ("active", "past_due"))


def test_what_it_sells_is_what_its_price_was_offered_for() -> None:
    offer = replace(PRO, unlimited_per_day=40, grants_access=True)

    kept = as_said(SAID, offer)

    assert (kept.plan, kept.tier, kept.economy) == ("pro", "basic", "phoenix@2")
    assert (kept.unlimited_per_day, kept.features, kept.grants_access) == (40, ("image",), True)


@pytest.mark.parametrize(
    ("stripe_status", "url"),
    [("active", None), ("past_due", SAID.page_url), ("incomplete", SAID.page_url), ("canceled", None)],
)
def test_a_page_to_pay_on_is_there_while_something_is_to_be_paid(stripe_status: str, url: str | None) -> None:
    assert as_said(replace(SAID, status=stripe_status), PRO).action_url == url


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({}, FEBRUARY),
        ({"status": "past_due", "period_start": FEBRUARY, "period_end": MARCH}, FEBRUARY),  # Stripe moves the period on
        ({"status": "incomplete", "paid_until": None}, None),
        ({"is_ending": True}, FEBRUARY),
        ({"status": "canceled", "ended_at": JANUARY}, JANUARY),  # cancelled at once
        ({"status": "canceled", "ended_at": MARCH}, FEBRUARY),  # never paid
    ],
)
def test_it_lasts_as_long_as_it_is_paid_and_not_cancelled(
    changes: dict[str, object], until: datetime.datetime | None
) -> None:
    assert as_said(replace(SAID, **changes), PRO).until == until  # type: ignore[arg-type]


# -- several -----------------------------------------------------------------------------------------------------------


def kept(name: str, status: Status, paid_until: datetime.datetime | None) -> Subscription:
    return replace(ACTIVE, id=f"sub_{name}", status=status, paid_until=paid_until)


BEST_FIRST = (
    kept("a", "active", MARCH),
    kept("b", "active", FEBRUARY),
    kept("c", "past_due", MARCH),
    kept("d", "past_due", None),
    kept("e", "cancelled", MARCH),
    kept("f", "inactive", MARCH),
)


@pytest.mark.parametrize("better", range(len(BEST_FIRST) - 1))
def test_what_goes_on_counts_before_what_ended_and_then_what_is_paid_for_longer(better: int) -> None:
    for few in itertools.permutations(BEST_FIRST[better:], 2):
        assert best(few, "cus_ada") == min(few, key=BEST_FIRST.index)


@given(st.lists(st.sampled_from(BEST_FIRST), max_size=8))
def test_the_best_is_the_same_in_whatever_order_they_come(some: list[Subscription]) -> None:
    assert best(some, "cus_ada") == best(some[::-1], "cus_ada") == min(some, key=BEST_FIRST.index, default=None)


def test_one_of_another_customer_or_of_an_unknown_price_does_not_count() -> None:
    foreign, unknown = replace(ACTIVE, customer_id="cus_ben"), as_said(SAID, None)

    assert best([foreign, unknown], "cus_ada") is None
    assert best([foreign], None) is None
    assert best([unknown, BEST_FIRST[5]], "cus_ada") == BEST_FIRST[5]
