"""The operations of the local Stripe's REST API: path, parameters and what performs them."""

from functools import partial
from typing import Any

from stripe import params as official
from stripe.params import checkout as official_checkout

from local.stripe import payment_methods, setup_intents
from local.stripe.catalog import create_price, create_product, update_price, update_product
from local.stripe.checkout import Checkout
from local.stripe.customers import create_customer, delete_customer, search_customers, update_customer
from local.stripe.disputes import close_dispute, update_dispute
from local.stripe.events import EventRetryParams, find_event, list_events, retry_event
from local.stripe.objects import JsonObject
from local.stripe.operation import PAGES, PAGING, Operation, delete, get, listed, one, post
from local.stripe.payment_intents import PaymentIntents
from local.stripe.refunds import Refunds
from local.stripe.store import Store
from local.stripe.subscriptions import Subscriptions
from local.stripe.webhooks import Webhooks

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
_PRODUCT_UPDATE = ("active", "description", "images", "metadata", "name")
_PRICE_UPDATE = ("active", "lookup_key", "metadata", "nickname", "transfer_lookup_key")
_PRICE = (
    *_PRICE_UPDATE,
    "currency",
    "product",
    "product_data.active",
    "product_data.id",
    "product_data.metadata",
    "product_data.name",
    "recurring.interval",
    "recurring.interval_count",
    "unit_amount",
)
_PRICE_FILTERS = ("active", "currency", "lookup_keys", "product", "type")
_DISPUTE = ("evidence.uncategorized_text", "metadata", "submit")
_REFUND = ("amount", "charge", "metadata", "payment_intent", "reason")
_REVERSAL_FILTERS = ("charge", "payment_intent")
_SESSION_FILTERS = ("customer", "customer_details.email", "payment_intent", "status", "subscription")
_SESSION = (
    "automatic_tax.enabled",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "customer_email",
    "customer_update.address",
    "customer_update.name",
    "discounts.coupon",
    "expires_at",
    "line_items.metadata",
    "line_items.price",
    "line_items.price_data.currency",
    "line_items.price_data.product",
    "line_items.price_data.product_data.description",
    "line_items.price_data.product_data.images",
    "line_items.price_data.product_data.metadata",
    "line_items.price_data.product_data.name",
    "line_items.price_data.recurring.interval",
    "line_items.price_data.recurring.interval_count",
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
    "subscription_data.billing_mode.type",
    "subscription_data.description",
    "subscription_data.metadata",
    "subscription_data.trial_end",
    "subscription_data.trial_period_days",
    "success_url",
    "ui_mode",
)


def operations(
    store: Store,
    checkout: Checkout,
    payments: PaymentIntents,
    subscriptions: Subscriptions,
    refunds: Refunds,
    webhooks: Webhooks,
) -> list[Operation]:
    """The operations of payments, and of what they are about. They are performed with the store's lock held."""

    def line_items(params: dict[str, Any], session_id: str) -> JsonObject:
        session = store.find("checkout.session", session_id)
        return store.page(store.line_items[session["id"]], params, f"/v1/checkout/sessions/{session_id}/line_items")

    def event(_params: object, event_id: str) -> JsonObject:
        return find_event(store, event_id)

    def forget(params: official.CustomerDeleteParams, customer_id: str) -> JsonObject:
        store.find("customer", customer_id)
        subscriptions.end_those_of(customer_id)
        return delete_customer(store, params, customer_id)

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
        post("customers", official.CustomerCreateParams, new_customer, *_CUSTOMER),
        get("customers", official.CustomerListParams, listed(store, "customer", "customers"), "email", *PAGING),
        get("customers/search", official.CustomerSearchParams, partial(search_customers, store), "query", "limit"),
        post("customers/{id}", official.CustomerUpdateParams, partial(update_customer, store), *_CUSTOMER_UPDATE),
        delete("customers/{id}", official.CustomerDeleteParams, forget),
        get("customers/{id}", official.CustomerRetrieveParams, one(store, "customer")),
        get("customers/{id}/payment_methods", official.CustomerPaymentMethodListParams, list_methods, "type", *PAGES),
        post("products", official.ProductCreateParams, new_product, *_PRODUCT),
        get("products", official.ProductListParams, listed(store, "product", "products"), "active", *PAGING),
        post("products/{id}", official.ProductUpdateParams, partial(update_product, store), *_PRODUCT_UPDATE),
        get("products/{id}", official.ProductRetrieveParams, one(store, "product")),
        post("prices", official.PriceCreateParams, new_price, *_PRICE),
        get("prices", official.PriceListParams, listed(store, "price", "prices"), *_PRICE_FILTERS, *PAGING),
        post("prices/{id}", official.PriceUpdateParams, partial(update_price, store), *_PRICE_UPDATE),
        get("prices/{id}", official.PriceRetrieveParams, one(store, "price")),
        post(sessions, official_checkout.SessionCreateParams, checkout.create, *_SESSION),
        get(
            sessions,
            official_checkout.SessionListParams,
            listed(store, "checkout.session", sessions),
            *_SESSION_FILTERS,
            *PAGING,
        ),
        get(sessions + "/{id}", official_checkout.SessionRetrieveParams, one(store, "checkout.session")),
        post(sessions + "/{id}/expire", official_checkout.SessionExpireParams, expire),
        get(sessions + "/{id}/line_items", official_checkout.SessionListLineItemsParams, line_items, *PAGING),
        post(methods, official.PaymentMethodCreateParams, partial(payment_methods.create, store), *_METHOD),
        get(
            methods,
            official.PaymentMethodListParams,
            listed(store, "payment_method", methods),
            "customer",
            "type",
            *PAGES,
        ),
        get(methods + "/{id}", official.PaymentMethodRetrieveParams, one(store, "payment_method")),
        post(methods + "/{id}", official.PaymentMethodUpdateParams, update_method, "metadata"),
        post(methods + "/{id}/attach", official.PaymentMethodAttachParams, attach, "customer"),
        post(methods + "/{id}/detach", official.PaymentMethodDetachParams, detach),
        post(setups, official.SetupIntentCreateParams, new_setup, *_SETUP),
        get(
            setups,
            official.SetupIntentListParams,
            listed(store, "setup_intent", setups),
            "customer",
            "payment_method",
            *PAGING,
        ),
        get(setups + "/{id}", official.SetupIntentRetrieveParams, one(store, "setup_intent")),
        post(setups + "/{id}/confirm", official.SetupIntentConfirmParams, confirm_setup, "payment_method"),
        post(intents, official.PaymentIntentCreateParams, payments.create, *_INTENT),
        post(
            intents + "/{id}/confirm",
            official.PaymentIntentConfirmParams,
            payments.confirm,
            "off_session",
            "payment_method",
        ),
        post(intents + "/{id}/cancel", official.PaymentIntentCancelParams, payments.cancel, "cancellation_reason"),
        get(intents, official.PaymentIntentListParams, listed(store, "payment_intent", intents), "customer", *PAGING),
        get(intents + "/{id}", official.PaymentIntentRetrieveParams, one(store, "payment_intent")),
        get("charges/{id}", official.ChargeRetrieveParams, one(store, "charge")),
        post("refunds", official.RefundCreateParams, refunds.create, *_REFUND),
        get("refunds", official.RefundListParams, listed(store, "refund", "refunds"), *_REVERSAL_FILTERS, *PAGING),
        get("refunds/{id}", official.RefundRetrieveParams, one(store, "refund")),
        get("disputes", official.DisputeListParams, listed(store, "dispute", "disputes"), *_REVERSAL_FILTERS, *PAGING),
        get("disputes/{id}", official.DisputeRetrieveParams, one(store, "dispute")),
        post("disputes/{id}", official.DisputeUpdateParams, partial(update_dispute, store), *_DISPUTE),
        post("disputes/{id}/close", official.DisputeCloseParams, partial(close_dispute, store)),
        get("events", official.EventListParams, partial(list_events, store), "type", "types", *PAGING),
        get("events/{id}", official.EventRetrieveParams, event),
        post("events/{id}/retry", EventRetryParams, partial(retry_event, store, webhooks.send), "webhook_endpoint"),
    ]
