"""Payment intents: a card is charged, on a page of Stripe's or while its owner is away.

What becomes of an attempt, with the events that Stripe sends (https://docs.stripe.com/payments/paymentintents/lifecycle):
    made             payment_intent.created
    paid             charge.succeeded, payment_intent.succeeded; then a dispute, with the cards for it
    declined         charge.failed, payment_intent.payment_failed; it waits for another card
    asked            the same while the owner is away, else payment_intent.requires_action
    paid later       payment_intent.processing, charge.pending; then as paid, or declined
    canceled         payment_intent.canceled
"""

import copy
from collections.abc import Callable
from functools import partial

from stripe.params import PaymentIntentCancelParams, PaymentIntentConfirmParams, PaymentIntentCreateParams

from local.stripe import objects, payment_methods
from local.stripe.amounts import MINIMUM_CHARGE, check_currency, check_unit_amount, money
from local.stripe.cards import PAYS_LATER, Outcome, card_of
from local.stripe.disputes import open_dispute
from local.stripe.errors import AuthenticationRequired, CardDeclined, StripeRefusal
from local.stripe.later import Later
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.store import Store

_DECLINED = (Outcome.DECLINED, Outcome.DECLINED_ONCE_SAVED)
_DISPUTED_AS = {Outcome.DISPUTED: "needs_response", Outcome.INQUIRED: "warning_needs_response"}

_ENDED = ("succeeded", "canceled")
_CANNOT_BE_CONFIRMED = (*_ENDED, "processing")

_GIVEN = (
    "customer",
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
)


class PaymentIntents:
    """The payment intents of an account. Every method is called with the store's lock held."""

    def __init__(self, store: Store, later: Later, settle_seconds: float) -> None:
        self._store = store
        self._later = later
        self._settle_seconds = settle_seconds

    def create(self, params: PaymentIntentCreateParams) -> JsonObject:
        """A new payment intent, confirmed at once where that is asked for.

        Raises:
            StripeRefusal: parameters that are missing, contradict each other or are outside Stripe's bounds; then there
                is no payment intent. What ``confirm`` raises; then there is one, and it stands in the error.
        """
        currency = check_currency(params["currency"], "currency")
        check_unit_amount(params["amount"], "amount")
        if params["amount"] < MINIMUM_CHARGE[currency]:
            raise StripeRefusal(
                f"Amount must be at least {money(MINIMUM_CHARGE[currency], currency)} {currency}",
                code="amount_too_small",
                param="amount",
            )
        if "customer" in params:
            self._store.find("customer", params["customer"], "customer")
        if "off_session" in params and not params.get("confirm"):
            raise StripeRefusal("`off_session` can only be used when `confirm=true`.", param="off_session")
        method = self._method(params.get("payment_method"), params.get("customer"))
        if params.get("confirm") and method is None:
            raise missing("payment_method")
        given: JsonObject = {name: value for name, value in params.items() if name in _GIVEN}
        intent = self.add(amount=params["amount"], currency=currency, **given)
        if method is not None:
            intent.update(payment_method=method["id"], status="requires_confirmation")
        if method is not None and params.get("confirm"):
            self._charge_now(intent, method, is_owner_away=bool(params.get("off_session", False)))
        return intent

    def add(self, *, amount: int, currency: str, **given: object) -> JsonObject:
        """A new payment intent without a card; ``given`` are fields of it."""
        intent = self._store.put(
            objects.payment_intent(self._store.now(), amount=amount, currency=currency, **given),
        )
        self._store.emit("payment_intent.created", intent)
        return intent

    def confirm(self, params: PaymentIntentConfirmParams, intent_id: str) -> JsonObject:
        """The payment intent after its card was charged.

        Raises:
            CardDeclined, AuthenticationRequired: it waits for another card.
            StripeRefusal: there is no card, or the payment intent has ended.
        """
        intent = self._store.find("payment_intent", intent_id)
        if intent["status"] in _CANNOT_BE_CONFIRMED:
            raise _unexpected(intent, "confirm")
        method = self._method(params.get("payment_method") or intent["payment_method"], intent["customer"])
        if method is None:
            raise missing("payment_method")
        return self._charge_now(intent, method, is_owner_away=bool(params.get("off_session", False)))

    def cancel(self, params: PaymentIntentCancelParams, intent_id: str) -> JsonObject:
        """The payment intent, which can never be paid any more.

        Raises:
            StripeRefusal: it was paid or canceled before.
        """
        intent = self._store.find("payment_intent", intent_id)
        if intent["status"] in _ENDED:
            raise _unexpected(intent, "cancel")
        return self.end(intent, params.get("cancellation_reason"))

    def end(self, intent: JsonObject, reason: str | None) -> JsonObject:
        """The payment intent, canceled for the reason."""
        intent.update(status="canceled", canceled_at=self._store.now(), cancellation_reason=reason, next_action=None)
        self._store.emit("payment_intent.canceled", intent)
        return intent

    def charge(
        self,
        intent: JsonObject,
        method: JsonObject,
        email: str,
        *,
        is_owner_away: bool,
        settled: Callable[[], None] | None = None,
    ) -> JsonObject:
        """Charges the card for the payment intent, and returns the charge.

        The charge is pending where the bank decides later; ``settled`` is called after that. The card is saved for the
        customer where the payment intent says so.

        Raises:
            CardDeclined: the bank declined it; the payment intent waits for another card.
            AuthenticationRequired: the same, because the bank asks its owner, who is away.
        """
        outcome = card_of(method).outcome
        intent.update(payment_method=method["id"], next_action=None)
        charge = objects.charge(self._store.now(), intent=intent, payment_method=method, email=email)
        self._store.put(charge)
        if outcome in _DECLINED:
            raise self._fail(intent, charge, method, CardDeclined)
        if outcome is Outcome.ASKS_ITS_OWNER and is_owner_away:
            raise self._fail(intent, charge, method, AuthenticationRequired)
        if intent["setup_future_usage"] is not None:
            payment_methods.save(self._store, method, intent["customer"])
        if outcome in PAYS_LATER:
            intent.update(status="processing", latest_charge=charge["id"])
            self._store.emit("payment_intent.processing", intent)
            self._store.emit("charge.pending", charge)
            decide = partial(self._settle, intent, charge, method, settled or (lambda: None))
            self._later.call_in(self._settle_seconds, intent["id"], decide)
        else:
            self._succeed(intent, charge)
        return charge

    def settle(self, intent_id: str) -> JsonObject:
        """The payment intent after what its bank decides, which decides now.

        Raises:
            StripeRefusal: there is no such payment intent, or its bank has nothing to decide.
        """
        intent = self._store.find("payment_intent", intent_id)
        if not self._later.call_about(intent_id):
            raise _unexpected(intent, "settle")
        return intent

    def dispute(self, charge: JsonObject, method: JsonObject) -> None:
        """Disputes the charge, if its card is one that does so."""
        status = _DISPUTED_AS.get(card_of(method).outcome)
        if status is not None:
            open_dispute(self._store, charge, amount=None, currency=None, status=status)

    def _charge_now(self, intent: JsonObject, method: JsonObject, *, is_owner_away: bool) -> JsonObject:
        if card_of(method).outcome is Outcome.ASKS_ITS_OWNER and not is_owner_away:
            intent.update(payment_method=method["id"], status="requires_action", next_action={"type": "use_stripe_sdk"})
            self._store.emit("payment_intent.requires_action", intent)
            return intent
        charge = self.charge(intent, method, "", is_owner_away=is_owner_away)
        self.dispute(charge, method)
        return intent

    def _method(self, method_id: str | None, customer_id: str | None) -> JsonObject | None:
        """The payment method of a request, if there is one; it is the customer's, or nobody's."""
        if method_id is None:
            return None
        method = payment_methods.find(self._store, method_id, "payment_method")
        if method["customer"] is not None and method["customer"] != customer_id:
            raise StripeRefusal(
                "The provided PaymentMethod belongs to another Customer than the PaymentIntent.", param="payment_method"
            )
        return method

    def _settle(self, intent: JsonObject, charge: JsonObject, method: JsonObject, settled: Callable[[], None]) -> None:
        """Applies the bank's decision on a pending payment."""
        if card_of(method).outcome is Outcome.PAID_LATER:
            self._succeed(intent, charge)
        else:
            self._fail(intent, charge, method, CardDeclined)
        settled()

    def _succeed(self, intent: JsonObject, charge: JsonObject) -> None:
        charge.update(status="succeeded", paid=True, amount_captured=charge["amount"])
        intent.update(
            status="succeeded",
            amount_received=intent["amount"],
            last_payment_error=None,
            latest_charge=charge["id"],
        )
        self._store.emit("charge.succeeded", charge)
        self._store.emit("payment_intent.succeeded", intent)

    def _fail(
        self,
        intent: JsonObject,
        charge: JsonObject,
        method: JsonObject,
        refusal: type[CardDeclined] | type[AuthenticationRequired],
    ) -> StripeRefusal:
        """Notes that the bank refused, and returns what there is to answer."""
        tried = {"charge": charge["id"], "payment_method": copy.deepcopy(method)}
        error = refusal(**tried).body["error"]
        charge.update(
            amount_captured=0,
            captured=False,
            failure_code=error["code"],
            failure_message=error["message"],
            paid=False,
            status="failed",
        )
        intent.update(
            status="requires_payment_method", payment_method=None, latest_charge=charge["id"], last_payment_error=error
        )
        self._store.emit("charge.failed", charge)
        self._store.emit("payment_intent.payment_failed", intent)
        return refusal(**tried, payment_intent=copy.deepcopy(intent))


def _unexpected(intent: JsonObject, verb: str) -> StripeRefusal:
    return StripeRefusal(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=copy.deepcopy(intent),
    )
