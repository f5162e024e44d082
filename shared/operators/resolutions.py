"""Decisions on orders that wait for a person: credit what was offered, give the money back, or close what went back.

Stripe is asked for what is decided about: an administrator says what is to be done, never what is true. The decision
stands on the order, and deciding the same again answers the first decision.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from shared.billing import (
    customers,
    invoices,
    orders,
    reloads,
    reversals,
    stripe_invoices,
    stripe_reversals,
    stripe_sessions,
    subscriptions,
)
from shared.billing.orders import Order
from shared.billing.stripe_reloads import Payment
from shared.cloud import documents
from shared.cloud.commits import DELETED_FIELD, SERVER_TIME, Batch, if_unchanged
from shared.cloud.failures import CHANGED, AlreadyExists
from shared.errors import (
    AnotherAccount,
    NoSuchAccount,
    NotFound,
    NotPaid,
    NotReturned,
    OrderNotParked,
    PlanUnavailable,
)
from shared.ledger.order_state import Session, purchase_of
from shared.ledger.reload import PaidReload
from shared.money import crediting, wallets
from shared.money.ledger_lines import ExtraWrite
from shared.operators import actions
from shared.operators.actions import Call

Decision = Literal["credit", "refund", "close"]

ATTEMPTS = 16

_LOST = (*CHANGED, AlreadyExists, crediting.AlreadyRecorded)


def resolve(call: Call, order_id: str, decision: Decision, reason: str) -> str:
    """Does what was decided, and returns the order's status then.

    Raises:
        NotFound: there is no such order.
        OrderNotParked: nothing is to be decided about it, or something else was.
        NotPaid, AnotherAccount, NotReturned: Stripe, or the order, says otherwise.
        InvalidRequest, IdempotencyConflict, Contention, Unavailable: nothing was decided.
    """
    actions.require_reason(reason)
    status = _resolve(call, order_id, decision, reason)
    if status == "paid" and decision == "credit":
        order = orders.require(order_id)
        if order.subscription_id is not None:
            # Whose price was unknown: what it sells was unknown too.
            subscriptions.bring_up_to_date(order.subscription_id)
        # Some of the money may have gone back while nobody knew what to do with the rest.
        status = reversals.bring_up_to_date(order).status
    return status


@if_unchanged(ATTEMPTS, "This order is busy; try again in a moment.", _LOST)
def _resolve(call: Call, order_id: str, decision: Decision, reason: str) -> str:
    order = orders.find(order_id)
    if order is None:
        raise NotFound("There is no such order.")
    if call.made_before(documents.get(call.reference)) or order.resolution == decision:
        return order.status
    if order.resolution is not None:
        raise OrderNotParked(f"It was decided to {order.resolution} this order.")
    match decision:
        case "credit":
            return _credit(call, order, reason)
        case "refund":
            return _refund(call, order, reason)
        case "close":
            return _close(call, order, reason)


def _credit(call: Call, order: Order, reason: str) -> str:
    _require_parked(order)
    if order.is_reload:
        return _credit_reload(call, order, reason)
    return _credit_session(call, order, reason) if order.has_session else _credit_invoice(call, order, reason)


def _credit_session(call: Call, order: Order, reason: str) -> str:
    session = _paid_session(order)
    if session.user_id != order.user_id:
        raise AnotherAccount("Stripe says that another account bought this.")
    fields: dict[str, object] = {"paid": session.total, **orders.paid_fields(order)}
    if session.payment_intent_id is not None:
        fields["paymentIntents"] = [session.payment_intent_id]
    bought = purchase_of(order, session)
    return _credited(call, order, reason, fields, lambda write: orders.credited(order, bought, write))


def _credit_reload(call: Call, order: Order, reason: str) -> str:
    """Credits what the reload was to buy, whatever was paid for it. Its month has been charged since it was claimed."""
    wanted, paid = _reload(order), _reload_payment(order)
    if paid is None or paid.id is None:
        raise NotPaid("Stripe does not say that this was paid.")
    customer = customers.stored(documents.get(wallets.reference(order.user_id)).fields)
    if paid.user_id != order.user_id or paid.customer_id != customer.id:
        raise AnotherAccount("Stripe says that another account bought this.")
    bought = PaidReload(wanted.id, wanted.user_id, paid.id, wanted.offer).entry()
    fields = {"paid": paid.amount, "paymentIntents": [paid.id], "paidAt": SERVER_TIME}
    return _credited(call, order, reason, fields, lambda write: crediting.credit(bought, write))


def _reload(order: Order) -> reloads.Order:
    found = reloads.find(order.session_id)
    if found is None:
        raise NotFound("There is no such order.")
    return found


def _reload_payment(order: Order) -> Payment | None:
    """The payment of the reload, by what Stripe says now."""
    return reloads.payment_made(_reload(order), order.payment_intents)


def _credit_invoice(call: Call, order: Order, reason: str) -> str:
    """Grants what the invoice buys by the offers that are on record by now."""
    paid = stripe_invoices.retrieve(order.session_id)
    if paid is None or not paid.is_paid:
        raise NotPaid("Stripe does not say that this was paid.")
    settled = invoices.settlement_of(paid, invoices.look_at(paid))
    if settled.is_of_another_account:
        raise AnotherAccount(f"Stripe says that {settled.parked_reason}.")
    if settled.parked_reason is not None:
        raise PlanUnavailable(f"Nobody knows what this sold: {settled.parked_reason}.")
    grant = settled.grant
    fields = {"tokens": grant.tokens, "plan": grant.plan, "economy": grant.economy, "paidAt": SERVER_TIME}
    return _credited(call, order, reason, fields, lambda write: crediting.credit(grant.entry(), write))


def _credited(
    call: Call,
    order: Order,
    reason: str,
    fields: Mapping[str, object],
    credit: Callable[[ExtraWrite], object],
) -> str:
    # A part of the money may be back already. Its tokens are taken by the look that follows, or else by reconciliation.
    paid = {**fields, "status": "paid", "reversed": 0, "reversalOpen": True}
    try:
        credit(_decided(call, order, "credit", reason, paid))
    except NoSuchAccount:
        raise AnotherAccount("The account that bought this is gone.") from None
    return "paid"


def _refund(call: Call, order: Order, reason: str) -> str:
    if order.status != "refunded":
        _require_parked(order)
        payments = _payments(order)
        if not payments:
            raise NotPaid("Stripe knows no payment of this order.")
        try:
            for payment_intent_id in payments:
                stripe_reversals.refund(payment_intent_id, order.session_id)
        except stripe_reversals.Disputed:
            raise NotReturned("The payer disputes this payment, so Stripe refunds none of it.") from None
    return _close_returned(call, order, "refund", reason)


def _payments(order: Order) -> tuple[str, ...]:
    """The payment intents that paid the order, by what Stripe says now."""
    if order.is_reload:
        paid = _reload_payment(order)
        return (paid.id,) if paid is not None and paid.id is not None else ()
    if not order.has_session:
        return stripe_invoices.payments_of(order.session_id)
    session = _paid_session(order)
    return (session.payment_intent_id,) if session.payment_intent_id is not None else ()


def _close(call: Call, order: Order, reason: str) -> str:
    if order.status == "paid" and order.is_unclear:
        _commit(call, order, "close", reason, {"reversalOpen": DELETED_FIELD, "unclear": DELETED_FIELD})
        return order.status
    if order.status != "refunded":
        _require_parked(order)
    return _close_returned(call, order, "close", reason)


def _close_returned(call: Call, order: Order, decision: Decision, reason: str) -> str:
    """Writes the decision on an order of which Stripe says that all of the money went back, if any was collected."""
    now = reversals.bring_up_to_date(order)
    if now.status != "refunded" and now.reversible.paid > 0:
        raise NotReturned("Stripe does not say that all of the money went back.")
    _commit(call, now, decision, reason, {"status": "refunded"})
    return "refunded"


def _require_parked(order: Order) -> None:
    if order.status != "parked":
        raise OrderNotParked(f"This order is {order.status}.")


def _paid_session(order: Order) -> Session:
    session = stripe_sessions.retrieve_session(order.session_id)
    if not session.is_paid or session.total is None:
        raise NotPaid("Stripe does not say that this was paid.")
    return session


def _commit(call: Call, order: Order, decision: Decision, reason: str, fields: dict[str, object]) -> None:
    batch = Batch()
    _decided(call, order, decision, reason, fields)(batch)
    batch.commit()


def _decided(call: Call, order: Order, decision: Decision, reason: str, fields: dict[str, object]) -> Any:
    """Adds the decision to a commit: on the order, if it is as it was read, and as the administrator's action."""
    action = call.write(order.session_id, reason, result={"decision": decision})
    written = {**fields, "resolution": decision, "looks": order.looks + 1}

    def write(batch: Batch) -> None:
        batch.update(orders.reference(order.session_id), written, unchanged_since=order.version)
        action(batch)

    return write
