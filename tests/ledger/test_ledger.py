"""Needs nothing: the rules of the economy are pure functions."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import (
    InsufficientTokens,
    InvalidRequest,
    NoSuchAccount,
    NotFound,
    Problem,
    RecipientUnavailable,
    SelfTip,
    TokensOwed,
    WalletFrozen,
)
from shared.ledger.decision import Ref, State
from shared.ledger.funds import Funds, as_received
from shared.ledger.generation import GenerationRefund, Spend
from shared.ledger.grant import signup_bonus
from shared.ledger.lots import Holding, draw, refill
from shared.ledger.purchase import Purchase
from shared.ledger.tip import Tip
from shared.ledger.wallet import Wallet

ADA = Wallet("ada", Funds(bonus=10, purchased=20, earned=10))
BEN = Wallet("ben", Funds(earned=3))

TIP = Tip("tip_k1_ada", user_id="ada", recipient_id="ben", amount=15, economy="phoenix@1", fingerprint="f1")
SPEND = Spend("g1", user_id="ada", feature="image", areas=3, cost=15, economy="phoenix@1", fingerprint="f2")

tokens = st.integers(min_value=0, max_value=10_000)
some_funds = st.builds(Funds, tokens, tokens, tokens)


def state(ada: Wallet | None, ben: Wallet | None = None, post_by: str | None = None) -> State:
    """What is there of the wallets of Ada and Ben, and of the post p1."""
    post = None if post_by is None else {"userId": post_by}
    return State({"ada": ada, "ben": ben}, {Ref("post", "p1"): post})


def at_most(funds: Funds) -> st.SearchStrategy[int]:
    return st.integers(min_value=0, max_value=funds.total)


funds_and_amount = some_funds.flatmap(lambda funds: st.tuples(st.just(funds), at_most(funds)))


# -- drawing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "drawn"),
    [
        (0, Funds(0, 0, 0)),
        (1, Funds(1, 0, 0)),
        (10, Funds(10, 0, 0)),
        (11, Funds(10, 1, 0)),
        (30, Funds(10, 20, 0)),
        (31, Funds(10, 20, 1)),
        (40, Funds(10, 20, 10)),
    ],
)
def test_bonus_is_drawn_first_then_what_was_purchased_then_what_was_earned(amount: int, drawn: Funds) -> None:
    assert draw(Holding(Funds(bonus=10, purchased=20, earned=10)), amount) == Holding(drawn)


def test_drawing_beyond_the_funds_is_refused_with_all_three_numbers() -> None:
    with pytest.raises(InsufficientTokens) as refusal:
        draw(Holding(Funds(bonus=10, purchased=20, earned=10)), 41)

    assert refusal.value.extensions == {"balance": 40, "required": 41, "shortfall": 1}


@given(funds_and_amount)
def test_what_is_drawn_is_the_amount_and_never_more_than_a_fund_holds(case: tuple[Funds, int]) -> None:
    funds, amount = case

    rest = funds + -draw(Holding(funds), amount).funds

    assert rest.total == funds.total - amount
    assert min(dataclasses.astuple(rest)) >= 0


@given(funds_and_amount)
def test_no_fund_is_touched_before_the_ones_in_front_of_it_are_empty(case: tuple[Funds, int]) -> None:
    funds, amount = case

    drawn = draw(Holding(funds), amount).funds

    assert drawn.purchased == 0 or drawn.bonus == funds.bonus
    assert drawn.earned == 0 or drawn.purchased == funds.purchased


# -- returning ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "returned"),
    [
        (0, Funds(0, 0, 0)),
        (2, Funds(0, 0, 2)),
        (3, Funds(0, 0, 3)),
        (5, Funds(0, 2, 3)),
        (7, Funds(0, 4, 3)),
        (15, Funds(8, 4, 3)),
    ],
)
def test_the_fund_that_was_drawn_last_is_refilled_first(amount: int, returned: Funds) -> None:
    assert refill(Holding(Funds(bonus=8, purchased=4, earned=3)), amount) == Holding(returned)


@pytest.mark.parametrize("amount", [-1, 16])
def test_nothing_outside_of_what_was_drawn_can_be_returned(amount: int) -> None:
    with pytest.raises(ValueError, match=f"{amount} tokens are no part of 15"):
        refill(Holding(Funds(bonus=8, purchased=4, earned=3)), amount)


@given(funds_and_amount.flatmap(lambda case: st.tuples(st.just(case), st.integers(min_value=0, max_value=case[1]))))
def test_a_charge_and_a_refund_leave_the_wallet_where_the_smaller_charge_would(
    case: tuple[tuple[Funds, int], int],
) -> None:
    (funds, charged), failed = case
    drawn = draw(Holding(funds), charged)

    after = Holding(funds) + -drawn + refill(drawn, failed)

    assert after == Holding(funds) + -draw(Holding(funds), charged - failed)


# -- spending ----------------------------------------------------------------------------------------------------


def test_a_spend_is_one_line_keyed_by_its_generation() -> None:
    (line,) = SPEND.decide(state(ADA)).entries

    assert (line.id, line.user_id, line.type) == ("generation_g1_spend", "ada", "generation_spend")
    assert (line.amount, line.funds) == (-15, Funds(bonus=-10, purchased=-5))
    assert line.details == {"generationId": "g1", "feature": "image", "areas": 3}
    assert (line.economy, line.fingerprint) == ("phoenix@1", "f2")
    assert line.totals == {"totalTokensSpent": 15}


def test_a_spend_may_take_the_last_token() -> None:
    (line,) = dataclasses.replace(SPEND, cost=40).decide(state(ADA)).entries

    assert line.funds == Funds(bonus=-10, purchased=-20, earned=-10)


def test_a_spend_beyond_the_balance_is_refused() -> None:
    with pytest.raises(InsufficientTokens) as refusal:
        dataclasses.replace(SPEND, cost=41).decide(state(ADA))

    told = {"balance": 40, "required": 41, "shortfall": 1, "trialRemaining": 0}
    assert refusal.value.extensions == told


def test_a_refund_is_one_line_keyed_by_its_generation_that_refills_the_spend_lines_split() -> None:
    line = GenerationRefund(
        "g1", "ada", "image", areas=1, amount=5, drawn=Holding(Funds(10, 4, 1)), economy="phoenix@1"
    ).entry()

    assert (line.id, line.user_id, line.type) == ("generation_g1_refund", "ada", "refund")
    assert (line.amount, line.funds) == (5, Funds(purchased=4, earned=1))
    assert line.details == {"generationId": "g1", "feature": "image", "areas": 1}
    assert line.totals == {"totalTokensSpent": -5}


# -- tipping -----------------------------------------------------------------------------------------------------


def test_a_tip_is_two_lines_of_one_key_that_sum_to_zero() -> None:
    sent, received = TIP.decide(state(ADA, BEN)).entries

    assert (sent.id, sent.user_id, sent.type, sent.amount) == ("tip_k1_ada_sent", "ada", "tip_sent", -15)
    assert (received.id, received.user_id, received.type) == ("tip_k1_ada_received", "ben", "tip_received")
    assert sent.amount + received.amount == 0
    assert sent.details == received.details == {"senderId": "ada", "recipientId": "ben"}


def test_the_part_of_a_tip_that_was_bonus_stays_bonus_and_the_rest_is_earned() -> None:
    sent, received = dataclasses.replace(TIP, amount=35).decide(state(ADA, BEN)).entries

    assert sent.funds == Funds(bonus=-10, purchased=-20, earned=-5)
    assert received.funds == Funds(bonus=10, purchased=0, earned=25)


def test_a_tip_counts_as_earned_and_in_no_total_of_the_sender() -> None:
    sent, received = TIP.decide(state(ADA, BEN)).entries

    assert sent.totals == {}
    assert received.totals == {"totalTokensEarned": 15, "totalTokensCredited": 15}


def test_a_tip_for_a_post_names_it() -> None:
    sent, received = dataclasses.replace(TIP, post_id="p1").decide(state(ADA, BEN, post_by="ben")).entries

    assert sent.details == received.details == {"senderId": "ada", "recipientId": "ben", "postId": "p1"}


@given(some_funds)
def test_no_token_is_made_or_lost_on_its_way_to_a_creator(sent: Funds) -> None:
    received = as_received(sent)

    assert received.total == sent.total
    assert received.bonus == sent.bonus
    assert received.purchased == 0


@pytest.mark.threat(5, 6, 8)
@pytest.mark.parametrize(
    ("decision", "seen", "refusal"),
    [
        (TIP, state(None, BEN), NoSuchAccount),
        (TIP, state(ADA, None), NoSuchAccount),
        (dataclasses.replace(TIP, recipient_id="ada"), state(ADA, ADA), SelfTip),
        (dataclasses.replace(TIP, amount=41), state(ADA, BEN), InsufficientTokens),
        (TIP, state(dataclasses.replace(ADA, frozen=frozenset({"operator"})), BEN), WalletFrozen),
        (TIP, state(dataclasses.replace(ADA, debt=1), BEN), TokensOwed),
        (dataclasses.replace(TIP, post_id="p1"), state(ADA, BEN, post_by=None), NotFound),
        (dataclasses.replace(TIP, post_id="p1"), state(ADA, BEN, post_by="cyd"), InvalidRequest),
        (SPEND, state(None), NoSuchAccount),
        (SPEND, state(dataclasses.replace(ADA, frozen=frozenset({"operator"}))), WalletFrozen),
        (SPEND, state(dataclasses.replace(ADA, debt=1)), TokensOwed),
        (SPEND, state(dataclasses.replace(ADA, debt=1, frozen=frozenset({"operator"}))), WalletFrozen),
    ],
)
def test_a_payment_is_refused_for_each_reason(decision: Tip | Spend, seen: State, refusal: type[Problem]) -> None:
    with pytest.raises(Problem) as raised:
        decision.decide(seen)

    assert type(raised.value) is refusal


@pytest.mark.threat(4)
def test_a_tip_may_fill_the_recipients_wallet_to_the_cap_and_not_over_it() -> None:
    full = Wallet("ben", Funds(earned=10**12 - 15))

    assert TIP.decide(state(ADA, full))
    with pytest.raises(RecipientUnavailable):
        dataclasses.replace(TIP, amount=16).decide(state(ADA, full))


def test_a_frozen_recipient_still_receives() -> None:
    _, received = TIP.decide(state(ADA, dataclasses.replace(BEN, frozen=frozenset({"operator"}), debt=7))).entries

    assert received.amount == 15


def test_a_wallet_that_owes_says_how_much_and_may_buy() -> None:
    owing = dataclasses.replace(ADA, debt=7)

    with pytest.raises(TokensOwed) as refusal:
        owing.require_free_of_debt()

    assert refusal.value.extensions == {"debt": 7, "balance": ADA.balance}
    owing.require_open()


# -- what comes in -----------------------------------------------------------------------------------------------


@pytest.mark.threat(17)
def test_the_sign_up_bonus_is_keyed_by_the_user_and_enters_the_bonus_fund() -> None:
    line = signup_bonus("ada", 10, "phoenix@1")

    assert (line.id, line.user_id, line.type, line.funds) == ("signup_ada", "ada", "signup_bonus", Funds(bonus=10))
    assert (line.details, line.totals) == ({}, {"totalTokensCredited": 10})


@pytest.mark.threat(41)
def test_a_purchase_is_keyed_by_its_session_and_enters_the_purchased_fund() -> None:
    line = Purchase("cs_1", "pi_1", "ada", "popular", 110, 999, "usd", "phoenix@1").entry()

    assert (line.id, line.user_id, line.type) == ("purchase_cs_1", "ada", "purchase")
    assert (line.amount, line.funds) == (110, Funds(purchased=110))
    assert line.totals == {"totalTokensPurchased": 110, "totalTokensCredited": 110}
    assert line.details == {
        "stripeSessionId": "cs_1",
        "paymentIntentId": "pi_1",
        "package": "popular",
        "amount": 999,
        "currency": "usd",
    }
