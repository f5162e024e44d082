"""Needs the Firestore emulator and the local Stripe."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared import config
from shared.billing import stripe_client
from shared.config import settings
from shared.economy import chosen
from tests.support import api, ledger_kit
from tests.support.cloud_kit import (
    CANCEL_URL,
    SUCCESS_URL,
    TIMEOUT_SECONDS,
    Cloud,
    balance,
    checkout,
    document,
    documents,
    field,
    open_account,
    write,
)
from tests.support.concurrently import concurrently
from tests.support.people import Person
from tests.support.target import Target


def buy(person: Person | None, package: object = "starter", key: str | None = "the-key") -> api.Answer:
    return api.post("create_checkout", {"package": package}, by=person, key=key)


def customers_of(cloud: Cloud, person: Person) -> list[str]:
    """The ids of the person's customers at Stripe."""
    listed = cloud.stripe_get("customers?limit=100")["data"]
    return [customer["id"] for customer in listed if customer["metadata"].get("userId") == person.user_id]


def assert_nothing_was_offered(cloud: Cloud, person: Person) -> None:
    assert documents("orders") == {}
    sessions = cloud.stripe_get("checkout/sessions?limit=100")["data"]
    assert [session for session in sessions if session["client_reference_id"] == person.user_id] == []


def test_the_order_says_what_was_offered_before_anyone_can_pay(cloud: Cloud) -> None:
    ada = open_account()

    session = checkout(ada, "popular")

    order = document(f"orders/{session['sessionId']}")
    assert order is not None
    assert {
        name: order[name] for name in ("userId", "package", "tokens", "amount", "currency", "economy", "status")
    } == {
        "userId": ada.user_id,
        "package": "popular",
        "tokens": 110,
        "amount": 999,
        "currency": "usd",
        "economy": "phoenix@1",
        "status": "open",
    }
    assert httpx.get(session["url"], timeout=TIMEOUT_SECONDS).status_code == 200
    assert balance(ada) == 10


def test_stripe_is_told_the_price_of_the_economy_and_whose_purchase_it_is(cloud: Cloud) -> None:
    ada = open_account()

    session = cloud.stripe_get(f"checkout/sessions/{checkout(ada, 'creator')['sessionId']}")

    assert (session["amount_total"], session["currency"], session["mode"]) == (4999, "usd", "payment")
    assert session["metadata"] == {
        "app": "guilder",
        "userId": ada.user_id,
        "package": "creator",
        "order": field(f"orders/{session['id']}", "order"),
    }
    assert session["client_reference_id"] == ada.user_id


@pytest.mark.threat(55)
def test_stripe_leads_back_to_the_configured_pages_only(cloud: Cloud) -> None:
    ada = open_account()

    session = cloud.stripe_get(f"checkout/sessions/{checkout(ada)['sessionId']}")

    assert (session["success_url"], session["cancel_url"]) == (SUCCESS_URL, CANCEL_URL)


# The same key


@pytest.mark.threat(9, 53)
def test_a_retry_answers_with_the_same_session(cloud: Cloud) -> None:
    ada = open_account()

    first, second = buy(ada), buy(ada)

    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert len(documents("orders")) == 1


@pytest.mark.threat(53)
def test_a_double_click_opens_one_session(cloud: Cloud) -> None:
    ada = open_account()

    answers = concurrently(4, lambda _: buy(ada))

    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.body["sessionId"] for answer in answers}) == 1
    assert len(documents("orders")) == 1


@pytest.mark.threat(10)
def test_the_same_key_for_another_package_is_refused(cloud: Cloud) -> None:
    ada = open_account()
    first = buy(ada, "starter")

    assert buy(ada, "popular").problem == (409, "idempotency-conflict")
    assert list(documents("orders")) == [first.body["sessionId"]]


@pytest.mark.threat(10, 53)
def test_of_two_packages_under_one_key_at_once_one_is_sold(cloud: Cloud) -> None:
    ada = open_account()
    packages = ["starter", "popular"]

    answers = concurrently(2, lambda number: buy(ada, packages[number]))

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len(documents("orders")) == 1


@pytest.mark.threat(11)
def test_the_same_key_of_two_people_opens_two_sessions(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()

    sessions = {buy(ada).body["sessionId"], buy(ben).body["sessionId"]}

    assert len(sessions) == 2


def test_a_retry_is_answered_even_when_the_wallet_was_frozen_since(cloud: Cloud) -> None:
    ada = open_account()
    first = buy(ada)
    write(f"users/{ada.user_id}", frozen="a test")

    assert buy(ada).body == first.body


def test_a_refusal_does_not_use_the_key_up(cloud: Cloud) -> None:
    ada = open_account()
    assert buy(ada, "no-such-package").status == 422

    assert buy(ada, "starter").status == 200


def test_where_the_economy_sells_no_package_none_can_be_bought(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "interiors")
    ada = open_account(6)

    with ledger_kit.nothing_moves():
        answer = buy(ada)

    assert answer.problem == (422, "invalid-request")
    assert answer.body["errors"][0]["field"] == "package"


# One customer


def test_ten_first_checkouts_at_once_make_one_customer(cloud: Cloud) -> None:
    ada = open_account()

    answers = concurrently(10, lambda _: buy(ada, key=api.new_key()))

    assert {answer.status for answer in answers} == {200}
    assert customers_of(cloud, ada) == [field(f"users/{ada.user_id}", "stripeCustomerId")]


def test_a_later_checkout_has_the_same_customer(cloud: Cloud) -> None:
    ada = open_account()

    sold = [checkout(ada, package)["sessionId"] for package in ("starter", "pro")]
    sessions = [cloud.stripe_get(f"checkout/sessions/{session_id}") for session_id in sold]

    assert [session["customer"] for session in sessions] == customers_of(cloud, ada) * 2


# Refusals


def nobody(_: Person) -> None:
    return None


def oneself(person: Person) -> Person:
    return person


def unverified(person: Person) -> Person:
    return Person(person.user_id, email_verified=False)


def anonymous(person: Person) -> Person:
    return Person(person.user_id, provider="anonymous")


def stranger(_: Person) -> Person:
    return Person()


@pytest.mark.threat(12, 31, 55)
@pytest.mark.parametrize(
    ("who", "body", "key", "problem"),
    [
        (nobody, {"package": "starter"}, "k", (401, "unauthenticated")),
        (anonymous, {"package": "starter"}, "k", (403, "anonymous-not-allowed")),
        (unverified, {"package": "starter"}, "k", (403, "email-not-verified")),
        (stranger, {"package": "starter"}, "k", (404, "no-such-account")),
        (oneself, {"package": "starter"}, None, (400, "malformed")),
        (oneself, {"package": "starter"}, "under_score", (400, "malformed")),
        (oneself, {"package": "starter"}, "", (400, "malformed")),
        (oneself, {"package": "starter"}, "k" * 65, (400, "malformed")),
        (oneself, {"package": "gigantic"}, "k", (422, "invalid-request")),
        (oneself, {"package": ""}, "k", (422, "invalid-request")),
        (oneself, {"package": 1}, "k", (422, "invalid-request")),
        (oneself, {"package": None}, "k", (422, "invalid-request")),
        (oneself, {}, "k", (422, "invalid-request")),
        (oneself, [], "k", (422, "invalid-request")),
        (oneself, {"package": "starter", "amount": 1}, "k", (422, "invalid-request")),
        (oneself, {"package": "starter", "tokens": 999}, "k", (422, "invalid-request")),
        (oneself, {"package": "starter", "successUrl": "https://evil.example"}, "k", (422, "invalid-request")),
        (oneself, {"package": "starter", "cancelUrl": "https://evil.example"}, "k", (422, "invalid-request")),
    ],
)
def test_a_refused_checkout_offers_nothing(
    cloud: Cloud, who: Callable[[Person], Person | None], body: object, key: str | None, problem: tuple[int, str]
) -> None:
    ada = open_account()

    assert api.post("create_checkout", body, by=who(ada), key=key).problem == problem
    assert_nothing_was_offered(cloud, ada)
    assert customers_of(cloud, ada) == []


@pytest.mark.threat(8, 30)
def test_a_wallet_that_owes_may_buy(cloud: Cloud) -> None:
    ada = open_account()
    write(f"users/{ada.user_id}", debt=5)

    assert buy(ada).status == 200


@pytest.mark.threat(8, 30)
@pytest.mark.parametrize("state", [{"frozen": "a test"}, {"frozen": "a test", "debt": 5}])
def test_a_frozen_wallet_buys_nothing(cloud: Cloud, state: dict[str, object]) -> None:
    ada = open_account()
    write(f"users/{ada.user_id}", **state)

    assert buy(ada).problem == (403, "wallet-frozen")
    assert_nothing_was_offered(cloud, ada)


@pytest.mark.threat(4)
def test_a_package_that_the_wallet_cannot_hold_is_not_sold(cloud: Cloud) -> None:
    ada = open_account()
    write(f"users/{ada.user_id}", tokenBalance=10**12, funds={"bonus": 10**12, "purchased": 0, "earned": 0})

    assert buy(ada).problem == (422, "invalid-request")
    assert_nothing_was_offered(cloud, ada)


def test_while_stripe_is_down_a_checkout_is_unavailable_and_nothing_is_written(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    with Target() as gone:
        nowhere = gone.url.rstrip("/")
    monkeypatch.setattr(stripe_client, "NETWORK_RETRIES", 0)
    monkeypatch.setenv("STRIPE_API_BASE", nowhere)
    settings.cache_clear()

    answer = buy(ada)

    assert answer.problem == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert_nothing_was_offered(cloud, ada)


# A price that was made at Stripe


def new_price(cloud: Cloud, **fields: object) -> str:
    """The id of a price of 4.99 USD at Stripe, but for ``fields``."""

    def create(what: str, form: dict[str, object]) -> Any:
        url, headers = f"{cloud.stripe.url}/v1/{what}", {"Authorization": "Bearer sk_test_local"}
        answer = httpx.post(url, headers=headers, data=form, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    product = create("products", {"name": "Starter"})
    price: str = create("prices", {"product": product, "unit_amount": 499, "currency": "usd", **fields})
    return price


def sell_at(price: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has ``starter`` name a Stripe price in the economy file."""
    text = (config.ECONOMIES / "phoenix.toml").read_text(encoding="utf-8")
    priced = text.replace('id = "starter"', f'id = "starter"\nstripe_price = {json.dumps(price)}')
    (folder / "phoenix.toml").write_text(priced, encoding="utf-8")
    monkeypatch.setattr(chosen, "ECONOMIES", folder)
    chosen.economy.cache_clear()


def test_a_price_made_at_stripe_is_sold_when_it_costs_what_the_file_says(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, price = open_account(), new_price(cloud)
    sell_at(price, tmp_path, monkeypatch)

    session_id = checkout(ada, "starter")["sessionId"]

    [line] = cloud.stripe_get(f"checkout/sessions/{session_id}/line_items")["data"]
    assert (line["price"]["id"], line["amount_total"], line["quantity"]) == (price, 499, 1)
    assert field(f"orders/{session_id}", "amount") == 499


@pytest.mark.threat(12, 45)
@pytest.mark.parametrize("wrong", [{"unit_amount": 100}, {"currency": "eur"}, {"active": "false"}])
def test_a_price_made_at_stripe_that_differs_from_the_file_is_not_sold(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, object]
) -> None:
    ada = open_account()
    sell_at(new_price(cloud, **wrong), tmp_path, monkeypatch)

    assert buy(ada, "starter").problem == (500, "internal-error")
    assert_nothing_was_offered(cloud, ada)
