"""Invoices: a paid invoice of a subscription becomes an order, with the tokens that it buys, in one commit.

An invoice is an order of its own, ``orders/in_…``: what is refunded or disputed of it, what it owes and how it is
explained is as with every other order. Once it is paid, nothing that Stripe says of the invoice changes that, so that
whoever comes to it second has nothing to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared import clock, log
from shared.billing import event_log, offers, orders, stripe_invoices
from shared.billing.orders import Order
from shared.billing.webhook import Event
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.failures import AlreadyExists
from shared.economy.chosen import economy
from shared.errors import NoSuchAccount
from shared.ledger import invoice
from shared.ledger.invoice import Account, Invoice, Settlement
from shared.money import crediting, lifetimes, wallets
from shared.money.ledger_lines import ExtraWrite


def settle(paid: Invoice, event: Event | None = None) -> bool:
    """Grants what the invoice buys, or parks it, if it is paid and that was not done; and returns whether it was not.

    ``event`` is what reported the invoice; its log entry is written in the same commit.

    Raises:
        Unavailable: Stripe did not answer.
    """
    if not paid.is_paid:
        return _nothing_to_do(event)
    look = look_at(paid)
    if look.order is not None:
        return _nothing_to_do(event, look.order)
    payments = stripe_invoices.payments_of(paid.id) if paid.paid else ()
    return _write(paid, settlement_of(paid, look), payments, event)


@dataclass(frozen=True, slots=True)
class Look:
    """What is there of an invoice: its order, and the account of its user.

    ``earliest`` is the first day at which tokens may end that are granted now.
    """

    order: Order | None
    account: Account | None
    earliest: int


def look_at(paid: Invoice) -> Look:
    """The order of the invoice and the account of its user, as far as they exist."""
    references = [orders.reference(paid.id)]
    if paid.user_id is not None:
        references.append(wallets.reference(paid.user_id))
    order, *accounts = documents.get_all(references)
    owner = next((Account(each.fields.get("stripeCustomerId")) for each in accounts if each.exists), None)
    earliest = lifetimes.end_of_grace(order.read_time)
    return Look(orders.parsed(order) if order.exists else None, owner, earliest)


def settlement_of(paid: Invoice, look: Look) -> Settlement:
    """What becomes of the paid invoice, by what is on record of its prices."""
    return invoice.settle(paid, offers.get_all(paid.price_ids), look.account, look.earliest, economy().label)


def _write(paid: Invoice, settled: Settlement, payments: Sequence[str], event: Event | None) -> bool:
    reason = settled.parked_reason
    fields = _fields(paid, settled, payments)
    logged = () if event is None else (event_log.entry(event, "parked" if reason else "processed", paid.id),)

    def create(batch: Batch) -> None:
        batch.create(orders.reference(paid.id), fields)

    try:
        if reason is None:
            crediting.credit(settled.grant.entry(), create, *logged)
            _tell_of_credit(paid, event)
        else:
            _commit(create, *logged)
            log.alert("invoice-parked", order=paid.id, reason=reason)
    except NoSuchAccount:
        return _write(paid, Settlement(settled.grant, "the account is gone"), payments, event)
    except (crediting.AlreadyRecorded, AlreadyExists):
        return _write_order(paid, fields, event)
    return True


def _write_order(paid: Invoice, fields: dict[str, Any], event: Event | None) -> bool:
    """The order alone: another delivery was faster, or the order is missing of an invoice that was credited."""
    if (order := orders.find(paid.id)) is not None:
        return _nothing_to_do(event, order)
    log.write("WARNING", "duplicate-credit-refused", order=paid.id)
    documents.create(orders.reference(paid.id), fields)
    return not _nothing_to_do(event, orders.require(paid.id))


def _commit(*writes: ExtraWrite) -> None:
    batch = Batch()
    for write in writes:
        write(batch)
    batch.commit()


def _fields(paid: Invoice, settled: Settlement, payments: Sequence[str]) -> dict[str, Any]:
    """What the order says: what the invoice sold, what was collected for it, and what became of it."""
    grant = settled.grant
    fields = {
        "userId": grant.user_id,
        "kind": "invoice",
        "plan": grant.plan,
        "tokens": grant.tokens,
        "amount": grant.amount,
        "currency": grant.currency,
        "economy": grant.economy,
        "paid": paid.paid,
        "paymentIntents": list(payments),
        "invoiceId": paid.id,
        "subscriptionId": paid.subscription_id,
        "createdAt": SERVER_TIME,
    }
    if settled.parked_reason is not None:
        return fields | {"status": "parked", "parkedReason": settled.parked_reason}
    return fields | {"status": "paid", "paidAt": SERVER_TIME}


def _nothing_to_do(event: Event | None, order: Order | None = None) -> bool:
    if event is not None:
        outcome = orders.outcome(order.status) if order is not None else "processed"
        event_log.record(event, outcome, order_id=order.session_id if order is not None else None)
    return False


def _tell_of_credit(paid: Invoice, event: Event | None) -> None:
    log.note(credited=True)
    at = event.created if event is not None and event.type == "invoice.paid" else None
    if at is None and paid.paid_at is not None:
        at = int(paid.paid_at.timestamp())
    delay_ms = None if at is None else round((clock.now().timestamp() - at) * 1000)
    log.write("INFO", "purchase-credited", amount=paid.paid, currency=paid.currency, delayMs=delay_ms)
