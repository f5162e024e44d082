"""Needs nothing but this machine: when a reload is claimed, and what follows from its charge. The rules are pure."""

import datetime
from dataclasses import replace
from typing import Any

import pytest

from shared.ledger import auto_reload, reload
from shared.ledger.auto_reload import AutoReload, Card, SavedCard, Setup, Terms
from shared.ledger.funds import Funds
from shared.ledger.lots import Lots
from shared.ledger.reload import Bounds, Claim, Low, Offer, PaidReload, Settlement
from shared.ledger.wallet import Wallet

NOW = datetime.datetime(2026, 11, 29, 12, 0, tzinfo=datetime.UTC)
STARTER = Offer("starter", 50, 499, "usd", "phoenix@1")
BOUNDS = Bounds(seconds_apart=60, failures_max=3)
CARD = SavedCard("pm_1", Card("visa", "4242"))
ON = AutoReload(terms=Terms(threshold=20, package="starter", monthly_cap=2000), is_on=True, saved=CARD)


def wallet(state: AutoReload = ON, tokens: int = 19, **more: Any) -> Wallet:
    return Wallet("ada", **{"funds": Funds(purchased=tokens), "today": 20261129, "auto_reload": state, **more})


def claimed(at: Wallet, offer: Offer | None = STARTER, now: datetime.datetime = NOW) -> Claim:
    decided = reload.claim(at, offer, BOUNDS, now)
    assert isinstance(decided, Claim), decided
    return decided


def ago(**span: float) -> datetime.datetime:
    return NOW - datetime.timedelta(**span)


# -- the claim ---------------------------------------------------------------------------------------------------------


def test_a_claim_reserves_the_turn_and_the_money_of_the_month() -> None:
    first = claimed(wallet(replace(ON, seq=7, month=202611, spent=998, last_at=ago(seconds=60))))

    assert first.id == reload.reload_id("ada", 8)
    assert (first.offer, first.payment_method) == (STARTER, "pm_1")
    assert first.after == replace(ON, in_flight=first.id, last_at=NOW, seq=8, month=202611, spent=998 + 499)
    assert reload.claim(wallet(first.after), STARTER, BOUNDS, NOW) == "under way"


def test_an_id_names_its_user_by_a_hash_and_every_reload_by_another_number() -> None:
    ids = {reload.reload_id(user, seq) for user in ("ada", "ben/x", "a" * 500) for seq in (1, 2, 11)}

    assert len(ids) == 9
    assert all(len(each) <= 48 and each.count("_") == 2 and "/" not in each for each in ids)


@pytest.mark.parametrize(
    ("state", "changes", "why"),
    [
        (AutoReload(), {}, "off"),
        (replace(ON, is_on=False), {}, "off"),
        (replace(ON, saved=None), {}, "off"),
        (replace(ON, paused="declined"), {}, "paused"),
        (replace(ON, paused="authentication"), {}, "paused"),
        (replace(ON, paused="disputed"), {}, "paused"),
        (ON, {"frozen": frozenset({"operator"})}, "frozen"),
        (ON, {"debt": 1}, "owes"),
        (ON, {"drift": 1}, "does not add up"),
        (ON, {"lots": Lots(purchased={20261201: 20})}, "does not add up"),
        (replace(ON, in_flight="reload_x_1"), {}, "under way"),
        (ON, {"tokens": 20}, "enough"),
        (ON, {"tokens": 1000}, "enough"),
        (replace(ON, failures=3), {}, "failed too often"),
        (replace(ON, last_at=ago(seconds=59.999)), {}, "too soon"),
        (replace(ON, last_at=ago(seconds=-5)), {}, "too soon"),
        (replace(ON, month=202611, spent=1502), {}, "cap reached"),
        (replace(ON, terms=Terms(20, "starter", 498)), {}, "cap reached"),
    ],
)
def test_no_reload_is_claimed(state: AutoReload, changes: dict[str, Any], why: str) -> None:
    assert reload.claim(wallet(state, **changes), STARTER, BOUNDS, NOW) == why


def test_a_package_that_is_not_sold_any_more_is_not_bought() -> None:
    assert reload.claim(wallet(), None, BOUNDS, NOW) == "not sold"


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (ON, {"tokens": 0}),
        (ON, {"tokens": 30, "lots": Lots(purchased={20261129: 11})}),  # 11 of them are over, booked or not
        (replace(ON, last_at=ago(seconds=60)), {}),
        (replace(ON, failures=2), {}),
        (replace(ON, month=202611, spent=1501), {}),  # 2000 exactly
        (replace(ON, month=202610, spent=2000), {}),
        (replace(ON, setup=Setup("cs_1", "https://x", NOW, None)), {}),
    ],
)
def test_a_reload_is_claimed(state: AutoReload, changes: dict[str, Any]) -> None:
    assert claimed(wallet(state, **changes)).after.in_flight is not None


def test_the_last_minute_of_a_year_and_the_first_day_of_the_next_are_two_months() -> None:
    used_up = replace(ON, month=202612, spent=2000)
    eve = datetime.datetime(2026, 12, 31, 23, 59, tzinfo=datetime.UTC)

    assert reload.claim(wallet(used_up, today=20261231), STARTER, BOUNDS, eve) == "cap reached"

    after = claimed(wallet(used_up, today=20270101), now=eve + datetime.timedelta(minutes=1)).after
    assert (after.month, after.spent) == (202701, 499)


def test_the_cap_is_that_of_the_time_of_the_claim() -> None:
    lowered = replace(ON, terms=Terms(20, "starter", 500), month=202611, spent=998)

    assert reload.claim(wallet(lowered), STARTER, BOUNDS, NOW) == "cap reached"


# -- what becomes of it ------------------------------------------------------------------------------------------------


def test_a_paid_reload_gives_the_turn_back_and_forgets_failures() -> None:
    assert reload.settlement(replace(ON, failures=2), "paid", 499, BOUNDS) == Settlement(True, failures=None)


@pytest.mark.parametrize(("failures", "pause"), [(0, None), (1, None), (2, "declined"), (7, "declined")])
def test_a_decline_frees_what_was_reserved_and_the_third_one_pauses(failures: int, pause: Any) -> None:
    after = reload.settlement(replace(ON, failures=failures), "declined", 499, BOUNDS)

    assert after == Settlement(True, spent=-499, failures=1, pause=pause)


@pytest.mark.parametrize("failures", [0, 2])
def test_a_bank_that_wants_the_owner_of_the_card_pauses_at_once(failures: int) -> None:
    after = reload.settlement(replace(ON, failures=failures), "action", 499, BOUNDS)

    assert after == Settlement(True, spent=-499, failures=1, pause="authentication")


def test_a_reload_that_nothing_is_known_of_frees_what_was_reserved_and_is_no_failure() -> None:
    assert reload.given_up(499) == Settlement(True, spent=-499)


@pytest.mark.parametrize(("month", "spent"), [(202611, 499), (202610, 0)])
def test_a_reload_that_is_paid_late_cost_its_month_and_takes_nobodys_turn(month: int, spent: int) -> None:
    assert reload.paid_late(replace(ON, month=202611), 499, month) == Settlement(False, spent=spent)


def test_the_credit_is_of_the_fund_of_what_was_bought_and_named_by_the_reload() -> None:
    entry = PaidReload("reload_x_1", "ada", "pi_1", STARTER).entry()

    assert (entry.id, entry.type, entry.user_id) == ("auto_reload_reload_x_1", "auto_reload", "ada")
    assert (entry.funds, entry.lots) == (Funds(purchased=50), Lots())
    assert entry.totals == {"totalTokensPurchased": 50, "totalTokensCredited": 50}
    assert entry.details == {
        "reloadId": "reload_x_1",
        "paymentIntentId": "pi_1",
        "package": "starter",
        "amount": 499,
        "currency": "usd",
    }


# -- who asks for one --------------------------------------------------------------------------------------------------


def test_a_wallet_below_its_threshold_asks_for_a_reload() -> None:
    state = replace(ON, last_at=ago(seconds=5))

    assert reload.low(wallet(state)) == Low("ada", ago(seconds=5))
    assert reload.low(wallet(tokens=20)) is None
    assert reload.low(wallet(), more=1) is None
    assert reload.low(wallet(replace(ON, in_flight="reload_x_1"))) is not None  # that one may have been left behind


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (AutoReload(), {}),
        (replace(ON, is_on=False), {}),
        (replace(ON, paused="declined"), {}),
        (ON, {"frozen": frozenset({"audit"})}),
        (ON, {"debt": 3}),
    ],
)
def test_a_wallet_that_may_not_reload_does_not_ask(state: AutoReload, changes: dict[str, Any]) -> None:
    assert reload.low(wallet(state, **changes)) is None


@pytest.mark.parametrize(
    ("state", "can"),
    [
        (ON, True),
        (replace(ON, in_flight="reload_x_1"), True),
        (replace(ON, saved=None), False),
        (replace(ON, is_on=False), False),
        (replace(ON, paused="disputed"), False),
        (replace(ON, month=202611, spent=1501), True),
        (replace(ON, month=202611, spent=1502), False),
        (replace(ON, month=202610, spent=1502), True),
    ],
)
def test_a_wallet_can_reload_if_it_is_on_with_a_card_and_one_more_fits(state: AutoReload, can: bool) -> None:
    assert reload.can_reload(wallet(state), 499) is can


# -- what its owner changes --------------------------------------------------------------------------------------------

PAUSED = replace(ON, failures=3, paused="authentication", action_url="https://pay", month=202611, spent=998, seq=4)
TERMS = Terms(5, "popular", 10_000)
PAGE = Setup("cs_1", "https://page", NOW, TERMS)


def test_turning_it_on_lifts_every_pause_and_resets_no_spending() -> None:
    other = SavedCard("pm_2", Card("visa", "0341"))

    after = auto_reload.turned_on(replace(PAUSED, setup=PAGE), TERMS, other)

    assert after == AutoReload(terms=TERMS, is_on=True, saved=other, month=202611, spent=998, seq=4)


def test_turning_it_off_keeps_a_reload_that_was_claimed_and_no_page_that_could_turn_it_on() -> None:
    after = auto_reload.turned_off(replace(PAUSED, in_flight="reload_x_4", setup=PAGE))

    assert (after.is_on, after.paused, after.in_flight, after.spent) == (False, None, "reload_x_4", 998)
    assert auto_reload.set_up(after, CARD) == replace(after, setup=None)


def test_terms_take_effect_when_the_card_is_saved_that_they_wait_for() -> None:
    waiting = auto_reload.waiting(AutoReload(), PAGE)

    assert (waiting.is_on, waiting.terms) == (False, None)
    assert (auto_reload.as_agreed(waiting).is_on, auto_reload.as_agreed(waiting).terms) == (True, TERMS)
    assert auto_reload.set_up(waiting, CARD) == AutoReload(terms=TERMS, is_on=True, saved=CARD)


def test_a_card_that_was_taken_back_turns_off_what_it_paid_for_and_nothing_else() -> None:
    assert auto_reload.without_card(ON, "pm_other") == ON
    assert auto_reload.without_card(ON, "pm_1") == replace(ON, is_on=False, saved=None)
    assert auto_reload.without_card(replace(ON, setup=PAGE), "pm_1").setup == PAGE


def test_a_page_to_pay_on_is_only_for_a_wallet_that_waits_for_one() -> None:
    waits = replace(PAUSED, action_url=None)

    assert auto_reload.with_page(waits, "https://pay").action_url == "https://pay"
    assert auto_reload.with_page(ON, "https://pay") == ON
    assert auto_reload.disputed(PAUSED).action_url is None
