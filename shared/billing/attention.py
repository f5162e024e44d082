"""Orders as administrators look at them: those that wait for a person, and those of one user."""

from dataclasses import dataclass

from shared import clock
from shared.cloud import pages
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, fetch

OWING = 100
"""Whoever owes for more orders than that is shown the first of them."""

REVERSIBLE = 50
"""So many orders of one user whose refunds or disputes are open are looked at."""


def page_of_parked(limit: int, cursor: str | None) -> pages.Page:
    """Orders that were paid in another way than they were offered, and those of which it is unclear what went back.

    Oldest first.
    """
    timed = Query("orders").where("createdAt", ">", pages.BEGINNING)
    parked, unclear = timed.where("status", "==", "parked"), timed.where("unclear", "==", True)
    return pages.merged((parked, unclear), "attention/parked", "createdAt", limit, cursor)


def page_of_disputed(limit: int, cursor: str | None) -> pages.Page:
    """Orders with a dispute that the bank still takes evidence for, the most urgent first."""
    disputed = Query("orders").where("disputeDueBy", ">", clock.now())
    return pages.page(disputed, "attention/disputes", "disputeDueBy", limit, cursor, descending=False)


@dataclass(frozen=True, slots=True)
class OrdersOfUser:
    """``shown`` are the last ones, newest first, and before them those that tokens are owed for.

    ``open`` are those whose refunds or disputes can still change.
    """

    shown: list[Snapshot]
    open: list[Snapshot]


def of_user(user_id: str, last: int) -> OrdersOfUser:
    """What an administrator has to know of the user's orders."""
    own = Query("orders").where("userId", "==", user_id)
    newest = fetch(own.order_by("createdAt", descending=True).limit(last))
    owing = fetch(own.where("owed", ">", 0).order_by("owed").limit(OWING))
    reversible = fetch(own.where("reversalOpen", "==", True).limit(REVERSIBLE))
    known = {order.id for order in newest}
    return OrdersOfUser([order for order in owing if order.id not in known] + newest, reversible)
