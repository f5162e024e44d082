"""Orders and subscriptions that can still change, looked at again without any word from Stripe."""

import datetime
import functools

from shared import clock
from shared.billing import orders, reloads, reversals, subscriptions
from shared.billing.reconciliation_checkpoint import Place, Unfinished
from shared.billing.reconciliation_tally import Tally
from shared.cloud import documents
from shared.cloud.documents import Snapshot
from shared.cloud.queries import NAME, Query, fetch

PAGE = 200

OVERDUE = datetime.timedelta(hours=25)
"""A Checkout page lives for 24 hours: after that an order is paid, expired, or waits for a delayed payment."""

OVER = datetime.timedelta(hours=1)
"""Stripe moves a subscription's period on within minutes of its end, or says that the subscription has ended."""

_FOLLOWS: dict[Unfinished, Unfinished | None] = {
    "unpaid": "reversed",
    "reversed": "reloads",
    "reloads": "over",
    "over": None,
}

_ORDERED_BY: dict[Unfinished, str | None] = {
    "unpaid": "createdAt",
    "reversed": None,
    "reloads": None,
    "over": "periodEnd",
}
"""What each list is ordered by, before the names of its documents."""


def look_again(place: Place, tally: Tally) -> Place | None:
    """Brings what is behind the place to what Stripe says; where the next call continues, None at the end."""
    now = clock.now()
    while True:
        if tally.is_over():
            return place
        page = fetch(_query(place, now))
        for document in page:
            if tally.is_over():
                return place
            tally.attempt(document.id, functools.partial(_look, place.listed, document))
            place = Place(place.listed, document.fields.get(_ORDERED_BY[place.listed] or ""), document.id)
        if len(page) < PAGE:
            follows = _FOLLOWS[place.listed]
            if follows is None:
                return None
            place = Place(follows)


def _query(place: Place, now: datetime.datetime) -> Query:
    match place.listed:
        case "unpaid":
            query = Query("orders").where("status", "in", ["open", "pending"]).where("createdAt", "<", now - OVERDUE)
        case "reversed":
            query = Query("orders").where("reversalOpen", "==", True)
        case "reloads":
            query = reloads.unsettled()
        case "over":
            query = subscriptions.with_a_period_before(now - OVER)
    ordered_by = _ORDERED_BY[place.listed]
    query = (query.order_by(ordered_by) if ordered_by else query).order_by(NAME)
    if place.id is not None:
        start = {NAME: documents.reference(query.collection, place.id)}
        query = query.start_after({ordered_by: place.at, **start} if ordered_by else start)
    return query.limit(PAGE)


def _look(listed: Unfinished, document: Snapshot) -> bool:
    if listed == "over":
        return subscriptions.bring_up_to_date(document.id)
    if listed == "reloads":
        return reloads.take_up(document)
    order = orders.parsed(document)
    return orders.has_changed(order, reversals.bring_up_to_date(order))
