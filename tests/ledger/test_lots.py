"""Needs nothing. Tokens that expire: which of them leave first, which return, and what is over; the rules are pure."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InsufficientTokens, WalletInconsistent
from shared.ledger import days
from shared.ledger.clawback import Reversible, reverse
from shared.ledger.funds import Funds
from shared.ledger.grant import AdminGrant, signup_bonus
from shared.ledger.lots import NO_LOTS, Holding, Lots, draw, draw_back, refill, return_taken
from shared.ledger.wallet import Wallet
from shared.money import wallets

TODAY, SOON, LATER, LAST = 20261129, 20261201, 20261222, 20270131

tokens = st.integers(min_value=0, max_value=60)
in_lots = st.dictionaries(st.sampled_from((SOON, LATER, LAST)), st.integers(min_value=1, max_value=60), max_size=3)


@st.composite
def holdings(build: st.DrawFn) -> Holding:
    bonus, purchased = build(in_lots), build(in_lots)
    lasting = Funds(build(tokens), build(tokens), build(tokens))
    lots = Lots(bonus, purchased)
    return Holding(lasting + lots.funds, lots)


@st.composite
def parts(build: st.DrawFn) -> tuple[Holding, int, int]:
    """What is held, an amount of it, and an amount of that."""
    held = build(holdings())
    much = build(st.integers(min_value=0, max_value=held.total))
    return held, much, build(st.integers(min_value=0, max_value=much))


# -- days --------------------------------------------------------------------------------------------------------------


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("promised", "day"),
    [
        ("2026-12-21T12:00:00+00:00", 20261222),
        ("2026-12-21T00:00:00+00:00", 20261221),
        ("2026-12-21T00:00:00.000001+00:00", 20261222),
        ("2026-12-31T23:59:59+00:00", 20270101),
        ("2026-12-21T23:30:00-01:00", 20261223),
    ],
)
def test_what_is_promised_until_a_moment_ends_at_the_next_midnight(promised: str, day: int) -> None:
    assert days.ending(moment(promised)) == day


def test_days_are_numbers_that_sort_and_count_as_days_do() -> None:
    assert days.day_of(moment("2026-12-31T23:30:00-01:00")) == 20270101
    assert days.plus(20261228, 7) == 20270104
    assert days.plus(20280228, 1) == 20280229
    assert days.midnight(20261222) == moment("2026-12-22T00:00:00+00:00")


# -- what leaves first -------------------------------------------------------------------------------------------------


def test_of_a_fund_what_ends_first_leaves_first_and_what_never_ends_last() -> None:
    held = Holding(Funds(bonus=12, purchased=20), Lots(bonus={LATER: 4, SOON: 3}, purchased={SOON: 5}))

    assert draw(held, 5) == Holding(Funds(bonus=5), Lots(bonus={SOON: 3, LATER: 2}))
    assert draw(held, 14) == Holding(Funds(bonus=12, purchased=2), Lots(bonus={SOON: 3, LATER: 4}, purchased={SOON: 2}))
    assert draw_back(held, 6) == Holding(Funds(purchased=6), Lots(purchased={SOON: 5}))


def test_more_than_there_is_is_refused_with_what_there_is() -> None:
    with pytest.raises(InsufficientTokens) as refusal:
        draw(Holding(Funds(bonus=3), Lots(bonus={SOON: 3})), 4)

    assert refusal.value.extensions == {"balance": 3, "required": 4, "shortfall": 1}


@given(parts())
def test_the_split_by_fund_is_that_of_a_wallet_in_which_nothing_expires(case: tuple[Holding, int, int]) -> None:
    held, much, back = case
    for taking, returning in ((draw, refill), (draw_back, return_taken)):
        with_lots, without = taking(held, much), taking(Holding(held.funds), much)

        assert with_lots.funds == without.funds
        assert returning(with_lots, back).funds == returning(without, back).funds


@given(parts())
def test_what_is_taken_and_what_stays_are_both_sound(case: tuple[Holding, int, int]) -> None:
    held, much, _ = case
    for taking in (draw, draw_back):
        taken = taking(held, much)

        assert taken.total == much
        assert taken.is_sound
        assert (held + -taken).is_sound


@given(parts())
def test_what_returns_leaves_what_less_would_have_taken(case: tuple[Holding, int, int]) -> None:
    held, much, back = case
    for taking, returning in ((draw, refill), (draw_back, return_taken)):
        taken = taking(held, much)

        assert taken + -returning(taken, back) == taking(held, much - back)


# -- what is over ------------------------------------------------------------------------------------------------------


def test_a_lot_is_over_from_the_first_moment_of_its_day() -> None:
    lots = Lots(bonus={20261222: 10})

    assert lots.expired(20261221) == NO_LOTS
    assert lots.expired(20261222) == lots
    assert lots.next_expiry == 20261222


def test_what_is_over_can_be_neither_spent_nor_taken_back() -> None:
    wallet = Wallet("ada", Funds(bonus=10, purchased=5), lots=Lots(bonus={TODAY: 6}, purchased={TODAY: 5}), today=TODAY)

    assert (wallet.balance, wallet.spendable) == (15, 4)
    assert wallet.available == Holding(Funds(bonus=4))
    moved = reverse(Reversible("cs_1", "ada", 15, 100, "usd", "phoenix@1"), wallet, 100)
    assert moved is not None
    assert (moved.entry.held, moved.order.owed) == (Holding(Funds(bonus=-4)), 11)


def test_nothing_of_a_frozen_wallet_expires() -> None:
    wallet = Wallet("ada", Funds(bonus=10), frozen=frozenset({"audit"}), lots=Lots(bonus={TODAY: 6}), today=TODAY)

    assert wallet.expired == NO_LOTS
    assert wallet.available == wallet.held


@pytest.mark.parametrize(
    "lots", [Lots(bonus={LATER: 4}), Lots(purchased={LATER: 3}), Lots(bonus={LATER: 6, SOON: -3}, purchased={SOON: 1})]
)
def test_a_wallet_with_more_in_lots_than_in_a_fund_or_with_less_than_nothing_pays_nothing(lots: Lots) -> None:
    with pytest.raises(WalletInconsistent):
        Wallet("ada", Funds(bonus=3, purchased=2), lots=lots, today=TODAY).require_sound()


# -- what comes back ---------------------------------------------------------------------------------------------------


def test_days_that_are_over_or_nearly_are_moved_and_meet() -> None:
    returned = Lots(bonus={TODAY: 2, SOON: 3, LAST: 1}, purchased={SOON: 4})

    assert returned.no_sooner_than(20261206) == Lots(bonus={20261206: 5, LAST: 1}, purchased={20261206: 4})


def test_a_reinstatement_gives_the_taken_days_back_with_a_grace() -> None:
    held = Wallet("ada", Funds(purchased=130), lots=Lots(purchased={SOON: 130}), today=TODAY)
    order = Reversible("in_1", "ada", 130, 999, "usd", "phoenix@1")
    clawback = reverse(order, held, 999)
    assert clawback is not None
    assert clawback.entry.lots == Lots(purchased={SOON: -130})

    won = reverse(clawback.order, Wallet("ada", today=SOON), 0, days.plus(SOON, 7))

    assert won is not None
    assert won.entry.held == Holding(Funds(purchased=130), Lots(purchased={20261208: 130}))
    assert won.order.taken == Holding()


def test_bonuses_and_grants_end_when_the_economy_says() -> None:
    assert signup_bonus("ada", 10, "phoenix@1").lots == NO_LOTS
    assert signup_bonus("ada", 10, "phoenix@1", LATER).lots == Lots(bonus={LATER: 10})
    grant = AdminGrant("a1", "ada", 5, "boss", "support", "phoenix@1", "f", LATER)
    assert grant.entry(Wallet("ada")).lots == Lots(bonus={LATER: 5})
    taken = replace(grant, amount=-5).entry(Wallet("ada", Funds(bonus=9), lots=Lots(bonus={LATER: 7})))
    assert taken.held == Holding(Funds(bonus=-5), Lots(bonus={LATER: -5}))


# -- documents ---------------------------------------------------------------------------------------------------------


@given(holdings())
def test_lots_are_read_as_they_are_written(held: Holding) -> None:
    assert wallets.lots(held.lots.to_fields()) == held.lots


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        "until_20261222",
        {"earned": {"until_20261222": 1}},
        {"bonus": 1},
        {"bonus": {"20261222": 1}},
        {"bonus": {"until_20261332": 1}},
        {"bonus": {"until_020261222": 1}},
        {"bonus": {"until_": 1}},
        {"bonus": {"until_20261222": True}},
        {"bonus": {"until_20261222": 1.0}},
        {"bonus": {"until_20261222": None}},
    ],
)
def test_what_is_no_lots_is_no_wallet(fields: object) -> None:
    with pytest.raises(WalletInconsistent):
        wallets.lots(fields)
