"""Needs the Firestore emulator and the local Stripe. Plans at checkout: asked for, offered, kept and refused."""

from typing import Any

import pytest

from local.parts import forget_clients
from shared.cloud.clients import STORE, store
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, document, documents, field, open_account, write
from tests.support.concurrently import concurrently
from tests.support.people import Person


@pytest.fixture
def yarda(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The cloud of an economy that sells packages, a subscription, a pass, and a pass of one property."""
    monkeypatch.setenv("ECONOMY", "yarda")
    forget_clients()
    return cloud


def ask(person: Person, key: Any = None, **body: object) -> api.Answer:
    return api.post("create_checkout", body, by=person, key=key or api.new_key())


def opened(person: Person, key: Any = None, **body: object) -> Any:
    answer = ask(person, key, **body)
    assert answer.status == 200, answer
    return answer.body


def order_of(session: Any) -> dict[str, Any]:
    fields = document(f"orders/{session['sessionId']}")
    assert fields is not None
    return fields


# What is offered


def test_the_order_of_a_pass_says_all_that_was_sold(yarda: Cloud) -> None:
    ada = open_account()

    order = order_of(opened(ada, plan="per-property", property="12-Main"))

    assert {name: order[name] for name in order if name not in ("order", "url", "expiresAt", "createdAt")} == {
        "kind": "plan",
        "plan": "per-property",
        "property": "12-Main",
        "userId": ada.user_id,
        "tokens": 0,
        "amount": 999,
        "currency": "usd",
        "days": 30,
        "unlimitedPerDay": 50,
        "features": ["landscape"],
        "economy": "yarda@1",
        "status": "open",
    }


def test_stripe_is_told_of_a_pass_what_it_costs_and_whose_it_is(yarda: Cloud) -> None:
    ada = open_account()

    sold = opened(ada, plan="per-property", property="12-Main")

    session = yarda.stripe_get(f"checkout/sessions/{sold['sessionId']}")
    assert (session["mode"], session["amount_total"], session["currency"]) == ("payment", 999, "usd")
    assert session["metadata"] == {
        "app": "guilder",
        "userId": ada.user_id,
        "plan": "per-property",
        "property": "12-Main",
        "order": order_of(sold)["order"],
    }


def test_an_open_page_is_handed_out_again_for_the_same_plan_and_property_only(yarda: Cloud) -> None:
    ada = open_account()
    wanted = [
        {"plan": "seven-day-pass"},
        {"plan": "per-property", "property": "a"},
        {"plan": "per-property", "property": "b"},
        {"package": "ten"},
    ]

    first = [opened(ada, **body) for body in wanted]
    again = [opened(ada, **body) for body in wanted]

    assert first == again
    assert len(documents("orders")) == 4


@pytest.mark.threat(9, 10)
def test_a_key_belongs_to_one_plan_and_property(yarda: Cloud) -> None:
    ada = open_account()
    first = opened(ada, key="k1", plan="per-property", property="a")

    assert opened(ada, key="k1", plan="per-property", property="a") == first
    others = [
        {"plan": "per-property", "property": "b"},
        {"plan": "seven-day-pass"},
        {"package": "ten"},
    ]
    for other in others:
        assert ask(ada, "k1", **other).problem == (409, "idempotency-conflict")
    assert len(documents("orders")) == 1


@pytest.mark.threat(53)
def test_a_double_click_on_a_pass_opens_one_page(yarda: Cloud) -> None:
    ada = open_account()

    answers = concurrently(4, lambda _: ask(ada, plan="seven-day-pass"))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["sessionId"] for answer in answers}) == len(documents("orders")) == 1


@pytest.mark.threat(105)
def test_plans_and_packages_share_the_hour(yarda: Cloud) -> None:
    ada = open_account()
    for number in range(9):
        opened(ada, plan="per-property", property=f"house-{number}")
    opened(ada, package="ten")

    assert ask(ada, plan="seven-day-pass").problem == (429, "too-many-requests")


def test_a_claim_of_an_older_version_is_nobodys_any_more(yarda: Cloud) -> None:
    ada = open_account()
    old = {"order": "r0", "key": "k0", "attempt": 0, "package": "ten", "tokens": 10, "amount": 990, "currency": "usd"}
    store().document(f"checkouts/{ada.user_id}").set({"claims": [old], "claimedAt": []}, **STORE)

    sold = opened(ada, package="ten")

    assert order_of(sold)["order"] != "r0"
    [claim] = (document(f"checkouts/{ada.user_id}") or {})["claims"]
    assert claim["item"] == "ten"


# Refusals


@pytest.mark.parametrize(
    ("body", "problem", "names"),
    [
        ({"package": "ten", "plan": "seven-day-pass"}, "invalid-request", "plan"),
        ({}, "invalid-request", "package"),
        ({"plan": None, "package": None}, "invalid-request", "package"),
        ({"plan": "gigantic"}, "plan-unavailable", "plan"),
        ({"plan": "ten"}, "plan-unavailable", "plan"),
        ({"package": "seven-day-pass"}, "invalid-request", "package"),
        ({"plan": ""}, "invalid-request", "plan"),
        ({"plan": 1}, "invalid-request", "plan"),
        ({"plan": "per-property"}, "invalid-request", "property"),
        ({"plan": "per-property", "property": ""}, "invalid-request", "property"),
        ({"plan": "per-property", "property": "a b"}, "invalid-request", "property"),
        ({"plan": "per-property", "property": "a_b"}, "invalid-request", "property"),
        ({"plan": "per-property", "property": "a\n"}, "invalid-request", "property"),
        ({"plan": "per-property", "property": "a" * 65}, "invalid-request", "property"),
        ({"plan": "per-property", "property": 7}, "invalid-request", "property"),
        ({"plan": "seven-day-pass", "property": "a"}, "invalid-request", "property"),
        ({"plan": "monthly-pro", "property": "a"}, "invalid-request", "property"),
        ({"package": "ten", "property": "a"}, "invalid-request", "property"),
        ({"property": "a"}, "invalid-request", "package"),
        ({"plan": "seven-day-pass", "price": 1}, "invalid-request", "price"),
    ],
    ids=str,
)
def test_what_is_not_for_sale_like_that_is_refused_with_the_name_of_the_field(
    yarda: Cloud, body: dict[str, object], problem: str, names: str
) -> None:
    ada = open_account()

    with ledger_kit.nothing_moves():
        answer = ask(ada, **body)

    assert answer.problem == (422, problem)
    assert [error["field"] for error in answer.body["errors"]] == [names]
    assert documents("orders") == documents("checkouts") == documents("checkoutKeys") == {}


LIVING = {
    "id": "sub_1",
    "plan": "monthly-pro",
    "tier": "monthly_pro",
    "until": None,
    "actionUrl": None,
    "unlimitedPerDay": 50,
    "features": ["landscape"],
    "grantsAccess": False,
}


@pytest.mark.parametrize("status", ["active", "past_due"])
def test_a_second_subscription_beside_one_that_lives_is_refused(yarda: Cloud, status: str) -> None:
    ada = open_account()
    write(f"users/{ada.user_id}", subscription={**LIVING, "status": status})

    with ledger_kit.nothing_moves():
        assert ask(ada, plan="monthly-pro").problem == (409, "already-subscribed")
    assert documents("orders") == documents("checkouts") == {}
    assert ask(ada, plan="seven-day-pass").status == ask(ada, package="ten").status == 200


def test_a_fifty_first_pass_is_not_sold_while_fifty_are_held_or_offered(yarda: Cloud) -> None:
    ada = open_account()
    opened(ada, plan="per-property", property="offered")
    held = {"plan": "per-property", "until": ledger_kit.NEW_YEAR.replace(year=2099), "unlimitedPerDay": 50}
    ended = {**held, "until": ledger_kit.NEW_YEAR.replace(year=2020)}
    passes = {f"per-property:{number}": {**held, "features": []} for number in range(49)}
    write(f"users/{ada.user_id}", passes={**passes, "per-property:old": {**ended, "features": []}})

    with ledger_kit.nothing_moves():
        refused = ask(ada, plan="per-property", property="one-more")

    assert refused.problem == (422, "invalid-request")
    assert ask(ada, plan="per-property", property="offered").status == 200
    assert ask(ada, plan="per-property", property="7").status == 200
    assert field(f"users/{ada.user_id}", "passes").keys() > passes.keys()
