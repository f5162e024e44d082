"""Needs nothing but this machine: the local Stripe's pages of what recurs, and its events in an older version."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from local.stripe.server import StripeServer
from tests.support.billing_kit import DAY, HOUR, Shop, period, shop
from tests.support.stripe_kit import ASKS, DIES, IS_DECLINED, PAYS, PAYS_LATER, control, promised


@pytest.fixture(scope="module")
def running() -> Iterator[StripeServer]:
    with StripeServer() as started:
        yield started


@pytest.fixture
def at(running: StripeServer) -> Iterator[Shop]:
    yield shop(running)
    running.clear()


def configuration(at: Shop, **features: Any) -> Any:
    products = [{"product": at.v1.prices.retrieve(price).product, "prices": [price]} for price in (at.basic, at.pro)]
    offered = {
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "products": products,
            "proration_behavior": "always_invoice",
            "schedule_at_period_end": {"conditions": [{"type": "decreasing_item_amount"}]},
        },
        **features,
    }
    return at.v1.billing_portal.configurations.create(
        {"features": offered, "metadata": {"app": "guilder"}, "default_return_url": "http://127.0.0.1/shop"}
    )


def portal(at: Shop, **features: Any) -> Any:
    """A portal session of Ada's."""
    made = configuration(at, **features)
    return at.v1.billing_portal.sessions.create({"customer": at.ada, "configuration": made.id})


def press(session: Any, action: str, **form: str) -> httpx.Response:
    return httpx.post(f"{session.url}/{action}", data=form)


# The portal


def test_a_configuration_is_found_by_its_metadata_and_kept(at: Shop) -> None:
    made = configuration(at)

    found = [each for each in at.v1.billing_portal.configurations.list({"active": True}).data if each.metadata]
    changed = at.v1.billing_portal.configurations.update(made.id, {"features": {"invoice_history": {"enabled": False}}})

    assert [(each.id, each.metadata["app"]) for each in found] == [(made.id, "guilder")]
    assert (changed.features.invoice_history.enabled, changed.features.subscription_cancel.enabled) == (False, True)
    assert changed.features.subscription_update.proration_behavior == "always_invoice"


def test_the_portal_shows_the_plan_the_card_and_the_invoices(at: Shop) -> None:
    at.subscribed()

    page = httpx.get(portal(at).url)

    assert page.status_code == 200
    for text in ("Basic", "$10.00 every month", "Renews on", "Visa ending in 4242", "paid", "Switch to Pro"):
        assert text in page.text
    assert 'href="http://127.0.0.1/shop"' in page.text


def test_a_cancellation_in_the_portal_says_when_and_can_be_taken_back(at: Shop) -> None:
    subscription = at.subscribed()
    session = portal(at)

    assert press(session, "cancel", subscription=subscription.id).status_code == 303
    ending = at.subscription(subscription.id)
    kept_page = httpx.get(session.url).text
    press(session, "keep", subscription=subscription.id)
    kept = at.subscription(subscription.id)
    press(session, "cancel", subscription=subscription.id)
    at.wind_to(period(subscription)[1])

    assert (ending.status, ending.cancel_at_period_end, ending.cancel_at) == ("active", False, period(subscription)[1])
    assert "is not renewed" in kept_page
    assert kept.cancel_at is None
    assert at.subscription(subscription.id).status == "canceled"


def test_an_upgrade_in_the_portal_is_paid_at_once(at: Shop) -> None:
    subscription = at.subscribed()
    at.wind(15 * DAY)

    assert press(portal(at), "switch", subscription=subscription.id, price=at.pro).status_code == 303

    upgraded = at.subscription(subscription.id)
    assert upgraded["items"].data[0].price.id == at.pro
    assert (upgraded.latest_invoice.billing_reason, upgraded.latest_invoice.status) == ("subscription_update", "paid")
    given_back, charged = (line.amount for line in upgraded.latest_invoice.lines.data)
    assert charged == -2 * given_back


def test_a_downgrade_in_the_portal_waits_for_the_end_of_the_period(at: Shop) -> None:
    subscription = at.subscribed(at.pro)
    session = portal(at)

    press(session, "switch", subscription=subscription.id, price=at.basic)

    waiting = at.v1.subscriptions.retrieve(subscription.id, {"expand": ["schedule"]})
    assert waiting["items"].data[0].price.id == at.pro
    assert waiting.schedule.phases[-1]["items"][0].price == at.basic
    assert "Becomes Basic" in httpx.get(session.url).text
    renewed = at.renewed(subscription)
    assert (renewed["items"].data[0].price.id, renewed.schedule) == (at.basic, None)
    assert renewed.latest_invoice.amount_paid == 1000


def test_an_upgrade_that_could_not_be_paid_changes_nothing(at: Shop) -> None:
    subscription = at.subscribed()
    session = portal(at)
    press(session, "card", card=DIES)

    assert press(session, "switch", subscription=subscription.id, price=at.pro).status_code == 402
    assert at.subscription(subscription.id)["items"].data[0].price.id == at.basic


def test_another_card_pays_from_now_on(at: Shop) -> None:
    subscription = at.subscribed()
    session = portal(at)

    assert press(session, "card", card=IS_DECLINED).status_code == 402
    assert press(session, "card", card=PAYS_LATER).status_code == 402
    assert press(session, "card", card=DIES).status_code == 303

    assert "Visa ending in 0341" in httpx.get(session.url).text
    assert at.renewed(subscription).status == "past_due"
    assert "is tried again on" in httpx.get(portal(at).url).text


def test_the_portal_does_what_its_configuration_allows_and_nothing_to_others(at: Shop) -> None:
    subscription = at.subscribed()
    other = at.v1.customers.create({"email": "ben@example.com"}).id
    of_ada = portal(at, subscription_cancel={"enabled": False}, payment_method_update={"enabled": False})
    of_ben = at.v1.billing_portal.sessions.create({"customer": other, "configuration": of_ada.configuration})

    assert press(of_ada, "cancel", subscription=subscription.id).status_code == 403
    assert press(of_ada, "card", card=PAYS).status_code == 403
    assert press(of_ada, "switch", subscription=subscription.id, price="price_other").status_code == 400
    assert press(of_ada, "delete").status_code == 404
    assert press(of_ben, "switch", subscription=subscription.id, price=at.pro).status_code == 400
    assert "There is no subscription" in httpx.get(of_ben.url).text
    assert at.subscription(subscription.id) == subscription


def test_a_link_to_the_portal_is_over_after_an_hour(at: Shop) -> None:
    subscription = at.subscribed()
    session = portal(at)
    at.wind(HOUR)

    assert httpx.get(session.url).status_code == 410
    assert press(session, "cancel", subscription=subscription.id).status_code == 410
    assert at.subscription(subscription.id).cancel_at is None


def test_the_portal_needs_a_configuration_and_a_customer(at: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No configuration provided"):
        at.v1.billing_portal.sessions.create({"customer": at.ada})
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        at.v1.billing_portal.sessions.create({"customer": "cus_none", "configuration": configuration(at).id})
    with pytest.raises(stripe.InvalidRequestError, match="1 to 10 products"):
        configuration(at, subscription_update={"enabled": True, "default_allowed_updates": ["price"]})


# The page of an invoice


def test_an_invoice_that_was_not_paid_is_paid_on_its_page_and_the_subscription_runs_again(at: Shop) -> None:
    subscription = at.subscribed(card=ASKS)
    due = at.renewed(subscription).latest_invoice

    shown = httpx.get(due.hosted_invoice_url)
    declined = httpx.post(f"{due.hosted_invoice_url}/pay", data={"card": DIES})
    paid = httpx.post(f"{due.hosted_invoice_url}/pay", data={"card": ASKS})

    assert (shown.status_code, "Pay $10.00" in shown.text) == (200, True)
    assert (declined.status_code, paid.status_code) == (402, 303)
    after = at.subscription(subscription.id)
    assert (after.status, after.latest_invoice.status) == ("active", "paid")
    assert httpx.get(due.hosted_invoice_url).status_code == 410
    assert httpx.post(f"{due.hosted_invoice_url}/pay", data={"card": PAYS}).status_code == 410


def test_an_invoice_that_is_not_there_has_no_page(running: StripeServer) -> None:
    assert httpx.get(f"{running.url}/i/in_none").status_code == 404
    assert httpx.post(f"{running.url}/i/in_none/pay", data={"card": PAYS}).status_code == 404


# The page of a subscription


def test_the_checkout_page_says_what_is_paid_now_and_what_afterwards(at: Shop) -> None:
    trial = at.page(subscription_data={"trial_period_days": 7})

    now, later = httpx.get(at.page().url).text, httpx.get(trial.url).text

    assert "Subscribe and pay $10.00" in now
    assert "$10.00 every month, until you cancel." in now
    assert PAYS_LATER not in now
    assert "$0.00" in later


# Events


def test_an_endpoint_of_an_older_version_gets_events_in_that_version(at: Shop) -> None:
    control(at.server, "endpoint", api_version="2024-06-20")
    subscription = at.subscribed()

    [event] = at.v1.events.list({"type": "invoice.paid"}).data
    [updated, *_] = at.v1.events.list({"type": "customer.subscription.updated"}).data
    invoice = event.data.object.to_dict()

    assert event.api_version == "2024-06-20"
    assert (invoice["subscription"], "parent" in invoice) == (subscription.id, False)
    assert invoice["subscription_details"]["metadata"]["userId"] == "ada"
    assert invoice["payment_intent"].startswith("pi_")
    assert invoice["lines"]["data"][0]["price"]["id"] == at.basic
    assert updated.data.object.to_dict()["current_period_end"] == period(subscription)[1]
    assert at.v1.invoices.retrieve(invoice["id"]).parent.subscription_details.subscription == subscription.id


def test_every_object_of_the_portal_has_the_fields_that_the_official_library_promises(at: Shop) -> None:
    session = portal(at)
    made = at.v1.billing_portal.configurations.retrieve(session.configuration)

    for checked in [session, made, made.features, made.features.subscription_update, made.features.subscription_cancel]:
        absent = [name for name in promised(type(checked)) if checked.to_dict().get(name) is None]
        assert (type(checked).__name__, absent) == (type(checked).__name__, [])
