"""Orders as they are stored: what was offered, and the one commit of what ``ledger.order_state`` decides of it."""

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

from shared import clock, log
from shared.billing import event_log
from shared.billing.stripe_sessions import NewSession
from shared.billing.webhook import Event
from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch, Committed, if_unchanged
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists
from shared.cloud.queries import Query, fetch
from shared.economy.chosen import economy
from shared.errors import NoSuchAccount, NotFound, OrderMissing
from shared.ledger import order_state
from shared.ledger.order_state import Change, Credit, Session
from shared.ledger.purchase import Purchase
from shared.money import crediting, reload_settlements, reversals, wallets
from shared.money.ledger_lines import ExtraWrite

SETTLE_AGAIN_ATTEMPTS = 4

Order = order_state.Order
Status = order_state.Status


def create(session: NewSession, user_id: str, offer: Mapping[str, Any], ours: str) -> Order:
    """The order of a new Checkout session, written before anyone can pay it; the same one however often.

    ``offer`` is what is sold (``items.Item``). ``ours`` is our reference of the order, which Stripe knows before the
    session has an id.
    """
    fields = {
        **offer,
        "userId": user_id,
        "economy": economy().label,
        "status": "open",
        "order": ours,
        "url": session.url,
        "expiresAt": session.expires_at,
        "createdAt": SERVER_TIME,
    }
    with contextlib.suppress(AlreadyExists):  # the same request, in parallel: Stripe gave both the same session
        documents.create(reference(session.id), fields)
    return require(session.id)


def with_reference(ours: str) -> Order | None:
    """The order that Stripe knows by this reference of ours, or None."""
    query = Query("orders").where("order", "==", ours).limit(1)
    return next((parsed(document) for document in fetch(query)), None)


def find(session_id: str) -> Order | None:
    """The order of the session, or None."""
    document = documents.get(reference(session_id))
    return parsed(document) if document.exists else None


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


def with_payment(payment_intent_id: str) -> Order | None:
    """The order that knows the payment as its own, or None."""
    query = Query("orders").where("paymentIntents", "array-contains", payment_intent_id).limit(1)
    return next((parsed(document) for document in fetch(query)), None)


def settle(order: Order, session: Session, event: Event | None) -> Order:
    """Brings the order to what the session says, and returns it as it stands then.

    ``event`` is what reported the session, None where Stripe was asked for it. Its log entry is written in the same
    commit.

    Raises:
        Contention: other writers kept coming between; nothing was written.
        OrderMissing: the order was deleted meanwhile.
    """
    try:
        return _apply(order, order_state.decide(order, session), session, event)
    except CHANGED:
        return _settle_again(session, event)


@if_unchanged(SETTLE_AGAIN_ATTEMPTS, "This order is busy; try again in a moment.")
def _settle_again(session: Session, event: Event | None) -> Order:
    """The same of an order that has changed since it was read."""
    order = require(session.id)
    return _apply(order, order_state.decide(order, session), session, event)


def _apply(order: Order, change: Change, session: Session, event: Event | None) -> Order:
    """Commits what was decided of the order, with its credit and with the log entry of the event; the order then.

    Raises:
        Aborted, FailedPrecondition: the order has changed since it was read; nothing was written.
    """
    if change.parked_reason is not None:
        log.alert("order-parked", session=order.session_id, reason=change.parked_reason)
    fields = _changes(order, change, session)
    try:
        committed = _committed(order, change.credit, fields, event, change.status)
    except crediting.AlreadyRecorded:
        # Another delivery of the same payment was faster, or the order was restored from a backup that did not have it.
        log.write("WARNING", "duplicate-credit-refused", session=order.session_id)
        order = require(order.session_id)
        return _apply(order, Change(order.status), session, event)
    except NoSuchAccount:
        return _apply(order, order_state.without_account(), session, event)
    if change.credit is not None:
        log.note(credited=True)
        log.write(
            "INFO",
            "purchase-credited",
            amount=change.credit.collected,
            currency=order.currency,
            delayMs=_delay_ms(order, session, event),
        )
    if not fields:
        return order
    written = committed.of(reference(order.session_id))
    return dataclasses.replace(
        order,
        status=change.status,
        version=written.update_time,
        paid_at=written.computed.get("paidAt", written.computed.get("subscribedAt", order.paid_at)),
        payment_intents=tuple(fields.get("paymentIntents", order.payment_intents)),
        reversible=dataclasses.replace(order.reversible, paid=fields.get("paid", order.reversible.paid)),
    )


def _delay_ms(order: Order, session: Session, event: Event | None) -> int | None:
    """How long after the payment, by Stripe's own time of it, the credit came; None where that time is not known."""
    # The charge of a delayed payment is made days before it arrives. When it arrived only its event says.
    charged_at = None if order.status == "pending" else session.charged_at
    paid_at = charged_at if event is None else event.created
    return None if paid_at is None else round((clock.now().timestamp() - paid_at) * 1000)


def _changes(order: Order, change: Change, session: Session) -> dict[str, Any]:
    """What the order's own document gets; nothing where the order stays as it is."""
    if change.status == order.status:
        return {}
    fields: dict[str, Any] = {"status": change.status}
    if session.is_paid and session.total is not None:
        fields |= {"paid": session.total}
        if session.payment_intent_id is not None:
            fields |= {"paymentIntents": [session.payment_intent_id]}
    if change.status == "paid":
        fields |= paid_fields(order)
    if change.parked_reason is not None:
        fields |= {"parkedReason": change.parked_reason}
    return fields


def _committed(
    order: Order, credit: Credit | None, fields: dict[str, Any], event: Event | None, status: Status
) -> Committed:
    """Commits the order's own write, the event's log entry and the credit, as far as there are any."""

    def write(batch: Batch) -> None:
        if fields:
            batch.update(reference(order.session_id), fields, unchanged_since=order.version)
        if event is not None:
            event_log.entry(event, outcome(status), order.session_id)(batch)

    if credit is not None:
        return credited(order, credit.purchase, write)
    if fields and order.is_reload_page and status in order_state.UNPAYABLE:
        return reload_settlements.leave_page(_account_of(order), order.url, write)
    batch = Batch()
    write(batch)
    return batch.commit() if len(batch) else Committed([], [])


def _account_of(order: Order) -> Snapshot:
    return documents.get(wallets.reference(order.user_id))


def credited(order: Order, purchase: Purchase, *extra: ExtraWrite) -> Committed:
    """Commits what the order brings: its line, its tokens, and what it gives beside them.

    Raises:
        AlreadyRecorded, NoSuchAccount: as ``crediting.credit``.
        Aborted, FailedPrecondition: a document of the event changed since it was read.
        Contention: too many wait for the same wallet; nothing was written.
    """
    if order.is_subscription:  # its invoices bring what it brings
        batch = Batch()
        for write in extra:
            write(batch)
        return batch.commit()
    entry = purchase.entry()
    changes: list[crediting.AccountChange] = []
    if order.benefits:
        changes.append(crediting.giving(order.benefits, order.session_id))
    if order.is_reload_page:
        changes.append(reload_settlements.resuming(order.url))
    return crediting.credit_with(changes, entry, *extra) if changes else crediting.credit(entry, *extra)


def mark_as_reload_page(order: Order) -> None:
    """Notes that the order's page is where the owner of a card is to pay what auto-reload could not buy."""
    documents.update(reference(order.session_id), {"reloadPage": True})


def paid_fields(order: Order) -> dict[str, Any]:
    """What an order says that is paid since this commit. A subscription is paid by its invoices."""
    when = "subscribedAt" if order.is_subscription else "paidAt"
    gives = {"givesAccess": True} if order.benefits.grants_access else {}
    return {when: SERVER_TIME, **gives}


def outcome(status: Status) -> event_log.Outcome:
    """What the log says of an event that left its order like this."""
    return "parked" if status == "parked" else "processed"


def has_changed(before: Order, after: Order) -> bool:
    """Whether what is known of the payment is another; not whether it was looked at, nor for how long that goes on."""
    return before != dataclasses.replace(
        after, version=before.version, looks=before.looks, is_reversal_open=before.is_reversal_open
    )


def reference(session_id: str) -> Reference:
    """Where the order is, or would be."""
    return documents.reference("orders", session_id)


def parsed(document: Snapshot) -> Order:
    """The order that the document is."""
    fields = document.fields
    return Order(
        session_id=document.id,
        user_id=fields["userId"],
        package=fields.get("package"),
        tokens=fields["tokens"],
        amount=fields["amount"],
        currency=fields["currency"],
        economy=fields["economy"],
        status=fields["status"],
        url=fields.get("url", ""),
        expires_at=fields.get("expiresAt"),
        paid_at=fields.get("paidAt", fields.get("subscribedAt")),
        version=document.update_time,
        reversible=reversals.seen(document).order,
        payment_intents=tuple(fields.get("paymentIntents", ())),
        looks=fields.get("looks", 0),
        disputes=fields.get("disputes", {}),
        lost_at=fields.get("lostAt"),
        is_reversal_open=fields.get("reversalOpen", False),
        is_unclear=fields.get("unclear", False),
        resolution=fields.get("resolution"),
        plan=fields.get("plan"),
        interval=fields.get("interval"),
        tokens_each_interval=fields.get("tokensEachInterval", 0),
        subscription_id=fields.get("subscriptionId"),
        is_reload_page=fields.get("reloadPage", False),
    )
