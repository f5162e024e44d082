"""Needs the Firestore emulator and the local Stripe."""

from typing import Any

import pytest

from shared.billing import stripe_client
from shared.economy import chosen
from tests.support import api, ledger_kit
from tests.support.api import Answer
from tests.support.cloud_kit import PAYS, Cloud, ago, deliver, document, documents, field, open_account, write
from tests.support.concurrently import concurrently
from tests.support.people import Person
from tests.support.reload_kit import DIES, TERMS, deliver_events, opened_page, reloading, set_to, state

COMPLETED = "checkout.session.completed"


def pages(cloud: Cloud) -> list[dict[str, Any]]:
    """The sessions at Stripe on which a card can be saved."""
    return [each for each in cloud.stripe_get("checkout/sessions?limit=100")["data"] if each["mode"] == "setup"]


def default_card(cloud: Cloud, person: Person) -> Any:
    customer = field(f"users/{person.user_id}", "stripeCustomerId")
    return cloud.stripe_get(f"customers/{customer}")["invoice_settings"]["default_payment_method"]


# -- the first card ----------------------------------------------------------------------------------------------------


def test_without_a_card_the_answer_shows_what_will_be_and_the_wallet_stays_as_it_is(cloud: Cloud) -> None:
    ada = open_account()

    answer = set_to(ada, **TERMS)

    [page] = pages(cloud)
    assert answer.status == 200
    assert answer.body == {
        "enabled": True,
        **TERMS,
        "paused": None,
        "inFlight": None,
        "setupUrl": page["url"],
    }
    assert state(ada)["enabled"] is False
    assert "package" not in state(ada)
    assert (page["currency"], page["customer"]) == ("usd", field(f"users/{ada.user_id}", "stripeCustomerId"))
    assert page["metadata"] == {"app": "guilder", "userId": ada.user_id, "for": "auto-reload"}


def test_the_card_that_is_saved_becomes_the_default_and_the_settings_take_effect(cloud: Cloud) -> None:
    ada = open_account()
    assert cloud.pay(opened_page(ada), PAYS) == 303

    deliver_events(cloud, COMPLETED)

    now = state(ada)
    assert {name: now[name] for name in ("enabled", *TERMS)} == {"enabled": True, **TERMS}
    assert now["card"] == {"brand": "visa", "last4": "4242"}
    assert now["paymentMethod"] == default_card(cloud, ada)
    assert "setup" not in now
    owned = cloud.stripe_get(f"payment_methods/{now['paymentMethod']}")["metadata"]
    assert owned == {"app": "guilder", "userId": ada.user_id}
    assert api.get("get_wallet", by=ada).body["autoReload"] == {
        "enabled": True,
        **TERMS,
        "spentThisMonth": 0,
        "failures": 0,
        "lastAt": None,
        "paused": None,
        "actionUrl": None,
        "inFlight": None,
        "card": {"brand": "visa", "last4": "4242"},
    }
    again = set_to(ada, **TERMS).body
    assert (again["enabled"], again["setupUrl"]) == (True, None)
    assert documents("orders") == {}


def test_a_page_that_is_done_takes_effect_once_whatever_is_said_of_it_later(cloud: Cloud) -> None:
    ada = open_account()
    assert cloud.pay(opened_page(ada)) == 303
    [completed] = deliver_events(cloud, COMPLETED)
    assert set_to(ada, threshold=50).status == 200
    assert deliver(completed).status == 200
    assert deliver({**completed, "id": "evt_again"}).status == 200
    assert state(ada)["threshold"] == 50

    assert set_to(ada, enabled=False).status == 200
    assert deliver({**completed, "id": "evt_late"}).status == 200

    assert state(ada)["enabled"] is False


def test_no_page_turns_on_what_was_turned_off_since(cloud: Cloud) -> None:
    ada = open_account()
    url = opened_page(ada)
    assert set_to(ada, enabled=False).body["enabled"] is False
    assert cloud.pay(url) == 303

    deliver_events(cloud, COMPLETED)

    assert state(ada)["enabled"] is False
    answer = set_to(ada, **TERMS)
    assert (answer.body["enabled"], answer.body["setupUrl"]) == (True, None)  # its card is saved all the same


def test_the_newest_terms_take_effect_and_there_is_one_page(cloud: Cloud) -> None:
    ada = open_account()
    urls = {opened_page(ada), opened_page(ada, threshold=5), opened_page(ada, threshold=7, package="popular")}
    [url] = urls
    assert cloud.pay(url) == 303

    deliver_events(cloud, COMPLETED)

    assert (state(ada)["threshold"], state(ada)["package"]) == (7, "popular")
    assert len(pages(cloud)) == 1


def test_two_at_once_are_given_one_page(cloud: Cloud) -> None:
    ada = open_account()

    answers = concurrently(4, lambda _: set_to(ada, **TERMS))

    assert [answer.status for answer in answers] == [200] * 4
    [url] = {answer.body["setupUrl"] for answer in answers}
    assert cloud.pay(url) == 303
    deliver_events(cloud, COMPLETED)
    assert state(ada)["enabled"] is True


def test_asking_again_finds_the_card_that_no_webhook_told_of(cloud: Cloud) -> None:
    ada = open_account()
    assert cloud.pay(opened_page(ada)) == 303

    answer = set_to(ada, **TERMS)

    assert (answer.body["enabled"], answer.body["setupUrl"]) == (True, None)
    assert state(ada)["paymentMethod"] == default_card(cloud, ada)
    deliver_events(cloud, COMPLETED)
    assert len(pages(cloud)) == 1


def test_what_waits_for_the_card_need_not_be_said_again(cloud: Cloud) -> None:
    ada = open_account()
    url = opened_page(ada, threshold=7)
    assert set_to(ada).body["setupUrl"] == url
    assert cloud.pay(url) == 303

    answer = set_to(ada)

    assert (answer.body["enabled"], answer.body["setupUrl"]) == (True, None)
    assert (state(ada)["threshold"], state(ada)["package"]) == (7, TERMS["package"])


def test_a_page_that_has_expired_is_followed_by_another(cloud: Cloud) -> None:
    ada = open_account()
    first = opened_page(ada)
    cloud.expire(pages(cloud)[0]["id"])
    deliver_events(cloud, "checkout.session.expired")

    second = opened_page(ada)

    assert second != first
    write(f"users/{ada.user_id}", **{"autoReload.setup.expiresAt": ago(minutes=-20)})
    assert opened_page(ada) not in (first, second)


def test_a_card_that_is_the_default_already_is_used(cloud: Cloud) -> None:
    ada = open_account()
    opened_page(ada)
    customer = field(f"users/{ada.user_id}", "stripeCustomerId")
    saved = cloud.stripe_post("payment_methods/pm_card_visa/attach", customer=customer)["id"]
    cloud.stripe_post(f"customers/{customer}", **{"invoice_settings[default_payment_method]": saved})

    assert set_to(ada, **TERMS).body["setupUrl"] is None
    assert state(ada)["paymentMethod"] == saved


def test_a_customer_that_stripe_has_forgotten_is_made_anew(cloud: Cloud) -> None:
    ada = open_account()
    opened_page(ada)
    stripe_client.client().v1.customers.delete(field(f"users/{ada.user_id}", "stripeCustomerId"))
    write(f"users/{ada.user_id}", **{"autoReload.setup.expiresAt": ago(hours=1)})

    assert set_to(ada, **TERMS).status == 503
    assert set_to(ada, **TERMS).body["setupUrl"] is not None


# -- on and off --------------------------------------------------------------------------------------------------------


def test_what_is_not_mentioned_stays_and_spending_is_not_reset(cloud: Cloud) -> None:
    ada = reloading(cloud).person
    write(f"users/{ada.user_id}", **{"autoReload.spent": 998, "autoReload.month": 202611, "autoReload.seq": 2})

    answer = set_to(ada, monthlyCap=500)

    assert (answer.body["threshold"], answer.body["package"], answer.body["monthlyCap"]) == (20, "starter", 500)
    assert (state(ada)["spent"], state(ada)["seq"], state(ada)["monthlyCap"]) == (998, 2, 500)


@pytest.mark.parametrize("paused", ["declined", "authentication", "disputed"])
def test_turning_it_on_lifts_a_pause(cloud: Cloud, paused: str) -> None:
    ada = reloading(cloud).person
    changes = {"autoReload.paused": paused, "autoReload.failures": 3, "autoReload.actionUrl": "https://pay.example"}
    write(f"users/{ada.user_id}", **changes)

    assert set_to(ada, enabled=True).body["paused"] is None

    now = state(ada)
    assert (now["failures"], now.get("paused"), now.get("actionUrl")) == (0, None, None)


@pytest.mark.parametrize(
    "wallet",
    [
        {"frozen": {"operator": ledger_kit.NEW_YEAR}},
        {"debt": 30},
        {"tokenBalance": 3},
        {"autoReload.inFlight": "reload_x_1"},
    ],
)
def test_turning_it_off_needs_nothing_else(cloud: Cloud, wallet: dict[str, Any]) -> None:
    ada = reloading(cloud).person
    write(f"users/{ada.user_id}", **wallet)

    answers = [set_to(Person(ada.user_id, email_verified=False), enabled=False) for _ in range(2)]

    for answer in answers:
        assert answer.status == 200
        assert (answer.body["enabled"], answer.body["inFlight"]) == (False, wallet.get("autoReload.inFlight"))
    assert state(ada)["enabled"] is False


def test_turning_off_what_never_was_on_writes_nothing(cloud: Cloud) -> None:
    ada = open_account()

    answer = set_to(ada, enabled=False)

    assert answer.body == {
        "enabled": False,
        "threshold": None,
        "package": None,
        "monthlyCap": None,
        "paused": None,
        "inFlight": None,
        "setupUrl": None,
    }
    assert state(ada) == {}


# -- a card that is taken back -----------------------------------------------------------------------------------------


def test_a_card_that_is_detached_turns_it_off(cloud: Cloud) -> None:
    ada = reloading(cloud).person
    cloud.stripe_post(f"payment_methods/{state(ada)['paymentMethod']}/detach")

    [detached] = deliver_events(cloud, "payment_method.detached")

    assert state(ada)["enabled"] is False
    assert "paymentMethod" not in state(ada)
    assert set_to(ada, enabled=True).body["setupUrl"] is not None
    assert deliver({**detached, "id": "evt_again"}).status == 200


def test_a_detached_card_that_was_replaced_before_or_is_another_apps_turns_nothing_off(cloud: Cloud) -> None:
    ada = reloading(cloud).person
    customer = field(f"users/{ada.user_id}", "stripeCustomerId")
    own = {"metadata[app]": "guilder", "metadata[userId]": ada.user_id}
    for metadata in (own, {"metadata[app]": "other", "metadata[userId]": ada.user_id}, {}):
        other = cloud.stripe_post("payment_methods/pm_card_visa/attach", customer=customer)["id"]
        cloud.stripe_post(f"payment_methods/{other}", **metadata)
        cloud.stripe_post(f"payment_methods/{other}/detach")

    assert len(deliver_events(cloud, "payment_method.detached")) == 3

    assert state(ada)["enabled"] is True


def test_an_event_is_no_proof_that_a_card_is_detached(cloud: Cloud) -> None:
    ada = reloading(cloud).person
    method = cloud.stripe_get(f"payment_methods/{state(ada)['paymentMethod']}")
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_method.detached",
        "livemode": False,
        "data": {"object": {**method, "customer": None}},
    }

    assert deliver(event).status == 200

    assert state(ada)["enabled"] is True


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        ({"threshold": 0}, "threshold"),
        ({"threshold": 101}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"threshold": "5"}, "threshold"),
        ({"threshold": 5.0}, "threshold"),
        ({"threshold": None}, "threshold"),
        ({"package": "none"}, "package"),
        ({"package": ""}, "package"),
        ({"package": None}, "package"),
        ({"monthlyCap": True}, "monthlyCap"),
        ({"monthlyCap": "5"}, "monthlyCap"),
        ({"monthlyCap": 5.0}, "monthlyCap"),
        ({"monthlyCap": 0}, "monthlyCap"),
        ({"monthlyCap": 498}, "monthlyCap"),
        ({"monthlyCap": 10_000_001}, "monthlyCap"),
        ({"monthlyCap": 2**53}, "monthlyCap"),
        ({"monthlyCap": None}, "monthlyCap"),
        ({"enabled": "true"}, "enabled"),
        ({"enabled": 1}, "enabled"),
        ({"paymentMethod": "pm_1"}, "paymentMethod"),
    ],
)
def test_terms_that_are_missing_or_out_of_bounds_are_refused_and_nothing_moves(
    cloud: Cloud, terms: dict[str, object], named: str
) -> None:
    ada = open_account()
    before = document(f"users/{ada.user_id}")

    answer = api.post("set_auto_reload", {"enabled": True, **TERMS, **terms}, by=ada)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [named]
    assert document(f"users/{ada.user_id}") == before
    assert cloud.stripe_get("customers?limit=1")["data"] == []


def refused(cloud: Cloud, person: Person | None, answer: Answer, status: int, slug: str) -> None:
    assert answer.problem == (status, slug)
    assert cloud.stripe_get("customers?limit=1")["data"] == []
    assert person is None or state(person) == {}


def test_who_may_not_turn_it_on_is_refused_and_nothing_moves(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, unverified = open_account(), Person(email_verified=False)
    assert api.post("open_account", by=unverified).status == 200

    refused(cloud, None, set_to(None, **TERMS), 401, "unauthenticated")
    refused(cloud, None, set_to(Person(provider="anonymous"), **TERMS), 403, "anonymous-not-allowed")
    refused(cloud, unverified, set_to(unverified, **TERMS), 403, "email-not-verified")
    refused(cloud, None, set_to(Person(), **TERMS), 404, "no-such-account")
    refused(cloud, None, set_to(Person(), enabled=False), 404, "no-such-account")
    write(f"users/{ada.user_id}", frozen={"audit": ledger_kit.NEW_YEAR})
    refused(cloud, ada, set_to(ada, **TERMS), 403, "wallet-frozen")
    write(f"users/{ada.user_id}", frozen={}, debt=5)
    assert set_to(ada, **TERMS).status == 200  # it may buy: that is how a debt ends


def test_an_economy_without_auto_reload_has_none(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = open_account()
    none = chosen.economy().model_copy(update={"auto_reload": None})
    monkeypatch.setattr("shared.billing.reload_settings.economy", lambda: none)

    refused(cloud, ada, set_to(ada, **TERMS), 403, "forbidden")


def test_a_card_that_dies_can_be_saved_all_the_same(cloud: Cloud) -> None:
    ada = reloading(cloud, DIES).person

    assert state(ada)["card"] == {"brand": "visa", "last4": "0341"}


@pytest.mark.parametrize(
    "malformed",
    [
        "on",
        {"enabled": "yes"},
        {"enabled": True, "package": "starter"},
        {"enabled": True, "spent": 1.5},
        {"enabled": True, "seq": True},
        {"enabled": True, "paused": "tired"},
        {"enabled": True, "paymentMethod": "pm_1"},
        {"enabled": True, "setup": {"session": 5}},
    ],
)
def test_a_wallet_whose_auto_reload_makes_no_sense_pays_nothing(cloud: Cloud, malformed: object) -> None:
    ada = open_account()
    write(f"users/{ada.user_id}", autoReload=malformed)

    for answer in (set_to(ada, **TERMS), set_to(ada, enabled=False), api.get("get_wallet", by=ada)):
        assert answer.problem == (503, "wallet-inconsistent")
