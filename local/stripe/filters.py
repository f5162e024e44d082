"""The filters of list requests."""

from collections.abc import Callable, Mapping
from typing import Any

from local.stripe.objects import JsonObject

_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
}
_EQUAL = (
    "active",
    "charge",
    "currency",
    "customer",
    "email",
    "invoice",
    "is_default",
    "payment_intent",
    "payment_method",
    "product",
    "status",
    "subscription",
    "type",
)


def matches(kept: JsonObject, params: Mapping[str, Any]) -> bool:
    """Whether an object passes every filter of a list request."""
    created = params.get("created", {})
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    return (
        all(_COMPARISONS[name](kept["created"], bound) for name, bound in bounds.items())
        and all(kept[name] == params[name] for name in _EQUAL if name in params)
        and ("lookup_keys" not in params or kept["lookup_key"] in params["lookup_keys"])
        and ("types" not in params or kept["type"] in params["types"])
        and (
            "customer_details" not in params
            or (kept["customer_details"] or {}).get("email") == params["customer_details"]["email"]
        )
    )
