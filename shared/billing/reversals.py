"""Bringing one order to what Stripe says now: webhook, landing page, reconciliation and operators all end here.

What Stripe's events say of an order is never computed from their order. An event only says where to look. The order is
read, Stripe is asked, and what it answers is committed if the order is unchanged. Every such *look* changes the order,
so that each look that was committed asked Stripe after the one before it: an older answer replaces no newer one.
"""

import datetime
from collections.abc import Mapping
from dataclasses import replace

from shared import clock, log
from shared.billing import (
    event_log,
    open_pages,
    orders,
    reload_settings,
    reloads,
    stripe_reversals,
    stripe_sessions,
    subscriptions,
)
from shared.billing.orders import Order
from shared.billing.webhook import Event
from shared.cloud.commits import DELETED_FIELD, Batch
from shared.cloud.failures import CHANGED, NotFound
from shared.errors import Contention, NoSuchAccount
from shared.ledger.order_state import FINAL, Session
from shared.ledger.reversal import ENDED, Dispute, Reversals, Standing, standing
from shared.money import ledger_lines, reversals
from shared.money.reversals import OrderChanged, Seen

LOOKS = 16

LOOKS_OF_OTHERS = 2
"""After so many that others have committed, Stripe was asked by one of them after the order was first read here: the
first of them may have asked before, but not the next, which read what the first had written."""

ACCEPTED = "close"
"""The decision of a person that an unclear reversal of a paid order stays as it is."""


def bring_up_to_date(order: Order, event: Event | None = None, session: Session | None = None) -> Order:
    """The order after what Stripe says of its payment now: paid or not, and how much of the money went back.

    ``event`` is what reported it; its log entry is written in the last commit. ``session`` is the order's, where Stripe
    was asked for it just now.

    Raises:
        Contention: others kept coming between.
        OrderMissing: the order was deleted meanwhile.
        Unavailable: Stripe did not answer.
        WalletInconsistent: tokens would move, and the wallet does not add up.
    """
    before = order.looks
    if order.is_reload and order.status not in FINAL:
        order = _settled_reload(order)
    for _ in range(LOOKS):
        if session is None and order.has_session and (order.status not in FINAL or not order.payment_intents):
            session = stripe_sessions.retrieve_session(order.session_id)
        if order.status not in FINAL and session is not None:
            subscriptions.begin(session)
            order = orders.settle(order, session, None)
            open_pages.close_others(order)
        if order.status not in FINAL:
            break
        if not order.payment_intents and session is not None:
            order = _with_payment(order, session)
        try:
            return _look(order, stripe_reversals.reversals_of(order.payment_intents), event)
        except OrderChanged:
            order = orders.require(order.session_id)
        if order.looks >= before + LOOKS_OF_OTHERS:
            break
    else:
        raise Contention("This order is busy; try again in a moment.")
    if event is not None:
        event_log.record(event, orders.outcome(order.status), order_id=order.session_id)
    return order


def _settled_reload(order: Order) -> Order:
    """The reload after what Stripe says of its charge. A payment that went back may be known before its charge is."""
    for payment_intent_id in order.payment_intents:
        reloads.settle_payment(payment_intent_id)
    if (found := reloads.find(order.session_id)) is not None:
        reloads.finish(found)
    return orders.require(order.session_id)


def _with_payment(order: Order, session: Session) -> Order:
    """The order with what was collected for it: an older one does not know, nor one that was parked before."""
    if not session.is_paid or session.payment_intent_id is None or session.total is None:
        return order
    collected = replace(order.reversible, paid=session.total)
    return replace(order, payment_intents=(session.payment_intent_id,), reversible=collected)


def _look(order: Order, said: Reversals, event: Event | None) -> Order:
    """Commits what Stripe said, and returns the order as it stands then.

    Raises:
        OrderChanged: it is not as it was read any more; nothing was written.
    """
    paid = order.status == "paid"
    if order.is_reload and any(_is_new(dispute, order) for dispute in said.disputes):
        reload_settings.pause_for_dispute(order.user_id)  # before the order says that it has seen the dispute
    # What was collected of a parked order may be in another currency than it was offered in.
    found = standing(said, order.reversible.paid, order.currency if paid else None, order.lost_at, clock.now())
    reason = found.unclear
    try:
        after = _reversed(order, found, event) if paid else _parked(order, found, event)
    except NoSuchAccount:
        reason = "the account is gone"
        after = _without_account(order, event)
    _tell(order, said, reason)
    return after


def _reversed(order: Order, found: Standing, event: Event | None) -> Order:
    is_unclear = found.unclear is not None and order.resolution != ACCEPTED
    fields = _seen(order, found, is_unclear)
    before = Seen(order.reversible, order.version)
    after = reversals.reverse(before, found.reversed, fields, *_logged(order, event))
    return _after(order, found, is_unclear, after)


def _parked(order: Order, found: Standing, event: Event | None) -> Order:
    """Nothing was credited: once all of the money is back there is nothing left to decide."""
    is_back = 0 < order.reversible.paid <= found.reversed
    status: orders.Status = "refunded" if is_back else "parked"
    if status == "parked" and order.status == "refunded":
        log.alert("order-parked", session=order.session_id, reason="a refund of it failed")
    fields = {**_seen(order, found, is_unclear=False), "reversed": found.reversed, "status": status}
    version = _commit(replace(order, status=status), fields, event)
    money = replace(order.reversible, reversed=found.reversed)
    return replace(_after(order, found, False, Seen(money, version)), status=status)


def _without_account(order: Order, event: Event | None) -> Order:
    is_open = order.resolution != ACCEPTED
    fields = {"looks": order.looks + 1, "reversalOpen": _flag(is_open), "unclear": _flag(is_open)}
    version = _commit(order, fields, event)
    return replace(order, looks=order.looks + 1, is_reversal_open=is_open, is_unclear=is_open, version=version)


def _seen(order: Order, found: Standing, is_unclear: bool) -> dict[str, object]:
    return {
        "paid": order.reversible.paid,
        "paymentIntents": list(order.payment_intents),
        "looks": order.looks + 1,
        "disputes": dict(found.disputes),
        "disputeDueBy": found.due_by or DELETED_FIELD,
        "lostAt": found.lost_at or DELETED_FIELD,
        "reversalOpen": _flag(found.is_open or is_unclear),
        "unclear": _flag(is_unclear),
    }


def _after(order: Order, found: Standing, is_unclear: bool, money: Seen) -> Order:
    return replace(
        order,
        reversible=money.order,
        version=money.version,
        looks=order.looks + 1,
        disputes=found.disputes,
        lost_at=found.lost_at,
        is_reversal_open=found.is_open or is_unclear,
        is_unclear=is_unclear,
    )


def _flag(is_set: bool) -> object:
    """A field that is true or absent, so that an index of it holds little."""
    return True if is_set else DELETED_FIELD


def _commit(order: Order, fields: Mapping[str, object], event: Event | None) -> datetime.datetime:
    """Commits the fields, and returns the order's new version."""
    batch = Batch()
    batch.update(orders.reference(order.session_id), fields, unchanged_since=order.version)
    for write in _logged(order, event):
        write(batch)
    try:
        committed = batch.commit()
    except (*CHANGED, NotFound) as error:
        raise OrderChanged(order.session_id) from error
    return committed.of(orders.reference(order.session_id)).update_time


def _logged(order: Order, event: Event | None) -> tuple[ledger_lines.ExtraWrite, ...]:
    return () if event is None else (event_log.entry(event, orders.outcome(order.status), order.session_id),)


def _is_new(dispute: Dispute, order: Order) -> bool:
    """Whether no look at the order has seen the dispute yet."""
    return dispute.id not in order.disputes


def _tell(order: Order, said: Reversals, unclear: str | None) -> None:
    """Alerts to what is new: a dispute that awaits an answer, and what a person has to decide."""
    for dispute in said.disputes:
        if _is_new(dispute, order) and dispute.status not in ENDED:
            log.alert(
                "dispute-opened",
                order=order.session_id,
                dispute=dispute.id,
                status=dispute.status,
                amount=dispute.amount,
                currency=dispute.currency,
                dueBy=dispute.due_by.isoformat() if dispute.due_by else None,
            )
    if unclear is not None and not order.is_unclear and order.resolution != ACCEPTED:
        log.alert("reversal-unclear", order=order.session_id, reason=unclear)
