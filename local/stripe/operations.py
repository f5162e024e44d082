"""The operations of the local Stripe's REST API: path, parameters and what performs them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from stripe import params as official
from stripe.params import checkout as official_checkout

from local.stripe import payment_methods, setup_intents
from local.stripe.catalog import create_price, create_product
from local.stripe.checkout import Checkout
from local.stripe.customers import create_customer, delete_customer, search_customers, update_customer
from local.stripe.disputes import close_dispute, update_dispute
from local.stripe.errors import StripeRefusal
from local.stripe.events import EventRetryParams, find_event, list_events, retry_event
from local.stripe.filters import matches
from local.stripe.objects import JsonObject
from local.stripe.payment_intents import PaymentIntents
from local.stripe.refunds import Refunds
from local.stripe.store import Store
from local.stripe.webhooks import Webhooks

Performer = Callable[..., JsonObject]
"""Takes the decoded parameters, then the ids in the path."""

_PAGES = ("limit", "starting_after", "ending_before")
_PAGING = (
    *_PAGES,
    "created",
    "created.gt",
    "created.gte",
    "created.lt",
    "created.lte",
)
_CUSTOMER = ("description", "email", "metadata", "name", "phone")
_CUSTOMER_UPDATE = (*_CUSTOMER, "invoice_settings.default_payment_method")
_INTENT = (
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "metadata",
    "off_session",
    "payment_method",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_METHOD = ("card.cvc", "card.exp_month", "card.exp_year", "card.number", "metadata", "type")
_SETUP = ("confirm", "customer", "description", "metadata", "payment_method", "usage")
_PRODUCT = ("active", "description", "id", "images", "metadata", "name")
_PRICE = ("active", "currency", "lookup_key", "metadata", "nickname", "product", "unit_amount")
_PRICE_FILTERS = ("active", "currency", "lookup_keys", "product", "type")
_DISPUTE = ("evidence.uncategorized_text", "metadata", "submit")
_REFUND = ("amount", "charge", "metadata", "payment_intent", "reason")
_REVERSAL_FILTERS = ("charge", "payment_intent")
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
    "payment_intent_data.setup_future_usage",
    "payment_intent_data.statement_descriptor",
    "payment_intent_data.statement_descriptor_suffix",
    "setup_intent_data.description",
    "setup_intent_data.metadata",
    "submit_type",
    "success_url",
    "ui_mode",
)


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


def operations(
    store: Store, checkout: Checkout, payments: PaymentIntents, refunds: Refunds, webhooks: Webhooks
) -> list[Operation]:
    """Every operation that there is. They are performed with the store's lock held."""

    def find(object_name: str) -> Performer:
        return lambda _params, object_id: store.find(object_name, object_id)

    def found(object_name: str, path: str) -> Performer:
        return lambda params: store.page(
            [kept for kept in store.newest_first(object_name) if matches(kept, params)], params, f"/v1/{path}"
        )

    def line_items(params: dict[str, Any], session_id: str) -> JsonObject:
        session = store.find("checkout.session", session_id)
        return store.page(store.line_items[session["id"]], params, f"/v1/checkout/sessions/{session_id}/line_items")

    def event(_params: object, event_id: str) -> JsonObject:
        return find_event(store, event_id)

    def expire(_params: object, session_id: str) -> JsonObject:
        return checkout.expire(session_id)

    new_customer, new_product, new_price = (
        partial(create, store) for create in (create_customer, create_product, create_price)
    )
    sessions, intents, methods, setups = "checkout/sessions", "payment_intents", "payment_methods", "setup_intents"
    attach, detach, update_method, list_methods = (
        partial(perform, store)
        for perform in (
            payment_methods.attach,
            payment_methods.detach,
            payment_methods.update,
            payment_methods.list_of_customer,
        )
    )
    new_setup, confirm_setup = partial(setup_intents.create, store), partial(setup_intents.confirm, store)
    return [
        _post("customers", official.CustomerCreateParams, new_customer, *_CUSTOMER),
        _get("customers", official.CustomerListParams, found("customer", "customers"), "email", *_PAGING),
        _get("customers/search", official.CustomerSearchParams, partial(search_customers, store), "query", "limit"),
        _post("customers/{id}", official.CustomerUpdateParams, partial(update_customer, store), *_CUSTOMER_UPDATE),
        _operation("DELETE", "customers/{id}", official.CustomerDeleteParams, partial(delete_customer, store), ()),
        _get("customers/{id}", official.CustomerRetrieveParams, find("customer")),
        _get("customers/{id}/payment_methods", official.CustomerPaymentMethodListParams, list_methods, "type", *_PAGES),
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
        _post(methods, official.PaymentMethodCreateParams, partial(payment_methods.create, store), *_METHOD),
        _get(methods, official.PaymentMethodListParams, found("payment_method", methods), "customer", "type", *_PAGES),
        _get(methods + "/{id}", official.PaymentMethodRetrieveParams, find("payment_method")),
        _post(methods + "/{id}", official.PaymentMethodUpdateParams, update_method, "metadata"),
        _post(methods + "/{id}/attach", official.PaymentMethodAttachParams, attach, "customer"),
        _post(methods + "/{id}/detach", official.PaymentMethodDetachParams, detach),
        _post(setups, official.SetupIntentCreateParams, new_setup, *_SETUP),
        _get(
            setups,
            official.SetupIntentListParams,
            found("setup_intent", setups),
            "customer",
            "payment_method",
            *_PAGING,
        ),
        _get(setups + "/{id}", official.SetupIntentRetrieveParams, find("setup_intent")),
        _post(setups + "/{id}/confirm", official.SetupIntentConfirmParams, confirm_setup, "payment_method"),
        _post(intents, official.PaymentIntentCreateParams, payments.create, *_INTENT),
        _post(
            intents + "/{id}/confirm",
            official.PaymentIntentConfirmParams,
            payments.confirm,
            "off_session",
            "payment_method",
        ),
        _post(intents + "/{id}/cancel", official.PaymentIntentCancelParams, payments.cancel, "cancellation_reason"),
        _get(intents, official.PaymentIntentListParams, found("payment_intent", intents), "customer", *_PAGING),
        _get(intents + "/{id}", official.PaymentIntentRetrieveParams, find("payment_intent")),
        _get("charges/{id}", official.ChargeRetrieveParams, find("charge")),
        _post("refunds", official.RefundCreateParams, refunds.create, *_REFUND),
        _get("refunds", official.RefundListParams, found("refund", "refunds"), *_REVERSAL_FILTERS, *_PAGING),
        _get("refunds/{id}", official.RefundRetrieveParams, find("refund")),
        _get("disputes", official.DisputeListParams, found("dispute", "disputes"), *_REVERSAL_FILTERS, *_PAGING),
        _get("disputes/{id}", official.DisputeRetrieveParams, find("dispute")),
        _post("disputes/{id}", official.DisputeUpdateParams, partial(update_dispute, store), *_DISPUTE),
        _post("disputes/{id}/close", official.DisputeCloseParams, partial(close_dispute, store)),
        _get("events", official.EventListParams, partial(list_events, store), "type", "types", *_PAGING),
        _get("events/{id}", official.EventRetrieveParams, event),
        _post("events/{id}/retry", EventRetryParams, partial(retry_event, store, webhooks.send), "webhook_endpoint"),
    ]


def _get(path: str, params: type, perform: Performer, *implemented: str) -> Operation:
    return _operation("GET", path, params, perform, implemented)


def _post(path: str, params: type, perform: Performer, *implemented: str) -> Operation:
    return _operation("POST", path, params, perform, implemented)


def _operation(method: str, path: str, params: type, perform: Performer, implemented: tuple[str, ...]) -> Operation:
    pattern = re.compile("/v1/" + path.replace("{id}", "([A-Za-z0-9_-]+)"))
    return Operation(method, pattern, params, perform, frozenset(implemented) | {"expand"})
