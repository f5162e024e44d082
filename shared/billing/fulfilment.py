"""Fulfilment: what is done about an event of Stripe's, whoever brings it: the webhook, or who lists what it missed."""

from shared import log
from shared.billing import (
    event_log,
    invoices,
    open_pages,
    order_of_payment,
    orders,
    reload_settings,
    reloads,
    reversals,
    stripe_invoices,
    subscriptions,
)
from shared.billing.subjects import (
    ChangedInvoice,
    ChangedSubscription,
    FailedPayment,
    MoneyBack,
    ReloadPayment,
    TakenCard,
)
from shared.billing.webhook import Event
from shared.errors import OrderMissing
from shared.ledger.order_state import Session


def apply(event: Event) -> bool:
    """Does what follows from the event, writes its log entry in the same commit, and returns whether an order changed.

    Raises:
        OrderMissing: money came in or went back, and there is no order of it.
        Contention, Unavailable, WalletInconsistent.
    """
    match event.subject:
        case Session() as session:
            return settle(session, event)
        case MoneyBack(str(payment_intent_id)):
            return reverse(payment_intent_id, event)
        # The bank took a reload, or refused it: mostly after the answer of the charge said so. A delayed payment method
        # is settled by these alone.
        case ReloadPayment(payment_intent_id):
            return reloads.settle_payment(payment_intent_id, event)
        # A customer's card was detached: in the portal, in the dashboard, or by a request of ours.
        case TakenCard(payment_method, user_id):
            return reload_settings.take_card(user_id, payment_method, event)
        # A subscription began, was renewed, switched, cancelled or ended, or its payment is late: by Checkout, by
        # Stripe itself at the end of a period, or by the user in the portal.
        case ChangedSubscription(subscription_id):
            return subscriptions.bring_up_to_date(subscription_id, event)
        # An invoice was paid, by the first try or days later; or a try failed, or the bank wants to ask the payer.
        case ChangedInvoice(invoice_id):
            return settle_invoice(invoice_id, event)
        case FailedPayment(code):
            log.write("INFO", "payment-failed", code=code)
            event_log.record(event, "processed")
        case _:
            event_log.record(event, "ignored")
    return False


def settle(session: Session, event: Event | None = None) -> bool:
    """Brings the session's order, and its subscription, to what Stripe says, and returns whether that changed any.

    A session on which a card was saved has no order: what waited for the card takes effect.

    Raises:
        Contention, Unavailable, WalletInconsistent.
        OrderMissing: money came in, and there is no order.
    """
    has_changed = subscriptions.begin(session)  # before its order, so that what a crash leaves is settled again
    order = orders.find(session.id)
    if order is not None:
        settled = orders.settle(order, session, event)
        open_pages.close_others(settled)
        return orders.has_changed(order, settled) or has_changed
    if session.mode == "setup" and session.status == "complete":
        return reload_settings.finish_setup(session.id, event)
    if session.needs_its_order:
        raise OrderMissing("The order of this session is not there yet.")
    return _ignore(event)


def settle_invoice(invoice_id: str, event: Event | None = None) -> bool:
    """Brings the invoice and its subscription to what Stripe says now, and returns whether that changed anything.

    Raises:
        Contention, Unavailable.
    """
    invoice = stripe_invoices.retrieve(invoice_id)
    if invoice is None:
        return _ignore(event)
    has_changed = subscriptions.bring_up_to_date(invoice.subscription_id, besides=invoice.id)
    return invoices.settle(invoice, event) or has_changed


def reverse(payment_intent_id: str, event: Event | None = None) -> bool:
    """Brings the payment's order to what Stripe says now, and returns whether that changed anything.

    Raises:
        Contention, Unavailable, WalletInconsistent.
        OrderMissing: the payment is ours, and there is no order.
    """
    found = order_of_payment.find(payment_intent_id)
    if found is None:
        return _ignore(event)
    after = reversals.bring_up_to_date(found.order, event, found.session)
    return found.is_new or orders.has_changed(found.order, after)


def _ignore(event: Event | None) -> bool:
    if event is not None:
        event_log.record(event, "ignored")
    return False
