"""Needs the Firestore emulator and the local Stripe. The page that begins a subscription, and its order."""

from typing import Any

import httpx
import pytest

from shared.billing import open_pages
from shared.edge.responses import timestamp
from tests.support import api
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, deliver, document, documents, field, lines, open_account
from tests.support.concurrently import concurrently
from tests.support.generation_kit import alerts
from tests.support.people import Person


def page_for(person: Person, plan: str = "plus") -> Any:
    answer = api.post("create_checkout", {"plan": plan}, by=person, key=api.new_key())
    assert answer.status == 200, answer
    return answer.body


def order_of(session: Any) -> dict[str, Any]:
    fields = document(f"orders/{session['sessionId']}")
    assert fields is not None
    return fields


def session_of(cloud: Cloud, session: Any) -> Any:
    return cloud.stripe_get(f"checkout/sessions/{session['sessionId']}")


def test_the_page_of_a_plan_begins_a_subscription_that_says_whose_it_is(cloud: Cloud) -> None:
    ada = open_account()
    page = page_for(ada)
    order = order_of(page)
    metadata = {"app": "guilder", "userId": ada.user_id, "plan": "plus", "order": order["order"]}

    assert cloud.pay(page["url"]) == 303

    session = session_of(cloud, page)
    assert (session["mode"], session["amount_subtotal"], session["metadata"]) == ("subscription", 999, metadata)
    assert cloud.stripe_get(f"subscriptions/{session['subscription']}")["metadata"] == metadata
    assert session["customer"] == field(f"users/{ada.user_id}", "stripeCustomerId")


def test_the_order_of_a_subscription_says_what_each_payment_costs_and_brings(cloud: Cloud) -> None:
    ada = open_account()

    order = order_of(page_for(ada))

    assert {name: order[name] for name in order if name not in ("order", "url", "expiresAt", "createdAt")} == {
        "kind": "plan",
        "plan": "plus",
        "userId": ada.user_id,
        "tokens": 0,
        "amount": 999,
        "currency": "usd",
        "interval": "month",
        "tokensEachInterval": 130,
        "economy": "phoenix@1",
        "status": "open",
    }


def test_a_paid_page_ends_its_order_and_has_no_line_of_its_own(cloud: Cloud) -> None:
    ada = open_account()
    page = page_for(ada)
    cloud.pay(page["url"])
    event = cloud.event("completed", page["sessionId"])

    assert {deliver(event).status for _ in range(2)} == {200}

    order = order_of(page)
    assert (order["status"], "paidAt" in order, "subscribedAt" in order) == ("paid", False, True)
    assert document(f"transactions/purchase_{page['sessionId']}") is None


def test_the_receipt_of_a_plan_says_what_each_payment_brings(cloud: Cloud) -> None:
    ada = open_account()
    page = page_for(ada)
    assert api.post("confirm_checkout", {"sessionId": page["sessionId"]}, by=ada).body["status"] == "pending"
    cloud.pay(page["url"])

    answer = api.post("confirm_checkout", {"sessionId": page["sessionId"]}, by=ada)

    assert (answer.body["status"], answer.body["review"]) == ("paid", False)
    assert answer.body["receipt"].pop("paidAt").endswith("Z")
    assert answer.body["receipt"] == {
        "kind": "subscription",
        "plan": "plus",
        "property": None,
        "until": timestamp(field(f"users/{ada.user_id}", "subscription")["until"]),
        "tokens": 130,
        "amount": 999,
        "currency": "usd",
        "reversed": 0,
        "tokensTakenBack": 0,
    }
    again = api.post("confirm_checkout", {"sessionId": page["sessionId"]}, by=ada)
    assert again.body["status"] == "paid"


@pytest.mark.parametrize("by", ["the webhook", "the landing page"])
def test_who_has_switched_before_anything_was_heard_has_the_tokens_of_both_payments(cloud: Cloud, by: str) -> None:
    ada = open_account()
    page_for(ada, "studio")  # its price is on record by that
    page = page_for(ada)
    cloud.pay(page["url"])
    subscription = cloud.stripe_get(f"subscriptions/{session_of(cloud, page)['subscription']}")
    item = subscription["items"]["data"][0]
    [studio] = [name for name, offer in documents("offers").items() if offer["plan"] == "studio"]
    form = {"items[0][id]": item["id"], "items[0][price]": studio, "proration_behavior": "always_invoice"}
    cloud.stripe_post(f"subscriptions/{subscription['id']}", **form, proration_date=item["current_period_start"])

    if by == "the webhook":
        assert deliver(cloud.event("completed", page["sessionId"])).status == 200
    else:
        assert api.post("confirm_checkout", {"sessionId": page["sessionId"]}, by=ada).body["status"] == "paid"

    assert sorted(amount for kind, amount in lines(ada) if kind == "subscription_grant") == [130, 150]
    assert field(f"users/{ada.user_id}", "subscription")["plan"] == "studio"


# One at a time


@pytest.mark.parametrize("plan", ["plus", "studio"])
def test_whoever_has_paid_begins_no_second_subscription_while_the_webhook_is_on_its_way(
    cloud: Cloud, plan: str
) -> None:
    ada = open_account()
    page = page_for(ada)
    cloud.pay(page["url"])

    refused = api.post("create_checkout", {"plan": plan}, by=ada, key="k1")

    assert refused.problem == (409, "already-subscribed")
    assert order_of(page)["status"] == "paid"
    assert len(documents("orders")) == 2  # the page's, and its first invoice's


def test_an_open_page_keeps_nobody_from_choosing_another_plan(cloud: Cloud) -> None:
    ada = open_account()
    first = page_for(ada)

    second = page_for(ada, "studio")

    assert first["sessionId"] != second["sessionId"]
    assert page_for(ada) == first


# Two tabs


@pytest.mark.parametrize("by", ["the webhook", "the landing page"])
def test_of_two_open_pages_for_plans_the_one_that_is_paid_closes_the_other(cloud: Cloud, by: str) -> None:
    ada, ben = open_account(), open_account()
    paid, other, of_ben = page_for(ada), page_for(ada, "studio"), page_for(ben)
    package = api.post("create_checkout", {"package": "starter"}, by=ada, key="k1").body
    cloud.pay(paid["url"])

    if by == "the webhook":
        assert deliver(cloud.event("completed", paid["sessionId"])).status == 200
    else:
        assert api.post("confirm_checkout", {"sessionId": paid["sessionId"]}, by=ada).status == 200

    states = [session_of(cloud, page)["status"] for page in (paid, other, of_ben, package)]
    assert states == ["complete", "expired", "open", "open"]


def test_two_pages_that_were_both_paid_both_grant_and_somebody_is_told(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = open_account()
    pages = [page_for(ada), page_for(ada, "studio")]
    third = page_for(ada, "atelier")
    for page in pages:
        assert cloud.pay(page["url"]) == 303
    capsys.readouterr()

    answers = concurrently(2, lambda number: deliver(cloud.event("completed", pages[number]["sessionId"])))

    assert [answer.status for answer in answers] == [200, 200]
    assert [order_of(page)["status"] for page in pages] == ["paid", "paid"]
    assert session_of(cloud, third)["status"] == "expired"
    for page in pages:  # what lost the race comes again
        assert deliver(cloud.event("completed", page["sessionId"])).status == 200
    assert sorted(lines(ada)) == [("signup_bonus", 10), ("subscription_grant", 130), ("subscription_grant", 280)]
    assert "duplicate-subscription" in alerts(capsys)
    subscriptions = [session_of(cloud, page)["subscription"] for page in pages]
    assert documents("subscriptions").keys() == set(subscriptions)
    assert field(f"users/{ada.user_id}", "subscription")["id"] in subscriptions
    portal = api.post("open_portal", {}, by=ada).body["url"]
    shown = httpx.get(portal, timeout=TIMEOUT_SECONDS).text
    assert [subscription in shown for subscription in subscriptions] == [True, True]


def test_an_event_closes_no_more_pages_than_stripe_may_be_asked_for(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    pages = [page_for(ada, plan) for plan in ("plus", "studio", "atelier")]
    monkeypatch.setattr(open_pages, "CLOSED", 1)
    cloud.pay(pages[0]["url"])

    deliver(cloud.event("completed", pages[0]["sessionId"]))

    states = sorted(session_of(cloud, page)["status"] for page in pages)
    assert states == ["complete", "expired", "open"]
