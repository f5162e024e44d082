"""Bringing one subscription to what Stripe says now, and with it what its user may use.

Stripe's events only say which subscription to look at. It is read, Stripe is asked, and what Stripe answers is written
if nobody has written in between. Every such *look* changes the document, so that an older answer replaces no newer one.

A user may have several. The best of them is on the account, for every payment to see; it is written in the same commit.
Every look changes the account too, so that two subscriptions of one user that change at once take turns.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import log
from shared.billing import event_log, invoices, offers, orders, stripe_invoices, stripe_subscriptions
from shared.billing.webhook import Event
from shared.cloud import documents
from shared.cloud.commits import DELETED_FIELD, Batch
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists, NotFound
from shared.cloud.queries import NAME, Query, fetch
from shared.errors import Contention, NoSuchAccount
from shared.ledger import subscription
from shared.ledger.order_state import Session
from shared.ledger.subscription import Said, Subscription
from shared.money import wallets
from shared.money.ledger_lines import ExtraWrite

LOOKS = 16

LOOKS_OF_OTHERS = 2
"""After so many that others have committed, one of them asked Stripe after the first look here began."""

OF_ONE_USER = 100
"""So many subscriptions of one user are compared. Checkout sells a second one only by accident."""


class SubscriptionChanged(Exception):
    """The subscription is not as it was read any more; nothing was written."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The subscription as it was read, None where there is none; ``version`` is when it was last written."""

    subscription: Subscription | None = None
    looks: int = 0
    version: datetime.datetime | None = None


def bring_up_to_date(subscription_id: str, event: Event | None = None, besides: str | None = None) -> bool:
    """Writes what Stripe says of the subscription now, settles its latest invoice, and returns whether that was new.

    ``event`` is what reported it; its log entry is written in the last commit. ``besides`` is an invoice that whoever
    asks settles by itself. A subscription that is not ours, or that Stripe does not know, is ignored.

    Raises:
        Contention: others kept coming between.
        Unavailable: Stripe did not answer.
    """
    kept = _read(subscription_id)
    first, has_changed = kept.looks, False
    for _ in range(LOOKS):
        found = stripe_subscriptions.retrieve(subscription_id)
        if found is None:
            if event is not None:
                event_log.record(event, "ignored")
            return has_changed
        if found.latest_invoice is not None and found.latest_invoice.id != besides:
            has_changed = invoices.settle(found.latest_invoice) or has_changed
        try:
            after = _look(kept, found.said, event)
        except SubscriptionChanged:
            kept = _read(subscription_id)
        else:
            return has_changed or after != kept.subscription
        if kept.looks >= first + LOOKS_OF_OTHERS:
            break
    else:
        raise Contention("This subscription is busy; try again in a moment.")
    if event is not None:
        event_log.record(event, "processed", order_id=subscription_id)
    return has_changed


def begin(session: Session) -> bool:
    """Does the same for the subscription that the session began, if it began one, and settles its first invoice.

    The latest one may be another by then: of a switch of the plan, or of the next period.

    Raises:
        Contention, Unavailable: as ``bring_up_to_date``.
    """
    if session.subscription_id is None:
        return False
    has_changed = bring_up_to_date(session.subscription_id)
    if session.invoice_id is None or orders.find(session.invoice_id) is not None:
        return has_changed
    first = stripe_invoices.retrieve(session.invoice_id)
    return (first is not None and invoices.settle(first)) or has_changed


def with_a_period_before(moment: datetime.datetime) -> Query:
    """Those that go on, and whose period was over at that moment by what was last heard of them."""
    return Query("subscriptions").where("status", "in", [*subscription.LIVE]).where("periodEnd", "<", moment)


def that_go_on(after: str | None) -> Query:
    """Those that had not ended by what was last heard of them, by id, behind the one with the id ``after``."""
    query = Query("subscriptions").where("status", "in", [*subscription.NOT_ENDED]).order_by(NAME)
    return query if after is None else query.start_after({NAME: _reference(after)})


def _look(kept: _Kept, said: Said, event: Event | None) -> Subscription:
    """Commits what Stripe said, and returns the subscription as it is then.

    Raises:
        SubscriptionChanged: it is not as it was read any more; nothing was written.
    """
    after = subscription.as_said(said, offers.get_all([said.price_id]).get(said.price_id))
    written = [_write(kept, after)]
    if event is not None:
        written.append(event_log.entry(event, "processed", after.id))

    def change(account: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[str]]:
        every = _of_user(kept, after)
        customer = account.get("stripeCustomerId")
        counts = subscription.best(every, customer)
        rivals = [each.id for each in every if each.is_live and each.customer_id == customer]
        fields = {
            "subscription": _summary(counts) if counts is not None else DELETED_FIELD,
            "subscriptionLooks": account.get("subscriptionLooks", 0) + 1,
        }
        return fields, rivals

    try:
        live = wallets.update(after.user_id, change, *written)
    except NoSuchAccount:
        _commit_alone(written)
        live = []
    except AlreadyExists as error:
        raise SubscriptionChanged(after.id) from error
    _tell(kept.subscription, after, live)
    return after


def _of_user(kept: _Kept, after: Subscription) -> list[Subscription]:
    """The subscriptions of the user, this one as it is to be.

    Raises:
        SubscriptionChanged: this one is not as it was read any more.
    """
    of_user = fetch(Query("subscriptions").where("userId", "==", after.user_id).limit(OF_ONE_USER))
    versions = {document.id: document.update_time for document in of_user}
    if versions.get(after.id) != kept.version:
        raise SubscriptionChanged(after.id)
    return [_parsed(document) for document in of_user if document.id != after.id] + [after]


def _write(kept: _Kept, after: Subscription) -> ExtraWrite:
    fields = _fields(after) | {"looks": kept.looks + 1}

    def write(batch: Batch) -> None:
        if kept.version is None:
            batch.create(_reference(after.id), fields)
        else:
            batch.update(_reference(after.id), fields, unchanged_since=kept.version)

    return write


def _commit_alone(writes: list[ExtraWrite]) -> None:
    """The same where the account is gone: there is nobody who may use anything."""
    batch = Batch()
    for write in writes:
        write(batch)
    try:
        batch.commit()
    except (*CHANGED, AlreadyExists, NotFound) as error:
        raise SubscriptionChanged from error


def _tell(before: Subscription | None, after: Subscription, live: list[str]) -> None:
    """Says what is new: a payment that is late, and a second subscription, which nobody wants to pay."""
    user = log.hashed(after.user_id)
    if after.status == "past_due" and (before is None or before.status != "past_due"):
        log.write("NOTICE", "plan-past-due", subscription=after.id, user=user)
    if after.id in live and len(live) > 1 and (before is None or not before.is_live):
        log.alert("duplicate-subscription", user=user, subscriptions=sorted(live))


def _read(subscription_id: str) -> _Kept:
    document = documents.get(_reference(subscription_id))
    if not document.exists:
        return _Kept()
    return _Kept(_parsed(document), document.fields["looks"], document.update_time)


def _summary(counts: Subscription) -> dict[str, Any]:
    """What the account says of the subscription that counts: all that a payment has to know of it."""
    return {
        "id": counts.id,
        "plan": counts.plan,
        "tier": counts.tier,
        "status": counts.status,
        "until": counts.until,
        "actionUrl": counts.action_url,
        "unlimitedPerDay": counts.unlimited_per_day,
        "features": list(counts.features),
        "grantsAccess": counts.grants_access,
    }


_FIELDS: dict[str, str] = {
    "user_id": "userId",
    "customer_id": "customerId",
    "plan": "plan",
    "tier": "tier",
    "status": "status",
    "stripe_status": "stripeStatus",
    "period_start": "periodStart",
    "period_end": "periodEnd",
    "paid_until": "paidUntil",
    "cancel_at_period_end": "cancelAtPeriodEnd",
    "ended_at": "endedAt",
    "action_url": "actionUrl",
    "economy": "economy",
    "unlimited_per_day": "unlimitedPerDay",
    "features": "features",
    "grants_access": "grantsAccess",
}
"""What each part of a subscription is called in its document."""


def _fields(one: Subscription) -> dict[str, Any]:
    fields = {name: getattr(one, part) for part, name in _FIELDS.items()}
    return fields | {"features": list(one.features)}


def _parsed(document: Snapshot) -> Subscription:
    """The subscription that the document is."""
    parts = {part: document.fields[name] for part, name in _FIELDS.items()}
    return Subscription(id=document.id, **parts | {"features": tuple(parts["features"])})


def _reference(subscription_id: str) -> Reference:
    return documents.reference("subscriptions", subscription_id)
