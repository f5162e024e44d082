"""Needs the Firestore emulator."""

import datetime
from typing import Any
from unittest.mock import ANY

import pytest

from local.costs.meter import metered
from shared import clock
from shared.edge.responses import timestamp
from tests.support import api, ledger_kit
from tests.support.people import Person


def test_a_wallet_is_answered_with_its_funds_and_lifetime_totals(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10, purchased=50, earned=7), ledger_kit.account(purchased=20)
    api.post("tip", {"recipientId": ada.user_id, "amount": 5}, by=ben, key="k1")

    answer = api.get("get_wallet", by=ada)

    assert answer.status == 200
    assert answer.body == {
        "tokenBalance": 72,
        "funds": {"bonus": 10, "purchased": 50, "earned": 12},
        "totalTokensPurchased": 50,
        "totalTokensSpent": 0,
        "totalTokensEarned": 5,
        "totalTokensCredited": 72,
        "debt": 0,
        "frozen": [],
        "spendable": 72,
        "autoReload": None,
        "expiring": [],
        "subscription": None,
        "passes": [],
        "today": {"images": 0, "imagesPerDay": None, "resetsAt": ANY},
        "hasAccess": False,
        "trial": None,
        "signupBonusGrantedAt": timestamp(ledger_kit.fields(ada)["signupBonusGrantedAt"]),
    }


def test_a_wallet_tells_what_may_be_used_beside_its_tokens_in_one_read(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
    monkeypatch.setattr(clock, "at", lambda _: noon)
    later = noon + datetime.timedelta(days=7)
    ada = ledger_kit.account(bonus=10, purchased=50)
    plan = {
        "id": "sub_1",
        "plan": "atelier",
        "tier": "gold",
        "status": "past_due",
        "until": noon,
        "actionUrl": "https://x",
    }
    ledger_kit.change(
        ada,
        subscription={**plan, "unlimitedPerDay": 40, "features": ["image"], "grantsAccess": False},
        passes={
            "month": {"plan": "month", "until": later, "unlimitedPerDay": 9, "features": ["video", "image"]},
            "home:villa-1": {"plan": "home", "until": later, "unlimitedPerDay": 20, "features": ["image"]},
            "week": {"plan": "week", "until": noon, "unlimitedPerDay": 20, "features": ["image"]},
        },
        usage={
            "day_20261128": {"images": 9, "byPlan": {"atelier": 9}},
            "day_20261129": {"images": 15, "byPlan": {"atelier": 12, "home:villa-1": 2}},
        },
        trial={"remaining": 1, "used": 2},
        lots={"bonus": {"until_20261129": 4, "until_20261222": 6}, "purchased": {"until_20261205": 5}},
    )

    with metered() as cost:
        body = api.get("get_wallet", by=ada).body

    assert (cost.rpcs, cost.reads, cost.writes) == (1, 1, 0)
    assert body["subscription"] == plan | {
        "until": timestamp(noon),
        "usable": True,  # for three days, while the renewal is being paid
        "unlimitedPerDay": 40,
        "usedToday": 12,
        "features": ["image"],
    }
    assert body["passes"] == [
        {
            "plan": "home",
            "property": "villa-1",
            "until": timestamp(later),
            "unlimitedPerDay": 20,
            "usedToday": 2,
            "features": ["image"],
        },
        {
            "plan": "month",
            "property": None,
            "until": timestamp(later),
            "unlimitedPerDay": 9,
            "usedToday": 0,
            "features": ["image", "video"],
        },
    ]
    assert body["today"] == {"images": 15, "imagesPerDay": None, "resetsAt": "2026-11-30T00:00:00.000000Z"}
    assert (body["hasAccess"], body["trial"]) == (True, {"remaining": 1, "used": 2})
    assert (body["tokenBalance"], body["spendable"]) == (60, 56)
    assert body["expiring"] == [
        {"tokens": 5, "fund": "purchased", "expiresAt": "2026-12-05T00:00:00.000000Z"},
        {"tokens": 6, "fund": "bonus", "expiresAt": "2026-12-22T00:00:00.000000Z"},
    ]


@pytest.mark.parametrize(
    ("status", "days_over", "usable"),
    [("active", 0, True), ("past_due", 2, True), ("past_due", 3, False), ("cancelled", -9, False)],
)
def test_a_wallet_says_whether_its_plan_can_be_used(
    project: str, monkeypatch: pytest.MonkeyPatch, status: str, days_over: int, usable: bool
) -> None:
    noon = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
    monkeypatch.setattr(clock, "at", lambda _: noon)
    ada = ledger_kit.account()
    until = noon - datetime.timedelta(days=days_over)
    ledger_kit.change(ada, subscription={"id": "s", "plan": "p", "tier": "p", "status": status, "until": until})

    assert api.get("get_wallet", by=ada).body["subscription"]["usable"] is usable


@pytest.mark.parametrize(("month", "spent"), [(202611, 998), (202610, 0)], ids=["this month", "the last"])
def test_a_wallet_says_what_its_reloads_used_of_the_months_cap_and_how_they_went(
    project: str, monkeypatch: pytest.MonkeyPatch, month: int, spent: int
) -> None:
    noon = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
    monkeypatch.setattr(clock, "at", lambda _: noon)
    ada = ledger_kit.account()
    reload = {"enabled": True, "threshold": 20, "package": "starter", "monthlyCap": 5000, "failures": 2, "seq": 4}
    ledger_kit.change(ada, autoReload={**reload, "spent": 998, "month": month, "lastAt": noon})

    shown = api.get("get_wallet", by=ada).body["autoReload"]

    assert (shown["spentThisMonth"], shown["failures"], shown["lastAt"]) == (spent, 2, timestamp(noon))


@pytest.mark.parametrize(
    "fields",
    [{"access": {"since": ledger_kit.NEW_YEAR, "by": "cs_1"}}, {"trial": {"remaining": 3, "used": 0}}],
    ids=["access", "trial"],
)
def test_a_purchase_gives_access_and_a_trial_does_not(project: str, fields: dict[str, Any]) -> None:
    ada = ledger_kit.account()
    ledger_kit.change(ada, **fields)

    assert api.get("get_wallet", by=ada).body["hasAccess"] is ("access" in fields)


def test_a_wallet_that_makes_no_sense_is_told_as_such(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, passes={"week": "for ever"})

    assert api.get("get_wallet", by=ada).problem == (503, "wallet-inconsistent")


@pytest.mark.parametrize(
    ("fields", "debt", "frozen", "spendable"),
    [
        ({"debt": 100}, 100, [], 0),
        ({"frozen": {"operator": ledger_kit.NEW_YEAR, "audit": ledger_kit.NEW_YEAR}}, 0, ["audit", "operator"], 0),
        ({"frozen": "fraud"}, 0, ["fraud"], 0),
        ({"debt": 3, "frozen": {"audit": ledger_kit.NEW_YEAR}}, 3, ["audit"], 0),
        ({"debt": 0}, 0, [], 10),
    ],
    ids=["owes", "frozen for two reasons", "frozen long ago", "both", "neither"],
)
def test_a_wallet_says_what_it_owes_why_it_is_frozen_and_what_can_be_spent(
    project: str, fields: dict[str, Any], debt: int, frozen: list[str], spendable: int
) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, **fields)

    body = api.get("get_wallet", by=ada).body

    assert (body["debt"], body["frozen"], body["spendable"]) == (debt, frozen, spendable)
    assert body["tokenBalance"] == 10


@pytest.mark.threat(20)
def test_everybody_sees_only_their_own(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account(bonus=3)

    assert api.get("get_wallet", by=ada).body["tokenBalance"] == 10
    assert api.get("get_wallet", by=ben).body["tokenBalance"] == 3


@pytest.mark.threat(30)
def test_the_owner_of_a_frozen_wallet_can_look_at_it(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    ledger_kit.change(ada, frozen="fraud")

    assert api.get("get_wallet", by=ada).body["tokenBalance"] == 10


@pytest.mark.parametrize(
    ("person", "query", "problem"),
    [
        (None, {}, (401, "unauthenticated")),
        (Person(provider="anonymous"), {}, (403, "anonymous-not-allowed")),
        (Person("a/b"), {}, (403, "forbidden")),
        (Person("stranger"), {}, (404, "no-such-account")),
        (Person("ada"), {"userId": "ben"}, (422, "invalid-request")),
    ],
)
def test_refusals(project: str, person: Person | None, query: dict[str, Any], problem: tuple[int, str]) -> None:
    ledger_kit.account(bonus=10, person=Person("ada"))

    with ledger_kit.nothing_moves():
        assert api.get("get_wallet", by=person, **query).problem == problem
