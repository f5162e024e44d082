"""Needs nothing but this machine: subscriptions and their invoices at the local Stripe, by the official library."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from local.stripe.periods import end_after
from local.stripe.server import StripeServer
from tests.support.billing_kit import DAY, HOUR, Shop, period, shop
from tests.support.stripe_kit import ASKS, DIES, DISPUTES, IS_DECLINED, PAYS_LATER, promised


@pytest.fixture(scope="module")
def running() -> Iterator[StripeServer]:
    with StripeServer() as started:
        yield started


@pytest.fixture
def at(running: StripeServer) -> Iterator[Shop]:
    yield shop(running)
    running.clear()


def types(at: Shop) -> list[str]:
    return [event.type for event in at.events()]


# Prices


def test_a_recurring_price_is_found_by_its_lookup_key_with_its_product(at: Shop) -> None:
    [price] = at.v1.prices.list({"lookup_keys": ["basic"], "active": True, "expand": ["data.product"]}).data

    assert (price.id, price.type, price.unit_amount) == (at.basic, "recurring", 1000)
    assert (price.recurring.interval, price.recurring.interval_count) == ("month", 1)
    assert price.product.name == "Basic"


def test_a_lookup_key_moves_to_a_new_price_only_when_it_is_to(at: Shop) -> None:
    new = {"currency": "usd", "unit_amount": 1200, "product_data": {"name": "Basic"}, "lookup_key": "basic"}

    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        at.v1.prices.create(new)
    price = at.v1.prices.create({**new, "transfer_lookup_key": True})

    assert [found.id for found in at.v1.prices.list({"lookup_keys": ["basic"]}).data] == [price.id]
    assert at.v1.prices.retrieve(at.basic).lookup_key is None


def test_a_price_that_is_not_sold_any_more_is_in_no_new_page(at: Shop) -> None:
    assert at.v1.prices.update(at.basic, {"active": False}).active is False

    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        at.page()


# Checkout


def test_a_paid_page_leaves_an_active_subscription_with_a_paid_invoice_and_a_saved_card(at: Shop) -> None:
    page = at.page()
    assert at.pay(page).status_code == 303

    session = at.v1.checkout.sessions.retrieve(page.id, {"expand": ["subscription.latest_invoice.payments"]})
    subscription, invoice = session.subscription, session.subscription.latest_invoice
    assert (session.status, session.payment_status, session.amount_total) == ("complete", "paid", 1000)
    assert (session.payment_intent, session.invoice) == (None, invoice.id)
    assert (subscription.status, subscription.billing_mode.type) == ("active", "flexible")
    assert subscription.metadata.to_dict() == {"app": "guilder", "userId": "ada", "plan": "basic"}
    assert (invoice.status, invoice.billing_reason, invoice.amount_paid) == ("paid", "subscription_create", 1000)
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.parent.subscription_details.metadata["userId"] == "ada"
    [line] = invoice.lines.data
    assert (line.amount, line.pricing.price_details.price) == (1000, at.basic)
    assert (line.period.start, line.period.end) == period(subscription)
    assert line.parent.subscription_item_details.proration is False
    assert at.v1.payment_methods.retrieve(subscription.default_payment_method).customer == at.ada
    [payment] = invoice.payments.data
    assert (payment.status, payment.amount_paid) == ("paid", 1000)


def test_a_payment_leads_back_to_its_invoice_and_knows_nothing_of_the_subscription(at: Shop) -> None:
    subscription = at.subscribed()
    [payment] = at.v1.invoice_payments.list({"invoice": subscription.latest_invoice.id}).data
    intent = at.v1.payment_intents.retrieve(payment.payment.payment_intent)

    about = {"type": "payment_intent", "payment_intent": intent.id}
    [back] = at.v1.invoice_payments.list({"payment": about, "expand": ["data.invoice"]}).data

    assert back.invoice.id == subscription.latest_invoice.id
    assert (intent.status, intent.amount_received, intent.metadata.to_dict()) == ("succeeded", 1000, {})
    assert at.v1.checkout.sessions.list({"payment_intent": intent.id}).data == []
    assert len(at.v1.checkout.sessions.list({"subscription": subscription.id}).data) == 1
    other = {"type": "payment_intent", "payment_intent": "pi_other"}
    assert at.v1.invoice_payments.list({"payment": other}).data == []


def test_a_subscription_is_announced_from_its_beginning_to_the_end_of_its_page(at: Shop) -> None:
    before = len(at.events())
    at.subscribed()

    assert types(at)[before:] == [
        "customer.subscription.created",
        "invoice.created",
        "payment_intent.created",
        "invoice.finalized",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "customer.subscription.updated",
        "checkout.session.completed",
    ]
    created = at.events()[before].data.object
    assert (created["status"], at.events()[before + 1].data.object["status"]) == ("incomplete", "draft")


@pytest.mark.parametrize("card", [IS_DECLINED, DIES])
def test_a_declined_page_stays_open_and_pays_the_same_invoice_with_another_card(at: Shop, card: str) -> None:
    page = at.page()

    assert at.pay(page, card).status_code == 402
    assert at.v1.checkout.sessions.retrieve(page.id).status == "open"
    [incomplete] = at.v1.subscriptions.list({"customer": at.ada, "status": "incomplete"}).data
    assert at.pay(page).status_code == 303

    assert at.v1.checkout.sessions.retrieve(page.id).subscription == incomplete.id
    assert at.subscription(incomplete.id).status == "active"
    assert [invoice.status for invoice in at.invoices(incomplete)] == ["paid"]


def test_a_page_that_is_left_alone_ends_what_a_declined_card_began(at: Shop) -> None:
    page = at.page()
    at.pay(page, IS_DECLINED)
    [incomplete] = at.v1.subscriptions.list({"status": "all"}).data

    at.v1.checkout.sessions.expire(page.id)

    assert at.subscription(incomplete.id).status == "incomplete_expired"
    assert at.subscription(incomplete.id).latest_invoice.status == "void"


def test_a_subscription_that_is_never_paid_expires_within_a_day(at: Shop) -> None:
    page = at.page()
    at.pay(page, IS_DECLINED)
    at.wind(23 * HOUR)

    [expired] = at.v1.subscriptions.list({"status": "ended"}).data
    assert expired.status == "incomplete_expired"
    assert at.v1.subscriptions.list().data == []
    assert at.pay(page).status_code == 303, "the page lives an hour longer, and begins anew"
    assert [each.status for each in at.v1.subscriptions.list({"status": "active"}).data] == ["active"]


def test_a_card_that_pays_later_pays_no_subscription(at: Shop) -> None:
    assert at.pay(at.page(), PAYS_LATER).status_code == 402
    assert at.v1.subscriptions.list({"status": "all"}).data == []


def test_a_trial_costs_nothing_and_is_charged_when_it_ends(at: Shop) -> None:
    page = at.page(subscription_data={"trial_period_days": 14})
    at.pay(page)
    session = at.v1.checkout.sessions.retrieve(page.id)
    trial = at.subscription(session.subscription)

    assert (session.payment_status, session.amount_total) == ("no_payment_required", 0)
    assert trial.status == "trialing"
    assert (trial.latest_invoice.status, trial.latest_invoice.total) == ("paid", 0)
    [line] = trial.latest_invoice.lines.data
    assert (line.amount, line.pricing.price_details.price) == (0, at.basic)
    active = at.renewed(trial)
    assert active.status == "active"
    assert (active.latest_invoice.amount_paid, active.latest_invoice.status) == (1000, "paid")
    assert period(active)[0] == trial.trial_end


def test_a_coupon_of_everything_leaves_nothing_to_pay_but_lines_at_their_price(at: Shop) -> None:
    at.v1.coupons.create({"id": "free", "percent_off": 100, "duration": "once"})
    page = at.page(discounts=[{"coupon": "free"}])
    at.pay(page)
    session = at.v1.checkout.sessions.retrieve(page.id)
    first = at.subscription(session.subscription)

    assert (session.amount_subtotal, session.amount_total) == (1000, 0)
    assert first.status == "active"
    assert (first.latest_invoice.subtotal, first.latest_invoice.total) == (1000, 0)
    assert [line.amount for line in first.latest_invoice.lines.data] == [1000]
    assert at.v1.invoice_payments.list({"invoice": first.latest_invoice.id}).data == []
    assert at.renewed(first).latest_invoice.amount_paid == 1000


def test_taxes_are_added_to_what_is_sold_and_need_a_place(at: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        at.page(automatic_tax={"enabled": True})
    taxed = at.subscribed(automatic_tax={"enabled": True}, customer_update={"address": "auto"})

    assert refusal.value.code == "customer_tax_location_invalid"
    assert (taxed.latest_invoice.subtotal, taxed.latest_invoice.total) == (1000, 1100)
    assert taxed.latest_invoice.lines.data[0].amount == 1000
    assert at.renewed(taxed).latest_invoice.amount_paid == 1100


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "No such price"),
        ({"payment_intent_data": {"metadata": {"a": "b"}}}, "in `subscription` mode"),
        ({"discounts": [{"coupon": "none"}]}, "No such coupon"),
        ({"subscription_data": {"trial_period_days": 0}}, "A trial lasts 1 to 730 days"),
        ({"mode": "payment", "subscription_data": None}, "passed a recurring price"),
    ],
)
def test_a_page_that_stripe_would_refuse_is_refused(at: Shop, changes: dict[str, Any], message: str) -> None:
    given = {name: value for name, value in changes.items() if value is not None}
    if "mode" in changes:
        given["subscription_data"] = {}

    with pytest.raises(stripe.InvalidRequestError, match=message):
        at.page(**given)


# Periods


def test_a_year_of_a_subscription_is_twelve_renewals_on_the_same_day(at: Shop) -> None:
    first = at.subscribed()
    start, _ = period(first)
    at.wind_to(start + 366 * DAY)

    invoices = list(at.v1.invoices.list({"subscription": first.id, "limit": 100}).data)
    assert [invoice.amount_paid for invoice in invoices] == [1000] * 13
    assert len({line.period.start for invoice in invoices for line in invoice.lines.data}) == 13
    assert at.subscription(first.id).status == "active"


def test_a_renewal_is_a_draft_for_an_hour_while_the_period_has_moved_on(at: Shop) -> None:
    first = at.subscribed()
    at.wind_to(period(first)[1])

    moved = at.subscription(first.id)
    assert period(moved)[0] == period(first)[1]
    assert (moved.status, moved.latest_invoice.status) == ("active", "draft")
    at.wind(HOUR)
    paid = at.subscription(first.id).latest_invoice
    assert (paid.status, paid.billing_reason, paid.amount_paid) == ("paid", "subscription_cycle", 1000)


def test_a_declined_renewal_is_tried_after_3_5_and_7_days_and_then_cancelled(at: Shop) -> None:
    first = at.subscribed()
    at.v1.subscriptions.update(first.id, {"default_payment_method": at.saved_card(DIES)})
    seen = []
    at.wind_to(period(first)[1] + HOUR)
    for days in (0, 3, 5, 7):
        at.wind(days * DAY)
        now = at.subscription(first.id)
        seen.append((now.status, now.latest_invoice.status, now.latest_invoice.attempt_count))

    assert seen == [
        ("past_due", "open", 1),
        ("past_due", "open", 2),
        ("past_due", "open", 3),
        ("canceled", "open", 4),
    ]
    ended = at.subscription(first.id)
    assert ended.cancellation_details.reason == "payment_failed"
    assert ended.latest_invoice.hosted_invoice_url.endswith(f"/i/{ended.latest_invoice.id}")
    assert types(at).count("invoice.payment_failed") == 4
    assert types(at).count("customer.subscription.deleted") == 1
    at.wind(60 * DAY)
    assert len(at.invoices(first)) == 2


def test_a_card_that_recovers_pays_at_the_next_try_and_the_subscription_runs_again(at: Shop) -> None:
    first = at.subscribed()
    at.v1.subscriptions.update(first.id, {"default_payment_method": at.saved_card(DIES)})
    past_due = at.renewed(first)
    at.v1.subscriptions.update(first.id, {"default_payment_method": first.default_payment_method})
    at.wind(3 * DAY)

    recovered = at.subscription(first.id)
    assert (past_due.status, recovered.status) == ("past_due", "active")
    assert (recovered.latest_invoice.id, recovered.latest_invoice.status) == (past_due.latest_invoice.id, "paid")
    assert period(recovered) == period(past_due)


def test_a_bank_that_asks_the_owner_of_the_card_leaves_a_page_to_pay_on(at: Shop) -> None:
    first = at.subscribed(card=ASKS)

    past_due = at.renewed(first)

    assert past_due.status == "past_due"
    assert {"invoice.payment_failed", "invoice.payment_action_required"} <= set(types(at))
    [payment] = at.v1.invoice_payments.list({"invoice": past_due.latest_invoice.id}).data
    intent = at.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert (intent.status, intent.last_payment_error.code) == ("requires_action", "authentication_required")


def test_a_subscription_in_a_month_too_short_for_its_day_goes_back_to_it(at: Shop) -> None:
    january = 1738281600  # 2025-01-31

    ends = [january]
    for _ in range(3):
        ends.append(end_after(ends[-1], anchor=january, interval="month", interval_count=1))

    assert [(end - january) // DAY for end in ends] == [0, 28, 59, 89]  # 28 February, 31 March, 30 April


# Changes


def test_an_upgrade_half_way_gives_back_half_of_the_old_price_and_charges_half_of_the_new(at: Shop) -> None:
    first = at.subscribed()

    upgraded = at.switch(first, at.pro)

    invoice = upgraded.latest_invoice
    assert (invoice.status, invoice.billing_reason, invoice.amount_paid) == ("paid", "subscription_update", 500)
    lines = [(line.amount, line.pricing.price_details.price) for line in invoice.lines.data]
    assert lines == [(-500, at.basic), (1000, at.pro)]
    assert all(line.parent.subscription_item_details.proration for line in invoice.lines.data)
    assert period(upgraded) == period(first)
    assert at.renewed(upgraded).latest_invoice.amount_paid == 2000


def test_a_downgrade_at_once_is_credit_for_the_next_invoice(at: Shop) -> None:
    first = at.subscribed(at.pro)

    downgraded = at.switch(first, at.basic)

    assert (downgraded.latest_invoice.total, downgraded.latest_invoice.amount_due) == (-500, 0)
    assert downgraded.latest_invoice.status == "paid"
    assert at.v1.customers.retrieve(at.ada).balance == -500
    renewed = at.renewed(downgraded).latest_invoice
    assert (renewed.total, renewed.amount_paid, renewed.starting_balance) == (1000, 500, -500)


def test_a_switch_gives_back_what_was_charged_and_not_what_the_price_says(at: Shop) -> None:
    at.v1.coupons.create({"id": "half", "percent_off": 50, "duration": "once"})
    first = at.subscribed(discounts=[{"coupon": "half"}])

    upgraded = at.switch(first, at.pro)

    assert [line.amount for line in upgraded.latest_invoice.lines.data] == [-250, 1000]


def test_prorations_wait_for_the_next_invoice_unless_they_are_to_be_invoiced(at: Shop) -> None:
    first = at.subscribed()

    waiting = at.switch(first, at.pro, proration_behavior="create_prorations")

    assert waiting.latest_invoice.id == first.latest_invoice.id
    assert [item.amount for item in at.v1.invoice_items.list({"pending": True}).data] == [1000, -500]
    renewed = at.renewed(waiting).latest_invoice
    assert [line.amount for line in renewed.lines.data] == [-500, 1000, 2000]
    assert at.v1.invoice_items.list({"pending": True}).data == []


def test_an_upgrade_whose_card_is_declined_is_past_due(at: Shop) -> None:
    first = at.subscribed()
    at.v1.subscriptions.update(first.id, {"default_payment_method": at.saved_card(DIES)})

    upgraded = at.switch(at.subscription(first.id), at.pro)

    assert (upgraded.status, upgraded.latest_invoice.status) == ("past_due", "open")


def test_a_cancellation_at_the_end_of_the_period_can_be_taken_back_until_then(at: Shop) -> None:
    first = at.subscribed()
    ending = at.v1.subscriptions.update(first.id, {"cancel_at_period_end": True})
    kept = at.v1.subscriptions.update(first.id, {"cancel_at_period_end": False})
    at.v1.subscriptions.update(first.id, {"cancel_at_period_end": True})
    at.wind_to(period(first)[1])

    assert (ending.status, ending.cancel_at_period_end, ending.cancel_at) == ("active", True, period(first)[1])
    assert (kept.cancel_at_period_end, kept.cancel_at) == (False, None)
    ended = at.subscription(first.id)
    assert (ended.status, ended.ended_at) == ("canceled", period(first)[1])
    assert len(at.invoices(first)) == 1


def test_a_cancellation_now_ends_it_once(at: Shop) -> None:
    first = at.subscribed()

    assert at.v1.subscriptions.cancel(first.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        at.v1.subscriptions.cancel(first.id)

    assert refusal.value.http_status == 404
    assert types(at).count("customer.subscription.deleted") == 1


def test_a_customer_who_is_deleted_is_charged_no_more(at: Shop) -> None:
    first = at.subscribed()
    at.v1.customers.delete(at.ada)
    at.wind(70 * DAY)

    assert at.subscription(first.id).status == "canceled"
    assert len(at.invoices(first)) == 1


# Through the API


def test_a_subscription_is_made_with_a_card_on_file(at: Shop) -> None:
    order = {"customer": at.ada, "items": [{"price": at.basic}], "metadata": {"plan": "basic"}}
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        at.v1.subscriptions.create(order)
    card = at.saved_card("4242424242424242")
    at.v1.customers.update(at.ada, {"invoice_settings": {"default_payment_method": card}})

    made = at.v1.subscriptions.create({**order, "expand": ["latest_invoice"]})

    assert (made.status, made.latest_invoice.status) == ("active", "paid")


def test_a_subscription_whose_first_payment_fails_is_incomplete_or_an_error(at: Shop) -> None:
    order = {"customer": at.ada, "items": [{"price": at.basic}], "default_payment_method": at.saved_card(DIES)}

    assert at.v1.subscriptions.create(order).status == "incomplete"
    with pytest.raises(stripe.CardError):
        at.v1.subscriptions.create({**order, "payment_behavior": "error_if_incomplete"})


def test_subscriptions_are_listed_by_customer_status_and_time_page_by_page(at: Shop) -> None:
    ids = [at.subscribed().id for _ in range(3)]
    at.v1.subscriptions.cancel(ids[0])
    made = at.subscription(ids[2]).created

    def found(**filters: Any) -> list[str]:
        return [each.id for each in at.v1.subscriptions.list(filters).data]

    assert found(customer=at.ada) == [ids[2], ids[1]]
    assert found(status="all") == ids[::-1]
    assert found(status="canceled") == [ids[0]]
    assert found(status="all", created={"lt": made - DAY}) == []
    assert found(customer=at.ada, status="all", limit=1, starting_after=ids[2]) == [ids[1]]
    everything = at.v1.subscriptions.list({"status": "all", "limit": 1}).auto_paging_iter()
    assert [each.id for each in everything] == ids[::-1]


# Invoices


def test_an_open_invoice_is_paid_by_another_card_or_outside_of_stripe(at: Shop) -> None:
    first = at.subscribed()
    at.v1.subscriptions.update(first.id, {"default_payment_method": at.saved_card(DIES)})
    due = at.renewed(first).latest_invoice.id
    with pytest.raises(stripe.CardError):
        at.v1.invoices.pay(due)

    paid = at.v1.invoices.pay(due, {"payment_method": at.saved_card("4242424242424242")})
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        at.v1.invoices.pay(due)
    outside = at.v1.invoices.pay(at.renewed(at.subscription(first.id)).latest_invoice.id, {"paid_out_of_band": True})

    assert (paid.status, paid.amount_paid, at.subscription(first.id).status) == ("paid", 1000, "active")
    assert (outside.status, outside.amount_paid_off_stripe) == ("paid", 1000)
    [payment] = at.v1.invoice_payments.list({"invoice": outside.id}).data
    assert payment.status == "canceled"


def test_the_lines_beyond_the_tenth_are_listed(at: Shop) -> None:
    first = at.subscribed()
    for number in range(11):
        at.v1.invoice_items.create({"customer": at.ada, "subscription": first.id, "amount": 100 + number})

    invoice = at.renewed(first).latest_invoice

    assert (len(invoice.lines.data), invoice.lines.has_more, invoice.total) == (10, True, 2155)
    lines = list(at.v1.invoices.line_items.list(invoice.id, {"limit": 5}).auto_paging_iter())
    assert [line.amount for line in lines] == [*range(100, 111), 1000]


def test_an_invoice_of_another_app_is_of_no_subscription(at: Shop) -> None:
    first = at.subscribed()
    at.v1.customers.update(at.ada, {"invoice_settings": {"default_payment_method": first.default_payment_method}})
    draft = at.v1.invoices.create({"customer": at.ada, "metadata": {"app": "another"}})
    at.v1.invoice_items.create({"customer": at.ada, "invoice": draft.id, "amount": 300, "description": "A poster"})

    opened = at.v1.invoices.finalize_invoice(draft.id)
    paid = at.v1.invoices.pay(draft.id)

    assert (opened.status, opened.amount_due, opened.number) == ("open", 300, opened.number)
    assert (paid.status, paid.parent, paid.metadata["app"]) == ("paid", None, "another")
    assert at.subscription(first.id).latest_invoice.id == first.latest_invoice.id


def test_a_void_invoice_is_not_paid_and_not_missed(at: Shop) -> None:
    first = at.subscribed()
    at.v1.subscriptions.update(first.id, {"default_payment_method": at.saved_card(DIES)})
    due = at.renewed(first).latest_invoice.id

    void = at.v1.invoices.void_invoice(due)

    assert (void.status, at.subscription(first.id).status) == ("void", "active")
    with pytest.raises(stripe.InvalidRequestError):
        at.v1.invoices.pay(due)


def test_what_was_paid_of_an_invoice_is_refunded_and_disputed_like_any_payment(at: Shop) -> None:
    first, disputed = at.subscribed(), at.subscribed(card=DISPUTES)

    def intent_of(subscription: Any) -> str:
        [payment] = at.v1.invoice_payments.list({"invoice": subscription.latest_invoice.id}).data
        return str(payment.payment.payment_intent)

    refund = at.v1.refunds.create({"payment_intent": intent_of(first), "amount": 500})
    [dispute] = at.v1.disputes.list({"payment_intent": intent_of(disputed)}).data

    assert (refund.amount, refund.payment_intent) == (500, intent_of(first))
    assert (dispute.amount, dispute.status) == (1000, "needs_response")
    assert (at.subscription(first.id).status, at.subscription(disputed.id).status) == ("active", "active")
    assert at.subscription(first.id).latest_invoice.status == "paid"


def test_invoices_are_listed_by_customer_and_status(at: Shop) -> None:
    first = at.subscribed()

    def found(**filters: Any) -> list[str]:
        return [each.id for each in at.v1.invoices.list(filters).data]

    assert found(customer=at.ada, status="paid") == [first.latest_invoice.id]
    assert found(customer=at.ada, status="open") == []
    assert found(subscription="sub_other") == []


def test_an_account_that_is_restored_goes_on_where_it_was(at: Shop) -> None:
    first = at.subscribed()
    kept = at.server.snapshot()
    at.server.clear()
    at.server.restore(kept)

    assert at.renewed(first).latest_invoice.billing_reason == "subscription_cycle"


def test_every_object_of_billing_has_the_fields_that_the_official_library_promises(at: Shop) -> None:
    at.v1.coupons.create({"id": "half", "percent_off": 50, "duration": "repeating", "duration_in_months": 3})
    first = at.subscribed(discounts=[{"coupon": "half"}])
    at.switch(first, at.pro, proration_behavior="create_prorations")
    renewed = at.renewed(first)
    subscription = at.v1.subscriptions.retrieve(first.id, {"expand": ["discounts.source.coupon"]})
    [discount] = subscription.discounts
    invoice = renewed.latest_invoice
    [payment] = at.v1.invoice_payments.list({"invoice": invoice.id}).data
    item = at.v1.invoice_items.list().data
    item += at.v1.invoice_items.list({"invoice": invoice.id}).data

    checked = [subscription, subscription["items"].data[0], subscription["items"].data[0].plan, discount]
    checked += [discount.source.coupon, invoice, *invoice.lines.data, payment, *item, at.v1.prices.retrieve(at.basic)]
    for made in checked:
        absent = [name for name in promised(type(made)) if made.to_dict().get(name) is None]
        assert (type(made).__name__, absent) == (type(made).__name__, [])


def test_a_page_of_an_invoice_that_is_not_there_is_not_there(running: StripeServer) -> None:
    assert httpx.get(f"{running.url}/i/in_none").status_code == 404


def test_who_lives_by_the_same_clock_hears_of_it_before_anything_happens(at: Shop) -> None:
    first = at.subscribed()
    told: list[tuple[int, str]] = []

    def hear(ahead: int) -> None:
        held = at.server.snapshot()["objects"].get("subscription", {})
        told.append((ahead, held[first.id]["status"] if held else "gone"))

    at.server.on_wind = hear

    at.v1.subscriptions.update(first.id, {"cancel_at_period_end": True})
    before = at.wind(0)
    at.wind(40 * DAY)
    with pytest.raises(AssertionError, match="only goes forward"):
        at.wind(-1)

    assert [status for _, status in told] == ["active", "active"]
    assert told[1][0] - told[0][0] == 40 * DAY
    assert at.wind(0) - before == pytest.approx(40 * DAY, abs=60)
