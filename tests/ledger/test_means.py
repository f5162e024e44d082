"""Needs nothing: what pays for a generation is a pure function."""

import contextlib
import datetime
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import AccessRequired, DailyLimit, FairUseReached, Problem
from shared.ledger.entitlements import Entitlements, Pass, Subscription, Trial, Usage
from shared.ledger.means import NO_TERMS, Means, Terms, Use, choose

NOON = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
MIDNIGHT = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
LANDSCAPE = frozenset({"landscape"})

TERMS = Terms(trial_features=LANDSCAPE, plan_grace_days=3)
PLAN = Subscription(
    "sub_1", "monthly-pro", "monthly_pro", "active", NOON + 9 * DAY, unlimited_per_day=50, features=LANDSCAPE
)
WEEK = Pass("seven-day-pass", None, NOON + 7 * DAY, unlimited_per_day=20, features=LANDSCAPE)
VILLA = Pass("per-property", "villa-1", NOON + 30 * DAY, unlimited_per_day=10, features=LANDSCAPE)
TRIAL = Trial(remaining=3, used=0)
EVERYTHING = Entitlements(NOON, PLAN, (WEEK, VILLA), TRIAL)
NOTHING = Entitlements(NOON)

ONE = Use("landscape", 1)
AT_THE_VILLA = replace(ONE, of_property="villa-1")


def used(**images: int) -> Usage:
    """So many pictures today by each plan, whose hyphens are written as underscores."""
    return Usage(sum(images.values()), {name.replace("_", "-"): number for name, number in images.items()})


# -- the order -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "use", "paid_by", "plan"),
    [
        (EVERYTHING, ONE, "plan", "monthly-pro"),
        (replace(EVERYTHING, subscription=None), ONE, "pass", "seven-day-pass"),
        (replace(EVERYTHING, subscription=None), AT_THE_VILLA, "pass", "per-property:villa-1"),
        (replace(EVERYTHING, subscription=None, passes=()), ONE, "trial", None),
        (NOTHING, ONE, "tokens", None),
    ],
    ids=["plan", "pass", "pass of the property", "trial", "tokens"],
)
def test_a_plan_pays_before_a_pass_before_the_trial_before_tokens(
    held: Entitlements, use: Use, paid_by: str, plan: str | None
) -> None:
    means = choose(held, use, TERMS)

    assert (means.paid_by, means.plan, means.day) == (paid_by, plan, 20261129)


@pytest.mark.parametrize("of_property", [None, "villa-2"])
def test_a_pass_of_a_property_pays_for_that_one_only(of_property: str | None) -> None:
    held = Entitlements(NOON, passes=(VILLA,))

    assert choose(held, replace(ONE, of_property=of_property), TERMS).paid_by == "tokens"


def test_of_two_passes_the_one_that_ends_sooner_pays() -> None:
    longer = replace(WEEK, plan="month-pass", until=NOON + 8 * DAY)

    assert choose(Entitlements(NOON, passes=(longer, WEEK)), ONE, TERMS).plan == "seven-day-pass"


def test_what_says_that_tokens_pay_is_paid_with_tokens() -> None:
    assert choose(EVERYTHING, replace(ONE, only_tokens=True), TERMS).paid_by == "tokens"


def test_a_feature_that_nothing_covers_is_paid_with_tokens() -> None:
    assert choose(EVERYTHING, Use("facade", 1), TERMS).paid_by == "tokens"


def test_a_plan_that_makes_nothing_without_tokens_is_passed_over() -> None:
    held = Entitlements(NOON, replace(PLAN, unlimited_per_day=None, features=frozenset()))

    assert choose(held, ONE, TERMS).paid_by == "tokens"


# -- one means for the whole of it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("images", "paid_by"), [(3, "trial"), (4, "tokens")])
def test_a_trial_that_cannot_pay_for_every_picture_is_passed_over(images: int, paid_by: str) -> None:
    assert choose(Entitlements(NOON, trial=TRIAL), Use("landscape", images), TERMS).paid_by == paid_by


@pytest.mark.parametrize(("counted", "paid_by"), [(42, "plan"), (43, "pass")])
def test_a_plan_whose_day_has_no_room_for_all_is_passed_over_for_what_costs_nothing(counted: int, paid_by: str) -> None:
    held = replace(EVERYTHING, usage=used(monthly_pro=counted))

    assert choose(held, Use("landscape", 8), TERMS).paid_by == paid_by


def test_the_trial_may_step_in_for_a_plan_whose_day_is_full() -> None:
    held = Entitlements(NOON, PLAN, trial=TRIAL, usage=used(monthly_pro=50))

    assert choose(held, ONE, TERMS).paid_by == "trial"


@pytest.mark.parametrize("held", [Entitlements(NOON, PLAN, usage=used(monthly_pro=50))])
def test_where_only_tokens_are_left_a_full_day_is_refused_and_never_charged(held: Entitlements) -> None:
    with pytest.raises(FairUseReached) as refusal:
        choose(held, ONE, TERMS)

    assert refusal.value.extensions == {"perDay": 50, "resetsAt": MIDNIGHT}
    assert refusal.value.retry_after_seconds == 12 * 3600 + 1
    assert choose(held, replace(ONE, only_tokens=True), TERMS).paid_by == "tokens"


def test_of_a_plan_and_a_pass_that_are_full_the_plan_is_what_is_told() -> None:
    held = Entitlements(NOON, PLAN, (WEEK,), usage=used(monthly_pro=50, seven_day_pass=20))

    with pytest.raises(FairUseReached) as refusal:
        choose(held, ONE, TERMS)

    assert refusal.value.extensions["perDay"] == 50


# -- until when ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "ended", "runs"),
    [
        ("active", -HOUR, True),
        ("active", 3 * DAY + 2 * HOUR, True),  # its renewal is being collected
        ("active", 3 * DAY + 3 * HOUR, False),
        ("past_due", 3 * DAY - HOUR, True),
        ("past_due", 3 * DAY, False),
        ("cancelled", -HOUR, False),
        ("inactive", -HOUR, False),
    ],
)
def test_a_plan_runs_while_it_is_paid_and_for_the_grace_after_that(
    status: Any, ended: datetime.timedelta, runs: bool
) -> None:
    held = Entitlements(NOON, replace(PLAN, status=status, until=NOON - ended, grants_access=True))

    assert choose(held, ONE, TERMS).paid_by == ("plan" if runs else "tokens")
    assert held.has_access(grace_days=3) is runs


def test_a_plan_that_was_never_paid_does_not_run() -> None:
    assert choose(Entitlements(NOON, replace(PLAN, until=None)), ONE, TERMS).paid_by == "tokens"


@pytest.mark.parametrize(("left", "paid_by"), [(datetime.timedelta(seconds=1), "pass"), (0 * HOUR, "tokens")])
def test_a_pass_runs_to_its_last_moment(left: datetime.timedelta, paid_by: str) -> None:
    assert choose(Entitlements(NOON, passes=(replace(WEEK, until=NOON + left),)), ONE, TERMS).paid_by == paid_by


# -- access ----------------------------------------------------------------------------------------------------------

GATED = replace(TERMS, access_required=True)


@pytest.mark.parametrize(
    "held",
    [NOTHING, Entitlements(NOON, PLAN, trial=TRIAL), Entitlements(NOON, passes=(replace(WEEK, until=NOON),))],
    ids=["nothing", "a plan that grants none", "a pass that ended"],
)
def test_without_access_nothing_pays_and_no_other_refusal_comes_first(held: Entitlements) -> None:
    limited = replace(GATED, images_per_day=8)

    for use in (ONE, replace(ONE, only_tokens=True), Use("landscape", 9)):
        with pytest.raises(AccessRequired):
            choose(held, use, limited)


@pytest.mark.parametrize(
    "held",
    [
        Entitlements(NOON, access_since=NOON - DAY),
        Entitlements(NOON, replace(PLAN, grants_access=True)),
        Entitlements(NOON, passes=(WEEK,)),
    ],
    ids=["a purchase", "a plan", "a pass"],
)
def test_a_purchase_a_plan_or_a_pass_gives_access(held: Entitlements) -> None:
    assert choose(held, ONE, GATED)


# -- how many a day --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("only_tokens", [False, True])
def test_one_wallet_has_so_many_pictures_a_day_whatever_pays(only_tokens: bool) -> None:
    held = replace(EVERYTHING, usage=Usage(images=197))
    limited = replace(TERMS, images_per_day=200)

    assert choose(held, Use("landscape", 3, only_tokens=only_tokens), limited)
    with pytest.raises(DailyLimit) as refusal:
        choose(held, Use("landscape", 4, only_tokens=only_tokens), limited)

    assert refusal.value.extensions == {"limit": 200, "left": 3, "resetsAt": MIDNIGHT}
    assert refusal.value.retry_after_seconds == 12 * 3600 + 1


def test_the_last_second_of_a_day_has_one_to_wait() -> None:
    held = Entitlements(MIDNIGHT - datetime.timedelta(microseconds=1))

    assert (held.today, held.seconds_to_midnight, held.next_midnight) == (20261129, 1, MIDNIGHT)


# -- what is counted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("means", "counted"),
    [
        (Means("tokens", 20261129), {"usage.day_20261129.images": 2}),
        (Means("trial", 20261129), {"usage.day_20261129.images": 2, "trial.remaining": -2, "trial.used": 2}),
        (
            Means("pass", 20261129, "per-property:villa-1"),
            {"usage.day_20261129.images": 2, "usage.day_20261129.byPlan.`per-property:villa-1`": 2},
        ),
    ],
    ids=["tokens", "trial", "pass"],
)
def test_pictures_are_counted_on_their_day_by_what_pays(means: Means, counted: dict[str, int]) -> None:
    assert means.counted(2) == counted
    assert means.given_back(2, refused=0) == {name: -change for name, change in counted.items()}
    assert means.given_back(2, refused=1) == means.given_back(2, refused=0) | {"usage.day_20261129.refused": 1}


# -- whatever is held ------------------------------------------------------------------------------------------------

numbers = st.integers(min_value=0, max_value=12)
moments = st.integers(min_value=-5, max_value=5).map(lambda days: NOON + days * DAY)
properties = st.sampled_from((None, "villa-1", "villa-2"))
some_features = st.sets(st.sampled_from(("landscape", "facade"))).map(frozenset)
limits = st.none() | st.integers(min_value=1, max_value=12)
subscriptions = st.builds(
    Subscription, st.just("sub_1"), st.just("monthly-pro"), st.just("pro"),
    st.sampled_from(("active", "past_due", "cancelled", "inactive")), st.none() | moments, st.none(), limits,
    some_features, st.booleans(),
)  # fmt: skip
passes = st.lists(
    st.builds(Pass, st.sampled_from(("week", "month")), properties, moments, limits, some_features),
    max_size=4,
    unique_by=lambda each: each.key,
).map(tuple)
keys = ("monthly-pro", "week", "week:villa-1", "week:villa-2", "month", "month:villa-1", "month:villa-2")
usages = st.builds(Usage, numbers, st.dictionaries(st.sampled_from(keys), numbers))
holdings = st.builds(
    Entitlements, st.just(NOON), st.none() | subscriptions, passes, st.none() | st.builds(Trial, numbers, numbers),
    usages, st.none() | moments,
)  # fmt: skip
uses = st.builds(
    Use, st.sampled_from(("landscape", "facade")), st.integers(min_value=1, max_value=8), properties, st.booleans()
)
terms = st.builds(Terms, some_features, st.booleans(), st.integers(min_value=0, max_value=3), limits)


def without(held: Entitlements, kind: str) -> Entitlements:
    """The same without what pays before tokens, or before the kind."""
    passed = ("plan", "pass", "trial")[: ("plan", "pass", "trial", "tokens").index(kind)]
    return replace(
        held,
        subscription=None if "plan" in passed else held.subscription,
        passes=() if "pass" in passed else held.passes,
        trial=None if "trial" in passed else held.trial,
        access_since=NOON,
    )


@given(holdings, uses, terms)
def test_whatever_pays_can_pay_for_all_of_it(held: Entitlements, use: Use, given_terms: Terms) -> None:
    with contextlib.suppress(Problem):
        means = choose(held, use, given_terms)

        limit = given_terms.images_per_day
        assert limit is None or held.usage.images + use.images <= limit
        if means.paid_by == "trial":
            assert held.trial_remaining + means.counted(use.images)["trial.remaining"] >= 0
        if means.plan is not None:
            [of] = [one for one in held.unlimited(use.of_property, 3) if one.key == means.plan]
            assert use.feature in of.features
            assert held.usage.by_plan.get(of.key, 0) + use.images <= of.per_day


@given(holdings, uses, terms)
def test_tokens_pay_only_where_nothing_free_covers_the_use_or_the_user_says_so(
    held: Entitlements, use: Use, given_terms: Terms
) -> None:
    with contextlib.suppress(Problem):
        if choose(held, use, given_terms).paid_by == "tokens" and not use.only_tokens:
            grace = given_terms.plan_grace_days
            assert all(use.feature not in one.features for one in held.unlimited(use.of_property, grace))
            assert use.feature not in given_terms.trial_features or use.images > held.trial_remaining


@given(holdings, uses, terms)
def test_what_pays_later_would_not_have_changed_what_pays_first(
    held: Entitlements, use: Use, given_terms: Terms
) -> None:
    with contextlib.suppress(Problem):
        means = choose(held, use, given_terms)

        if not use.only_tokens:
            assert choose(without(held, means.paid_by), use, given_terms) == means


@given(holdings, uses)
def test_without_terms_only_a_full_day_is_refused(held: Entitlements, use: Use) -> None:
    try:
        choose(held, use, NO_TERMS)
    except FairUseReached:
        assert any(
            use.feature in one.features and held.usage.by_plan.get(one.key, 0) + use.images > one.per_day
            for one in held.unlimited(use.of_property, 0)
        )
