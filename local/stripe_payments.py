"""Customers and refunds of the local Stripe. Every function is called with the store's lock held."""

from stripe.params import CustomerCreateParams, RefundCreateParams

from local import stripe_objects as objects
from local.stripe_amounts import money
from local.stripe_errors import StripeRefusal
from local.stripe_objects import JsonObject
from local.stripe_params import check_email
from local.stripe_store import Store


def create_customer(store: Store, params: CustomerCreateParams) -> JsonObject:
    """A new customer. Like Stripe, it does not mind a second one with the same address."""
    check_email(params.get("email"), "email")
    customer = store.put(objects.customer(store.now(), **params))
    store.emit("customer.created", customer)
    return customer


def create_refund(store: Store, params: RefundCreateParams) -> JsonObject:
    """A refund of a charge, or of what is left of it when no amount is given.

    Raises:
        StripeRefusal: nothing was paid, everything was refunded, or less is left than ``amount``.
    """
    charge = _charge_to_refund(store, params)
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise StripeRefusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        asked, rest = (money(value, charge["currency"]) for value in (amount, left))
        raise StripeRefusal(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", param="amount"
        )

    given = {name: params[name] for name in ("metadata", "reason") if name in params}
    refund = store.put(objects.refund(store.now(), of_charge=charge, amount=amount, **given))
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    store.emit("refund.created", refund)
    store.emit("charge.refunded", charge)
    return refund


def _charge_to_refund(store: Store, params: RefundCreateParams) -> JsonObject:
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeRefusal("Exactly one of these params should be provided: payment_intent or charge.")
    if "charge" in params:
        charge = store.find("charge", params["charge"], "charge")
    else:
        intent = store.find("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise StripeRefusal(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = store.find("charge", intent["latest_charge"])
    if charge["status"] != "succeeded":
        raise StripeRefusal(f"Charge {charge['id']} was not paid: its status is {charge['status']}.", param="charge")
    return charge
