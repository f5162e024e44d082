"""Receipts: what an order sold, and until when that lasts."""

import datetime
from typing import Literal

from shared.ledger.entitlements import Entitlements
from shared.ledger.order_state import Order

Kind = Literal["package", "pass", "subscription"]


def kind_of(order: Order) -> Kind:
    """What was bought with it."""
    if order.plan is None:
        return "package"
    return "pass" if order.benefits.sold_pass is not None else "subscription"


def ends_at(order: Order, held: Entitlements) -> datetime.datetime | None:
    """When what it sold ends, by what its buyer holds now; None of a package, and where nothing of it is held.

    A pass that was bought while one of its kind ran has lengthened that one.
    """
    if (sold := order.benefits.sold_pass) is not None:
        held_key = sold.until(held.now).key
        return next((each.until for each in held.running_passes if each.key == held_key), None)
    plan = held.subscription
    return plan.until if plan is not None and plan.plan == order.plan else None
