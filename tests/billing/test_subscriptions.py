"""Needs the Firestore emulator and the local Stripe. What a subscription comes to: grants, orders and a plan."""

import datetime
import random
from dataclasses import replace
from typing import Any

import pytest

from local.costs.meter import metered
from shared import clock
from shared.billing import invoices, offers, stripe_invoices, stripe_subscriptions, subscriptions, webhook
from shared.cloud.clients import STORE, store
from shared.ledger.tip import Tip
from shared.money import payments, wallets
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, Event, deliver, document, documents, field, lines, open_account, write
from tests.support.concurrently import concurrently
from tests.support.generation_kit import alerts
from tests.support.offer_kit import BASIC
from tests.support.subscription_kit import (
    DAY,
    FAILS_LATER,
    WELCOME,
    Shop,
    Subscriber,
    hear,
    shop,
    subscribe,
    subscribed,
)

FIRST = ("customer.subscription.created", "invoice.paid", "customer.subscription.updated")


@pytest.fixture
def at(cloud: Cloud) -> Shop:
    return shop(cloud)


def moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def end_of(line: Any) -> datetime.datetime:
    return moment(line["period"]["end"])


# -- the first payment -------------------------------------------------------------------------------------------------


def test_a_paid_subscription_grants_its_tokens_once_and_says_so_in_every_place(at: Shop) -> None:
    ada = subscribed(at)

    invoice = ada.invoices[0]
    period_end = end_of(invoice["lines"]["data"][0])
    assert lines(ada.person) == [WELCOME, ("subscription_grant", 300)]
    line = document(f"transactions/subscription_grant_{invoice['id']}") or {}
    assert line["details"] == {
        "invoiceId": invoice["id"],
        "subscriptionId": ada.id,
        "plan": "pro",
        "amount": 2000,
        "currency": "usd",
        "periodEnd": period_end,
    }
    day = int(f"{period_end + datetime.timedelta(days=4):%Y%m%d}")
    assert line["lots"] == {"purchased": {f"until_{day}": 300}}
    assert ada.account["lots"] == {"purchased": {f"until_{day}": 300}}
    order = ada.order()
    assert order.pop("createdAt") == order.pop("paidAt") == line["timestamp"]
    assert order == {
        "userId": ada.person.user_id,
        "kind": "invoice",
        "plan": "pro",
        "tokens": 300,
        "amount": 2000,
        "currency": "usd",
        "economy": "phoenix@2",
        "status": "paid",
        "paid": 2000,
        "paymentIntents": order["paymentIntents"],
        "invoiceId": invoice["id"],
        "subscriptionId": ada.id,
    }
    kept = ada.kept
    assert (kept["plan"], kept["status"], kept["stripeStatus"]) == ("pro", "active", "active")
    assert kept["periodEnd"] == kept["paidUntil"] == period_end
    assert ada.summary == {
        "id": ada.id,
        "plan": "pro",
        "tier": "basic",
        "status": "active",
        "until": period_end,
        "actionUrl": None,
        "unlimitedPerDay": None,
        "features": ["image"],
        "grantsAccess": False,
    }
    ledger_kit.assert_books_balance(at.cloud.project)


@pytest.mark.threat(42)
@pytest.mark.parametrize("kind", FIRST)
def test_any_one_of_its_events_is_enough(at: Shop, kind: str) -> None:
    ada = subscribe(at)
    [event, *_] = at.events(kind) or [forged(at, kind, ada.stripe)]

    hear([event])

    assert (ada.grants, ada.summary["status"], ada.order()["status"]) == ([300], "active", "paid")


def forged(at: Shop, kind: str, obj: Any) -> Event:
    """An event that Stripe did not have to send; what counts of it is the id of its object."""
    example = at.events()[0]
    return {**example, "id": f"evt_{kind}".replace(".", ""), "type": kind, "data": {"object": obj}}


@pytest.mark.threat(40, 42)
@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_and_however_often_it_is_one_grant(at: Shop, seed: int) -> None:
    ada = subscribe(at)
    events = at.events() * 2
    random.Random(seed).shuffle(events)  # noqa: S311 - the same order each time

    hear(events)

    assert (ada.grants, ada.summary["status"]) == ([300], "active")
    assert len(documents("orders")) == len(documents("subscriptions")) == 1


@pytest.mark.threat(40)
def test_twelve_deliveries_at_once_are_one_grant(at: Shop) -> None:
    ada = subscribe(at)
    events = at.events()

    answers = concurrently(12, lambda number: deliver(events[number % len(events)]))

    assert {answer.status for answer in answers} <= {200, 503}
    hear(events)
    assert (ada.grants, ada.kept["status"]) == ([300], "active")
    ledger_kit.assert_books_balance(at.cloud.project)


def test_an_invoice_costs_three_round_trips_three_reads_and_four_writes(at: Shop) -> None:
    ada = subscribe(at)
    [event] = at.events("invoice.paid")
    paid = stripe_invoices.retrieve(ada.invoices[0]["id"])
    assert paid is not None
    received = webhook.event_of(event)

    with metered() as cost:
        assert invoices.settle(paid, received)

    assert (cost.rpcs, cost.reads, cost.writes) == (3, 3, 4)
    assert field(f"webhookEvents/{event['id']}", "about") == paid.id

    hear(at.events())
    ada.switch(at.basic)
    switched = stripe_invoices.retrieve(ada.invoices[-1]["id"])
    assert switched is not None
    with metered() as cost:
        assert invoices.settle(switched, received)
    assert (cost.rpcs, cost.reads, cost.writes) == (3, 4, 4)


# -- renewals ----------------------------------------------------------------------------------------------------------


def test_a_renewal_grants_once_whatever_comes(at: Shop) -> None:
    ada = subscribed(at)
    last_months = at.events()

    ada.renew()
    this_months = [event for event in at.events() if event not in last_months]
    hear([*last_months, *this_months, *last_months, *this_months])

    first, second = ada.invoices
    assert ada.grants == [300, 300]
    assert ada.summary["status"] == "active"
    assert ada.summary["until"] == ada.kept["periodEnd"] == end_of(second["lines"]["data"][0])
    assert end_of(first["lines"]["data"][0]) < ada.kept["paidUntil"]
    ledger_kit.assert_books_balance(at.cloud.project)


def test_last_months_event_alone_brings_this_months_tokens(at: Shop) -> None:
    ada = subscribed(at)
    [old] = at.events("invoice.paid")
    ada.renew()

    hear([old])

    assert ada.grants == [300, 300]


def test_renewals_go_on_as_they_were_sold_whatever_is_sold_by_then(at: Shop) -> None:
    ada = subscribed(at)
    dearer = shop(at.cloud, pro=7)

    ada.renew()
    ben = subscribe(dearer)
    hear(at.events())

    assert (ada.grants, ben.grants) == ([300, 300], [7])


# -- a payment that fails ----------------------------------------------------------------------------------------------


def test_a_renewal_that_is_not_paid_is_past_due_and_then_granted_once(
    at: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = subscribed(at)
    paid_until = ada.summary["until"]
    ada.pays_with(FAILS_LATER)
    ada.renew()
    capsys.readouterr()

    hear(at.events())

    assert (ada.grants, ada.summary["status"], ada.summary["until"]) == ([300], "past_due", paid_until)
    assert ada.summary["actionUrl"] == ada.invoices[-1]["hosted_invoice_url"]
    assert ada.kept["periodStart"] == paid_until < ada.kept["periodEnd"]
    assert capsys.readouterr().out.count('"event": "plan-past-due"') == 1

    ada.pays_with("4242424242424242")
    at.wind(8 * DAY)
    hear(at.events())

    assert (ada.grants, ada.summary["status"], ada.summary["actionUrl"]) == ([300, 300], "active", None)
    assert ada.summary["until"] == ada.kept["periodEnd"] > paid_until


def test_a_renewal_that_is_never_paid_ends_the_plan(at: Shop) -> None:
    ada = subscribed(at)
    paid_until = ada.summary["until"]
    ada.pays_with(FAILS_LATER)
    ada.renew()
    at.wind(30 * DAY)

    hear(at.events())

    assert (ada.grants, ada.summary["status"], ada.summary["until"]) == ([300], "cancelled", paid_until)
    assert ada.kept["endedAt"] > paid_until


def test_a_first_payment_that_fails_gives_nothing(at: Shop) -> None:
    ada = subscribe(at, card=FAILS_LATER)

    hear(at.events())

    assert (ada.grants, ada.kept["stripeStatus"], ada.summary["status"]) == ([], "incomplete", "inactive")
    assert ada.summary["until"] is None
    assert documents("orders") == {}


# -- its end -----------------------------------------------------------------------------------------------------------


def test_a_cancellation_for_the_end_of_the_period_leaves_the_plan_until_then(at: Shop) -> None:
    ada = subscribed(at)
    ada.update(cancel_at_period_end="true")
    hear(at.events())
    assert (ada.summary["status"], ada.kept["cancelAtPeriodEnd"]) == ("active", True)

    ada.renew()
    hear(at.events())

    assert (ada.summary["status"], ada.kept["status"], ada.grants) == ("cancelled", "cancelled", [300])
    assert ada.account["tokenBalance"] == 310


def test_a_cancellation_at_once_ends_the_plan_and_leaves_the_tokens(at: Shop) -> None:
    ada = subscribed(at)
    at.wind(DAY)
    at.cloud.stripe_delete(f"subscriptions/{ada.id}")

    hear(at.events())

    assert (ada.summary["status"], ada.summary["until"]) == ("cancelled", ada.kept["endedAt"])
    assert (ada.grants, ada.account["tokenBalance"]) == ([300], 310)


# -- invoices of every kind --------------------------------------------------------------------------------------------


def test_an_upgrade_half_way_grants_the_difference(at: Shop) -> None:
    ada = subscribed(at, price=at.basic)

    ada.switch(at.pro)
    hear(at.events())

    assert ada.grants == [100, 100]
    assert [line["amount"] for line in ada.invoices[-1]["lines"]["data"]] == [-500, 1000]
    assert (ada.order()["plan"], ada.order()["paid"], ada.summary["plan"]) == ("pro", 500, "pro")
    ada.renew()
    hear(at.events())
    assert ada.grants == [100, 100, 300]


def test_a_downgrade_grants_nothing_and_takes_nothing(at: Shop) -> None:
    ada = subscribed(at)

    ada.switch(at.basic)
    hear(at.events())

    assert (ada.grants, ada.summary["plan"]) == ([300, 0], "basic")
    assert (ada.order()["amount"], ada.order()["paid"], ada.order()["paymentIntents"]) == (-500, 0, [])


def test_a_downgrade_at_the_end_of_the_period_renews_as_the_smaller_plan(at: Shop) -> None:
    ada = subscribed(at)
    item = ada.stripe["items"]["data"][0]["id"]
    ada.update(**{"items[0][id]": item, "items[0][price]": at.basic, "proration_behavior": "none"})

    ada.renew()
    hear(at.events())

    assert (ada.grants, ada.summary["plan"], ada.order()["paid"]) == ([300, 100], "basic", 1000)


def test_a_coupon_for_everything_a_trial_and_cash_are_as_the_lines_say(at: Shop) -> None:
    coupon = at.cloud.stripe_post("coupons", percent_off=100, duration="once")["id"]
    free = subscribe(at, **{"discounts[0][coupon]": coupon})
    trial = subscribe(at, trial_period_days=7)
    cash = subscribe(at, payment_behavior="default_incomplete")
    at.cloud.stripe_post(f"invoices/{cash.invoices[0]['id']}/pay", paid_out_of_band="true")

    hear(at.events())

    assert [each.grants for each in (free, trial, cash)] == [[300], [0], [300]]
    assert [each.summary["status"] for each in (free, trial, cash)] == ["active"] * 3
    assert [each.order()["paymentIntents"] for each in (free, trial, cash)] == [[], [], []]
    assert (free.order()["paid"], free.order()["amount"]) == (0, 2000)
    assert trial.summary["until"] == trial.kept["periodEnd"]
    assert audit_findings(at) == []


def audit_findings(at: Shop) -> Any:
    """What the audits find, of what moved and of everything."""
    for body in ({}, {"full": True}):
        assert at.cloud.call("audit_balances", body).status == 200
    return [finding for report in documents("audits").values() for finding in report.get("findings", [])]


def test_what_another_app_sells_to_the_same_customer_is_ignored(at: Shop) -> None:
    ada = subscribed(at)
    before = len(at.events())
    foreign = subscribe(at, person=ada.person, customer=ada.customer, **{"metadata[app]": "another"})
    events = at.events()[before:]

    with ledger_kit.nothing_moves():
        hear(events)
        hear([{**events[0], "id": "evt_gone", "data": {"object": {"object": "subscription", "id": "sub_gone"}}}])
        hear([{**events[0], "id": "evt_lost", "data": {"object": {"object": "invoice", "id": "in_gone"}}}])

    assert document(f"subscriptions/{foreign.id}") is None
    for event in (*(event["id"] for event in events), "evt_gone", "evt_lost"):
        assert field(f"webhookEvents/{event}", "status") == "ignored"


def test_all_lines_of_a_long_invoice_count(at: Shop) -> None:
    ada = subscribed(at)
    pack = at.cloud.stripe_post("prices", currency="usd", unit_amount=1000, **{"product_data[name]": "Pack"})["id"]
    offers.record(replace(BASIC, price_id=pack))
    for _ in range(11):
        form = {"customer": ada.customer, "subscription": ada.id, "pricing[price]": pack}
        at.cloud.stripe_post("invoiceitems", **form)

    ada.renew()
    hear(at.events())

    assert ada.grants == [300, 300 + 11 * 100]


# -- money that goes back ----------------------------------------------------------------------------------------------


@pytest.mark.threat(50)
def test_a_renewal_that_is_refunded_in_half_takes_half_of_its_tokens(at: Shop) -> None:
    ada = subscribed(at)
    ada.renew()
    hear(at.events())
    at.cloud.stripe_post("refunds", payment_intent=ada.payment(), amount=1001)

    hear(at.events("refund.created", "charge.refunded"))

    days = sorted(ada.account["lots"]["purchased"].items())
    assert [tokens for _, tokens in days] == [150, 300]  # the earliest day first
    assert (ada.order()["due"], ada.order()["status"], ada.order(0).get("due")) == (150, "paid", None)
    assert ada.summary["status"] == "active"
    ledger_kit.assert_books_balance(at.cloud.project)


@pytest.mark.threat(51)
def test_a_dispute_that_overtakes_its_invoice_settles_it_first(at: Shop) -> None:
    ada = subscribe(at)
    [paid] = at.cloud.stripe_get(f"invoice_payments?invoice={ada.invoices[0]['id']}")["data"]
    intent = paid["payment"]["payment_intent"]
    at.cloud.control_stripe("disputes", payment_intent=intent, amount=2000)

    hear(at.events("charge.dispute.created"))

    assert lines(ada.person) == [WELCOME, ("subscription_grant", 300), ("clawback", -300)]
    hear(at.events())
    assert (ada.grants, ada.summary["status"], ada.account["debt"]) == ([300], "active", 0)
    [dispute] = ada.order()["disputes"]
    at.cloud.control_stripe(f"disputes/{dispute}", status="lost")
    hear(at.events("charge.dispute.closed"))
    assert (lines(ada.person)[-1], ada.summary["status"]) == (("clawback", -300), "active")


def test_a_grant_lands_in_a_frozen_wallet_and_works_a_debt_off(at: Shop) -> None:
    ada = subscribed(at)
    creator = ledger_kit.account()
    payments.pay(Tip(f"tip_k_{ada.person.user_id}", ada.person.user_id, creator.user_id, 310, "phoenix@1", "f"))
    at.cloud.stripe_post("refunds", payment_intent=ada.payment(), amount=1000)
    hear(at.events("refund.created"))
    assert ada.account["debt"] == 150
    ledger_kit.change(ada.person, frozen={"operator": moment(0)})

    ada.renew()
    hear(at.events())

    assert (ada.grants, ada.account["tokenBalance"], ada.account["debt"]) == ([300, 300], 150, 0)
    assert audit_findings(at) == []


# -- several, and nobody's ---------------------------------------------------------------------------------------------


def test_two_subscriptions_both_grant_and_somebody_is_told(at: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    ada = subscribed(at, price=at.basic)
    capsys.readouterr()
    second = subscribe(at, person=ada.person, customer=ada.customer)

    hear(at.events() * 2)

    assert sorted(ada.grants) == [100, 300]
    assert alerts(capsys) == ["duplicate-subscription"]
    best, other = (ada, second) if ada.summary["id"] == ada.id else (second, ada)
    assert best.kept["paidUntil"] >= other.kept["paidUntil"]

    at.cloud.stripe_delete(f"subscriptions/{best.id}")
    hear(at.events())

    assert (ada.summary["id"], ada.summary["status"]) == (other.id, "active")


@pytest.mark.threat(49)
def test_what_nobody_can_be_granted_is_parked(at: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    gone, named, priced = subscribe(at, user_id="gone"), subscribe(at), subscribe(at, price=at.price(700))
    write(f"users/{named.person.user_id}", stripeCustomerId="cus_other")
    capsys.readouterr()

    hear(at.events() * 2)

    reasons = [each.order()["parkedReason"] for each in (gone, named, priced)]
    price = priced.invoices[0]["lines"]["data"][0]["pricing"]["price_details"]["price"]
    assert reasons == ["the account is gone", "the customer is another account's", f"no offer has the price {price}"]
    assert [each.order()["status"] for each in (gone, named, priced)] == ["parked"] * 3
    assert alerts(capsys) == ["invoice-parked"] * 3
    assert [each.grants for each in (gone, named, priced)] == [[], [], []]
    assert "subscription" not in priced.account
    assert "subscription" not in named.account
    assert gone.kept["status"] == "active"


def test_an_account_that_goes_while_its_invoice_is_granted_parks_it(at: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = subscribe(at)
    read = invoices.look_at

    def look_and_delete(paid: Any) -> Any:
        found = read(paid)
        store().document(f"users/{ada.person.user_id}").delete(**STORE)
        return found

    monkeypatch.setattr(invoices, "look_at", look_and_delete)

    hear(at.events("invoice.paid"))

    assert (ada.order()["status"], ada.order()["parkedReason"]) == ("parked", "the account is gone")


# -- in between --------------------------------------------------------------------------------------------------------


def test_a_crash_between_the_subscription_and_its_invoice_is_made_up_for_by_the_next_delivery(
    at: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = subscribe(at)
    [event] = at.events("invoice.paid")

    def crash(*_: Any) -> bool:
        raise ConnectionError("the instance is gone")

    with monkeypatch.context() as patch:
        patch.setattr(invoices, "settle", crash)
        assert deliver(event).status == 500
    assert (ada.kept["status"], ada.grants) == ("active", [])

    hear([event])

    assert (ada.grants, field(f"webhookEvents/{event['id']}", "status")) == ([300], "processed")


def test_an_order_that_was_lost_is_written_again_without_a_second_grant(at: Shop) -> None:
    ada = subscribed(at)
    store().document(f"orders/{ada.invoices[0]['id']}").delete(**STORE)

    hear(at.events())

    assert (ada.order()["status"], ada.grants) == ("paid", [300])


@pytest.mark.parametrize("account", ["there", "gone"])
def test_an_older_answer_of_stripes_replaces_no_newer_one(
    at: Shop, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    ada = subscribed(at)
    if account == "gone":
        wallets.reference(ada.person.user_id).delete(**STORE)
    ask, others = stripe_subscriptions.retrieve, iter(range(1))

    def slow(subscription_id: str) -> Any:
        found = ask(subscription_id)
        for _ in others:
            at.cloud.stripe_delete(f"subscriptions/{ada.id}")
            subscriptions.bring_up_to_date(ada.id)
        return found

    monkeypatch.setattr(stripe_subscriptions, "retrieve", slow)

    subscriptions.bring_up_to_date(ada.id)

    assert (ada.kept["status"], ada.kept["looks"] >= 3) == ("cancelled", True)
    if account == "there":
        assert ada.summary["status"] == "cancelled"


def test_two_subscriptions_of_one_user_that_end_at_once_leave_none(at: Shop) -> None:
    ada = subscribed(at)
    second = subscribed(at, person=ada.person, customer=ada.customer)
    for each in (ada, second):
        at.cloud.stripe_delete(f"subscriptions/{each.id}")

    concurrently(2, lambda number: subscriptions.bring_up_to_date((ada, second)[number].id))

    assert ada.summary["status"] == "cancelled"


# -- with every webhook lost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["webhooks", "reconciliation alone"])
def test_a_year_is_twelve_grants_and_the_same_lines_with_every_webhook_lost(
    at: Shop, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(clock, "_ahead", datetime.timedelta())  # what is wound here is wound back
    at.cloud.wind(0)  # from now on the functions' clock goes with Stripe's
    ada = subscribe(at)
    for month in range(12):
        if month:
            ada.renew()
        if way == "webhooks":
            hear(at.events("invoice.paid")[-1:])
        else:  # Stripe keeps events for 30 days, and payments are reconciled each hour
            assert at.cloud.call("reconcile_payments").body["failed"] == 0

    assert ada.grants == [300] * 12
    found = sorted(ledger_kit.lines(ada.person).values(), key=lambda line: line["timestamp"])
    for invoice, line in zip(ada.invoices, found[1:], strict=True):
        ends = end_of(invoice["lines"]["data"][0])
        day = int(f"{ends + datetime.timedelta(days=4):%Y%m%d}")
        assert line["lots"] == {"purchased": {f"until_{day}": 300}}
        assert (line["details"]["invoiceId"], line["details"]["periodEnd"]) == (invoice["id"], ends)
    assert (ada.summary["status"], ada.summary["until"]) == ("active", end_of(ada.invoices[-1]["lines"]["data"][0]))
    assert ada.account["tokenBalance"] == 3610
    ledger_kit.assert_books_balance(at.cloud.project)


# -- bought at Checkout ------------------------------------------------------------------------------------------------


@pytest.mark.threat(42)
@pytest.mark.parametrize("way", ["checkout.session.completed", "landing page"])
def test_a_plan_that_is_bought_at_checkout_is_granted_by_its_session_alone(cloud: Cloud, way: str) -> None:
    ada = open_account()
    session = api.post("create_checkout", {"plan": "plus"}, by=ada, key="k1").body
    assert cloud.pay(session["url"]) == 303

    if way == "landing page":
        answer = api.post("confirm_checkout", {"sessionId": session["sessionId"]}, by=ada)
        assert (answer.status, answer.body["status"]) == (200, "paid")
        assert answer.body["tokenBalance"] == 140
    else:
        hear([cloud.event("completed", session["sessionId"])])

    assert lines(ada) == [WELCOME, ("subscription_grant", 130)]
    account = document(f"users/{ada.user_id}") or {}
    assert (account["subscription"]["plan"], account["subscription"]["status"]) == ("plus", "active")
    assert field(f"orders/{session['sessionId']}", "status") == "paid"
    hear(Shop(cloud, "", "").events())
    assert lines(ada) == [WELCOME, ("subscription_grant", 130)]
    assert api.post("create_checkout", {"plan": "studio"}, by=ada, key="k2").problem == (409, "already-subscribed")


ADVANCES = ("paid", "late", "recovered", "over")
"""What happens at Stripe after the page was paid: a renewal fails, is paid on a retry, and the subscription ends."""


@pytest.mark.threat(40, 42)
@pytest.mark.parametrize("seed", range(4))
def test_in_every_order_and_while_stripe_goes_on_a_plan_bought_at_checkout_ends_alike(cloud: Cloud, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    ada, at = open_account(), Shop(cloud, "", "")
    session = api.post("create_checkout", {"plan": "plus"}, by=ada, key="k1").body
    assert cloud.pay(session["url"]) == 303
    bought = cloud.stripe_get(f"checkout/sessions/{session['sessionId']}")
    subscriber = Subscriber(at, ada, bought["customer"], bought["subscription"])
    waiting: list[Event] = []
    known: set[str] = set()
    for advance in ADVANCES:
        match advance:
            case "late":
                subscriber.pays_with(FAILS_LATER)
                subscriber.renew()
            case "recovered":
                subscriber.pays_with("4242424242424242")
                at.wind(8 * DAY)
            case "over":
                cloud.stripe_delete(f"subscriptions/{subscriber.id}")
        waiting += [event for event in at.events() if event["id"] not in known] * 2
        known |= {event["id"] for event in waiting}
        chance.shuffle(waiting)
        heard = len(waiting) // 2
        hear(waiting[:heard])
        waiting = waiting[heard:]
    hear(waiting)

    assert (subscriber.grants, subscriber.summary["status"]) == ([130, 130], "cancelled")
    assert {order["status"] for order in documents("orders").values()} == {"paid"}
    assert len(documents("orders")) == 3  # the page's, and those of two invoices
    assert (len(documents("subscriptions")), subscriber.kept["stripeStatus"]) == (1, "canceled")
    ledger_kit.assert_books_balance(cloud.project)
