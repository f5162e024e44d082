"""The shapes of recurring billing: subscriptions, invoices, their lines and payments, coupons.

Like ``objects``, functions return new objects and touch no state; amounts are minor units, times are Unix seconds.
"""

from typing import Any

import stripe
from stripe import StripeObject

from local.stripe.objects import JsonObject, new_id, shape


def recurring(given: JsonObject) -> JsonObject:
    """How often a recurring price is charged; ``given`` is of the request."""
    return shape(stripe.Price.Recurring, **{"interval_count": 1, "usage_type": "licensed", **given})


def subscription(created: int, *, customer_id: str, currency: str, **given: Any) -> JsonObject:
    """A subscription without items whose first invoice is not paid yet; ``given`` are further fields."""
    fields = {
        "id": new_id("sub"),
        "object": "subscription",
        "created": created,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": created,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": None},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": shape(stripe.Subscription.CancellationDetails),
        "collection_method": "charge_automatically",
        "currency": currency,
        "customer": customer_id,
        "discounts": [],
        "invoice_settings": shape(stripe.Subscription.InvoiceSettings, issuer=_ourselves()),
        "metadata": {},
        "payment_settings": shape(stripe.Subscription.PaymentSettings, save_default_payment_method="off"),
        "start_date": created,
        "status": "incomplete",
        "trial_settings": {
            "end_behavior": {"billing_cycle_anchor": "now", "missing_payment_method": "create_invoice"},
        },
    }
    return shape(stripe.Subscription, **{**fields, **given})


def items(of_subscription: str, held: list[JsonObject]) -> JsonObject:
    """The list of a subscription's items."""
    url = f"/v1/subscription_items?subscription={of_subscription}"
    return {"object": "list", "data": held, "has_more": False, "total_count": len(held), "url": url}


def subscription_item(
    created: int,
    *,
    subscription_id: str,
    price: JsonObject,
    quantity: int,
    period: tuple[int, int],
    metadata: dict[str, str],
) -> JsonObject:
    """What a subscription sells; ``period`` is the current one, its start and its end."""
    start, end = period
    return shape(
        stripe.SubscriptionItem,
        id=new_id("si", 14),
        object="subscription_item",
        billed_until=end,
        created=created,
        current_period_end=end,
        current_period_start=start,
        discounts=[],
        metadata=metadata,
        plan=plan(price),
        price=price,
        quantity=quantity,
        subscription=subscription_id,
        tax_rates=[],
    )


def plan(price: JsonObject) -> JsonObject:
    """A recurring price as Stripe called it before there were prices; it still comes with every item."""
    same = ("active", "billing_scheme", "created", "currency", "id", "livemode", "metadata", "nickname", "product")
    often = {name: price["recurring"][name] for name in ("interval", "interval_count", "meter", "usage_type")}
    return shape(
        stripe.Plan,
        object="plan",
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        **{name: price[name] for name in same},
        **often,
    )


def invoice(created: int, *, customer: JsonObject, currency: str, period: tuple[int, int], **given: Any) -> JsonObject:
    """A draft without lines; ``period`` is the time whose invoice items it takes, ``given`` are further fields."""
    start, end = period
    fields = {
        "id": new_id("in"),
        "object": "invoice",
        "created": created,
        "account_country": "US",
        "account_name": "Local test account",
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "collection_method": "charge_automatically",
        "currency": currency,
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": _ourselves(),
        "lines": {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": ""},
        "metadata": {},
        "payment_settings": shape(stripe.Invoice.PaymentSettings),
        "period_end": end,
        "period_start": start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": customer["balance"],
        "status": "draft",
        "status_transitions": shape(stripe.Invoice.StatusTransitions),
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }
    return shape(stripe.Invoice, **{**fields, **given})


def of_subscription(subscription: JsonObject) -> JsonObject:
    """The ``parent`` of a subscription's invoice; it has the subscription's metadata of that moment."""
    details = shape(
        stripe.Invoice.Parent.SubscriptionDetails,
        metadata=dict(subscription["metadata"]),
        subscription=subscription["id"],
    )
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def line_of_item(
    item: JsonObject, amount: int, period: tuple[int, int], description: str, *, proration: bool = False
) -> JsonObject:
    """A line for what a subscription's item costs in ``period``; a proration may be below 0."""
    details = shape(
        stripe.InvoiceLineItem.Parent.SubscriptionItemDetails,
        proration=proration,
        proration_details={"credited_items": None},
        subscription=item["subscription"],
        subscription_item=item["id"],
    )
    parent = {
        "invoice_item_details": None,
        "subscription_item_details": details,
        "type": "subscription_item_details",
    }
    return _line(
        amount,
        item["price"]["currency"],
        period,
        description,
        parent=parent,
        pricing=pricing(item["price"]),
        quantity=item["quantity"],
        subscription=item["subscription"],
        discountable=not proration,
    )


def line_of_invoice_item(item: JsonObject) -> JsonObject:
    """A line for an invoice item. One that is a subscription's proration still says of which of its items."""
    about = (item["parent"] or {}).get("subscription_details") or {"subscription": None, "subscription_item": None}
    kind, of_item = "invoice_item_details", {}
    official: type[StripeObject] = stripe.InvoiceLineItem.Parent.InvoiceItemDetails
    if about["subscription_item"] is not None:
        kind, of_item = "subscription_item_details", {"subscription_item": about["subscription_item"]}
        official = stripe.InvoiceLineItem.Parent.SubscriptionItemDetails
    details = shape(
        official,
        invoice_item=item["id"],
        proration=item["proration"],
        proration_details={"credited_items": None},
        subscription=about["subscription"],
        **of_item,
    )
    return _line(
        item["amount"],
        item["currency"],
        (item["period"]["start"], item["period"]["end"]),
        item["description"],
        parent={"invoice_item_details": None, "subscription_item_details": None, kind: details, "type": kind},
        pricing=item["pricing"],
        quantity=item["quantity"],
        subscription=about["subscription"],
        discountable=item["discountable"],
        metadata=item["metadata"],
    )


def pricing(price: JsonObject) -> JsonObject:
    """Which price a line is of."""
    details = {"price": price["id"], "product": price["product"]}
    return {"price_details": details, "type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"]}


def _line(amount: int, currency: str, period: tuple[int, int], description: str | None, **given: Any) -> JsonObject:
    start, end = period
    fields = {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discounts": [],
        "metadata": {},
        "period": {"end": end, "start": start},
        "pretax_credit_amounts": [],
        "subtotal": amount,
        "taxes": [],
    }
    return shape(stripe.InvoiceLineItem, **{**fields, **given})


def invoice_item(
    created: int, *, customer_id: str, amount: int, currency: str, period: tuple[int, int], **given: Any
) -> JsonObject:
    """An amount that waits for an invoice; ``given`` are further fields."""
    start, end = period
    quantity = given.get("quantity", 1)
    fields = {
        "id": new_id("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer_id,
        "date": created,
        "discountable": amount > 0,
        "discounts": [],
        "metadata": {},
        "net_amount": amount,
        "period": {"end": end, "start": start},
        "proration": False,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
    }
    return shape(stripe.InvoiceItem, **{**fields, **given})


def invoice_payment(created: int, *, of_invoice: JsonObject, intent_id: str) -> JsonObject:
    """The way by which the payment intent is to pay the invoice."""
    return shape(
        stripe.InvoicePayment,
        id=new_id("inpay"),
        object="invoice_payment",
        amount_requested=of_invoice["amount_due"],
        created=created,
        currency=of_invoice["currency"],
        invoice=of_invoice["id"],
        is_default=True,
        payment=shape(stripe.InvoicePayment.Payment, payment_intent=intent_id, type="payment_intent"),
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def coupon(created: int, **given: Any) -> JsonObject:
    """A coupon; ``given`` are the fields of the request."""
    fields = {
        "id": new_id("", 8).removeprefix("_"),
        "object": "coupon",
        "created": created,
        "duration": "once",
        "metadata": {},
        "times_redeemed": 0,
        "valid": True,
    }
    return shape(stripe.Coupon, **{**fields, **given})


def discount(started: int, *, coupon: JsonObject, end: int | None, **given: Any) -> JsonObject:
    """A coupon in use until ``end``; ``given`` says by what."""
    fields = {"id": new_id("di"), "object": "discount", "source": {"coupon": coupon["id"], "type": "coupon"}}
    return shape(stripe.Discount, start=started, end=end, **fields, **given)


def schedule(created: int, *, subscription: JsonObject, phases: list[JsonObject]) -> JsonObject:
    """What a subscription changes to at the end of its period."""
    first = phases[0]
    return shape(
        stripe.SubscriptionSchedule,
        id=new_id("sub_sched"),
        object="subscription_schedule",
        billing_mode=subscription["billing_mode"],
        created=created,
        current_phase={"end_date": first["end_date"], "start_date": first["start_date"]},
        customer=subscription["customer"],
        default_settings=shape(
            stripe.SubscriptionSchedule.DefaultSettings,
            billing_cycle_anchor="automatic",
            collection_method="charge_automatically",
            invoice_settings=shape(stripe.SubscriptionSchedule.DefaultSettings.InvoiceSettings, issuer=_ourselves()),
        ),
        end_behavior="release",
        metadata={},
        pause_schedules=[],
        phases=phases,
        status="active",
        subscription=subscription["id"],
    )


def phase(start: int, end: int, *, currency: str, price_id: str, quantity: int) -> JsonObject:
    """A time in which a subscription has one price."""
    item = shape(
        stripe.SubscriptionSchedule.Phase.Item,
        discounts=[],
        metadata={},
        price=price_id,
        plan=price_id,
        quantity=quantity,
    )
    return shape(
        stripe.SubscriptionSchedule.Phase,
        add_invoice_items=[],
        currency=currency,
        discounts=[],
        end_date=end,
        items=[item],
        metadata={},
        proration_behavior="none",
        start_date=start,
    )


def _ourselves() -> JsonObject:
    return {"account": None, "type": "self"}
