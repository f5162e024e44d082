"""Fulfilment: what is done about an event of Stripe's, whoever brings it: the webhook, or who lists what it missed."""

from shared import log
from shared.billing import event_log, open_pages, orders, reload_settings, reloads, reversals
from shared.billing.subjects import FailedPayment, MoneyBack, ReloadPayment, TakenCard
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
        case FailedPayment(code):
            log.write("INFO", "payment-failed", code=code)
            event_log.record(event, "processed")
        case _:
            event_log.record(event, "ignored")
    return False


def settle(session: Session, event: Event | None = None) -> bool:
    """Brings the session's order to what the session says, and returns whether that changed the order.

    A session on which a card was saved has no order: what waited for the card takes effect.

    Raises:
        Contention, Unavailable, WalletInconsistent.
        OrderMissing: money came in, and there is no order.
    """
    order = orders.find(session.id)
    if order is not None:
        settled = orders.settle(order, session, event)
        open_pages.close_others(settled)
        return orders.has_changed(order, settled)
    if session.mode == "setup" and session.status == "complete":
        return reload_settings.finish_setup(session.id, event)
    if session.needs_its_order:
        raise OrderMissing("The order of this session is not there yet.")
    return _ignore(event)


def reverse(payment_intent_id: str, event: Event | None = None) -> bool:
    """Brings the payment's order to what Stripe says now, and returns whether that changed the order.

    Raises:
        Contention, Unavailable, WalletInconsistent.
        OrderMissing: the payment is ours, and there is no order.
    """
    found = orders.of_payment(payment_intent_id)
    if found is None:
        return _ignore(event)
    order, session = found
    return orders.has_changed(order, reversals.bring_up_to_date(order, event, session))


def _ignore(event: Event | None) -> bool:
    if event is not None:
        event_log.record(event, "ignored")
    return False
