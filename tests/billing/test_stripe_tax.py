"""Needs the Firestore emulator and the local Stripe. Taxes by Stripe change what is collected, and nothing else."""

from typing import Any

import pytest

from local.parts import forget_clients
from tests.support import api
from tests.support.cloud_kit import Cloud, balance, deliver, document, open_account
from tests.support.people import Person


@pytest.fixture
def taxed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("STRIPE_TAX", "true")
    forget_clients()
    return cloud


def page_for(person: Person, **body: object) -> Any:
    answer = api.post("create_checkout", body, by=person, key=api.new_key())
    assert answer.status == 200, answer
    return answer.body


def test_without_the_setting_no_tax_is_computed(cloud: Cloud) -> None:
    page = page_for(open_account(), package="starter")

    session = cloud.stripe_get(f"checkout/sessions/{page['sessionId']}")

    assert (session["automatic_tax"]["enabled"], session["amount_total"]) == (False, 499)


@pytest.mark.threat(104)
def test_the_order_of_a_taxed_package_keeps_what_was_offered_and_what_was_collected(taxed: Cloud) -> None:
    ada = open_account()
    page = page_for(ada, package="starter")
    taxed.pay(page["url"])

    assert deliver(taxed.event("completed", page["sessionId"])).status == 200

    session = taxed.stripe_get(f"checkout/sessions/{page['sessionId']}")
    assert session["amount_subtotal"] == 499 < session["amount_total"]
    order = document(f"orders/{page['sessionId']}") or {}
    assert (order["status"], order["amount"], order["paid"]) == ("paid", 499, session["amount_total"])
    assert balance(ada) == 60


@pytest.mark.threat(104)
def test_a_subscription_is_taxed_with_each_payment(taxed: Cloud) -> None:
    ada = open_account()
    page = page_for(ada, plan="plus")
    taxed.pay(page["url"])

    assert deliver(taxed.event("completed", page["sessionId"])).status == 200

    session = taxed.stripe_get(f"checkout/sessions/{page['sessionId']}")
    assert session["amount_subtotal"] == 999 < session["amount_total"]
    assert taxed.stripe_get(f"subscriptions/{session['subscription']}")["automatic_tax"]["enabled"] is True
    order = document(f"orders/{page['sessionId']}") or {}
    assert (order["status"], order["amount"]) == ("paid", 999)
