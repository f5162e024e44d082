"""The shapes of what is saved of a card: the payment method, and the setup intent that saves it.

Like ``objects``, functions return new objects and touch no state; times are Unix seconds.
"""

from typing import Any

import stripe

from local.stripe.cards import Card
from local.stripe.objects import JsonObject, new_id, shape

_OF_EVERY_TYPE = frozenset(
    {
        "allow_redisplay",
        "billing_details",
        "created",
        "customer",
        "customer_account",
        "id",
        "livemode",
        "metadata",
        "object",
        "radar_options",
        "type",
    }
)
"""The fields of a payment method of any type. Beside them Stripe sends those of its own type alone."""


def payment_method(created: int, *, card: Card, **given: Any) -> JsonObject:
    """A card that belongs to no customer yet; ``given`` are the fields of the request."""
    expires = {"exp_month": 12, "exp_year": 2034}
    fields = {
        "id": new_id("pm"),
        "object": "payment_method",
        "created": created,
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": shape(
            stripe.PaymentMethod.Card,
            brand="visa",
            checks={"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            country="US",
            display_brand="visa",
            fingerprint=card.fingerprint,
            funding="credit",
            last4=card.number[-4:],
            networks={"available": ["visa"], "preferred": None},
            three_d_secure_usage={"supported": True},
            **expires,
        ),
        "metadata": {},
        "type": "card",
    }
    made = shape(stripe.PaymentMethod, **{**fields, **given})
    return {name: value for name, value in made.items() if name in _OF_EVERY_TYPE | {"card"}}


def setup_intent(created: int, **given: Any) -> JsonObject:
    """A setup intent that waits for a payment method; ``given`` are the fields of the request."""
    intent_id = new_id("seti")
    fields = {
        "id": intent_id,
        "object": "setup_intent",
        "created": created,
        "client_secret": new_id(f"{intent_id}_secret"),
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
    }
    return shape(stripe.SetupIntent, **{**fields, **given})
