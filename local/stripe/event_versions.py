"""Events in an older version of the API: the endpoint of an account may have been made before the library's version.

Played is the change that reorganized billing, https://docs.stripe.com/changelog/basil: before it an invoice named its
subscription, its payment and its charge at its top, a line its price, and a subscription had the current period.
"""

from typing import TYPE_CHECKING, Any

from local.stripe.objects import JsonObject

if TYPE_CHECKING:
    from local.stripe.store import Store

REORGANIZED = "2025-03-31"
"""The first version in which they are where the pinned version has them."""


def rendered(store: "Store", subject: JsonObject, version: str) -> JsonObject:
    """The object as an event of that version has it. Versions begin with their date."""
    if version[: len(REORGANIZED)] >= REORGANIZED:
        return subject
    if subject["object"] == "invoice":
        return _invoice(store, subject)
    if subject["object"] == "subscription":
        [item, *_] = subject["items"]["data"] or [{"current_period_start": None, "current_period_end": None}]
        return {**subject, **{name: item[name] for name in ("current_period_start", "current_period_end")}}
    return subject


def _invoice(store: "Store", invoice: JsonObject) -> JsonObject:
    details = (invoice["parent"] or {}).get("subscription_details") or {"subscription": None, "metadata": None}
    payment = next(
        (each for each in store.newest_first("invoice_payment") if each["invoice"] == invoice["id"]),
        {"payment": {"payment_intent": None}},
    )
    intent_id = payment["payment"]["payment_intent"]
    charge = None if intent_id is None else store.find("payment_intent", intent_id)["latest_charge"]
    lines = {**invoice["lines"], "data": [_line(store, line) for line in invoice["lines"]["data"]]}
    older: dict[str, Any] = {name: value for name, value in invoice.items() if name != "parent"}
    return {
        **older,
        "charge": charge,
        "lines": lines,
        "paid": invoice["status"] == "paid",
        "payment_intent": intent_id,
        "subscription": details["subscription"],
        "subscription_details": {"metadata": details["metadata"]},
    }


def _line(store: "Store", line: JsonObject) -> JsonObject:
    older = {name: value for name, value in line.items() if name not in ("parent", "pricing")}
    details = (line["parent"] or {}).get("subscription_item_details") or {}
    price_id = (line["pricing"] or {}).get("price_details", {}).get("price")
    return {
        **older,
        "price": None if price_id is None else store.find("price", price_id),
        "proration": details.get("proration", False),
        "subscription_item": details.get("subscription_item"),
        "type": "subscription" if details else "invoiceitem",
    }
