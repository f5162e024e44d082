"""Payment methods: saved cards, and whose they are. Every function is called with the store's lock held.

A card belongs to one customer from when it is attached until it is detached, and can never be used after that
(https://docs.stripe.com/api/payment_methods/detach). Events:
    attached    payment_method.attached
    detached    payment_method.detached
"""

from typing import cast

from stripe.params import (
    CustomerPaymentMethodListParams,
    PaymentMethodAttachParams,
    PaymentMethodCreateParams,
    PaymentMethodDetachParams,
    PaymentMethodUpdateParams,
)

from local.stripe import saved_objects
from local.stripe.cards import TEST_CARDS, Card, Outcome, card_of, find_card
from local.stripe.errors import CardDeclined, StripeRefusal
from local.stripe.filters import matches
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.store import Store

_DETACHED = "detached payment method"
"""What the store keeps of a card that was detached, beside the card."""


def create(store: Store, params: PaymentMethodCreateParams) -> JsonObject:
    """A new payment method of a test card's number; it belongs to nobody.

    Raises:
        StripeRefusal: something else than a card, or an unknown number.
    """
    if params.get("type") != "card":
        raise StripeRefusal("The local Stripe knows cards only.", param="type")
    if "number" not in params.get("card", {}):
        raise missing("card[number]")
    return of_card(store, find_card(params["card"]["number"]), metadata=params.get("metadata", {}))


def of_card(store: Store, card: Card, **given: object) -> JsonObject:
    """A new payment method of the card; ``given`` are fields of it."""
    return store.put(saved_objects.payment_method(store.now(), card=card, **given))


def find(store: Store, method_id: str, param: str) -> JsonObject:
    """The payment method, or a new one where one of Stripe's test names stands for it (``pm_card_visa``).

    Raises:
        StripeRefusal: there is none, or it was detached.
    """
    for card in TEST_CARDS:
        if method_id in card.names:
            return of_card(store, card)
    method = store.find("payment_method", method_id, param)
    if any(kept["id"] == method_id for kept in store.newest_first(_DETACHED)):
        raise StripeRefusal(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be used "
            "again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
            param=param,
        )
    return method


def find_of_customer(store: Store, method_id: str, customer_id: str, param: str) -> JsonObject:
    """The payment method, which is the customer's.

    Raises:
        StripeRefusal: it is not.
    """
    method = store.find("payment_method", method_id, param)
    if method["customer"] != customer_id:
        raise StripeRefusal(
            f"The customer does not have a payment method with the ID {method_id}. The payment method must be attached "
            "to the customer.",
            code="resource_missing",
            param=param,
        )
    return method


def attach(store: Store, params: PaymentMethodAttachParams, method_id: str) -> JsonObject:
    """The payment method, which is the customer's from now on.

    Raises:
        CardDeclined: the bank does not know the card any more.
        StripeRefusal: it is another customer's already, or was detached.
    """
    if "customer" not in params:
        raise missing("customer")
    customer = store.find("customer", params["customer"], "customer")
    method = find(store, method_id, "id")
    if method["customer"] not in (None, customer["id"]):
        raise StripeRefusal("The payment method you provided has already been attached to a customer.")
    if card_of(method).outcome is Outcome.DECLINED:
        raise CardDeclined()
    save(store, method, customer["id"])
    return method


def save(store: Store, method: JsonObject, customer_id: str | None) -> None:
    """Makes the card the customer's, if there is a customer and it is not theirs already."""
    if customer_id is not None and method["customer"] != customer_id:
        method.update(customer=customer_id)
        store.emit("payment_method.attached", method)


def detach(store: Store, _params: PaymentMethodDetachParams, method_id: str) -> JsonObject:
    """The payment method, which is nobody's any more, nor anybody's default.

    Raises:
        StripeRefusal: it was nobody's.
    """
    method = store.find("payment_method", method_id)
    if method["customer"] is None:
        raise StripeRefusal(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    for customer in store.newest_first("customer"):
        if customer["invoice_settings"]["default_payment_method"] == method_id:
            customer["invoice_settings"]["default_payment_method"] = None
    method.update(customer=None)
    store.put({"object": _DETACHED, "id": method_id})
    store.emit("payment_method.detached", method)
    return method


def update(store: Store, params: PaymentMethodUpdateParams, method_id: str) -> JsonObject:
    """The payment method with what was given; metadata is added to, key by key."""
    method = store.find("payment_method", method_id)
    method["metadata"] |= cast(dict[str, str], params.get("metadata", {}))
    store.emit("payment_method.updated", method)
    return method


def list_of_customer(store: Store, params: CustomerPaymentMethodListParams, customer_id: str) -> JsonObject:
    """The customer's payment methods, the newest first."""
    store.find("customer", customer_id)
    sought = {**params, "customer": customer_id}
    found = [method for method in store.newest_first("payment_method") if matches(method, sought)]
    return store.page(found, params, f"/v1/customers/{customer_id}/payment_methods")
