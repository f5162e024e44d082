"""Needs nothing: entries, their types and their totals are pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.entries import ENTRY_TYPES, TOTALS, Entry, EntryType, counted_in, signed, types_in
from shared.ledger.funds import Funds

WRITTEN: tuple[EntryType, ...] = (
    "purchase",
    "signup_bonus",
    "generation_spend",
    "refund",
    "tip_sent",
    "tip_received",
    "admin_credit",
    "clawback",
    "reinstatement",
    "subscription_grant",
    "auto_reload",
    "expiry",
)

signed_tokens = st.integers(min_value=-(10**12), max_value=10**12)
movements = st.builds(Funds, signed_tokens, signed_tokens, signed_tokens)


def entry(entry_type: EntryType, funds: Funds) -> Entry:
    return Entry("x", "ada", entry_type, funds, {}, "phoenix@1", fingerprint="")


@pytest.mark.parametrize(
    ("total", "types"),
    [
        ("totalTokensPurchased", ("purchase", "subscription_grant", "auto_reload")),
        ("totalTokensSpent", ("generation_spend", "refund")),
        ("totalTokensEarned", ("tip_received",)),
        (
            "totalTokensCredited",
            ("purchase", "signup_bonus", "tip_received", "admin_credit", "subscription_grant", "auto_reload"),
        ),
    ],
)
def test_a_lifetime_total_sums_the_lines_that_the_contract_names(total: str, types: tuple[str, ...]) -> None:
    assert {name: types_in(name) for name in TOTALS}[total] == types  # type: ignore[index]  # literals, as a test has them


@pytest.mark.parametrize("entry_type", sorted(set(ENTRY_TYPES) - set(WRITTEN)))
def test_a_type_that_nothing_writes_counts_in_no_total_by_accident(entry_type: EntryType) -> None:
    with pytest.raises(ValueError, match=f"which total counts {entry_type} is undecided"):
        assert entry(entry_type, Funds(bonus=1)).totals


@given(st.sampled_from(WRITTEN), movements)
def test_an_entry_moves_its_totals_by_its_whole_amount(entry_type: EntryType, funds: Funds) -> None:
    totals = entry(entry_type, funds).totals

    assert [abs(change) for change in totals.values()] == [abs(funds.total)] * len(totals)
    assert tuple(totals) == tuple(total for total in TOTALS if entry_type in types_in(total))


@given(st.sampled_from(WRITTEN), movements)
def test_what_the_entries_of_a_total_add_to_it_is_what_their_amounts_sum_to(
    entry_type: EntryType, funds: Funds
) -> None:
    totals = counted_in(entry_type)

    assert totals is not None
    assert entry(entry_type, funds).totals == {total: signed(total, funds.total) for total in totals}


@given(movements, movements)
def test_the_fields_of_funds_are_added_and_negated_by_name(some: Funds, more: Funds) -> None:
    assert set(some.to_fields()) == set(Funds.names)
    assert Funds(**some.to_fields()) == some
    assert some + more + -more == some
