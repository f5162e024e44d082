"""Invoices of subscriptions at Stripe, with all their lines, and the payments that pay them."""

import datetime
import functools
from typing import TYPE_CHECKING, Any

import stripe

from shared.billing.stripe_client import client, pages, reached
from shared.billing.subjects import APP
from shared.cloud.document_ids import is_document_id
from shared.ledger.invoice import Invoice, Line

if TYPE_CHECKING:
    from stripe.params import InvoiceListParams

LINES_MAX = 1000
"""Of one invoice. A subscription that is changed every hour for a month has more; nobody's is."""

PAYMENTS_MAX = 100
"""Of one invoice, each of which paid a part of it."""

PAID_MAX = 10
"""So many paid invoices of a subscription are looked at for the last one that was of its plan."""


def retrieve(invoice_id: str) -> Invoice | None:
    """The invoice as Stripe knows it now; None where it is no invoice of a subscription of ours, or there is none.

    Raises:
        Unavailable: Stripe did not answer.
    """
    try:
        with reached():
            answer = client().v1.invoices.retrieve(invoice_id)
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise
    return ours(answer.to_dict())


def paid_by(payment_intent_id: str) -> Invoice | None:
    """The invoice, of a subscription of ours, that the payment intent pays; None where there is none.

    Raises:
        Unavailable: Stripe did not answer.
    """
    about: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent_id}, "limit": 1}
    with reached():
        found = client().v1.invoice_payments.list(about).data
    return retrieve(_id(found[0].invoice)) if found else None


def last_paid(subscription_id: str) -> Invoice | None:
    """The newest of our subscription's invoices that was paid and is of its plan; None where there is none.

    Raises:
        Unavailable: Stripe did not answer.
    """
    about: InvoiceListParams = {"subscription": subscription_id, "status": "paid", "limit": PAID_MAX}
    with reached():
        found = client().v1.invoices.list(about).data
    invoices = (ours(answer.to_dict()) for answer in found)
    return next((invoice for invoice in invoices if invoice is not None and invoice.ends_at is not None), None)


def payments_of(invoice_id: str) -> tuple[str, ...]:
    """The payment intents that paid the invoice; none where it cost nothing, or was paid elsewhere.

    Raises:
        Unavailable: Stripe did not answer.
    """
    about = {"invoice": invoice_id, "status": "paid"}
    found, _ = pages(client().v1.invoice_payments.list, about, PAYMENTS_MAX)
    return tuple(_id(each.payment.payment_intent) for each in found if each.payment.type == "payment_intent")


def ours(document: dict[str, Any]) -> Invoice | None:
    """The invoice that Stripe answered with; None where it is no invoice of a subscription of ours.

    Raises:
        Unavailable: it has more lines than came with it, and Stripe did not answer.
    """
    if not is_ours(document):
        return None
    details = document["parent"]["subscription_details"]
    user_id = details["metadata"].get("userId") or ""
    subscription_id = _id(details["subscription"])
    paid_at = document["status_transitions"]["paid_at"]
    return Invoice(
        id=document["id"],
        subscription_id=subscription_id,
        user_id=user_id if is_document_id(user_id) else None,
        customer_id=_id(document["customer"]) if document["customer"] else None,
        status=document["status"] or "",
        subtotal=document["subtotal"],
        paid=document["amount_paid"],
        currency=document["currency"],
        lines=tuple(_line(line, subscription_id) for line in _lines(document)),
        page_url=document["hosted_invoice_url"],
        paid_at=moment(paid_at) if paid_at else None,
    )


def is_ours(document: dict[str, Any]) -> bool:
    """Whether an invoice that Stripe answered with is of a subscription of ours."""
    match document:
        case {"parent": {"subscription_details": {"metadata": {"app": app}}}}:
            return bool(app == APP)
    return False


def _lines(document: dict[str, Any]) -> list[dict[str, Any]]:
    """All lines of the invoice: the first ten come with it."""
    lines: list[dict[str, Any]] = document["lines"]["data"]
    if not document["lines"]["has_more"]:
        return lines
    ask = functools.partial(client().v1.invoices.line_items.list, document["id"])
    found, has_more = pages(ask, {}, LINES_MAX)
    if has_more:
        raise RuntimeError(f"{document['id']} has more than {LINES_MAX} lines")
    return [line.to_dict() for line in found]


def _line(line: dict[str, Any], subscription_id: str) -> Line:
    price = ((line["pricing"] or {}).get("price_details") or {}).get("price")
    return Line(
        price_id=_id(price) if price else None,
        amount=line["amount"],
        currency=line["currency"],
        ends_at=moment(line["period"]["end"]),
        is_of_plan=_is_of_plan(line["parent"] or {}, subscription_id),
    )


def _is_of_plan(parent: dict[str, Any], subscription_id: str) -> bool:
    """Whether the subscription charged the line. What it charges between two renewals comes as an invoice item."""
    match parent:
        case {"subscription_item_details": {"subscription": charged_by}}:
            return bool(charged_by == subscription_id)
        case {"invoice_item_details": {"subscription": charged_by, "proration": True}}:
            return bool(charged_by == subscription_id)
    return False


def moment(seconds: int) -> datetime.datetime:
    """The time that Stripe writes in Unix seconds."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _id(value: Any) -> str:
    """The id of an object that stands there by its id or in full."""
    return str(value if isinstance(value, str) else value["id"])
