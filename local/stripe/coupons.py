"""Coupons and what they take off, and the tax of the local Stripe. Functions are called with the store's lock held."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from stripe.params import CouponCreateParams, CouponDeleteParams

from local.stripe import billing_objects
from local.stripe.amounts import check_currency
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.periods import end_after
from local.stripe.store import Store

TAX_PERCENT = 10
"""What is added wherever automatic tax is on, so that a total differs from its subtotal. Stripe's depends on places."""


def create_coupon(store: Store, params: CouponCreateParams) -> JsonObject:
    """A new coupon.

    Raises:
        StripeRefusal: it takes off nothing, two things, or more than there is; or there is one with that id.
    """
    if ("percent_off" in params) == ("amount_off" in params):
        raise StripeRefusal("You must pass either percent_off or amount_off.", param="percent_off")
    if not 0 < params.get("percent_off", 1) <= 100:
        raise StripeRefusal("Invalid percent_off: must be above 0 and at most 100", param="percent_off")
    if params.get("amount_off", 1) < 1:
        raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param="amount_off")
    if "amount_off" in params and "currency" not in params:
        raise missing("currency")
    if (params.get("duration") == "repeating") != ("duration_in_months" in params):
        raise StripeRefusal("duration_in_months is of repeating coupons, and only of those.", param="duration")
    if any(coupon["id"] == params.get("id") for coupon in store.newest_first("coupon")):
        raise StripeRefusal("Coupon already exists.", code="resource_already_exists", param="id")
    if "currency" in params:
        check_currency(params["currency"], "currency")
    coupon = store.put(billing_objects.coupon(store.now(), **params))
    store.emit("coupon.created", coupon)
    return coupon


def delete_coupon(store: Store, _params: CouponDeleteParams, coupon_id: str) -> JsonObject:
    """Returns what is left of a deleted coupon. What uses it already goes on using it."""
    coupon = store.find("coupon", coupon_id)
    coupon["valid"] = False
    store.emit("coupon.deleted", coupon)
    return {"id": coupon_id, "object": "coupon", "deleted": True}


def coupon_ids(store: Store, wanted: Sequence[Mapping[str, Any]], param: str) -> list[str]:
    """The ids of the coupons in the ``discounts`` of a request.

    Raises:
        StripeRefusal: something else than a coupon, or one that there is no more.
    """
    ids = []
    for discount in wanted:
        if "coupon" not in discount:
            raise StripeRefusal("The local Stripe knows discounts by coupon only.", param=param)
        coupon = store.find("coupon", discount["coupon"], param)
        if not coupon["valid"]:
            raise StripeRefusal(f"Coupon {coupon['id']} is not valid.", code="coupon_expired", param=param)
        ids.append(coupon["id"])
    return ids


def redeem(store: Store, ids: Sequence[str], **by: Any) -> list[JsonObject]:
    """The discounts that come of coupons; ``by`` says who uses them."""
    made = []
    for coupon_id in ids:
        coupon = store.find("coupon", coupon_id)
        coupon["times_redeemed"] += 1
        made.append(
            store.put(billing_objects.discount(store.now(), coupon=coupon, end=_end(coupon, store.now()), **by))
        )
    return made


def is_over(discount: JsonObject, now: int) -> bool:
    """Whether the discount takes nothing off any more."""
    return discount["end"] is not None and discount["end"] <= now


def off(store: Store, coupon_id: str, amount: int) -> int:
    """What the coupon takes off an amount, which is never more than there is."""
    coupon = store.find("coupon", coupon_id)
    if amount <= 0:
        return 0
    if coupon["percent_off"] is not None:
        return rounded(Decimal(amount) * Decimal(str(coupon["percent_off"])) / 100)
    return min(amount, cast(int, coupon["amount_off"]))


def tax_on(amount: int) -> int:
    """The tax on an amount, in minor units like it."""
    return rounded(Decimal(amount) * TAX_PERCENT / 100)


def rounded(amount: Decimal) -> int:
    """Whole minor units; a half is rounded away from 0."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _end(coupon: JsonObject, started: int) -> int | None:
    """When a discount ends that starts now. One that is used once ends with the first invoice, not at a time."""
    if coupon["duration"] != "repeating":
        return None
    return end_after(started, anchor=started, interval="month", interval_count=coupon["duration_in_months"])
