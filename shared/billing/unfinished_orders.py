"""Orders that can still change, looked at again without any word from Stripe."""

import datetime
import functools

from shared import clock
from shared.billing import orders, reloads, reversals
from shared.billing.reconciliation_checkpoint import Place, Unfinished
from shared.billing.reconciliation_tally import Tally
from shared.cloud import documents
from shared.cloud.documents import Snapshot
from shared.cloud.queries import NAME, Query, fetch

PAGE = 200

OVERDUE = datetime.timedelta(hours=25)
"""A Checkout page lives for 24 hours: after that an order is paid, expired, or waits for a delayed payment."""

_FOLLOWS: dict[Unfinished, Unfinished | None] = {"unpaid": "reversed", "reversed": "reloads", "reloads": None}


def look_again(place: Place, tally: Tally) -> Place | None:
    """Brings the orders behind the place to what Stripe says; where the next call continues, None at the end."""
    now = clock.now()
    while True:
        if tally.is_over():
            return place
        page = fetch(_query(place, now))
        for document in page:
            if tally.is_over():
                return place
            look = reloads.take_up if place.listed == "reloads" else _look
            tally.attempt(document.id, functools.partial(look, document))
            place = Place(place.listed, document.fields.get("createdAt"), document.id)
        if len(page) < PAGE:
            follows = _FOLLOWS[place.listed]
            if follows is None:
                return None
            place = Place(follows)


def _query(place: Place, now: datetime.datetime) -> Query:
    match place.listed:
        case "unpaid":
            query = Query("orders").where("status", "in", ["open", "pending"]).where("createdAt", "<", now - OVERDUE)
            query = query.order_by("createdAt").order_by(NAME)
        case "reversed":
            query = Query("orders").where("reversalOpen", "==", True).order_by(NAME)
        case "reloads":
            query = reloads.unsettled().order_by(NAME)
    if place.order_id is not None:
        behind = documents.reference("orders", place.order_id)
        query = query.start_after({"createdAt": place.created_at, NAME: behind})
    return query.limit(PAGE)


def _look(document: Snapshot) -> bool:
    order = orders.parsed(document)
    return orders.has_changed(order, reversals.bring_up_to_date(order))
