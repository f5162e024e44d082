"""Needs the Firestore emulator and the local Stripe. Stripe's portal: what it offers, and who has one."""

from typing import Any

import pytest

from local.parts import forget_clients
from shared.billing import offers, stripe_client
from shared.config import settings
from tests.support import api, ledger_kit
from tests.support.cloud_kit import PORTAL_RETURN_URL, Cloud, checkout, document, documents, field, open_account, write
from tests.support.people import Person
from tests.support.target import Target


def open_portal(person: Person | None, body: object = None) -> api.Answer:
    return api.post("open_portal", body, by=person)


def buyer() -> Person:
    """Somebody who was offered something, and so is a customer."""
    ada = open_account()
    checkout(ada)
    return ada


def configurations(cloud: Cloud) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.stripe_get("billing_portal/configurations?limit=100")["data"]
    return found


def test_a_customer_gets_a_page_that_leads_back_to_the_shop(cloud: Cloud) -> None:
    ada = buyer()

    with ledger_kit.nothing_moves():
        first, second = open_portal(ada), open_portal(ada)

    assert (first.status, second.status) == (200, 200)
    assert set(first.body) == {"url"}
    assert first.body["url"] != second.body["url"]
    assert first.body["url"].startswith(cloud.stripe.url)


def test_the_portal_is_configured_once_for_what_the_plans_need(cloud: Cloud) -> None:
    ada = buyer()
    for _ in range(2):
        assert open_portal(ada).status == 200

    [configuration] = configurations(cloud)

    features = configuration["features"]
    assert configuration["metadata"]["app"] == "guilder"
    assert features["invoice_history"]["enabled"] is True
    assert features["payment_method_update"]["enabled"] is True
    assert (features["subscription_cancel"]["enabled"], features["subscription_cancel"]["mode"]) == (
        True,
        "at_period_end",
    )
    switching = features["subscription_update"]
    assert (switching["enabled"], switching["proration_behavior"]) == (True, "always_invoice")
    assert switching["default_allowed_updates"] == ["price"]
    assert [one["type"] for one in switching["schedule_at_period_end"]["conditions"]] == [
        "decreasing_item_amount",
        "shortening_interval",
    ]
    assert [each["product"] for each in switching["products"]] == [
        "guilder-phoenix-plus",
        "guilder-phoenix-studio",
        "guilder-phoenix-atelier",
    ]


def test_every_price_that_can_be_switched_to_has_its_offer_on_record(cloud: Cloud) -> None:
    open_portal(buyer())

    [configuration] = configurations(cloud)
    products = configuration["features"]["subscription_update"]["products"]
    found = offers.get_all([price for product in products for price in product["prices"]])
    assert [offer.plan for offer in found.values()] == ["plus", "studio", "atelier"]


def test_another_catalogue_has_a_configuration_of_its_own(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = buyer()
    open_portal(ada)
    monkeypatch.setenv("ECONOMY", "yarda")
    forget_clients()

    open_portal(ada)

    new, _ = configurations(cloud)
    assert new["features"]["subscription_update"]["enabled"] is False  # there is one plan
    assert len(documents("offers")) == 4


def test_a_frozen_wallet_and_an_unverified_address_keep_nobody_from_ending_a_plan(cloud: Cloud) -> None:
    ada = buyer()
    write(f"users/{ada.user_id}", frozen="a test", debt=5)

    assert open_portal(Person(ada.user_id, email_verified=False)).status == 200


# Refusals


def test_before_the_first_checkout_there_is_nothing_to_see(cloud: Cloud) -> None:
    ada = open_account()

    with ledger_kit.nothing_moves():
        assert open_portal(ada).problem == (404, "no-customer")
        assert open_portal(Person()).problem == (404, "no-such-account")
    assert configurations(cloud) == []


def test_nobody_and_an_anonymous_user_have_no_portal(cloud: Cloud) -> None:
    ada = buyer()

    assert open_portal(None).problem == (401, "unauthenticated")
    assert open_portal(Person(ada.user_id, provider="anonymous")).problem == (403, "anonymous-not-allowed")


@pytest.mark.threat(55)
@pytest.mark.parametrize("body", [{"returnUrl": "https://evil.example"}, {"customer": "cus_1"}, []])
def test_the_portal_takes_nothing(cloud: Cloud, body: object) -> None:
    assert open_portal(buyer(), body).problem == (422, "invalid-request")
    assert settings().portal_return_url == PORTAL_RETURN_URL


@pytest.mark.threat(102)
def test_a_customer_that_was_deleted_at_stripe_has_nothing_to_see_and_buys_again(cloud: Cloud) -> None:
    ada = buyer()
    gone = field(f"users/{ada.user_id}", "stripeCustomerId")
    with stripe_client.reached():
        stripe_client.client().v1.customers.delete(gone)

    assert open_portal(ada).problem == (404, "no-customer")

    assert (document(f"users/{ada.user_id}") or {}).get("stripeCustomerId") is None
    checkout(ada, "pro")
    assert open_portal(ada).status == 200


def test_while_stripe_is_down_the_portal_is_unavailable(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = buyer()
    with Target() as gone:
        nowhere = gone.url.rstrip("/")
    monkeypatch.setattr(stripe_client, "NETWORK_RETRIES", 0)
    monkeypatch.setenv("STRIPE_API_BASE", nowhere)
    settings.cache_clear()
    stripe_client._patient.cache_clear()

    assert open_portal(ada).problem == (503, "unavailable")
