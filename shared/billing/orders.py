"""Orders: what was offered, and its fulfilment, once, whatever reports the payment.

An order is ``open`` until Stripe says more. It becomes ``paid`` with its credit in one commit; ``pending``, ``failed``
and ``expired`` only follow what Stripe told, and never undo ``paid``; ``parked`` waits for a person.
"""

import contextlib
import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from shared import log
from shared.billing import stripe_client
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import Aborted, AlreadyExists, FailedPrecondition
from shared.cloud.queries import Query, fetch
from shared.economy import Package, economy
from shared.errors import Contention, NoSuchAccount, NotFound
from shared.ledger.purchase import Purchase
from shared.money import wallets

Status = Literal["open", "pending", "paid", "failed", "expired", "parked"]

SETTLE_ATTEMPTS = 5

_MAY_BECOME: dict[Status, frozenset[Status]] = {
    "pending": frozenset({"open"}),
    "failed": frozenset({"open", "pending"}),
    "expired": frozenset({"open"}),
    "parked": frozenset({"open", "pending", "failed", "expired"}),
}
"""From which states an order takes what an event says; events come in any order."""


class OrderMissing(Exception):
    """A session of ours without an order: it was made a moment ago, or something is wrong."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one Checkout session offered: ``tokens`` for ``amount`` minor units of ``currency``."""

    session_id: str
    user_id: str
    package: str
    tokens: int
    amount: int
    currency: str
    economy: str
    status: Status
    url: str
    expires_at: datetime.datetime | None
    paid_at: datetime.datetime | None
    read: Snapshot


def create(session: stripe_client.NewSession, user_id: str, package: Package, reference: str) -> Order:
    """The order of a new Checkout session, written before anyone can pay it; the same one however often.

    ``reference`` is ours, and known to Stripe before the session has an id.
    """
    offer = {
        "userId": user_id,
        "package": package.id,
        "tokens": package.tokens,
        "amount": package.amount,
        "currency": package.currency,
        "economy": economy().label,
        "status": "open",
        "order": reference,
        "url": session.url,
        "expiresAt": session.expires_at,
        "createdAt": SERVER_TIME,
    }
    with contextlib.suppress(AlreadyExists):  # the same request, in parallel: Stripe gave both the same session
        documents.create(_document(session.id), offer)
    order = find(session.id)
    if order is None:
        raise RuntimeError(f"the order {session.id} vanished while it was placed")
    return order


def with_reference(reference: str) -> Order | None:
    """The order that Stripe knows by this reference of ours, or None."""
    query = Query("orders").where("order", "==", reference).limit(1)
    return next((_order(document) for document in fetch(query)), None)


def find(session_id: str) -> Order | None:
    """The order of the session, or None."""
    document = documents.get(_document(session_id))
    return _order(document) if document.exists else None


def require_owned(session_id: str, user_id: str) -> Order:
    """The user's order of the session.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    order = find(session_id)
    if order is None or order.user_id != user_id:
        raise NotFound("There is no such order.")
    return order


Note = Callable[[Status], wallets.ExtraWrite]
"""What else to write in the commit that decides, given where the order stands then."""


def settle(session: stripe_client.Session, note: Note | None = None, failed: bool = False) -> Status:
    """Brings the session's order to what the session says, and returns where it stands now.

    Credits exactly when the session is paid and costs what was offered. ``failed`` says that a delayed payment will
    not come.

    Raises:
        OrderMissing: no order has this session.
        Contention: other writers kept coming between; nothing was written.
    """
    for _ in range(SETTLE_ATTEMPTS):
        order = find(session.id)
        if order is None:
            raise OrderMissing(session.id)
        try:
            return _settle(order, session, note or _nothing, failed)
        except (Aborted, FailedPrecondition):  # the order changed since it was read
            continue
    raise Contention("This order is busy; try again in a moment.")


def _settle(order: Order, session: stripe_client.Session, note: Note, failed: bool) -> Status:
    if order.status in ("paid", "parked"):
        return _only(note, order.status)
    if (problem := _mismatch(order, session)) is not None:
        return _park(order, problem, note)
    if session.is_paid:
        return _credit(order, session, note)
    if failed:
        return _advance(order, "failed", note)
    if session.status == "expired":
        return _advance(order, "expired", note)
    return _advance(order, "pending" if session.status == "complete" else "open", note)


def _credit(order: Order, session: stripe_client.Session, note: Note) -> Status:
    purchase = Purchase(
        session_id=order.session_id,
        payment_intent_id=session.payment_intent_id,
        user_id=order.user_id,
        package=order.package,
        tokens=order.tokens,
        amount=order.amount,
        currency=order.currency,
        economy=order.economy,
    )

    def mark_paid(batch: Batch) -> None:
        paid_at = SERVER_TIME
        batch.update(_document(order.session_id), {"status": "paid", "paidAt": paid_at, "paid": session.total})

    try:
        wallets.credit(purchase.entry(), mark_paid, note("paid"))
    except wallets.AlreadyRecorded:  # another delivery of the same payment was faster
        log.write("WARNING", "duplicate-credit-refused", session=order.session_id)
        return _only(note, "paid")
    except NoSuchAccount:
        return _park(order, "the account is gone", note)
    log.note(credited=True)
    return "paid"


def _mismatch(order: Order, session: stripe_client.Session) -> str | None:
    """What is not as it was offered. Tax, discounts and shipping are Stripe's to add: they change only the total."""
    offered: Mapping[str, object] = {
        "mode": "payment",
        "amount": order.amount,
        "currency": order.currency,
        "userId": order.user_id,
        "package": order.package,
    }
    said: Mapping[str, object] = {
        "mode": session.mode,
        "amount": session.subtotal,
        "currency": session.currency,
        "userId": session.metadata.get("userId"),
        "package": session.metadata.get("package"),
    }
    wrong = [name for name, value in offered.items() if said[name] != value]
    if session.total is None:
        wrong.append("total")
    return f"differs from the order: {', '.join(wrong)}" if wrong else None


def _park(order: Order, reason: str, note: Note) -> Status:
    log.alert("order-parked", session=order.session_id, reason=reason)
    return _advance(order, "parked", note, parkedReason=reason)


def _advance(order: Order, status: Status, note: Note, **fields: object) -> Status:
    if order.status not in _MAY_BECOME.get(status, frozenset()):
        return _only(note, order.status)
    batch = Batch()
    batch.update(_document(order.session_id), {"status": status, **fields}, unchanged_since=order.read.update_time)
    note(status)(batch)
    batch.commit()
    return status


def _only(note: Note, status: Status) -> Status:
    """Writes what else belongs to the event, where the order stays as it is."""
    batch = Batch()
    note(status)(batch)
    if len(batch):
        batch.commit()
    return status


def _nothing(_status: Status) -> wallets.ExtraWrite:
    return lambda _batch: None


def _order(document: Snapshot) -> Order:
    fields = document.fields
    return Order(
        session_id=document.id,
        user_id=fields["userId"],
        package=fields["package"],
        tokens=fields["tokens"],
        amount=fields["amount"],
        currency=fields["currency"],
        economy=fields["economy"],
        status=fields["status"],
        url=fields["url"],
        expires_at=fields.get("expiresAt"),
        paid_at=fields.get("paidAt"),
        read=document,
    )


def _document(session_id: str) -> Reference:
    return documents.reference("orders", session_id)
