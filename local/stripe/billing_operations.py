"""The operations of recurring billing: path, parameters and what performs them."""

from functools import partial
from typing import Any

from stripe import params as official
from stripe.params import billing_portal as portal

from local.stripe import coupons, invoice_items, portal_configurations
from local.stripe.filters import matches
from local.stripe.invoices import Invoices
from local.stripe.objects import JsonObject
from local.stripe.operation import PAGES, PAGING, Operation, delete, get, listed, one, post
from local.stripe.portal_configurations import CONFIGURATION
from local.stripe.store import Store
from local.stripe.subscriptions import Subscriptions

_COUPON = (
    "amount_off",
    "currency",
    "duration",
    "duration_in_months",
    "id",
    "metadata",
    "name",
    "percent_off",
)
_INVOICE = (
    "auto_advance",
    "automatic_tax.enabled",
    "currency",
    "customer",
    "description",
    "metadata",
    "pending_invoice_items_behavior",
    "subscription",
)
_INVOICE_ITEM = (
    "amount",
    "currency",
    "customer",
    "description",
    "invoice",
    "metadata",
    "period.end",
    "period.start",
    "pricing.price",
    "quantity",
    "subscription",
)
_SUBSCRIPTION = (
    "automatic_tax.enabled",
    "billing_mode.type",
    "cancel_at_period_end",
    "customer",
    "default_payment_method",
    "description",
    "discounts.coupon",
    "items.metadata",
    "items.price",
    "items.quantity",
    "metadata",
    "off_session",
    "payment_behavior",
    "trial_end",
    "trial_period_days",
)
_SUBSCRIPTION_UPDATE = (
    "cancel_at_period_end",
    "default_payment_method",
    "description",
    "items.id",
    "items.price",
    "items.quantity",
    "metadata",
    "proration_behavior",
    "proration_date",
    "trial_end",
)
_CONFIGURATION = (
    "business_profile.headline",
    "business_profile.privacy_policy_url",
    "business_profile.terms_of_service_url",
    "default_return_url",
    "features.invoice_history.enabled",
    "features.payment_method_update.enabled",
    "features.subscription_cancel.enabled",
    "features.subscription_cancel.mode",
    "features.subscription_cancel.proration_behavior",
    "features.subscription_update.default_allowed_updates",
    "features.subscription_update.enabled",
    "features.subscription_update.products.prices",
    "features.subscription_update.products.product",
    "features.subscription_update.proration_behavior",
    "features.subscription_update.schedule_at_period_end.conditions.type",
    "metadata",
    "name",
)
_PORTAL_SESSION = ("configuration", "customer", "return_url")
_PAYMENT_FILTERS = ("invoice", "payment.payment_intent", "payment.type", "status")


def billing_operations(
    store: Store, subscriptions: Subscriptions, invoices: Invoices, page_url: str
) -> list[Operation]:
    """The operations of recurring billing. They are performed with the store's lock held."""

    def lines(params: dict[str, Any], invoice_id: str) -> JsonObject:
        invoice = store.find("invoice", invoice_id)
        return store.page(store.line_items[invoice["id"]], params, f"/v1/invoices/{invoice_id}/lines")

    def list_invoices(params: dict[str, Any]) -> JsonObject:
        about = params.get("subscription")
        filters = {name: value for name, value in params.items() if name != "subscription"}
        found = [
            invoice
            for invoice in store.newest_first("invoice")
            if matches(invoice, filters) and (about is None or _subscription(invoice) == about)
        ]
        return store.page(found, params, "/v1/invoices")

    def list_payments(params: dict[str, Any]) -> JsonObject:
        intent = params.get("payment", {}).get("payment_intent")
        filters = {name: value for name, value in params.items() if name != "payment"}
        found = [
            payment
            for payment in store.newest_first("invoice_payment")
            if matches(payment, filters) and (intent is None or payment["payment"]["payment_intent"] == intent)
        ]
        return store.page(found, params, "/v1/invoice_payments")

    def new_item(params: official.InvoiceItemCreateParams) -> JsonObject:
        item = invoice_items.create(store, params)
        if item["invoice"] is not None:
            invoices.add_item(item)
        return item

    def list_items(params: dict[str, Any]) -> JsonObject:
        subscription = store.find("subscription", params["subscription"], "subscription")
        return store.page(subscription["items"]["data"], params, "/v1/subscription_items")

    make_coupon, drop_coupon = partial(coupons.create_coupon, store), partial(coupons.delete_coupon, store)
    waiting = partial(invoice_items.list_items, store)
    configurations = "billing_portal/configurations"
    new_configuration = partial(portal_configurations.create, store)
    new_session = partial(portal_configurations.open_session, store, page_url)
    return [
        post("coupons", official.CouponCreateParams, make_coupon, *_COUPON),
        get("coupons", official.CouponListParams, listed(store, "coupon", "coupons"), *PAGING),
        get("coupons/{id}", official.CouponRetrieveParams, one(store, "coupon")),
        delete("coupons/{id}", official.CouponDeleteParams, drop_coupon),
        post("subscriptions", official.SubscriptionCreateParams, subscriptions.create, *_SUBSCRIPTION),
        get(
            "subscriptions",
            official.SubscriptionListParams,
            subscriptions.list_all,
            "customer",
            "price",
            "status",
            *PAGING,
        ),
        get("subscriptions/{id}", official.SubscriptionRetrieveParams, one(store, "subscription")),
        post("subscriptions/{id}", official.SubscriptionUpdateParams, subscriptions.update, *_SUBSCRIPTION_UPDATE),
        delete("subscriptions/{id}", official.SubscriptionCancelParams, subscriptions.cancel, "invoice_now", "prorate"),
        get("subscription_items", official.SubscriptionItemListParams, list_items, "subscription", *PAGES),
        get(
            "subscription_schedules/{id}",
            official.SubscriptionScheduleRetrieveParams,
            one(store, "subscription_schedule"),
        ),
        post("invoices", official.InvoiceCreateParams, invoices.create, *_INVOICE),
        get("invoices", official.InvoiceListParams, list_invoices, "customer", "status", "subscription", *PAGING),
        get("invoices/{id}", official.InvoiceRetrieveParams, one(store, "invoice")),
        get("invoices/{id}/lines", official.InvoiceLineItemListParams, lines, *PAGES),
        post("invoices/{id}/finalize", official.InvoiceFinalizeInvoiceParams, invoices.finalize, "auto_advance"),
        post(
            "invoices/{id}/pay",
            official.InvoicePayParams,
            invoices.pay,
            "off_session",
            "paid_out_of_band",
            "payment_method",
        ),
        post("invoices/{id}/void", official.InvoiceVoidInvoiceParams, invoices.void),
        post(
            "invoices/{id}/mark_uncollectible",
            official.InvoiceMarkUncollectibleParams,
            invoices.mark_uncollectible,
        ),
        post("invoiceitems", official.InvoiceItemCreateParams, new_item, *_INVOICE_ITEM),
        get("invoiceitems", official.InvoiceItemListParams, waiting, "customer", "invoice", "pending", *PAGING),
        get("invoiceitems/{id}", official.InvoiceItemRetrieveParams, one(store, "invoiceitem")),
        get("invoice_payments", official.InvoicePaymentListParams, list_payments, *_PAYMENT_FILTERS, *PAGING),
        get("invoice_payments/{id}", official.InvoicePaymentRetrieveParams, one(store, "invoice_payment")),
        post(configurations, portal.ConfigurationCreateParams, new_configuration, *_CONFIGURATION),
        get(
            configurations,
            portal.ConfigurationListParams,
            listed(store, CONFIGURATION, configurations),
            "active",
            "is_default",
            *PAGES,
        ),
        post(
            configurations + "/{id}",
            portal.ConfigurationUpdateParams,
            partial(portal_configurations.update, store),
            "active",
            *_CONFIGURATION,
        ),
        get(configurations + "/{id}", portal.ConfigurationRetrieveParams, one(store, CONFIGURATION)),
        post("billing_portal/sessions", portal.SessionCreateParams, new_session, *_PORTAL_SESSION),
    ]


def _subscription(invoice: JsonObject) -> str | None:
    """The id of the subscription that the invoice is of."""
    parent = invoice["parent"]
    return None if parent is None else parent["subscription_details"]["subscription"]
