"""The shapes of Stripe's objects, as JSON, with every field that the official library's class of it has.

A field that is not named here is null, as Stripe sends a field that is not set. Functions return new objects and touch
no state; amounts are minor units, times are Unix seconds.
"""

import secrets
import string
from typing import Any

import stripe
from stripe import StripeObject

API_VERSION = stripe.api_version

JsonObject = dict[str, Any]

_SENT_ONLY_ON_DEMAND = frozenset(
    {
        "account",
        "cash_balance",
        "context",
        "currency_options",
        "deleted",
        "discounts",
        "invoice_credit_balance",
        "line_items",
        "refunds",
        "sources",
        "subscriptions",
        "tax",
        "tax_ids",
        "taxes",
        "tiers",
    }
)
"""Fields that Stripe leaves out unless they are expanded or the case arises."""

_ID_CHARACTERS = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """A fresh id in Stripe's form, without a further underscore."""
    return f"{prefix}_{''.join(secrets.choice(_ID_CHARACTERS) for _ in range(length))}"


def shape(official: type[StripeObject], **fields: Any) -> JsonObject:
    """An object with every field of the official class: those that are given, and null in the others.

    Raises:
        TypeError: the class has no such field.
    """
    known = [name for name in official.__annotations__ if name != "OBJECT_NAME"]
    unknown = fields.keys() - set(known)
    if unknown:
        raise TypeError(f"{official.__name__} has no field {sorted(unknown)}.")
    unset = {name: None if name != "livemode" else False for name in known if name not in _SENT_ONLY_ON_DEMAND}
    return {**unset, **fields}


def customer(created: int, **given: Any) -> JsonObject:
    """A customer; ``given`` are the fields of the request."""
    customer_id = new_id("cus", 14)
    fields = {
        "id": customer_id,
        "object": "customer",
        "created": created,
        "balance": 0,
        "delinquent": False,
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    }
    return shape(stripe.Customer, **{**fields, **given})


def product(created: int, **given: Any) -> JsonObject:
    """A product; ``given`` are the fields of the request."""
    fields = {
        "id": new_id("prod", 14),
        "object": "product",
        "created": created,
        "updated": created,
        "active": True,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "type": "service",
    }
    return shape(stripe.Product, **{**fields, **given})


def price(created: int, *, product_id: str, currency: str, unit_amount: int, **given: Any) -> JsonObject:
    """A price of ``unit_amount`` minor units, one-time unless ``given``, its further fields, say otherwise."""
    fields = {
        "id": new_id("price"),
        "object": "price",
        "created": created,
        "active": True,
        "billing_scheme": "per_unit",
        "currency": currency,
        "metadata": {},
        "product": product_id,
        "tax_behavior": "unspecified",
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }
    return shape(stripe.Price, **{**fields, **given})


def line_item(price_of_item: JsonObject, description: str, quantity: int, metadata: dict[str, str]) -> JsonObject:
    """One line of a Checkout Session."""
    amount = price_of_item["unit_amount"] * quantity
    return shape(
        stripe.LineItem,
        id=new_id("li"),
        object="item",
        amount_discount=0,
        amount_subtotal=amount,
        amount_tax=0,
        amount_total=amount,
        currency=price_of_item["currency"],
        description=description,
        metadata=metadata,
        price=price_of_item,
        quantity=quantity,
    )


def checkout_session(created: int, *, session_id: str, url: str, amount: int | None, **given: Any) -> JsonObject:
    """An open Checkout Session with a hosted page; ``given`` are the fields of the request.

    The amount is None where nothing is charged, and never will be.
    """
    fields = {
        "id": session_id,
        "object": "checkout.session",
        "created": created,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_creation": None if given.get("customer") else "if_required",
        "discounts": [],
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        },
        "metadata": {},
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if amount else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": None if amount is None else {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": url,
    }
    return shape(stripe.checkout.Session, **{**fields, **given})


def customer_details(email: str) -> JsonObject:
    """What the payer entered on the hosted page."""
    return {
        "address": {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": None, "state": None},
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def payment_intent(created: int, *, amount: int, currency: str, **given: Any) -> JsonObject:
    """A PaymentIntent that waits for a payment method; ``given`` are the fields of the request."""
    intent_id = new_id("pi")
    fields = {
        "id": intent_id,
        "object": "payment_intent",
        "created": created,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "currency": currency,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }
    return shape(stripe.PaymentIntent, **{**fields, **given})


def charge(created: int, *, intent: JsonObject, payment_method: JsonObject, email: str) -> JsonObject:
    """A pending attempt at paying ``intent`` with a card."""
    return shape(
        stripe.Charge,
        id=new_id("ch"),
        object="charge",
        created=created,
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        billing_details={"address": None, "email": email, "name": None, "phone": None, "tax_id": None},
        captured=True,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        paid=False,
        payment_intent=intent["id"],
        payment_method=payment_method["id"],
        payment_method_details={
            "type": "card",
            "card": {
                name: payment_method["card"][name] for name in ("brand", "country", "exp_month", "exp_year", "last4")
            },
        },
        receipt_email=intent["receipt_email"],
        refunded=False,
        status="pending",
    )


def event(created: int, *, event_type: str, snapshot: JsonObject, request: JsonObject, api_version: str) -> JsonObject:
    """An event about ``snapshot``, a copy of the object as it was then, in the form that it had in that version."""
    return shape(
        stripe.Event,
        id=new_id("evt"),
        object="event",
        api_version=api_version,
        created=created,
        data={"object": snapshot},
        pending_webhooks=1,
        request=request,
        type=event_type,
    )
