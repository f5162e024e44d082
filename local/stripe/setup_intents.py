"""Setup intents: a card is saved without being charged. Every function is called with the store's lock held.

What becomes of one, with the events that Stripe sends (https://docs.stripe.com/payments/save-and-reuse):
    made        setup_intent.created
    saved       payment_method.attached, setup_intent.succeeded
    declined    setup_intent.setup_failed; it waits for another card
    asked       setup_intent.requires_action, where the owner of the card is not on a page of Stripe's
    left alone  setup_intent.canceled, when its Checkout Session expires
"""

import copy

from stripe.params import SetupIntentConfirmParams, SetupIntentCreateParams

from local.stripe import payment_methods, saved_objects
from local.stripe.cards import Outcome, card_of
from local.stripe.errors import CardDeclined, StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.store import Store

_GIVEN = ("customer", "description", "metadata", "usage")


def create(store: Store, params: SetupIntentCreateParams) -> JsonObject:
    """A new setup intent, confirmed at once where that is asked for.

    Raises:
        CardDeclined: the bank does not take the card; the setup intent is there all the same.
        StripeRefusal: no such customer or payment method.
    """
    if "customer" in params:
        store.find("customer", params["customer"], "customer")
    method = None
    if "payment_method" in params:
        method = payment_methods.find(store, params["payment_method"], "payment_method")
    given: JsonObject = {name: value for name, value in params.items() if name in _GIVEN}
    intent = add(store, **given)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    return confirm(store, {}, intent["id"]) if params.get("confirm") else intent


def add(store: Store, **given: object) -> JsonObject:
    """A new setup intent without a card; ``given`` are fields of it."""
    intent = store.put(saved_objects.setup_intent(store.now(), **given))
    store.emit("setup_intent.created", intent)
    return intent


def confirm(store: Store, params: SetupIntentConfirmParams, intent_id: str) -> JsonObject:
    """The setup intent after the bank was asked about its card.

    Raises:
        CardDeclined: the bank does not take the card.
        StripeRefusal: there is no card, or the setup intent has ended.
    """
    intent = store.find("setup_intent", intent_id)
    if intent["status"] in ("succeeded", "canceled"):
        raise StripeRefusal(
            "You cannot confirm this SetupIntent because it has already succeeded or was canceled.",
            code="setup_intent_unexpected_state",
            setup_intent=copy.deepcopy(intent),
        )
    method_id = params.get("payment_method") or intent["payment_method"]
    if method_id is None:
        raise missing("payment_method")
    method = payment_methods.find(store, method_id, "payment_method")
    if card_of(method).outcome is Outcome.ASKS_ITS_OWNER:
        intent.update(payment_method=method["id"], status="requires_action", next_action={"type": "use_stripe_sdk"})
        store.emit("setup_intent.requires_action", intent)
        return intent
    return save_card(store, intent, method)


def save_card(store: Store, intent: JsonObject, method: JsonObject) -> JsonObject:
    """The setup intent after the owner of the card agreed to everything that their bank asked.

    Raises:
        CardDeclined: the bank does not take the card.
    """
    if card_of(method).outcome is Outcome.DECLINED:
        declined = CardDeclined(payment_method=copy.deepcopy(method))
        intent.update(payment_method=None, status="requires_payment_method", last_setup_error=declined.body["error"])
        store.emit("setup_intent.setup_failed", intent)
        raise CardDeclined(payment_method=copy.deepcopy(method), setup_intent=copy.deepcopy(intent))
    intent.update(payment_method=method["id"], status="succeeded", last_setup_error=None, next_action=None)
    payment_methods.save(store, method, intent["customer"])
    store.emit("setup_intent.succeeded", intent)
    return intent


def cancel(store: Store, intent: JsonObject) -> None:
    """Ends a setup intent whose Checkout Session has expired."""
    intent.update(status="canceled", cancellation_reason="abandoned")
    store.emit("setup_intent.canceled", intent)
