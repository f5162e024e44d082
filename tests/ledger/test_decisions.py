"""Needs nothing: what holds of every decision, whatever the wallets are."""

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Problem, RecipientUnavailable
from shared.ledger.decision import Decision, Ref, State
from shared.ledger.funds import Funds
from shared.ledger.generation import Spend
from shared.ledger.tip import Tip
from shared.ledger.wallet import WALLET_CAP, Wallet

tokens = st.integers(min_value=0, max_value=60)
some_funds = st.builds(Funds, tokens, tokens, tokens)
amounts = st.integers(min_value=1, max_value=120)


def some_wallet(user_id: str) -> st.SearchStrategy[Wallet | None]:
    wallets = st.builds(Wallet, st.just(user_id), some_funds, debt=st.sampled_from((0, 0, 0, 5)))
    return st.none() | wallets


tips = st.builds(
    Tip, st.just("tip_k1_ada"), st.just("ada"), st.sampled_from(("ben", "ben", "ada")), amounts, st.just("phoenix@1"),
    st.just("f"), st.sampled_from((None, "p1")),
)  # fmt: skip
spends = st.builds(
    Spend, st.just("g1"), st.just("ada"), st.just("image"), st.just(1), amounts, st.just("phoenix@1"), st.just("f")
)
posts = st.sampled_from((None, {"userId": "ben"}, {"userId": "cyd"}))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Decision, State]:
    """A decision, and the state of what it says it reads: it fails at a look at anything else."""
    decision: Decision = draw(tips | spends)
    wallets = {ref.id: draw(some_wallet(ref.id)) for ref in decision.reads if ref.kind == "wallet"}
    documents = {ref: draw(posts) for ref in decision.reads if ref.kind == "post"}
    return decision, State(wallets, documents)


@st.composite
def possible(draw: st.DrawFn) -> tuple[Decision, State]:
    """A decision that nothing speaks against, and the state of what it reads."""
    held = draw(some_funds.filter(lambda funds: funds.total > 0))
    amount = draw(st.integers(min_value=1, max_value=held.total))
    decision: Decision = dataclasses.replace(draw(spends), cost=amount)
    if draw(st.booleans()):
        decision = dataclasses.replace(draw(tips), recipient_id="ben", amount=amount)
    wallets = {"ada": Wallet("ada", held), "ben": Wallet("ben", draw(some_funds))}
    named = {ref.id: wallets[ref.id] for ref in decision.reads if ref.kind == "wallet"}
    return decision, State(named, {ref: {"userId": "ben"} for ref in decision.reads if ref.kind == "post"})


@given(cases())
def test_a_decision_reads_the_wallet_that_it_is_decided_on(case: tuple[Decision, State]) -> None:
    decision, _ = case

    assert Ref("wallet", decision.user_id) in decision.reads


@given(cases())
def test_a_decision_refuses_or_decides_and_looks_at_nothing_that_it_does_not_name(case: tuple[Decision, State]) -> None:
    decision, state = case

    with contextlib.suppress(Problem):  # a look at what is not in the state is a KeyError
        decision.decide(state)


@given(possible())
def test_no_decision_leaves_a_fund_below_zero(case: tuple[Decision, State]) -> None:
    decision, state = case
    wallet = state.wallets[decision.user_id]

    paid, *received = decision.decide(state).entries

    assert wallet is not None
    assert not (wallet.funds + paid.funds).is_negative
    assert not any(entry.funds.is_negative for entry in received)


@given(possible())
def test_the_first_entry_is_the_one_that_a_retry_looks_for(case: tuple[Decision, State]) -> None:
    decision, state = case

    paid, *received = decision.decide(state).entries

    assert (paid.id, paid.user_id) == (decision.id, decision.user_id)
    assert decision.user_id not in {entry.user_id for entry in received}


@given(possible())
def test_a_decision_makes_no_tokens(case: tuple[Decision, State]) -> None:
    decision, state = case

    entries = decision.decide(state).entries

    assert sum(entry.amount for entry in entries) == (0 if len(entries) > 1 else -abs(entries[0].amount))


@given(possible())
def test_a_decision_is_the_same_whenever_it_is_asked(case: tuple[Decision, State]) -> None:
    decision, state = case

    assert decision.decide(state) == decision.decide(state)


@given(st.integers(min_value=WALLET_CAP - 200, max_value=WALLET_CAP), amounts)
def test_no_tip_takes_a_wallet_over_the_cap(held: int, amount: int) -> None:
    tip = Tip("tip_k1_ada", "ada", "ben", amount, "phoenix@1", "f")
    wallets = {"ada": Wallet("ada", Funds(bonus=200)), "ben": Wallet("ben", Funds(earned=held))}

    if held + amount > WALLET_CAP:
        with pytest.raises(RecipientUnavailable):
            tip.decide(State(wallets))
    else:
        assert tip.decide(State(wallets)).entries[1].amount == amount
