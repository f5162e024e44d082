"""Needs nothing. Tokens that are taken back and given back, on random paths; the rules are pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import sampling
from shared.ledger.clawback import Reversible, reverse
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.lots import Holding, draw, draw_back, return_taken
from shared.ledger.wallet import Wallet

PAID, TOKENS = 999, 110
ORDER = Reversible("cs_1", "ada", TOKENS, PAID, "usd", "phoenix@1")

tokens = st.integers(min_value=0, max_value=150)
held = st.builds(Funds, tokens, tokens, tokens)
amounts = st.one_of(st.integers(min_value=0, max_value=PAID + 100), st.sampled_from((0, 333, PAID)))


@dataclass
class Books:
    """A wallet, one order of it, and the lines that moved the wallet."""

    wallet: Wallet
    order: Reversible
    lines: list[Entry]
    spent: int = 0

    def reverse(self, amount: int) -> None:
        """Brings the order to the amount, and checks what must hold after every step."""
        moved = reverse(self.order, self.wallet, amount)
        if moved is not None:
            before, self.order = self.order, moved.order
            funds = self.wallet.funds + moved.entry.funds
            self.wallet = replace(self.wallet, funds=funds, debt=self.wallet.debt + moved.entry.debt)
            self.lines.append(moved.entry)
            assert self.order.steps == before.steps + 1
            assert moved.entry.id == f"{moved.entry.type}_cs_1_{self.order.steps}"
        assert not self.wallet.funds.is_negative
        assert self.order.taken.is_sound
        assert self.order.owed >= 0
        assert self.order.due == self.order.due_for(amount)
        assert self.wallet.debt == self.order.owed
        assert sum((line.funds for line in self.lines), Funds()) == -self.order.taken.funds

    def credit(self, funds: Funds) -> None:
        """What comes in lands whole; then the debt is worked off."""
        self.wallet = replace(self.wallet, funds=self.wallet.funds + funds)
        self.reverse(self.order.reversed)

    def spend(self, amount: int) -> None:
        """What a wallet without debt may spend of ``amount``."""
        if not self.wallet.debt:
            drawn = draw(self.wallet.held, min(amount, self.wallet.balance))
            self.spent += drawn.total
            self.wallet = replace(self.wallet, funds=self.wallet.funds + -drawn.funds)


def books(funds: Funds) -> Books:
    return Books(Wallet("ada", funds), ORDER, [])


# -- what is due -----------------------------------------------------------------------------------------------------


@pytest.mark.threat(50, 51)
@pytest.mark.parametrize(
    ("reversed_amount", "due"),
    [(0, 0), (1, 0), (9, 0), (10, 1), (300, 33), (333, 36), (998, 109), (999, 110), (2000, 110)],
)
def test_what_is_due_is_in_the_users_favour_and_of_a_full_reversal_everything(reversed_amount: int, due: int) -> None:
    assert ORDER.due_for(reversed_amount) == due


@pytest.mark.parametrize("amount", [0, 1])
def test_an_order_for_which_nothing_was_collected_is_due_with_money_that_goes_back(amount: int) -> None:
    assert replace(ORDER, paid=0).due_for(amount) == TOKENS * amount


# -- which tokens ----------------------------------------------------------------------------------------------------


def test_tokens_are_taken_back_purchased_first_and_earned_last() -> None:
    wallet = Holding(Funds(bonus=5, purchased=10, earned=20))

    assert draw_back(wallet, 8).funds == Funds(purchased=8)
    assert draw_back(wallet, 12).funds == Funds(purchased=10, bonus=2)
    assert draw_back(wallet, 17).funds == Funds(purchased=10, bonus=5, earned=2)


@given(held, st.integers(min_value=0, max_value=450), st.integers(min_value=0, max_value=450))
def test_what_is_returned_of_what_was_taken_leaves_what_less_would_have_taken(
    funds: Funds, much: int, back: int
) -> None:
    much = min(much, funds.total)
    back = min(back, much)
    taken = draw_back(Holding(funds), much)

    assert taken + -return_taken(taken, back) == draw_back(Holding(funds), much - back)


@pytest.mark.parametrize("rule", [draw_back, return_taken])
@pytest.mark.parametrize("amount", [-1, 4])
def test_more_than_there_is_is_neither_taken_nor_returned(rule: Callable[[Holding, int], Holding], amount: int) -> None:
    with pytest.raises(ValueError, match="no part of 3"):
        rule(Holding(Funds(1, 1, 1)), amount)


# -- one line --------------------------------------------------------------------------------------------------------


@pytest.mark.threat(50)
def test_a_clawback_takes_what_is_there_and_the_order_owes_the_rest() -> None:
    moved = reverse(ORDER, Wallet("ada", Funds(bonus=4, purchased=6)), PAID)

    assert moved is not None
    assert (moved.entry.id, moved.entry.type, moved.entry.user_id) == ("clawback_cs_1_1", "clawback", "ada")
    assert (moved.entry.funds, moved.entry.debt) == (Funds(bonus=-4, purchased=-6), 100)
    assert moved.entry.totals == {}
    assert moved.entry.details == {
        "orderId": "cs_1",
        "paid": PAID,
        "reversed": PAID,
        "currency": "usd",
        "due": 110,
        "owed": 100,
        "step": 1,
    }


@pytest.mark.threat(50)
def test_a_clawback_from_an_empty_wallet_is_a_line_of_nothing_that_says_what_is_owed() -> None:
    moved = reverse(ORDER, Wallet("ada"), PAID)

    assert moved is not None
    assert (moved.entry.amount, moved.entry.debt, moved.order.owed) == (0, 110, 110)


@pytest.mark.threat(51)
def test_a_reinstatement_releases_debt_first_and_gives_back_the_split_that_was_taken() -> None:
    taken = replace(ORDER, reversed=PAID, taken=Holding(Funds(bonus=4, purchased=6)), owed=100, steps=1)

    half = reverse(taken, Wallet("ada", debt=100), 500)
    none = reverse(taken, Wallet("ada", debt=100), 0)

    assert half is not None
    assert (half.entry.funds, half.entry.debt, half.order.owed) == (Funds(), -55, 45)
    assert none is not None
    assert (none.entry.id, none.entry.funds, none.entry.debt) == ("reinstatement_cs_1_2", Funds(4, 6, 0), -100)


def test_nothing_is_written_where_nothing_moves() -> None:
    full = Wallet("ada", Funds(purchased=200))

    assert reverse(ORDER, full, 0) is None
    assert reverse(ORDER, full, 9) is None
    assert reverse(replace(ORDER, owed=5), Wallet("ada"), 49) is None
    assert reverse(replace(ORDER, taken=Holding(Funds(purchased=110))), full, PAID) is None


# -- every path ------------------------------------------------------------------------------------------------------


@pytest.mark.threat(42, 50, 51)
@given(held, st.lists(amounts, max_size=8), st.lists(amounts, max_size=8), amounts)
def test_every_path_to_one_amount_ends_in_the_same_funds(
    funds: Funds, some: list[int], others: list[int], target: int
) -> None:
    one, two, at_once = books(funds), books(funds), books(funds)
    for amount in [*some, target]:
        one.reverse(amount)
    for amount in [*others, target]:
        two.reverse(amount)
    at_once.reverse(target)

    assert one.wallet == two.wallet == at_once.wallet
    assert (one.order.taken, one.order.owed) == (two.order.taken, two.order.owed)


@pytest.mark.deep
@pytest.mark.threat(42, 50, 51)
def test_with_credits_and_spends_between_every_path_ends_with_the_same_balance_less_debt() -> None:
    for path in sampling.part(range(2000), 5, "paths of a clawback"):
        chance = random.Random(path)  # noqa: S311 - paths, not secrets
        start = Funds(chance.randrange(60), chance.randrange(120), chance.randrange(60))
        target = chance.choice((0, 300, 333, 666, PAID))
        came_in = [Funds(*(chance.randrange(40) for _ in range(3))) for _ in range(4)]
        ends = []
        for _ in range(2):
            here = books(start)
            for funds in chance.sample(came_in, len(came_in)):
                here.reverse(chance.randrange(PAID + 1))
                here.spend(chance.randrange(80))
                here.credit(funds)
            here.reverse(target)
            ends.append(here.wallet.balance - here.wallet.debt + here.spent)
        assert ends[0] == ends[1]


@given(held, st.lists(st.tuples(amounts, tokens, held), max_size=6))
def test_a_wallet_that_is_spent_from_meanwhile_never_falls_below_zero(
    funds: Funds, steps: list[tuple[int, int, Funds]]
) -> None:
    here = books(funds)
    for amount, spent, came_in in steps:
        here.reverse(amount)
        here.spend(spent)
        here.credit(came_in)

    assert not (here.wallet.debt and here.wallet.balance)
    here.reverse(0)
    assert (here.order.taken, here.order.owed, here.wallet.debt) == (Holding(), 0, 0)
