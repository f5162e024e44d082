"""What a subscription's item costs: a whole period, or the rest of one. Amounts are minor units.

Flexible billing mode gives back of what was charged, not of what the price is now
(https://docs.stripe.com/billing/subscriptions/billing-mode/compare). Functions are called with the store's lock held.
"""

import datetime
from decimal import Decimal

from local.stripe import billing_objects, coupons
from local.stripe.amounts import money
from local.stripe.objects import JsonObject
from local.stripe.store import Store


def period_line(store: Store, item: JsonObject, *, is_trial: bool = False) -> JsonObject:
    """The line of the item's current period, which is free while a trial lasts."""
    price, quantity = item["price"], item["quantity"]
    name = store.find("product", price["product"])["name"]
    period = (item["current_period_start"], item["current_period_end"])
    if is_trial:
        return billing_objects.line_of_item(item, 0, period, f"Trial period for {name}")
    each = money(price["unit_amount"], price["currency"])
    description = f"{quantity} x {name} (at {each} / {price['recurring']['interval']})"
    return billing_objects.line_of_item(item, price["unit_amount"] * quantity, period, description)


def credit(store: Store, item: JsonObject, at: int) -> JsonObject:
    """The line that gives back what was charged for the rest of the current period, after ``at``."""
    charged, start = _charged(store, item)
    end = item["current_period_end"]
    amount = coupons.rounded(Decimal(-charged) * (end - at) / (end - start))
    text = f"Unused time on {_described(store, item)} after {_date(at)}"
    return billing_objects.line_of_item(item, amount, (at, end), text, proration=True)


def debit(store: Store, subscription: JsonObject, item: JsonObject, at: int) -> JsonObject:
    """The line that charges the item's price for the rest of the current period, after ``at``."""
    start, end = item["current_period_start"], item["current_period_end"]
    whole = item["price"]["unit_amount"] * item["quantity"]
    for discount_id in subscription["discounts"]:
        discount = store.find("discount", discount_id)
        if not coupons.is_over(discount, at):
            whole -= coupons.off(store, discount["source"]["coupon"], whole)
    amount = coupons.rounded(Decimal(whole) * (end - at) / (end - start))
    text = f"Remaining time on {_described(store, item)} after {_date(at)}"
    return billing_objects.line_of_item(item, amount, (at, end), text, proration=True)


def _charged(store: Store, item: JsonObject) -> tuple[int, int]:
    """What was charged last for the item until the end of its current period, and from when that was.

    A proration that waits for the next invoice counts as charged.
    """
    end = item["current_period_end"]
    for waiting in store.newest_first("invoiceitem"):
        about = (waiting["parent"] or {}).get("subscription_details") or {}
        if (
            waiting["invoice"] is None
            and about.get("subscription_item") == item["id"]
            and waiting["amount"] >= 0
            and waiting["period"]["end"] == end
        ):
            return waiting["amount"], waiting["period"]["start"]
    for invoice in store.newest_first("invoice"):
        if invoice["status"] == "void":
            continue
        for line in reversed(store.line_items[invoice["id"]]):
            details = (line["parent"] or {}).get("subscription_item_details") or {}
            if details.get("subscription_item") == item["id"] and line["amount"] >= 0 and line["period"]["end"] == end:
                return _after_discounts(store, invoice, line), line["period"]["start"]
    return item["price"]["unit_amount"] * item["quantity"], item["current_period_start"]


def _after_discounts(store: Store, invoice: JsonObject, line: JsonObject) -> int:
    amount: int = line["amount"]
    if line["discountable"]:
        for discount_id in invoice["discounts"]:
            amount -= coupons.off(store, store.find("discount", discount_id)["source"]["coupon"], amount)
    return amount


def _described(store: Store, item: JsonObject) -> str:
    return f"{item['quantity']} x {store.find('product', item['price']['product'])['name']}"


def _date(moment: int) -> str:
    return f"{datetime.datetime.fromtimestamp(moment, datetime.UTC):%d %b %Y}"
