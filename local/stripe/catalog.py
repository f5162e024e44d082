"""Products, prices, and the lines of a Checkout Session. Every function is called with the store's lock held."""

from typing import cast

from stripe.params import PriceCreateParams, ProductCreateParams
from stripe.params.checkout import SessionCreateParamsLineItem, SessionCreateParamsLineItemPriceData

from local.stripe import objects
from local.stripe.amounts import check_currency, check_unit_amount
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.store import Store

LINE_ITEMS_MAX = 100
QUANTITY_MAX = 999_999


def create_product(store: Store, params: ProductCreateParams) -> JsonObject:
    """A new product.

    Raises:
        StripeRefusal: there is one with the id that was asked for.
    """
    if any(product["id"] == params.get("id") for product in store.newest_first("product")):
        raise StripeRefusal("Product already exists.", code="resource_already_exists", param="id")
    product = store.put(objects.product(store.now(), **params))
    store.emit("product.created", product)
    return product


def create_price(store: Store, params: PriceCreateParams) -> JsonObject:
    """A new one-time price.

    Raises:
        StripeRefusal: no product, no such product, no amount, or a lookup key that is taken.
    """
    if "unit_amount" not in params:
        raise missing("unit_amount")
    if "product" not in params:
        raise missing("product")
    store.find("product", params["product"], "product")
    check_unit_amount(params["unit_amount"], "unit_amount")
    for price in store.newest_first("price"):
        if price["lookup_key"] is not None and price["lookup_key"] == params.get("lookup_key"):
            raise StripeRefusal(f"A price (`{price['id']}`) already uses that lookup key.", param="lookup_key")

    given = {name: params[name] for name in ("active", "lookup_key", "metadata", "nickname") if name in params}
    price = objects.price(
        store.now(),
        product_id=params["product"],
        currency=check_currency(params["currency"], "currency"),
        unit_amount=params["unit_amount"],
        **given,
    )
    store.emit("price.created", store.put(price))
    return price


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
    return store.put(
        objects.price(
            store.now(),
            product_id=product["id"],
            currency=currency,
            unit_amount=price_data["unit_amount"],
            active=False,
        )
    )
