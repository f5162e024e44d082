"""Fulfilment: what is done about an event of Stripe's, whoever brings it: the webhook, or who lists what it missed."""

from shared import log
from shared.billing import event_log, orders, reversals
from shared.billing.subjects import FailedPayment, MoneyBack
from shared.billing.webhook import Event
from shared.errors import OrderMissing
from shared.ledger.order_state import Session


def apply(event: Event) -> None:
    """Does what follows from the event, and writes its log entry in the same commit.

    Raises:
        OrderMissing: money came in or went back, and there is no order of it.
        Contention, Unavailable, WalletInconsistent.
    """
    match event.subject:
        case Session() as session:
            _settle(session, event)
        case MoneyBack(str(payment_intent_id)):
            _reverse(payment_intent_id, event)
        case FailedPayment(code):
            log.write("INFO", "payment-failed", code=code)
            event_log.record(event, "processed")
        case _:
            event_log.record(event, "ignored")


def _settle(session: Session, event: Event) -> None:
    order = orders.find(session.id)
    if order is not None:
        orders.settle(order, session, event)
    elif session.needs_its_order:
        raise OrderMissing("The order of this session is not there yet.")
    else:
        event_log.record(event, "ignored")


def _reverse(payment_intent_id: str, event: Event) -> None:
    found = orders.of_payment(payment_intent_id)
    if found is None:
        event_log.record(event, "ignored")
    else:
        order, session = found
        reversals.bring_up_to_date(order, event, session)
