"""From a payment at Stripe to the order that it paid for.

An order knows its payments once it was settled. Before that Stripe is asked which session, invoice or order they
belong to: of a payment that went back the event may come before the one that it was made.
"""

import dataclasses
from dataclasses import dataclass

from shared.billing import invoices, orders, stripe_invoices, stripe_sessions
from shared.billing.orders import Order
from shared.errors import OrderMissing
from shared.ledger.order_state import Session


@dataclass(frozen=True, slots=True)
class Found:
    """The order, and its ``session`` where Stripe was asked for it just now. It ``is_new`` if it was written here."""

    order: Order
    session: Session | None = None
    is_new: bool = False


def find(payment_intent_id: str) -> Found | None:
    """The order that the payment paid for; None where it is not ours.

    Raises:
        OrderMissing: the payment is ours, and its order is not there yet.
        Unavailable: Stripe did not answer.
    """
    if (known := orders.with_payment(payment_intent_id)) is not None:
        return Found(known)
    session = stripe_sessions.session_of(payment_intent_id)
    if session is not None:
        return Found(orders.require(session.id), session)
    invoice = stripe_invoices.paid_by(payment_intent_id)
    if invoice is not None:
        is_new = invoices.settle(invoice)
        return Found(orders.require(invoice.id), is_new=is_new)
    if (ours := stripe_sessions.reference_of(payment_intent_id)) is None:
        return None
    if (order := orders.with_reference(ours)) is None:
        raise OrderMissing("The order of this payment is not there yet.")
    return Found(dataclasses.replace(order, payment_intents=(payment_intent_id,)))
