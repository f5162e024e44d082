"""Needs nothing. Passes and access: what orders give beside tokens, and what money that goes back makes of it."""

import datetime
import itertools
from dataclasses import replace

import pytest

from shared.ledger.benefits import Access, Benefits, Held, PassOffer, given, returned, withdrawn
from shared.ledger.entitlements import Pass

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
WEEK = Benefits(PassOffer("week", None, 7, 50, frozenset({"image"})))
ACCESS = Benefits(grants_access=True)


def until(held: Held, key: str = "week") -> datetime.datetime | None:
    return held.passes[key].until if key in held.passes else None


def test_a_pass_lasts_its_days_and_two_of_them_twice_as_long() -> None:
    one = given(WEEK, "cs_1", Held(), NOW)
    two = given(WEEK, "cs_2", one, NOW + 3 * DAY)

    assert one.passes == {"week": Pass("week", None, NOW + 7 * DAY, 50, frozenset({"image"}))}
    assert until(two) == NOW + 14 * DAY


def test_a_pass_that_is_bought_after_the_last_has_ended_begins_then() -> None:
    again = given(WEEK, "cs_2", given(WEEK, "cs_1", Held(), NOW), NOW + 8 * DAY)

    assert until(again) == NOW + 15 * DAY


def test_each_property_has_a_pass_of_its_own_and_ended_ones_are_held_no_more() -> None:
    one, other = (Benefits(PassOffer("house", name, 30, 50, frozenset())) for name in ("a", "b"))

    both = given(other, "cs_2", given(one, "cs_1", Held(), NOW), NOW + DAY)

    assert {key: each.until for key, each in both.passes.items()} == {
        "house:a": NOW + 30 * DAY,
        "house:b": NOW + 31 * DAY,
    }
    assert set(given(WEEK, "cs_3", both, NOW + 30 * DAY).passes) == {"house:b", "week"}


def test_a_pass_that_is_lengthened_on_other_terms_has_the_better_of_both() -> None:
    assert WEEK.sold_pass is not None
    other = Benefits(replace(WEEK.sold_pass, unlimited_per_day=40, features=frozenset({"video", "image"})))

    held = given(other, "cs_2", given(WEEK, "cs_1", Held(), NOW), NOW)

    assert held.passes["week"] == Pass("week", None, NOW + 14 * DAY, 50, frozenset({"image", "video"}))


# Money that went back


@pytest.mark.parametrize(
    ("passed", "then", "lost"),
    [
        (0 * DAY, None, 7 * DAY),
        (3 * DAY, None, 4 * DAY),
        (7 * DAY, None, 0 * DAY),
        (90 * DAY, None, 0 * DAY),
    ],
)
def test_a_pass_whose_money_went_back_ends_at_once_and_has_the_time_again_when_it_returns(
    passed: datetime.timedelta, then: datetime.datetime | None, lost: datetime.timedelta
) -> None:
    held = given(WEEK, "cs_1", Held(), NOW)

    after, taken = withdrawn(WEEK, "cs_1", held, None, NOW + passed)

    assert (until(after), taken) == (then, lost)
    again = returned(replace(WEEK, withdrawn=taken), "cs_1", after, NOW + passed + 60 * DAY)
    assert until(again) == (NOW + passed + 60 * DAY + lost if lost else None)


def test_of_two_passes_one_goes_off_the_end_and_comes_back_there() -> None:
    held = given(WEEK, "cs_2", given(WEEK, "cs_1", Held(), NOW), NOW)

    after, taken = withdrawn(WEEK, "cs_1", held, None, NOW + DAY)

    assert (until(after), taken) == (NOW + 7 * DAY, 7 * DAY)
    assert until(returned(replace(WEEK, withdrawn=taken), "cs_1", after, NOW + 2 * DAY)) == NOW + 14 * DAY
    assert withdrawn(WEEK, "cs_2", after, None, NOW + 2 * DAY) == (Held(), 5 * DAY)


def test_whatever_order_two_refunds_and_a_return_come_in_what_is_left_is_the_same() -> None:
    for first, second in itertools.permutations(("cs_1", "cs_2")):
        held = given(WEEK, "cs_2", given(WEEK, "cs_1", Held(), NOW), NOW)
        held, lost = withdrawn(WEEK, first, held, None, NOW)
        held, _ = withdrawn(WEEK, second, held, None, NOW)
        held = returned(replace(WEEK, withdrawn=lost), first, held, NOW)
        assert until(held) == NOW + 7 * DAY


@pytest.mark.parametrize(
    ("benefits", "is_all_back", "turns"),
    [
        (WEEK, True, True),
        (WEEK, False, False),
        (replace(WEEK, withdrawn=DAY), True, False),
        (replace(WEEK, withdrawn=DAY), False, True),
        (replace(WEEK, withdrawn=0 * DAY), False, True),
        (ACCESS, True, True),
        (Benefits(), True, False),
    ],
)
def test_benefits_turn_when_all_of_the_money_is_back_and_when_it_is_not_any_more(
    benefits: Benefits, is_all_back: bool, turns: bool
) -> None:
    assert benefits.turns(is_all_back) is turns


# Access


def test_the_first_order_that_grants_access_is_what_it_is_held_by() -> None:
    one = given(ACCESS, "cs_1", Held(), NOW)
    two = given(ACCESS, "cs_2", one, NOW + DAY)

    assert one.access == Access(NOW, "cs_1")
    assert two.access == Access(NOW, "cs_1", changes=1)


def test_access_goes_with_its_money_unless_another_order_gives_it() -> None:
    held = given(ACCESS, "cs_1", Held(), NOW)
    heir = Access(NOW + DAY, "cs_2")

    assert withdrawn(ACCESS, "cs_1", held, None, NOW + DAY)[0].access is None
    assert withdrawn(ACCESS, "cs_1", held, heir, NOW + DAY)[0].access == Access(NOW + DAY, "cs_2", changes=1)


def test_whatever_becomes_of_an_order_that_grants_access_changes_what_is_held() -> None:
    held = given(ACCESS, "cs_1", Held(), NOW)

    other, _ = withdrawn(ACCESS, "cs_2", held, None, NOW)
    back = returned(replace(ACCESS, withdrawn=0 * DAY), "cs_2", other, NOW)

    assert (other.access, back.access) == (Access(NOW, "cs_1", 1), Access(NOW, "cs_1", 2))


def test_access_comes_back_with_its_money() -> None:
    held, lost = withdrawn(ACCESS, "cs_1", given(ACCESS, "cs_1", Held(), NOW), None, NOW)

    assert returned(replace(ACCESS, withdrawn=lost), "cs_1", held, NOW + DAY).access == Access(NOW + DAY, "cs_1")


def test_what_gives_no_access_leaves_it_as_it_is() -> None:
    held = given(ACCESS, "cs_1", Held(), NOW)

    assert given(WEEK, "cs_2", held, NOW).access == held.access
    assert withdrawn(WEEK, "cs_2", held, None, NOW)[0].access == held.access
