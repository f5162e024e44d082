"""Needs the Firestore emulator and the local Stripe. One customer a user, whatever Stripe saved, lost or deleted."""

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe
from google.cloud import firestore

from shared.billing import customers, stripe_client, stripe_customers
from shared.billing.customers import Customer
from shared.cloud.clients import store
from shared.ledger.tip import Tip
from shared.money import payments
from tests.support import api, ledger_kit
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, document, documents, field, open_account
from tests.support.concurrently import concurrently
from tests.support.people import Person
from tests.support.wire import wired

STRIPE_KEY = {"Authorization": "Bearer sk_test_local"}


def buy(person: Person, package: str = "starter", key: str | None = None) -> api.Answer:
    return api.post("create_checkout", {"package": package}, by=person, key=key or api.new_key())


def customers_of(cloud: Cloud, person: Person) -> list[dict[str, Any]]:
    listed = cloud.stripe_get("customers?limit=100")["data"]
    return [customer for customer in listed if customer["metadata"].get("userId") == person.user_id]


def stored(person: Person) -> Customer:
    return customers.stored(ledger_kit.fields(person))


def delete_customer(cloud: Cloud, customer_id: str) -> None:
    url = f"{cloud.stripe.url}/v1/customers/{customer_id}"
    assert httpx.delete(url, headers=STRIPE_KEY, timeout=TIMEOUT_SECONDS).json()["deleted"] is True


def calls_of(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[object, ...]]:
    """The arguments of each call of the function of stripe_customers.py from now on."""
    calls, act = [], getattr(stripe_customers, name)

    def counted(*given: object) -> object:
        calls.append(given)
        return act(*given)

    monkeypatch.setattr(stripe_customers, name, counted)
    return calls


# While the wallet moves


@pytest.mark.threat(97)
def test_who_receives_tips_all_the_time_checks_out_for_the_first_time(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    fans = ledger_kit.account(bonus=10_000)
    made = calls_of(monkeypatch, "create_customer")
    done = threading.Event()
    creators = [open_account() for _ in range(6)]

    def tip_everybody() -> None:
        number = 0
        while not done.is_set():
            number += 1
            for creator in creators:
                tip = Tip(f"tip_k{number}_{creator.user_id}", fans.user_id, creator.user_id, 1, "phoenix@1", "f")
                payments.pay(tip)

    tipping = threading.Thread(target=tip_everybody)
    tipping.start()
    try:
        answers = [buy(creator) for creator in creators]
    finally:
        done.set()
        tipping.join()

    assert [answer.status for answer in answers] == [200] * 6
    assert len(made) == 6
    for creator in creators:
        assert [customer["id"] for customer in customers_of(cloud, creator)] == [stored(creator).id]


def moving(person: Person, times: int) -> Callable[[str, Any], None]:
    """Somebody tips the person just before each of the next ``times`` commits that store a customer."""
    left = [times]

    def tip(method: str, request: Any) -> None:
        stores = method == "Commit" and any(
            "stripeCustomerId" in write.update_mask.field_paths for write in request.writes
        )
        if stores and left[0] and not request.transaction:
            left[0] -= 1
            store().document(f"users/{person.user_id}").update({"tokenBalance": firestore.Increment(0), "n": left[0]})

    return tip


@pytest.mark.threat(97)
@pytest.mark.parametrize("times", [1, 15, 10_000])
def test_a_customer_is_stored_however_often_the_wallet_moves_meanwhile(cloud: Cloud, times: int) -> None:
    ada = open_account()

    with wired(before=moving(ada, times)):
        now = customers.store(ada.user_id, Customer(), Customer("cus_1", 0))

    assert now == stored(ada) == Customer("cus_1", 0)


def test_the_customer_that_was_stored_first_stays(cloud: Cloud) -> None:
    ada = open_account()
    customers.store(ada.user_id, Customer(), Customer("cus_1"))

    assert customers.store(ada.user_id, Customer(), Customer("cus_2")) == Customer("cus_1")
    assert stored(ada) == Customer("cus_1")


@pytest.mark.threat(97)
def test_a_customer_that_somebody_stores_between_the_look_and_the_commit_stays(cloud: Cloud) -> None:
    ada = open_account()
    left = [1]

    def be_faster(method: str, _request: Any) -> None:
        if method == "Commit" and left:
            left.pop()
            store().document(f"users/{ada.user_id}").update({"stripeCustomerId": "cus_faster"})

    with wired(before=be_faster):
        now = customers.store(ada.user_id, Customer(), Customer("cus_slower"))

    assert now == stored(ada) == Customer("cus_faster")


def test_nothing_but_the_customer_changes(cloud: Cloud) -> None:
    ada = open_account(60)
    before = document(f"users/{ada.user_id}")

    assert buy(ada).status == 200

    assert document(f"users/{ada.user_id}") == {**(before or {}), "stripeCustomerId": stored(ada).id}


# What Stripe knows of them


def test_a_customer_is_found_at_stripe_by_the_verified_address_and_by_the_uid(cloud: Cloud) -> None:
    ada = Person(claims={"email": "ada.l@example.com"})
    ledger_kit.account(bonus=10, person=ada)
    buy(ada)

    [customer] = customers_of(cloud, ada)

    assert customer["email"] == "ada.l@example.com"
    assert customer["metadata"] == {"app": "guilder", "userId": ada.user_id, "firebaseUID": ada.user_id}


@pytest.mark.parametrize("email", [None, "", "no address", 7])
def test_an_address_that_stripe_does_not_take_keeps_nobody_from_buying(cloud: Cloud, email: object) -> None:
    ada = Person(claims={"email": email})
    ledger_kit.account(bonus=10, person=ada)

    assert buy(ada).status == 200
    [customer] = customers_of(cloud, ada)
    assert customer["email"] is None
    assert customer["metadata"]["firebaseUID"] == ada.user_id


# An error that Stripe saved


@pytest.mark.threat(101)
@pytest.mark.parametrize("done", [False, True])
def test_a_saved_error_under_the_customers_key_locks_nobody_out(cloud: Cloud, done: bool) -> None:
    ada = open_account()
    cloud.stripe.fail_next(done=done)

    answer = buy(ada, key="k1")

    assert answer.status == 200
    assert stored(ada) == Customer(customers_of(cloud, ada)[0]["id"], attempt=1)
    assert len(customers_of(cloud, ada)) == 1  # the search finds the one that was made all the same


@pytest.mark.threat(101)
@pytest.mark.parametrize("done", [False, True])
def test_a_saved_error_under_the_sessions_key_locks_nobody_out(cloud: Cloud, done: bool) -> None:
    ada = open_account()
    buy(ada, "pro")  # so that there is a customer
    cloud.stripe.fail_next(done=done)

    answers = [buy(ada, key="k1") for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert len(documents("orders")) == 2


@pytest.mark.threat(101)
def test_every_failure_has_its_attempt_and_the_one_that_works_is_remembered(cloud: Cloud) -> None:
    ada = open_account()
    buy(ada, "pro")
    cloud.stripe.fail_next(2)

    assert buy(ada, key="k1").problem == (503, "unavailable")
    first = buy(ada, key="k1")
    assert (first.status, buy(ada, key="k1").body, buy(ada, key="k2").body) == (200, first.body, first.body)
    claims = (document(f"checkouts/{ada.user_id}") or {})["claims"]
    assert [claim["attempt"] for claim in claims if claim["item"] == "starter"] == [2]


@pytest.mark.threat(101)
def test_an_attempt_is_stored_before_its_key_is_used(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = open_account()
    cloud.stripe.fail_next(1)
    seen: list[tuple[int, int]] = []
    create = stripe_customers.create_customer

    def watched(user_id: str, attempt: int) -> str:
        seen.append((attempt, stored(ada).attempt))
        return create(user_id, attempt)

    monkeypatch.setattr(stripe_customers, "create_customer", watched)

    assert buy(ada).status == 200
    assert seen == [(0, 0), (1, 1)]


def test_a_first_checkout_does_not_search(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = calls_of(monkeypatch, "find_customer")

    assert buy(open_account()).status == 200
    assert searched == []


@pytest.mark.parametrize(
    ("status", "headers", "saved"),
    [
        (500, {}, True),
        (503, {"Idempotent-Replayed": "true"}, True),
        (502, {}, False),
        (503, {}, False),
        (400, {"Idempotent-Replayed": "true"}, False),
        (None, None, False),
    ],
)
def test_what_a_gateway_answers_is_not_saved(status: int | None, headers: dict[str, str] | None, saved: bool) -> None:
    error = stripe.APIError("a test", http_status=status, headers=headers)

    assert stripe_client._is_saved(error) is saved


def test_a_key_that_came_with_other_parameters_before_is_not_used_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a deployment that leads back to another page, with a session under way."""
    ada = open_account()
    name = f"checkout_k1_{ada.user_id}"
    stripe_client.client().v1.customers.create({"description": "another"}, {"idempotency_key": f"guilder-{name}"})

    assert buy(ada, key="k1").status == 200


@pytest.mark.parametrize(
    ("name", "attempt", "key"),
    [
        ("customer-ada", 0, "guilder-customer-ada"),
        ("checkout_k1_ada", 0, "guilder-checkout_k1_ada"),
        ("customer-ada", 3, "guilder-3-customer-ada"),
        ("customer-é", 0, "guilder-sha256-"),
        ("customer-ada ", 1, "guilder-1-sha256-"),
    ],
)
def test_a_key_says_what_is_made_for_whom_and_in_which_attempt(name: str, attempt: int, key: str) -> None:
    made = stripe_client._key(name, attempt)

    assert made == key or (made.startswith(key) and len(made) == len(key) + 64)


# A customer that is gone


@pytest.mark.threat(102)
def test_for_a_customer_that_was_deleted_at_stripe_there_is_a_new_one_once(cloud: Cloud) -> None:
    ada = open_account()
    buy(ada)
    old = field(f"users/{ada.user_id}", "stripeCustomerId")
    delete_customer(cloud, old)

    answers = [buy(ada, package) for package in ("popular", "pro", "creator")]

    assert [answer.status for answer in answers] == [200] * 3
    [new] = customers_of(cloud, ada)
    assert new["id"] != old
    assert stored(ada) == Customer(new["id"], attempt=1)
    sold = [cloud.stripe_get(f"checkout/sessions/{answer.body['sessionId']}")["customer"] for answer in answers]
    assert sold == [new["id"]] * 3


@pytest.mark.threat(102)
def test_eight_that_find_the_customer_deleted_make_one_new_one(cloud: Cloud) -> None:
    ada = open_account()
    buy(ada)
    delete_customer(cloud, field(f"users/{ada.user_id}", "stripeCustomerId"))

    answers = concurrently(8, lambda number: buy(ada, ("popular", "pro", "creator")[number % 3]))

    assert {answer.status for answer in answers} <= {200, 503}
    assert all(buy(ada, package).status == 200 for package in ("popular", "pro", "creator"))
    assert [customer["id"] for customer in customers_of(cloud, ada)] == [stored(ada).id]


@pytest.mark.threat(102)
def test_a_search_that_still_knows_a_deleted_customer_is_not_believed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    monkeypatch.setattr(stripe_customers, "find_customer", lambda _user_id: "cus_gone")

    known = customers.of_account(ada.user_id, stored(ada), "")
    customers.forget(ada.user_id, known)
    delete_customer(cloud, known.id)
    again = customers.of_account(ada.user_id, stored(ada), "")

    assert again.id not in ("cus_gone", known.id)
    assert stored(ada) == Customer(again.id, attempt=1)
