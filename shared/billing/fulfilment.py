"""Fulfilment: what is done about what Stripe says, by what it is about and not by who or what reports it."""

from shared.billing import event_log, orders, stripe_sessions
from shared.billing.subjects import Charge, Dispute, Invoice, Subject, Subscription
from shared.billing.webhook import Event
from shared.errors import OrderMissing
from shared.ledger.order_state import Order, Session


def apply(subject: Subject | None, event: Event) -> None:
    """Does what follows from the subject of the event, and writes the log entry of the event in the same commit.

    Raises:
        OrderMissing: a session was paid, and there is no order of it.
        Contention, Unavailable.
    """
    match subject:
        case Session():
            _apply_session(subject, event)
        case Charge() | Dispute() | Invoice() | Subscription() | None:
            event_log.record(event, "ignored")


def bring_up_to_date(order: Order) -> Order:
    """The order after what Stripe says of its session now.

    Raises:
        Contention, Unavailable.
    """
    settled = orders.settle(order, stripe_sessions.retrieve_session(order.session_id), None)
    if settled.status == "paid" and settled.paid_at is None:
        return orders.require(order.session_id)
    return settled


def _apply_session(session: Session, event: Event) -> None:
    order = orders.find(session.id)
    if order is not None:
        orders.settle(order, session, event)
    elif session.needs_its_order:
        raise OrderMissing("The order of this session is not there yet.")
    else:
        event_log.record(event, "ignored")
