"""Subscriptions at Stripe."""

from dataclasses import dataclass
from typing import Any

import stripe

from shared.billing import stripe_invoices
from shared.billing.stripe_client import client, reached
from shared.billing.stripe_invoices import moment
from shared.billing.subjects import APP
from shared.cloud.document_ids import is_document_id
from shared.ledger.invoice import Invoice
from shared.ledger.subscription import Said


@dataclass(frozen=True, slots=True)
class Found:
    """A subscription of ours, and its latest invoice if it has one."""

    said: Said
    latest_invoice: Invoice | None


def retrieve(subscription_id: str) -> Found | None:
    """The subscription as Stripe knows it now; None where it is not ours, or Stripe does not know it.

    Raises:
        Unavailable: Stripe did not answer.
    """
    try:
        with reached():
            answer = client().v1.subscriptions.retrieve(subscription_id, {"expand": ["latest_invoice"]})
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise
    document = answer.to_dict()
    user_id = document["metadata"].get("userId") or ""
    if document["metadata"].get("app") != APP or not is_document_id(user_id):
        return None
    latest = stripe_invoices.ours(document["latest_invoice"]) if document["latest_invoice"] else None
    return Found(_said(document, user_id, latest), latest)


def _said(document: dict[str, Any], user_id: str, latest: Invoice | None) -> Said:
    item = document["items"]["data"][0]  # a subscription of ours has one
    last_paid = latest if latest is not None and latest.is_paid and latest.ends_at is not None else None
    if last_paid is None:
        last_paid = stripe_invoices.last_paid(document["id"])
    customer = document["customer"]
    return Said(
        id=document["id"],
        user_id=user_id,
        customer_id=customer if isinstance(customer, str) else customer["id"],
        status=document["status"],
        price_id=item["price"]["id"],
        period_start=moment(item["current_period_start"]),
        period_end=moment(item["current_period_end"]),
        paid_until=last_paid.ends_at if last_paid is not None else None,
        # With flexible billing the portal says when it ends, and not that this is the end of a period.
        is_ending=document["cancel_at_period_end"] or document["cancel_at"] is not None,
        ended_at=moment(document["ended_at"]) if document["ended_at"] else None,
        page_url=latest.page_url if latest is not None and not latest.is_paid else None,
    )
