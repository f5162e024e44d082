"""Orders as they are stored: what was offered, and the one commit of what ``ledger.order_state`` decides of it."""

import contextlib
import dataclasses

from shared import log
from shared.billing import event_log
from shared.billing.stripe_sessions import NewSession
from shared.billing.webhook import Event
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch, if_unchanged
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists
from shared.cloud.queries import Query, fetch
from shared.economy import Package, economy
from shared.errors import NoSuchAccount, NotFound, OrderMissing
from shared.ledger import order_state
from shared.ledger.order_state import Change, Session
from shared.money import crediting, ledger_lines

SETTLE_AGAIN_ATTEMPTS = 4

Order = order_state.Order
Status = order_state.Status


def create(session: NewSession, user_id: str, package: Package, reference: str) -> Order:
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
    return require(session.id)


def with_reference(reference: str) -> Order | None:
    """The order that Stripe knows by this reference of ours, or None."""
    query = Query("orders").where("order", "==", reference).limit(1)
    return next((_order(document) for document in fetch(query)), None)


def find(session_id: str) -> Order | None:
    """The order of the session, or None."""
    document = documents.get(_document(session_id))
    return _order(document) if document.exists else None


def require(session_id: str) -> Order:
    """The order of the session.

    Raises:
        OrderMissing: there is none.
    """
    order = find(session_id)
    if order is None:
        raise OrderMissing("This session has no order yet.")
    return order


def require_owned(session_id: str, user_id: str) -> Order:
    """The user's order of the session.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    order = find(session_id)
    if order is None or order.user_id != user_id:
        raise NotFound("There is no such order.")
    return order


def settle(order: Order, session: Session, event: Event | None) -> Order:
    """Brings the order to what the session says, and returns it as it stands then.

    ``event`` is what reported the session, None where Stripe was asked for it. Its log entry is written in the same
    commit.

    Raises:
        Contention: other writers kept coming between; nothing was written.
        OrderMissing: the order was deleted meanwhile.
    """
    try:
        return apply(order, order_state.decide(order, session), event)
    except CHANGED:
        return _settle_again(session, event)


@if_unchanged(SETTLE_AGAIN_ATTEMPTS, "This order is busy; try again in a moment.")
def _settle_again(session: Session, event: Event | None) -> Order:
    """The same of an order that has changed since it was read."""
    order = require(session.id)
    return apply(order, order_state.decide(order, session), event)


def apply(order: Order, change: Change, event: Event | None) -> Order:
    """Commits what was decided of the order, with its credit and with the log entry of the event; the order then.

    When an order was paid is Firestore's time. Whoever needs it of an order that this has credited reads it again.

    Raises:
        Aborted, FailedPrecondition: the order has changed since it was read; nothing was written.
    """
    if change.parked_reason is not None:
        log.alert("order-parked", session=order.session_id, reason=change.parked_reason)
    writes = _writes(order, change, event)
    if change.credit is None:
        _commit(writes)
        return dataclasses.replace(order, status=change.status)
    try:
        crediting.credit(change.credit.purchase.entry(), *writes)
    except crediting.AlreadyRecorded:
        # Another delivery of the same payment was faster, or the order was restored from a backup that did not have it.
        log.write("WARNING", "duplicate-credit-refused", session=order.session_id)
        order = require(order.session_id)
        return apply(order, Change(order.status), event)
    except NoSuchAccount:
        return apply(order, order_state.without_account(), event)
    log.note(credited=True)
    return dataclasses.replace(order, status=change.status)


def _writes(order: Order, change: Change, event: Event | None) -> tuple[ledger_lines.ExtraWrite, ...]:
    """The order's own write, where it changes, and the event's log entry, where there is an event."""
    fields: dict[str, object] = {"status": change.status}
    if change.credit is not None:
        fields |= {"paidAt": SERVER_TIME, "paid": change.credit.collected}
    if change.parked_reason is not None:
        fields |= {"parkedReason": change.parked_reason}

    def write(batch: Batch) -> None:
        batch.update(_document(order.session_id), fields, unchanged_since=order.version)

    writes: tuple[ledger_lines.ExtraWrite, ...] = () if change.status == order.status else (write,)
    if event is None:
        return writes
    return *writes, event_log.entry(event, "parked" if change.status == "parked" else "processed")


def _commit(writes: tuple[ledger_lines.ExtraWrite, ...]) -> None:
    batch = Batch()
    for write in writes:
        write(batch)
    if len(batch):
        batch.commit()


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
        version=document.update_time,
    )


def _document(session_id: str) -> Reference:
    return documents.reference("orders", session_id)
