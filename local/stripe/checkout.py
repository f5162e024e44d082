"""Checkout Sessions in payment mode: what they cost, and what becomes of them when a customer pays.

The paths of a session, with the events that Stripe sends (https://docs.stripe.com/checkout/fulfillment):
    paid immediately  checkout.session.completed, payment_status paid; then a dispute, with the cards for it
    declined          payment_intent.payment_failed; the session stays open for another card
    paid later        checkout.session.completed, payment_status unpaid; then checkout.session.async_payment_succeeded
    failed later      checkout.session.completed, payment_status unpaid; then checkout.session.async_payment_failed
    left alone        checkout.session.expired
"""

from functools import partial

from stripe.params.checkout import SessionCreateParams

from local.stripe import objects
from local.stripe.amounts import check_total
from local.stripe.cards import Card, Outcome
from local.stripe.catalog import line_items
from local.stripe.disputes import open_dispute
from local.stripe.errors import CardDeclined, SessionClosed, StripeRefusal
from local.stripe.later import Later
from local.stripe.objects import JsonObject
from local.stripe.params import check_email, check_url, missing
from local.stripe.store import Store

CLIENT_REFERENCE_MAX = 200  # characters
OPEN_SECONDS_MIN = 30 * 60
OPEN_SECONDS_MAX = 24 * 60 * 60
SESSION_ID_PLACEHOLDER = "{CHECKOUT_SESSION_ID}"

_SETTLE_LATER = (Outcome.PAID_LATER, Outcome.FAILED_LATER)
_DISPUTED_AS = {Outcome.DISPUTED: "needs_response", Outcome.INQUIRED: "warning_needs_response"}

_COPIED_TO_SESSION = frozenset(
    {
        "cancel_url",
        "client_reference_id",
        "customer",
        "customer_email",
        "locale",
        "metadata",
        "submit_type",
        "success_url",
    }
)


class Checkout:
    """The Checkout Sessions of an account. Every method is called with the store's lock held."""

    def __init__(self, store: Store, later: Later, settle_seconds: float, page_url: str) -> None:
        self._store = store
        self._later = later
        self._settle_seconds = settle_seconds
        self._page_url = page_url

    def create(self, params: SessionCreateParams) -> JsonObject:
        """A new open session.

        Raises:
            StripeRefusal: parameters that are missing, contradict each other or are outside Stripe's bounds.
        """
        for required in ("mode", "line_items", "success_url"):
            if required not in params:
                raise missing(required)
        if params["mode"] != "payment":
            raise StripeRefusal("The local Stripe implements Checkout in payment mode only.", param="mode")
        if params.get("ui_mode", "hosted_page") != "hosted_page":
            raise StripeRefusal("The local Stripe implements the hosted page only.", param="ui_mode")
        if params.get("automatic_tax", {}).get("enabled"):
            raise StripeRefusal("The local Stripe computes no taxes.", param="automatic_tax[enabled]")
        if "customer" in params:
            self._store.find("customer", params["customer"], "customer")
            if "customer_email" in params:
                raise StripeRefusal(
                    "You may only specify one of these parameters: customer, customer_email.",
                    code="parameters_exclusive",
                )
        check_email(params.get("customer_email"), "customer_email")
        check_url(params["success_url"], "success_url")
        if "cancel_url" in params:
            check_url(params["cancel_url"], "cancel_url")
        if len(params.get("client_reference_id", "")) > CLIENT_REFERENCE_MAX:
            raise StripeRefusal(
                f"Invalid string: must be at most {CLIENT_REFERENCE_MAX} characters", param="client_reference_id"
            )

        now = self._store.now()
        expires_at = params.get("expires_at", now + OPEN_SECONDS_MAX)
        if not OPEN_SECONDS_MIN <= expires_at - now <= OPEN_SECONDS_MAX:
            raise StripeRefusal(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
                param="expires_at",
            )

        items = line_items(self._store, params["line_items"])
        amount = sum(item["amount_total"] for item in items)
        currency = items[0]["currency"]
        if params.get("currency", currency) != currency:
            raise StripeRefusal("The line items are not in this currency.", param="currency")
        check_total(amount, currency)

        session_id = objects.new_id("cs_test", 58)
        given = {name: value for name, value in params.items() if name in _COPIED_TO_SESSION}
        session = objects.checkout_session(
            now,
            session_id=session_id,
            url=f"{self._page_url}/c/pay/{session_id}",
            amount=amount,
            currency=currency,
            expires_at=expires_at,
            **given,
        )
        self._store.line_items[session_id] = items
        self._store.intent_params[session_id] = dict(params.get("payment_intent_data", {}))
        return self._store.put(session)

    def pay(self, session: JsonObject, card: Card, email: str) -> JsonObject:
        """Returns the open ``session``, complete after the customer entered ``card`` and pressed Pay.

        Raises:
            CardDeclined: the session is still open.
            StripeRefusal: ``email`` is not an address, or is empty and the session does not know one.
        """
        email = email or self.known_email(session)
        if not email:
            raise missing("email")
        check_email(email, "email")

        if not session["amount_total"]:
            return self._complete(session, email, "no_payment_required")
        intent = self._intent(session)
        charge = objects.charge(self._store.now(), intent=intent, email=email, last4=card.number[-4:])
        self._store.put(charge)
        if card.outcome is Outcome.DECLINED:
            self._fail(intent, charge)
            raise CardDeclined()
        if card.outcome in _SETTLE_LATER:
            intent.update(status="processing", latest_charge=charge["id"])
            self._store.emit("payment_intent.processing", intent)
            self._store.emit("charge.pending", charge)
            self._later.call_in(self._settle_seconds, partial(self._settle, session, intent, charge, card.outcome))
            return self._complete(session, email, "unpaid")

        self._succeed(intent, charge)
        self._complete(session, email, "paid")
        if card.outcome in _DISPUTED_AS:
            open_dispute(self._store, charge, amount=None, currency=None, status=_DISPUTED_AS[card.outcome])
        return session

    def open_session(self, session_id: str) -> JsonObject:
        """Returns the session, if it can still be paid.

        Raises:
            NoSuchObject, SessionClosed: it cannot be paid.
        """
        session = self._store.find("checkout.session", session_id)
        if session["status"] != "open":
            raise SessionClosed(session["status"])
        return session

    def known_email(self, session: JsonObject) -> str:
        """The address that the session or its customer came with, or an empty string."""
        if session["customer"]:
            customers = {each["id"]: each for each in self._store.newest_first("customer")}
            return customers.get(session["customer"], {}).get("email") or ""  # one may have been deleted since
        return session["customer_email"] or ""

    def expire(self, session_id: str) -> JsonObject:
        """The session, expired before its time.

        Raises:
            StripeRefusal: it is complete or expired already.
        """
        session = self._store.find("checkout.session", session_id)
        if session["status"] != "open":
            raise StripeRefusal(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Session has a status of `{session['status']}`.",
            )
        return self._expire(session)

    def expire_due(self) -> None:
        """Expires every session whose time is over."""
        for session in self._store.newest_first("checkout.session"):
            if session["status"] == "open" and session["expires_at"] <= self._store.now():
                self._expire(session)

    def _expire(self, session: JsonObject) -> JsonObject:
        session.update(status="expired", url=None)
        if session["payment_intent"]:
            intent = self._store.find("payment_intent", session["payment_intent"])
            intent.update(status="canceled", canceled_at=self._store.now(), cancellation_reason="expired")
            self._store.emit("payment_intent.canceled", intent)
        self._store.emit("checkout.session.expired", session)
        return session

    def _complete(self, session: JsonObject, email: str, payment_status: str) -> JsonObject:
        session.update(
            status="complete",
            payment_status=payment_status,
            customer_details=objects.customer_details(email),
            url=None,
        )
        self._store.emit("checkout.session.completed", session)
        return session

    def _intent(self, session: JsonObject) -> JsonObject:
        """The session's one PaymentIntent, made at the first attempt, with a fresh payment method."""
        if session["payment_intent"] is None:
            intent = objects.payment_intent(
                self._store.now(),
                amount=session["amount_total"],
                currency=session["currency"],
                customer=session["customer"],
                **self._store.intent_params.pop(session["id"]),
            )
            session["payment_intent"] = self._store.put(intent)["id"]
            self._store.emit("payment_intent.created", intent)
        intent = self._store.find("payment_intent", session["payment_intent"])
        intent["payment_method"] = objects.new_id("pm")
        return intent

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

    def _fail(self, intent: JsonObject, charge: JsonObject) -> None:
        charge.update(objects.FAILED_CHARGE)
        intent.update(
            status="requires_payment_method",
            payment_method=None,
            latest_charge=charge["id"],
            last_payment_error={**CardDeclined().body["error"], "charge": charge["id"]},
        )
        self._store.emit("charge.failed", charge)
        self._store.emit("payment_intent.payment_failed", intent)

    def _settle(self, session: JsonObject, intent: JsonObject, charge: JsonObject, outcome: Outcome) -> None:
        """Applies the bank's decision on a pending payment."""
        if outcome is Outcome.PAID_LATER:
            self._succeed(intent, charge)
            session["payment_status"] = "paid"
            self._store.emit("checkout.session.async_payment_succeeded", session)
        else:
            self._fail(intent, charge)
            self._store.emit("checkout.session.async_payment_failed", session)
