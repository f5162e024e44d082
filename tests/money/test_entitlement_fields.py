"""Needs nothing: how a wallet's document says what it may use."""

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from shared.errors import WalletInconsistent
from shared.ledger.entitlements import Entitlements, Pass, Subscription, Trial, Usage
from shared.money import benefit_fields, entitlement_fields

NOON = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
LATER = NOON + datetime.timedelta(days=7)

SUBSCRIPTION = {
    "id": "sub_1",
    "plan": "studio",
    "tier": "studio",
    "status": "past_due",
    "until": NOON,
    "actionUrl": "https://stripe.example/invoice",
    "unlimitedPerDay": 40,
    "features": ["image"],
    "grantsAccess": True,
}
PASS = {"plan": "week", "until": LATER, "unlimitedPerDay": 20, "features": ["image"]}


def test_a_wallet_without_any_of_it_may_use_nothing() -> None:
    assert entitlement_fields.read({"tokenBalance": 10}, NOON) == Entitlements(NOON)


def test_everything_is_read_as_it_was_sold() -> None:
    fields = {
        "subscription": SUBSCRIPTION,
        "passes": {"week": PASS, "home:villa-1": {"plan": "home", "until": LATER}},
        "trial": {"remaining": 2, "used": 1},
        "usage": {"day_20261129": {"images": 5, "byPlan": {"week": 3}, "refused": 2}},
        "access": {"since": NOON, "by": "cs_1"},
    }
    features = frozenset({"image"})

    assert entitlement_fields.read(fields, NOON) == Entitlements(
        now=NOON,
        subscription=Subscription(
            "sub_1", "studio", "studio", "past_due", NOON, "https://stripe.example/invoice", 40, features, True
        ),
        passes=(Pass("home", "villa-1", LATER), Pass("week", None, LATER, 20, features)),
        trial=Trial(2, 1),
        usage=Usage(5, {"week": 3}, refused=2),
        access_since=NOON,
    )


def test_a_plan_without_unlimited_use_and_without_a_paid_period_is_one_too() -> None:
    bare = {"id": "sub_1", "plan": "plus", "tier": "plus", "status": "inactive", "until": None}

    assert entitlement_fields.read({"subscription": bare}, NOON).subscription == Subscription(
        "sub_1", "plus", "plus", "inactive", None
    )


def test_days_that_are_over_are_named_and_not_looked_into() -> None:
    usage = {"day_20261128": {"images": -3}, "day_20261127": "?", "day_20261129": {"images": 1}}

    assert entitlement_fields.read({"usage": usage}, NOON).usage == Usage(1, {}, ("day_20261127", "day_20261128"))


HELD_WRONGLY: list[dict[str, Any]] = [
    {"passes": ["week"]},
    {"passes": {"week": "for ever"}},
    {"passes": {"week": {"plan": "week"}}},
    {"passes": {"week": PASS | {"plan": "month"}}},
    {"passes": {"week": PASS | {"until": None}}},
    {"access": True},
    {"access": {"by": "cs_1"}},
]


@pytest.mark.parametrize(
    "fields",
    [
        *HELD_WRONGLY,
        {"subscription": "studio"},
        {"subscription": {"id": "sub_1"}},
        {"subscription": SUBSCRIPTION | {"status": "trialing"}},
        {"subscription": SUBSCRIPTION | {"status": []}},
        {"subscription": SUBSCRIPTION | {"until": "tomorrow"}},
        {"subscription": SUBSCRIPTION | {"unlimitedPerDay": 4.0}},
        {"subscription": SUBSCRIPTION | {"unlimitedPerDay": -1}},
        {"subscription": SUBSCRIPTION | {"features": "image"}},
        {"subscription": SUBSCRIPTION | {"features": [7]}},
        {"trial": {"remaining": 3}},
        {"trial": {"remaining": -1, "used": 4}},
        {"trial": {"remaining": True, "used": 0}},
        {"trial": 3},
        {"usage": {"day_20261129": {"images": "many"}}},
        {"usage": {"day_20261129": {"byPlan": {"week": 1.5}}}},
        {"usage": {"today": {"images": 1}}},
        {"usage": [1]},
    ],
)
def test_what_makes_no_sense_is_a_wallet_that_does_not_add_up(fields: dict[str, Any]) -> None:
    with pytest.raises(WalletInconsistent):
        entitlement_fields.read(fields, NOON)


@pytest.mark.parametrize("fields", HELD_WRONGLY)
def test_what_changes_passes_and_access_reads_them_as_strictly_as_what_uses_them(fields: dict[str, Any]) -> None:
    account: Any = SimpleNamespace(id="ada", fields=fields)

    with pytest.raises(WalletInconsistent):
        benefit_fields.held(account)
