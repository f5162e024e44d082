"""Products, prices, and the lines of a Checkout Session. Every function is called with the store's lock held."""

from typing import cast

from stripe.params import (
    PriceCreateParams,
    PriceCreateParamsProductData,
    PriceUpdateParams,
    ProductCreateParams,
    ProductUpdateParams,
)
from stripe.params.checkout import SessionCreateParamsLineItem, SessionCreateParamsLineItemPriceData

from local.stripe import billing_objects, objects
from local.stripe.amounts import check_currency, check_unit_amount
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.store import Store

LINE_ITEMS_MAX = 100
QUANTITY_MAX = 999_999
INTERVAL_COUNT_MAX = {"day": 1095, "week": 156, "month": 36, "year": 3}  # https://docs.stripe.com/api/prices/create


def create_product(store: Store, params: ProductCreateParams | PriceCreateParamsProductData) -> JsonObject:
    """A new product.

    Raises:
        StripeRefusal: there is one with the id that was asked for.
    """
    if any(product["id"] == params.get("id") for product in store.newest_first("product")):
        raise StripeRefusal("Product already exists.", code="resource_already_exists", param="id")
    product = store.put(objects.product(store.now(), **params))
    store.emit("product.created", product)
    return product


def update_product(store: Store, params: ProductUpdateParams, product_id: str) -> JsonObject:
    """The product with what was given; metadata is added to, key by key."""
    product = store.find("product", product_id)
    product.update(
        params, metadata=product["metadata"] | cast(dict[str, str], params.get("metadata", {})), updated=store.now()
    )
    store.emit("product.updated", product)
    return product


def create_price(store: Store, params: PriceCreateParams) -> JsonObject:
    """A new price: one-time, or ``recurring``.

    Raises:
        StripeRefusal: no product, no such product, no amount, or a lookup key that another price has and keeps.
    """
    if "unit_amount" not in params:
        raise missing("unit_amount")
    if ("product" in params) == ("product_data" in params):
        raise StripeRefusal("You must provide exactly one of product and product_data.", param="product")
    check_unit_amount(params["unit_amount"], "unit_amount")
    currency = check_currency(params["currency"], "currency")
    if "product" in params:
        store.find("product", params["product"], "product")
    given: JsonObject = {
        name: params[name] for name in ("active", "lookup_key", "metadata", "nickname") if name in params
    }
    if "recurring" in params:
        given |= _recurring(cast(JsonObject, params["recurring"]))
    _take_lookup_key(store, params.get("lookup_key"), is_transfer=params.get("transfer_lookup_key", False))
    price = objects.price(
        store.now(),
        product_id=params["product"] if "product" in params else create_product(store, params["product_data"])["id"],
        currency=currency,
        unit_amount=params["unit_amount"],
        **given,
    )
    store.emit("price.created", store.put(price))
    return price


def update_price(store: Store, params: PriceUpdateParams, price_id: str) -> JsonObject:
    """The price with what was given. What it costs never changes.

    Raises:
        StripeRefusal: a lookup key that another price has and keeps.
    """
    price = store.find("price", price_id)
    if params.get("lookup_key", price["lookup_key"]) != price["lookup_key"]:
        _take_lookup_key(store, params["lookup_key"], is_transfer=params.get("transfer_lookup_key", False))
    changed: JsonObject = {name: params[name] for name in ("active", "lookup_key", "nickname") if name in params}
    price.update(changed, metadata=price["metadata"] | cast(dict[str, str], params.get("metadata", {})))
    store.emit("price.updated", price)
    return price


def _take_lookup_key(store: Store, lookup_key: str | None, *, is_transfer: bool) -> None:
    """Frees the lookup key for a price, which is refused while another has it, unless that one is to give it away."""
    for price in store.newest_first("price"):
        if lookup_key is None or price["lookup_key"] != lookup_key:
            continue
        if not is_transfer:
            raise StripeRefusal(f"A price (`{price['id']}`) already uses that lookup key.", param="lookup_key")
        price["lookup_key"] = None
        store.emit("price.updated", price)


def _recurring(given: JsonObject) -> JsonObject:
    """The fields in which a recurring price differs.

    Raises:
        StripeRefusal: it is charged less often than every three years, or not by the calendar.
    """
    if not 1 <= given.get("interval_count", 1) <= INTERVAL_COUNT_MAX[given["interval"]]:
        raise StripeRefusal("The interval is longer than three years.", param="recurring[interval_count]")
    return {"recurring": billing_objects.recurring(given), "type": "recurring"}


def line_items(store: Store, wanted: list[SessionCreateParamsLineItem]) -> list[JsonObject]:
    """The lines of a new Checkout Session.

    Raises:
        StripeRefusal: a line without a price or quantity, or lines in several currencies.
    """
    if not 1 <= len(wanted) <= LINE_ITEMS_MAX:
        raise StripeRefusal(f"line_items must have 1 to {LINE_ITEMS_MAX} items.", param="line_items")
    items = [_line_item(store, item, f"line_items[{position}]") for position, item in enumerate(wanted)]
    if len({item["currency"] for item in items}) > 1:
        raise StripeRefusal("All line items must have the same currency.", param="line_items")
    return items


def _line_item(store: Store, item: SessionCreateParamsLineItem, path: str) -> JsonObject:
    if ("price" in item) == ("price_data" in item):
        raise StripeRefusal(f"Specify exactly one of {path}[price] and {path}[price_data].", param=path)
    if "quantity" not in item:
        raise missing(f"{path}[quantity]")
    if not 1 <= item["quantity"] <= QUANTITY_MAX:
        raise StripeRefusal(
            f"Invalid integer: must be between 1 and {QUANTITY_MAX}",
            code="parameter_invalid_integer",
            param=f"{path}[quantity]",
        )
    if "price" in item:
        price = store.find("price", item["price"], f"{path}[price]")
        if not price["active"]:
            raise StripeRefusal("The price specified is inactive.", code="price_inactive", param=f"{path}[price]")
    else:
        price = _inline_price(store, item["price_data"], f"{path}[price_data]")
    product = store.find("product", price["product"])
    metadata = cast(dict[str, str], item.get("metadata", {}))
    return objects.line_item(price, product["name"], item["quantity"], metadata)


def _inline_price(store: Store, price_data: SessionCreateParamsLineItemPriceData, path: str) -> JsonObject:
    """A price for this session only: inactive, like the product that is made with it."""
    if ("product" in price_data) == ("product_data" in price_data):
        raise StripeRefusal(f"Specify exactly one of {path}[product] and {path}[product_data].", param=path)
    if "unit_amount" not in price_data:
        raise missing(f"{path}[unit_amount]")
    currency = check_currency(price_data["currency"], f"{path}[currency]")
    check_unit_amount(price_data["unit_amount"], f"{path}[unit_amount]")
    if "product" in price_data:
        product = store.find("product", price_data["product"], f"{path}[product]")
    else:
        product = objects.product(store.now(), active=False, **price_data["product_data"])
        store.put(product)
    given = _recurring(cast(JsonObject, price_data["recurring"])) if "recurring" in price_data else {}
    return store.put(
        objects.price(
            store.now(),
            product_id=product["id"],
            currency=currency,
            unit_amount=price_data["unit_amount"],
            active=False,
            **given,
        )
    )
