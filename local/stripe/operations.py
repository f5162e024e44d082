"""The operations of the local Stripe's REST API: path, parameters and what performs them."""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NotRequired, TypedDict

from stripe import params as official
from stripe.params import checkout as official_checkout

from local.stripe.catalog import create_price, create_product
from local.stripe.checkout import Checkout
from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.refunds import create_customer, create_refund, delete_customer, search_customers, update_customer
from local.stripe.store import Store
from local.stripe.webhooks import Webhooks

Performer = Callable[..., JsonObject]
"""Takes the decoded parameters, then the ids in the path."""

_PAGING = (
    "limit",
    "starting_after",
    "ending_before",
    "created",
    "created.gt",
    "created.gte",
    "created.lt",
    "created.lte",
)
_CUSTOMER = ("description", "email", "metadata", "name", "phone")
_PRODUCT = ("active", "description", "id", "images", "metadata", "name")
_PRICE = ("active", "currency", "lookup_key", "metadata", "nickname", "product", "unit_amount")
_PRICE_FILTERS = ("active", "currency", "lookup_keys", "product", "type")
_REFUND = ("amount", "charge", "metadata", "payment_intent", "reason")
_SESSION_FILTERS = ("customer", "customer_details.email", "payment_intent", "status")
_SESSION = (
    "automatic_tax.enabled",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "customer_email",
    "expires_at",
    "line_items.metadata",
    "line_items.price",
    "line_items.price_data.currency",
    "line_items.price_data.product",
    "line_items.price_data.product_data.description",
    "line_items.price_data.product_data.images",
    "line_items.price_data.product_data.metadata",
    "line_items.price_data.product_data.name",
    "line_items.price_data.unit_amount",
    "line_items.quantity",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data.description",
    "payment_intent_data.metadata",
    "payment_intent_data.receipt_email",
    "payment_intent_data.statement_descriptor",
    "payment_intent_data.statement_descriptor_suffix",
    "submit_type",
    "success_url",
    "ui_mode",
)


class EventRetryParams(TypedDict):
    """What ``stripe events resend`` posts; the official library has no type for it."""

    webhook_endpoint: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. ``implemented`` has the dotted names of the parameters that it acts on."""

    method: str
    path: re.Pattern[str]
    params: type
    perform: Performer
    implemented: frozenset[str]


def find_operation(table: list[Operation], method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    """The operation for a request, with the ids in its path.

    Raises:
        StripeRefusal: 404, there is no such operation.
    """
    for operation in table:
        match = operation.path.fullmatch(path)
        if match and operation.method == method:
            return operation, match.groups()
    raise StripeRefusal(f"Unrecognized request URL ({method}: {path}).", status=404)


def operations(store: Store, checkout: Checkout, webhooks: Webhooks) -> list[Operation]:
    """Every operation that there is. They are performed with the store's lock held."""

    def find(object_name: str) -> Performer:
        return lambda _params, object_id: store.find(object_name, object_id)

    def found(object_name: str, path: str) -> Performer:
        return lambda params: store.page(
            [kept for kept in store.newest_first(object_name) if _matches(kept, params)], params, f"/v1/{path}"
        )

    def line_items(params: dict[str, Any], session_id: str) -> JsonObject:
        session = store.find("checkout.session", session_id)
        return store.page(store.line_items[session["id"]], params, f"/v1/checkout/sessions/{session_id}/line_items")

    def retry(_params: EventRetryParams, event_id: str) -> JsonObject:
        event = store.find("event", event_id)
        event["pending_webhooks"] = 1
        webhooks.send(copy.deepcopy(event))  # the same id and content; only the signature is new
        return event

    def expire(_params: object, session_id: str) -> JsonObject:
        return checkout.expire(session_id)

    new_customer, new_product, new_price, new_refund = (
        partial(create, store) for create in (create_customer, create_product, create_price, create_refund)
    )
    sessions = "checkout/sessions"
    return [
        _post("customers", official.CustomerCreateParams, new_customer, *_CUSTOMER),
        _get("customers", official.CustomerListParams, found("customer", "customers"), "email", *_PAGING),
        _get("customers/search", official.CustomerSearchParams, partial(search_customers, store), "query", "limit"),
        _post("customers/{id}", official.CustomerUpdateParams, partial(update_customer, store), *_CUSTOMER),
        _operation("DELETE", "customers/{id}", official.CustomerDeleteParams, partial(delete_customer, store), ()),
        _get("customers/{id}", official.CustomerRetrieveParams, find("customer")),
        _post("products", official.ProductCreateParams, new_product, *_PRODUCT),
        _post("prices", official.PriceCreateParams, new_price, *_PRICE),
        _get("prices", official.PriceListParams, found("price", "prices"), *_PRICE_FILTERS, *_PAGING),
        _get("prices/{id}", official.PriceRetrieveParams, find("price")),
        _post(sessions, official_checkout.SessionCreateParams, checkout.create, *_SESSION),
        _get(
            sessions,
            official_checkout.SessionListParams,
            found("checkout.session", sessions),
            *_SESSION_FILTERS,
            *_PAGING,
        ),
        _get(sessions + "/{id}", official_checkout.SessionRetrieveParams, find("checkout.session")),
        _post(sessions + "/{id}/expire", official_checkout.SessionExpireParams, expire),
        _get(sessions + "/{id}/line_items", official_checkout.SessionListLineItemsParams, line_items, *_PAGING),
        _get("payment_intents/{id}", official.PaymentIntentRetrieveParams, find("payment_intent")),
        _get("charges/{id}", official.ChargeRetrieveParams, find("charge")),
        _post("refunds", official.RefundCreateParams, new_refund, *_REFUND),
        _get("refunds/{id}", official.RefundRetrieveParams, find("refund")),
        _get("events", official.EventListParams, found("event", "events"), "type", "types", *_PAGING),
        _get("events/{id}", official.EventRetrieveParams, find("event")),
        _post("events/{id}/retry", EventRetryParams, retry, "webhook_endpoint"),
    ]


def _get(path: str, params: type, perform: Performer, *implemented: str) -> Operation:
    return _operation("GET", path, params, perform, implemented)


def _post(path: str, params: type, perform: Performer, *implemented: str) -> Operation:
    return _operation("POST", path, params, perform, implemented)


def _operation(method: str, path: str, params: type, perform: Performer, implemented: tuple[str, ...]) -> Operation:
    pattern = re.compile("/v1/" + path.replace("{id}", "([A-Za-z0-9_-]+)"))
    return Operation(method, pattern, params, perform, frozenset(implemented) | {"expand"})


def _matches(kept: JsonObject, params: Mapping[str, Any]) -> bool:
    """Whether an object passes every filter of a list request."""
    created = params.get("created", {})
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    return (
        all(_COMPARISONS[name](kept["created"], bound) for name, bound in bounds.items())
        and all(kept[name] == params[name] for name in _EQUAL_FILTERS if name in params)
        and ("lookup_keys" not in params or kept["lookup_key"] in params["lookup_keys"])
        and ("types" not in params or kept["type"] in params["types"])
        and (
            "customer_details" not in params
            or (kept["customer_details"] or {}).get("email") == params["customer_details"]["email"]
        )
    )


_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
}
_EQUAL_FILTERS = ("active", "currency", "customer", "email", "payment_intent", "product", "status", "type")
