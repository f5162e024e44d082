"""Stripe's customer portal, where subscribers see invoices, change their card, switch between plans and cancel.

What it offers is said by a configuration of ours. It is found by its metadata, which say what it was made from, and
made where there is none: another catalogue is another configuration.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

from shared.billing.stripe_client import client, made, made_in_attempts, pages
from shared.billing.subjects import APP
from shared.config import settings

CONFIGURATIONS = 1000
"""So many are looked through; each edit of the plans adds one."""

PRODUCTS = 10
"""Between so many plans Stripe lets a customer switch."""


def open_page(customer_id: str, prices: Sequence[tuple[str, str]]) -> str:
    """The URL of the customer's portal, which leads back to the shop. ``prices`` are those of the plans, by product.

    Raises:
        CustomerMissing: there is no such customer.
        KeySpent, Unavailable: Stripe did not answer.
    """
    parameters = {
        "customer": customer_id,
        "configuration": _configuration(prices),
        "return_url": settings().portal_return_url,
    }
    # A page lives for minutes, and every visit has one of its own.
    page = made(client().v1.billing_portal.sessions.create, parameters, f"portal-page-{uuid.uuid4().hex}", 0)
    return str(page.url)


def _configuration(prices: Sequence[tuple[str, str]]) -> str:
    """The id of the configuration that offers exactly this."""
    features = _features(prices)
    said = hashlib.sha256(json.dumps(features, sort_keys=True).encode()).hexdigest()
    kept, _ = pages(client().v1.billing_portal.configurations.list, {"active": True}, CONFIGURATIONS)
    for configuration in kept:
        metadata = configuration.to_dict().get("metadata") or {}
        if (metadata.get("app"), metadata.get("says")) == (APP, said):
            return str(configuration.id)
    parameters = {"features": features, "metadata": {"app": APP, "says": said}}
    made_now = made_in_attempts(client().v1.billing_portal.configurations.create, parameters, f"portal-{said}")
    return str(made_now.id)


def _features(prices: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        "subscription_update": _switching(prices) if len(prices) > 1 else {"enabled": False},
    }


def _switching(prices: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """An upgrade is paid at once, for what is left of the period. A downgrade waits for the period's end."""
    return {
        "enabled": True,
        "default_allowed_updates": ["price"],
        "products": [{"product": product, "prices": [price]} for product, price in prices[:PRODUCTS]],
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {"conditions": [{"type": "decreasing_item_amount"}, {"type": "shortening_interval"}]},
    }
