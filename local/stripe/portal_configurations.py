"""What the billing portal may do, and the sessions in which it does so. Called with the store's lock held."""

from collections.abc import Mapping
from typing import Any, cast

import stripe
from stripe.params.billing_portal import (
    ConfigurationCreateParams,
    ConfigurationUpdateParams,
    SessionCreateParams,
)

from local.stripe.errors import StripeRefusal
from local.stripe.objects import JsonObject, new_id, shape
from local.stripe.params import check_url, missing
from local.stripe.store import Store

PRODUCTS_MAX = 10  # of a switch: https://docs.stripe.com/api/customer_portal/configurations/create

CONFIGURATION = "billing_portal.configuration"
SESSION = "billing_portal.session"

_Features = stripe.billing_portal.Configuration.Features

_OFF: JsonObject = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
"""Every feature as it is when nothing is said about it."""


def create(store: Store, params: ConfigurationCreateParams) -> JsonObject:
    """A new configuration.

    Raises:
        StripeRefusal: a switch without prices, or of prices that cannot be switched to.
    """
    configuration = shape(
        stripe.billing_portal.Configuration,
        id=new_id("bpc"),
        object=CONFIGURATION,
        active=True,
        business_profile=_profile(cast(Mapping[str, Any], params.get("business_profile", {}))),
        created=store.now(),
        default_return_url=_return_url(params),
        features=_features(store, cast(Mapping[str, Any], params["features"]), _OFF),
        is_default=False,
        login_page={"enabled": False, "url": None},
        metadata=dict(cast(dict[str, str], params.get("metadata", {}))),
        name=params.get("name"),
        updated=store.now(),
    )
    store.emit("billing_portal.configuration.created", store.put(configuration))
    return configuration


def update(store: Store, params: ConfigurationUpdateParams, configuration_id: str) -> JsonObject:
    """The configuration with what was given.

    Raises:
        StripeRefusal: as of ``create``.
    """
    configuration = store.find(CONFIGURATION, configuration_id)
    given = cast(Mapping[str, Any], params.get("features", {}))
    configuration["features"] = _features(store, given, configuration["features"])
    configuration["metadata"] |= cast(dict[str, str], params.get("metadata", {}))
    if "default_return_url" in params:
        configuration["default_return_url"] = _return_url(params)
    if "active" in params:
        configuration["active"] = params["active"]
    configuration["updated"] = store.now()
    store.emit("billing_portal.configuration.updated", configuration)
    return configuration


def open_session(store: Store, page_url: str, params: SessionCreateParams) -> JsonObject:
    """A new session, whose page is the customer's alone.

    Raises:
        StripeRefusal: no such customer, or no configuration.
    """
    if "customer" not in params:
        raise missing("customer")
    store.find("customer", params["customer"], "customer")
    if "configuration" not in params:
        raise StripeRefusal(
            "No configuration provided and your test mode default configuration has not been created. Provide a "
            "configuration or create your default by saving your customer portal settings in test mode at "
            "https://dashboard.stripe.com/test/settings/billing/portal."
        )
    configuration = store.find(CONFIGURATION, params["configuration"], "configuration")
    if not configuration["active"]:
        raise StripeRefusal("The configuration is not active.", param="configuration")
    return_url = params.get("return_url") or configuration["default_return_url"]
    if return_url is None:
        raise StripeRefusal(
            "No return URL provided and no default return URL is set in the configuration.", param="return_url"
        )
    check_url(return_url, "return_url")
    session_id = new_id("bps")
    session = shape(
        stripe.billing_portal.Session,
        id=session_id,
        object=SESSION,
        configuration=configuration["id"],
        created=store.now(),
        customer=params["customer"],
        return_url=return_url,
        url=f"{page_url}/p/session/{session_id}",
    )
    store.emit("billing_portal.session.created", store.put(session))
    return session


def _features(store: Store, given: Mapping[str, Any], before: Mapping[str, Any]) -> JsonObject:
    features = {name: {**held, **given.get(name, {})} for name, held in before.items()}
    for name, held in features.items():
        official = set(getattr(_Features, _class_name(name)).__annotations__)
        if held.keys() - official:
            raise TypeError(f"{name} has no field {sorted(held.keys() - official)}")
    switch = features["subscription_update"]
    if switch["enabled"]:
        _check_switch(store, switch)
    return features


def _check_switch(store: Store, switch: JsonObject) -> None:
    param = "features[subscription_update]"
    if not switch["default_allowed_updates"]:
        raise missing(f"{param}[default_allowed_updates]")
    products = switch.get("products") or []
    if not 1 <= len(products) <= PRODUCTS_MAX:
        raise StripeRefusal(f"You must provide 1 to {PRODUCTS_MAX} products.", param=f"{param}[products]")
    for product in products:
        store.find("product", product["product"], f"{param}[products]")
        intervals = []
        for price_id in product["prices"]:
            price = store.find("price", price_id, f"{param}[products]")
            if price["type"] != "recurring" or price["product"] != product["product"]:
                raise StripeRefusal("Each price must be a recurring one of its product.", param=f"{param}[products]")
            intervals.append((price["recurring"]["interval"], price["recurring"]["interval_count"]))
        if len(set(intervals)) < len(intervals):
            raise StripeRefusal(
                "The prices of a product must have different billing intervals.", param=f"{param}[products]"
            )
        product.setdefault("adjustable_quantity", {"enabled": False, "maximum": None, "minimum": 1})


def _class_name(feature: str) -> str:
    return "".join(part.title() for part in feature.split("_"))


def _profile(given: Mapping[str, Any]) -> JsonObject:
    return shape(stripe.billing_portal.Configuration.BusinessProfile, **given)


def _return_url(params: Mapping[str, Any]) -> str | None:
    url: str | None = params.get("default_return_url")
    if url is not None:
        check_url(url, "default_return_url")
    return url
