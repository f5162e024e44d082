"""Invoice items: amounts that wait for an invoice. Every function is called with the store's lock held."""

from stripe.params import InvoiceItemCreateParams, InvoiceItemListParams

from local.stripe import billing_objects
from local.stripe.amounts import MAXIMUM_CHARGE, check_currency
from local.stripe.errors import StripeRefusal
from local.stripe.filters import matches
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.store import Store

WAITING_MAX = 250
"""How many may wait for one invoice: https://docs.stripe.com/invoicing/overview#invoice-item-limits"""


def create(store: Store, params: InvoiceItemCreateParams) -> JsonObject:
    """A new invoice item, which waits for the customer's next invoice unless it names one.

    Raises:
        StripeRefusal: no customer, neither amount nor price, or too many that wait already.
    """
    if "customer" not in params:
        raise missing("customer")
    store.find("customer", params["customer"], "customer")
    quantity = params.get("quantity", 1)
    given: JsonObject = {name: params[name] for name in ("description", "invoice", "metadata") if name in params}
    if "pricing" in params:
        price = store.find("price", params["pricing"].get("price", ""), "pricing[price]")
        if price["type"] != "one_time":
            raise StripeRefusal("The price specified is recurring. Use a one-time price.", param="pricing[price]")
        amount, currency = price["unit_amount"] * quantity, price["currency"]
        given |= {"pricing": billing_objects.pricing(price), "quantity": quantity}
        given.setdefault("description", store.find("product", price["product"])["name"])
    elif "amount" in params:
        amount, currency = params["amount"], check_currency(params.get("currency", "usd"), "currency")
    else:
        raise missing("amount")
    if abs(amount) > MAXIMUM_CHARGE:
        raise StripeRefusal("The amount is too large.", code="amount_too_large", param="amount")
    if "subscription" in params:
        about = store.find("subscription", params["subscription"], "subscription")
        if about["customer"] != params["customer"]:
            raise StripeRefusal("The subscription is not this customer's.", param="subscription")
        given["parent"] = of_subscription(about["id"], None)
    if len(waiting(store, params["customer"], None)) >= WAITING_MAX:
        raise StripeRefusal(f"At most {WAITING_MAX} invoice items can wait for an invoice.")
    now = store.now()
    period = (params["period"]["start"], params["period"]["end"]) if "period" in params else (now, now)
    return add(store, customer_id=params["customer"], amount=amount, currency=currency, period=period, **given)


def add(
    store: Store, *, customer_id: str, amount: int, currency: str, period: tuple[int, int], **given: object
) -> JsonObject:
    """A new invoice item; ``given`` are fields of it."""
    item = store.put(
        billing_objects.invoice_item(
            store.now(), customer_id=customer_id, amount=amount, currency=currency, period=period, **given
        )
    )
    store.emit("invoiceitem.created", item)
    return item


def list_items(store: Store, params: InvoiceItemListParams) -> JsonObject:
    """The invoice items that pass the filters, the newest first."""
    found = [
        item
        for item in store.newest_first("invoiceitem")
        if matches(item, params) and params.get("pending", item["invoice"] is None) == (item["invoice"] is None)
    ]
    return store.page(found, params, "/v1/invoiceitems")


def waiting(store: Store, customer_id: str, subscription_id: str | None) -> list[JsonObject]:
    """The invoice items that the next invoice takes, the oldest first.

    One that is of a subscription waits for an invoice of that; one that is not goes with any.
    """
    return [
        item
        for item in reversed(store.newest_first("invoiceitem"))
        if item["customer"] == customer_id and item["invoice"] is None and _about(item) in (None, subscription_id)
    ]


def of_subscription(subscription_id: str, item_id: str | None) -> JsonObject:
    """The ``parent`` of a subscription's invoice item."""
    details = {"subscription": subscription_id, "subscription_item": item_id}
    return {"subscription_details": details, "type": "subscription_details"}


def _about(item: JsonObject) -> str | None:
    parent = item["parent"]
    return None if parent is None else parent["subscription_details"]["subscription"]
