"""What a Checkout Session comes to: its lines, less what coupons take off, with the tax. Amounts are minor units."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from stripe.params.checkout import SessionCreateParams

from local.stripe import coupons
from local.stripe.amounts import check_total
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.store import Store


def fields(store: Store, params: SessionCreateParams, items: Sequence[JsonObject]) -> JsonObject:
    """The fields of a new session that say what it comes to; its lines are brought up to date.

    Called with the store's lock held.

    Raises:
        StripeRefusal: a total outside Stripe's bounds, no such coupon, or a tax without the place of the buyer.
    """
    has_tax = bool(params.get("automatic_tax", {}).get("enabled"))
    if has_tax and "customer" in params and params.get("customer_update", {}).get("address") != "auto":
        customer = store.find("customer", params["customer"], "customer")
        if customer["address"] is None:
            raise StripeRefusal(
                "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address "
                "to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to "
                "'auto' to save the address entered in Checkout to the Customer.",
                code="customer_tax_location_invalid",
                param="automatic_tax[enabled]",
            )
    wanted = cast(Sequence[Mapping[str, Any]], params.get("discounts", []))
    ids = coupons.coupon_ids(store, wanted, "discounts")
    for item in items:
        left = item["amount_subtotal"]
        for coupon_id in ids:
            left -= coupons.off(store, coupon_id, left)
        tax = coupons.tax_on(left) if has_tax else 0
        item.update(
            amount_discount=item["amount_subtotal"] - left,
            amount_tax=tax,
            amount_total=left + tax,
        )
    subtotal, discount, tax, total = (
        sum(item[name] for item in items)
        for name in ("amount_subtotal", "amount_discount", "amount_tax", "amount_total")
    )
    check_total(total, items[0]["currency"])
    return {
        "amount": total,
        "amount_subtotal": subtotal,
        "automatic_tax": {
            "enabled": has_tax,
            "liability": {"account": None, "type": "self"} if has_tax else None,
            "provider": "stripe" if has_tax else None,
            "status": "complete" if has_tax else None,
        },
        "currency": items[0]["currency"],
        "discounts": [{"coupon": coupon_id, "promotion_code": None} for coupon_id in ids],
        "total_details": {"amount_discount": discount, "amount_shipping": 0, "amount_tax": tax},
    }
