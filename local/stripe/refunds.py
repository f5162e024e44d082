"""Refunds: the seller gives money back.

What becomes of a refund, with the events that Stripe sends (https://docs.stripe.com/refunds):
    made             refund.created, charge.refunded
    pending, done    refund.created, charge.refunded; then refund.updated
    done, but fails  refund.created, charge.refunded; then refund.updated, refund.failed
"""

from functools import partial
from typing import Literal

from stripe.params import RefundCreateParams

from local.stripe import reversal_objects
from local.stripe.amounts import check_currency, money
from local.stripe.cards import Outcome, outcome_of
from local.stripe.disputes import has_money
from local.stripe.errors import StripeRefusal
from local.stripe.later import Later
from local.stripe.objects import JsonObject, new_id
from local.stripe.store import Store

Status = Literal["canceled", "failed", "pending", "requires_action", "succeeded"]

_GIVES_NOTHING = frozenset({"canceled", "failed"})


class Refunds:
    """The refunds of an account. Every method is called with the store's lock held."""

    def __init__(self, store: Store, later: Later, settle_seconds: float) -> None:
        self._store = store
        self._later = later
        self._settle_seconds = settle_seconds

    def create(self, params: RefundCreateParams) -> JsonObject:
        """A refund of a charge, or of what is left of it when no amount is given.

        Raises:
            StripeRefusal: nothing was paid, the charge is disputed, everything was refunded, or less is left than
                ``amount``.
        """
        charge = self._charge_to_refund(params)
        if any(has_money(each) for each in self._store.newest_first("dispute") if each["charge"] == charge["id"]):
            raise StripeRefusal(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )
        left = charge["amount"] - charge["amount_refunded"]
        if left <= 0:
            raise StripeRefusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        amount = params.get("amount", left)
        if amount > left:
            asked, rest = (money(value, charge["currency"]) for value in (amount, left))
            raise StripeRefusal(
                f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", param="amount"
            )
        given: JsonObject = {name: params[name] for name in ("metadata", "reason") if name in params}
        outcome = outcome_of(charge)
        if outcome is Outcome.REFUND_SUCCEEDS_LATER:
            given["status"] = "pending"
        refund = self.add(charge, amount, **given)
        if outcome is Outcome.REFUND_SUCCEEDS_LATER:
            self._change_later(refund, "pending", "succeeded")
        if outcome is Outcome.REFUND_FAILS_LATER:
            self._change_later(refund, "succeeded", "failed")
        return refund

    def add(self, charge: JsonObject, amount: int, **given: object) -> JsonObject:
        """A refund of a charge, also where the API would refuse it: of more than is left, or in another currency.

        Raises:
            StripeRefusal: an amount below 1, or an unknown currency.
        """
        if amount < 1:
            raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
        if "currency" in given:
            given["currency"] = check_currency(str(given["currency"]), "currency")
        refund = self._store.put(reversal_objects.refund(self._store.now(), of_charge=charge, amount=amount, **given))
        self._describe_status(refund)
        self._count(charge)
        self._store.emit("refund.created", refund)
        self._store.emit("charge.refunded", charge)
        return refund

    def set_status(self, refund: JsonObject, status: str) -> JsonObject:
        """The refund after the bank's decision; the charge follows."""
        refund["status"] = status
        self._describe_status(refund)
        self._count(self._store.find("charge", refund["charge"]))
        self._store.emit("refund.updated", refund)
        if status == "failed":
            self._store.emit("refund.failed", refund)
        return refund

    def _change_later(self, refund: JsonObject, status: str, then: str) -> None:
        self._later.call_in(self._settle_seconds, refund["id"], partial(self._change, refund, status, then))

    def _change(self, refund: JsonObject, status: str, then: str) -> None:
        if refund["status"] == status:  # unless somebody has decided it meanwhile
            self.set_status(refund, then)

    def _describe_status(self, refund: JsonObject) -> None:
        is_failed = refund["status"] == "failed"
        refund.update(
            pending_reason="processing" if refund["status"] == "pending" else None,
            failure_reason="expired_or_canceled_card" if is_failed else None,
            failure_balance_transaction=new_id("txn") if is_failed else None,
        )

    def _count(self, charge: JsonObject) -> None:
        """Sums up what was given back of the charge."""
        refunds = [each for each in self._store.newest_first("refund") if each["charge"] == charge["id"]]
        charge["amount_refunded"] = sum(
            refund["amount"]
            for refund in refunds
            if refund["currency"] == charge["currency"] and refund["status"] not in _GIVES_NOTHING
        )
        charge["refunded"] = charge["amount_refunded"] >= charge["amount"]

    def _charge_to_refund(self, params: RefundCreateParams) -> JsonObject:
        if ("charge" in params) == ("payment_intent" in params):
            raise StripeRefusal("Exactly one of these params should be provided: payment_intent or charge.")
        if "charge" in params:
            charge = self._store.find("charge", params["charge"], "charge")
        else:
            charge = charge_of(self._store, params["payment_intent"])
        if charge["status"] != "succeeded":
            raise StripeRefusal(
                f"Charge {charge['id']} was not paid: its status is {charge['status']}.", param="charge"
            )
        return charge


def charge_of(store: Store, intent_id: str) -> JsonObject:
    """The charge that paid the payment intent.

    Raises:
        StripeRefusal: there is no such intent, or it was not paid.
    """
    intent = store.find("payment_intent", intent_id, "payment_intent")
    if intent["status"] != "succeeded":
        raise StripeRefusal(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.", param="payment_intent"
        )
    return store.find("charge", intent["latest_charge"])
