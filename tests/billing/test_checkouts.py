"""Needs the Firestore emulator and the local Stripe. Offers that are handed out again, their limit, and their keys."""

import datetime
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared import clock, config
from shared.billing import checkouts, items, orders, stripe_sessions
from shared.billing.items import Wanted
from shared.billing.stripe_sessions import Sale
from shared.economy import chosen
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, balance, checkout, deliver, document, documents, field, lines, open_account
from tests.support.concurrently import concurrently
from tests.support.people import Person

Later = Callable[[float], None]


def buy(person: Person, package: str = "starter", key: str | None = None) -> api.Answer:
    return api.post("create_checkout", {"package": package}, by=person, key=key or api.new_key())


def sessions_of(cloud: Cloud, person: Person) -> list[dict[str, Any]]:
    """The person's sessions at Stripe."""
    listed = cloud.stripe_get("checkout/sessions?limit=100")["data"]
    return [session for session in listed if session["metadata"].get("userId") == person.user_id]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Turns the functions' clock on by so many minutes from now; Stripe's stays."""
    real = clock.now

    def turn(minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: real() + datetime.timedelta(minutes=minutes))

    return turn


# The same offer again


@pytest.mark.threat(53, 105)
def test_an_open_session_is_handed_out_again_whatever_the_key(cloud: Cloud) -> None:
    ada = open_account()

    answers = [buy(ada) for _ in range(5)]

    assert [answer.status for answer in answers] == [200] * 5
    assert {answer.body["sessionId"] for answer in answers} == set(documents("orders"))
    assert len(sessions_of(cloud, ada)) == 1


def test_every_package_and_every_person_has_an_offer_of_its_own(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()

    offered = {checkout(person, package)["url"] for person in (ada, ben) for package in ("starter", "pro")}

    assert len(offered) == 4


@pytest.mark.threat(9, 10)
def test_each_of_its_keys_belongs_to_the_offer_also_when_it_is_paid(cloud: Cloud) -> None:
    ada = open_account()
    keys = ["k1", "k2", "k3"]
    first = [buy(ada, key=key).body for key in keys]
    cloud.pay(first[0]["url"])
    deliver(cloud.event("completed", first[0]["sessionId"]))

    assert [buy(ada, key=key).body for key in keys] == first
    assert [buy(ada, "pro", key).problem for key in keys] == [(409, "idempotency-conflict")] * 3
    assert len(documents("orders")) == 1


@pytest.mark.threat(10)
def test_one_key_for_two_offers_that_are_open_is_one_of_them(cloud: Cloud) -> None:
    ada = open_account()
    packages = ("starter", "pro")
    for package in packages:
        checkout(ada, package)

    for key in ("k1", "k2", "k3"):
        answers = concurrently(2, lambda number, key=key: buy(ada, packages[number], key))  # type: ignore[misc]
        assert sorted(answer.status for answer in answers) == [200, 409]


@pytest.mark.threat(10)
def test_a_key_that_another_offer_takes_between_the_look_and_the_commit_stays_its_own(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    for package in ("starter", "pro"):
        checkout(ada, package)
    look = checkouts._look

    def be_overtaken(*asked: str) -> object:
        seen = look(*asked)
        monkeypatch.setattr(checkouts, "_look", look)
        assert buy(ada, "pro", "k1").status == 200
        return seen

    monkeypatch.setattr(checkouts, "_look", be_overtaken)

    assert buy(ada, "starter", "k1").problem == (409, "idempotency-conflict")


@pytest.mark.threat(105)
def test_a_session_that_was_paid_is_not_handed_out_while_its_webhook_is_on_the_way(cloud: Cloud) -> None:
    ada = open_account()
    paid = checkout(ada)
    cloud.pay(paid["url"])

    assert checkout(ada)["sessionId"] != paid["sessionId"]
    assert field(f"orders/{paid['sessionId']}", "status") == "open"
    deliver(cloud.event("completed", paid["sessionId"]))
    assert lines(ada) == [("signup_bonus", 10), ("purchase", 50)]


def test_a_session_that_expired_is_not_handed_out(cloud: Cloud) -> None:
    ada = open_account()
    expired = checkout(ada)
    cloud.expire(expired["sessionId"])

    assert checkout(ada)["sessionId"] != expired["sessionId"]


@pytest.mark.parametrize(("minutes", "same"), [(23 * 60 + 29, True), (23 * 60 + 31, False), (25 * 60, False)])
def test_a_session_is_handed_out_while_half_an_hour_is_left(
    cloud: Cloud, later: Later, minutes: int, same: bool
) -> None:
    ada = open_account()
    first = checkout(ada)

    later(minutes)

    assert (checkout(ada) == first) is same


@pytest.mark.threat(12)
@pytest.mark.parametrize(
    ("old", "new"), [("tokens = 50", "tokens = 60"), ("amount = 499", "amount = 599"), ('"usd"', '"eur"')]
)
def test_what_costs_something_else_now_is_offered_anew(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    ada = open_account()
    first = checkout(ada, key="k1")
    text = (config.ECONOMIES / "phoenix.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "phoenix.toml").write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(chosen, "ECONOMIES", tmp_path)
    chosen.economy.cache_clear()

    second = checkout(ada)

    assert second["sessionId"] != first["sessionId"]
    price = ("tokens", "amount", "currency")
    assert [field(f"orders/{second['sessionId']}", name) for name in price] != [
        field(f"orders/{first['sessionId']}", name) for name in price
    ]
    assert checkout(ada, key="k1") == first


# At most so many


@pytest.mark.threat(105)
def test_the_eleventh_new_session_of_an_hour_is_refused_whatever_is_bought(cloud: Cloud, later: Later) -> None:
    ada = open_account()
    for package in itertools.islice(itertools.cycle(["starter", "popular", "pro"]), 10):
        cloud.expire(checkout(ada, package)["sessionId"])

    refused = buy(ada, "creator", "k1")

    assert refused.problem == (429, "too-many-requests")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert len(sessions_of(cloud, ada)) == len(documents("orders")) == 10
    later(61)
    assert buy(ada, "creator", "k1").status == 200


def test_at_the_limit_what_is_open_is_still_handed_out_and_retries_are_answered(cloud: Cloud) -> None:
    ada = open_account()
    first = checkout(ada, key="k1")
    cloud.expire(first["sessionId"])
    for _ in range(8):
        cloud.expire(checkout(ada, "pro")["sessionId"])
    open_one = checkout(ada, "pro")
    assert buy(ada).problem == (429, "too-many-requests")

    assert checkout(ada, "pro") == open_one
    assert checkout(ada, key="k1") == first


def test_the_limit_moves_with_the_hour(cloud: Cloud, later: Later) -> None:
    ada = open_account()
    for minute in range(0, 50, 5):
        later(minute)
        cloud.expire(checkout(ada)["sessionId"])
    later(59)
    refused = buy(ada)
    assert 0 < int(refused.headers["Retry-After"]) <= 60

    later(61)
    cloud.expire(checkout(ada)["sessionId"])
    assert buy(ada).problem == (429, "too-many-requests")


@pytest.mark.threat(105)
def test_sixty_checkouts_at_once_are_one_session(cloud: Cloud) -> None:
    ada = open_account()

    answers = concurrently(60, lambda _: buy(ada))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["sessionId"] for answer in answers}) == 1
    assert len(sessions_of(cloud, ada)) == len(documents("orders")) == 1


@pytest.mark.threat(105)
def test_claims_at_once_never_make_more_than_ten_sessions(cloud: Cloud) -> None:
    ada = open_account()
    for _ in range(8):
        cloud.expire(checkout(ada)["sessionId"])

    answers = concurrently(16, lambda number: buy(ada, ("starter", "popular", "pro", "creator")[number % 4]))

    assert {answer.status for answer in answers} == {200, 429}
    assert len({answer.body["sessionId"] for answer in answers if answer.status == 200}) == 2
    assert len(sessions_of(cloud, ada)) == 10


# What somebody else began


def test_a_claim_whose_session_was_never_asked_for_is_finished_by_the_next(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    with monkeypatch.context() as patch:
        patch.setattr(checkouts, "_opened", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            checkouts.place(ada.user_id, "", Wanted("package", "starter"), f"checkout_k1_{ada.user_id}")
    [claim] = (document(f"checkouts/{ada.user_id}") or {})["claims"]

    second = checkout(ada, key="k2")

    assert field(f"orders/{second['sessionId']}", "order") == claim["order"]
    assert checkout(ada, key="k1") == second
    assert len(sessions_of(cloud, ada)) == 1


def test_a_claim_that_came_to_nothing_in_twenty_hours_is_made_anew(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    ada = open_account()
    with monkeypatch.context() as patch:
        patch.setattr(checkouts, "_opened", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            checkouts.place(ada.user_id, "", Wanted("package", "starter"), f"checkout_k1_{ada.user_id}")
    later(20 * 60 + 1)

    first = checkout(ada, key="k1")

    assert checkout(ada, key="k1") == checkout(ada, key="k2") == first
    assert buy(ada, "pro", "k1").problem == (409, "idempotency-conflict")


def test_what_stripe_remembers_under_the_key_from_long_ago_is_no_conflict_of_the_buyers(cloud: Cloud) -> None:
    ada = open_account()
    checkout(ada, "pro")  # makes the customer
    customer = field(f"users/{ada.user_id}", "stripeCustomerId")
    sale = Sale(ada.user_id, customer, items.find(Wanted("package", "starter")), None, "long-ago")
    for attempt in range(2):
        stripe_sessions.create_session(sale, f"checkout_k1_{ada.user_id}", attempt)

    assert buy(ada, key="k1").problem == (503, "unavailable")
    assert buy(ada, key="k1").status == 200


@pytest.mark.threat(9, 43)
def test_an_order_that_is_written_late_does_not_undo_what_was_paid(cloud: Cloud) -> None:
    ada = open_account()
    sold = checkout(ada)
    cloud.pay(sold["url"])
    deliver(cloud.event("completed", sold["sessionId"]))
    before = documents("orders")
    again = stripe_sessions.NewSession(sold["sessionId"], sold["url"], clock.now())
    offer = items.find(Wanted("package", "creator")).offer

    assert orders.create(again, ada.user_id, offer, "r2").status == "paid"
    assert documents("orders") == before


# The reference


def test_session_payment_and_order_carry_one_reference_of_ours(cloud: Cloud) -> None:
    ada = open_account()
    sold = checkout(ada)
    cloud.pay(sold["url"])
    reference = field(f"orders/{sold['sessionId']}", "order")

    session = cloud.stripe_get(f"checkout/sessions/{sold['sessionId']}")
    intent = cloud.stripe_get(f"payment_intents/{session['payment_intent']}")

    expected = {"app": "guilder", "userId": ada.user_id, "package": "starter", "order": reference}
    assert session["metadata"] == intent["metadata"] == expected
    assert len(reference) == 32


@pytest.mark.threat(110)
@pytest.mark.parametrize(
    "user_id", ["é" * 128, "\U0001d518" * 128, "a" * 128, " a ", "a b", "o'neill", "back\\slash", "1-x", "ñ"]
)
def test_whatever_the_uid_its_owner_buys(cloud: Cloud, user_id: str) -> None:
    ada = ledger_kit.account(bonus=10, person=Person(user_id, claims={"email": "ada@example.com"}))

    sold = checkout(ada, key="k" * 64)
    cloud.pay(sold["url"])
    answer = deliver(cloud.event("completed", sold["sessionId"]))

    assert answer.status == 200
    assert balance(ada) == 60
    assert checkout(ada, key="k" * 64) == sold
