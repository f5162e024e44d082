"""Needs nothing. How many tokens a paid invoice grants, until when they last, and when it is parked."""

import datetime
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.funds import Funds
from shared.ledger.invoice import Account, Invoice, Line, Settlement, settle, tokens_of
from shared.ledger.lots import NO_LOTS, Lots
from tests.support.offer_kit import BASIC, PRO

NEW_YEAR = datetime.datetime(2027, 1, 1, 12, tzinfo=datetime.UTC)
FEBRUARY = datetime.datetime(2027, 2, 1, 12, tzinfo=datetime.UTC)
TODAY = 20261201

OFFERS = {"price_basic": BASIC, "price_pro": PRO}
ADA = Account("cus_ada")


def line(price_id: str | None, amount: int, **fields: object) -> Line:
    return replace(Line(price_id, amount, "usd", NEW_YEAR), **fields)  # type: ignore[arg-type]


def invoice(*lines: Line) -> Invoice:
    subtotal = sum(each.amount for each in lines)
    return Invoice("in_1", "sub_1", "ada", "cus_ada", "paid", subtotal, subtotal, "usd", lines)


def settled(*lines: Line, account: Account | None = ADA, earliest: int = TODAY) -> Settlement:
    return settle(invoice(*lines), OFFERS, account, earliest, "today@9")


# -- the formula -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "tokens"),
    [
        ((line("price_pro", 2000),), 300),  # a renewal
        ((line("price_basic", -500), line("price_pro", 1000)), 100),  # an upgrade half-way
        ((line("price_pro", -1000), line("price_basic", 500)), 0),  # a downgrade at once takes nothing back
        ((line("price_pro", 0),), 0),  # Stripe's own trial
        ((line("price_basic", 333),), 33),
        ((line("price_basic", 333), line("price_basic", 667)), 100),  # rounded once, not twice
        ((line("price_pro", 4000),), 600),  # a quantity of two
        ((line("price_pro", 2000), line(None, 700, is_of_plan=False)), 300),  # a person charged for something else
        ((line("price_pro", 2000), line("price_basic", 1000, is_of_plan=False)), 400),  # or for one of our prices
        ((), 0),
    ],
)
def test_tokens_follow_from_what_the_lines_charge_of_each_price(lines: tuple[Line, ...], tokens: int) -> None:
    assert settled(*lines).grant.tokens == tokens


amounts = st.integers(min_value=-99_999_999, max_value=99_999_999)
charged = st.lists(st.tuples(st.sampled_from(("price_basic", "price_pro")), amounts), max_size=20)


@given(charged)
def test_tokens_are_the_exact_sum_rounded_down_and_never_below_nothing(parts: list[tuple[str, int]]) -> None:
    lines = [line(price_id, amount) for price_id, amount in parts]

    tokens = tokens_of(lines, OFFERS)

    exact = sum((Fraction(amount * OFFERS[price].tokens, OFFERS[price].amount) for price, amount in parts), Fraction())
    assert tokens >= 0
    assert Fraction(tokens) <= max(exact, Fraction()) < Fraction(tokens + 1)
    assert tokens_of(lines[::-1], OFFERS) == tokens


@given(st.integers(min_value=1, max_value=10_000), st.integers(min_value=1, max_value=10_000_000))
def test_a_renewal_is_exactly_what_the_offer_says(tokens: int, amount: int) -> None:
    offers = {"price_pro": replace(PRO, tokens=tokens, amount=amount)}

    assert tokens_of([line("price_pro", amount)], offers) == tokens


# -- what it sells, and until when -------------------------------------------------------------------------------------


def test_the_grant_is_a_line_that_names_the_invoice_and_what_was_sold() -> None:
    entry = settled(line("price_basic", -500), line("price_pro", 1000)).grant.entry()

    assert (entry.id, entry.user_id, entry.type) == ("subscription_grant_in_1", "ada", "subscription_grant")
    assert entry.funds == Funds(purchased=100)
    assert entry.economy == "phoenix@2"
    assert entry.details == {
        "invoiceId": "in_1",
        "subscriptionId": "sub_1",
        "plan": "pro",
        "amount": 500,
        "currency": "usd",
        "periodEnd": NEW_YEAR,
    }


@pytest.mark.parametrize(
    ("ends_at", "day"),
    [
        (NEW_YEAR, 20270105),  # the midnight after, and three days
        (datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC), 20270104),  # exactly at midnight
        (datetime.datetime(2028, 2, 26, 0, 0, 1, tzinfo=datetime.UTC), 20280301),
    ],
)
def test_tokens_end_some_days_after_the_midnight_that_ends_their_period(ends_at: datetime.datetime, day: int) -> None:
    entry = settled(line("price_pro", 2000, ends_at=ends_at)).grant.entry()

    assert entry.lots == Lots(purchased={day: 300})


def test_the_last_period_that_is_charged_for_says_when_tokens_end() -> None:
    lines = (line("price_basic", -500, ends_at=FEBRUARY), line("price_pro", 700), line("price_basic", 300))

    grant = settled(*lines).grant

    assert (grant.plan, grant.period_end, grant.expires_on) == ("pro", NEW_YEAR, 20270105)


def test_tokens_that_are_granted_late_end_no_sooner_than_others_that_come_back() -> None:
    assert settled(line("price_pro", 2000), earliest=20270301).grant.expires_on == 20270301


@pytest.mark.parametrize("lines", [(line("price_pro", 0),), (line("price_pro", -2000),)])
def test_a_grant_of_nothing_has_its_line_and_no_lot(lines: tuple[Line, ...]) -> None:
    entry = settled(*lines).grant.entry()

    assert (entry.amount, entry.lots, entry.details["plan"]) == (0, NO_LOTS, "pro")


def test_tokens_of_a_plan_that_lets_them_last_are_in_no_lot() -> None:
    offers = {"price_pro": replace(PRO, tokens_expire=False)}

    grant = settle(invoice(line("price_pro", 2000)), offers, ADA, TODAY, "today@9").grant

    assert (grant.entry().lots, grant.expires_on) == (NO_LOTS, None)


# -- what is parked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "account", "reason"),
    [
        ((line("price_new", 2000),), ADA, "no offer has the price price_new"),
        ((line(None, 2000),), ADA, "no offer has the price None"),
        ((line("price_pro", 2000), line("price_new", 0)), ADA, "no offer has the price price_new"),
        ((line("price_pro", 2000, currency="eur"),), ADA, "the price price_pro was charged in another currency"),
        ((line("price_pro", 2000),), None, "the account is gone"),
        ((line("price_pro", 2000),), Account(None), "the customer is another account's"),
        ((line("price_pro", 2000),), Account("cus_ben"), "the customer is another account's"),
    ],
)
def test_what_nobody_can_grant_is_parked(lines: tuple[Line, ...], account: Account | None, reason: str) -> None:
    assert settled(*lines, account=account).parked_reason == reason


def test_nothing_is_reckoned_of_an_invoice_whose_price_is_unknown() -> None:
    grant = settled(line("price_pro", 2000), line("price_new", 500)).grant

    assert (grant.tokens, grant.plan, grant.amount) == (0, "pro", 2500)
    assert settled(line("price_new", 500)).grant.economy == "today@9"


def test_an_offer_that_costs_nothing_parks_the_invoice() -> None:
    offers = {"price_pro": replace(PRO, amount=0)}

    found = settle(invoice(line("price_pro", 2000)), offers, ADA, TODAY, "today@9")

    assert (found.grant.tokens, found.parked_reason) == (0, "the offer of the price price_pro costs nothing")


def test_of_the_plan_is_what_the_subscription_charges_and_does_not_give_back() -> None:
    lines = (
        line("price_pro", 2000),
        line("price_basic", -500, ends_at=FEBRUARY),
        line("price_pro", 5, ends_at=FEBRUARY, is_of_plan=False),
    )

    assert invoice(*lines).ends_at == NEW_YEAR
    assert invoice(lines[2]).ends_at is None
    assert invoice(*lines).price_ids == ("price_pro", "price_basic")
