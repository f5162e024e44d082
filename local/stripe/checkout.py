"""Checkout Sessions: what they cost, and what becomes of them when a customer pays, or saves a card.

The paths of a session, with the events that Stripe sends (https://docs.stripe.com/checkout/fulfillment):
    paid immediately  checkout.session.completed, payment_status paid; then a dispute, with the cards for it
    declined          payment_intent.payment_failed; the session stays open for another card
    paid later        checkout.session.completed, payment_status unpaid; then checkout.session.async_payment_succeeded
    failed later      checkout.session.completed, payment_status unpaid; then checkout.session.async_payment_failed
    card saved        checkout.session.completed, payment_status no_payment_required
    subscribed        checkout.session.completed; ``subscription_checkout`` says what else
    left alone        checkout.session.expired
"""

from functools import partial

from stripe.params.checkout import SessionCreateParams

from local.stripe import checkout_totals, objects, payment_methods, setup_intents
from local.stripe.amounts import check_currency
from local.stripe.cards import Card
from local.stripe.catalog import line_items
from local.stripe.errors import SessionClosed, StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import check_email, check_url, missing
from local.stripe.payment_intents import PaymentIntents
from local.stripe.store import Store
from local.stripe.subscription_checkout import SubscriptionCheckout

CLIENT_REFERENCE_MAX = 200  # characters
OPEN_SECONDS_MIN = 30 * 60
OPEN_SECONDS_MAX = 24 * 60 * 60
SESSION_ID_PLACEHOLDER = "{CHECKOUT_SESSION_ID}"

_DATA_OF_MODE = {
    "payment": "payment_intent_data",
    "setup": "setup_intent_data",
    "subscription": "subscription_data",
}
"""What a session passes on to what it makes, by the mode in which it makes that."""

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

    def __init__(self, store: Store, intents: PaymentIntents, subscribing: SubscriptionCheckout, page_url: str) -> None:
        self._store = store
        self._intents = intents
        self._subscribing = subscribing
        self._page_url = page_url

    def create(self, params: SessionCreateParams) -> JsonObject:
        """A new open session.

        Raises:
            StripeRefusal: parameters that are missing, contradict each other or are outside Stripe's bounds.
        """
        for required in ("mode", "success_url"):
            if required not in params:
                raise missing(required)
        if params.get("ui_mode", "hosted_page") != "hosted_page":
            raise StripeRefusal("The local Stripe implements the hosted page only.", param="ui_mode")
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
        for mode, data in _DATA_OF_MODE.items():
            if data in params and params["mode"] != mode:
                raise StripeRefusal(f"You can not pass `{data}` in `{params['mode']}` mode.", param=data)

        session_id = objects.new_id("cs_test", 58)
        match params["mode"]:
            case "payment":
                sold = self._payment(params, session_id)
            case "setup":
                sold = self._setup(params, session_id)
            case _:
                sold = self._subscribing.offer(params, session_id)
        given: JsonObject = {name: value for name, value in params.items() if name in _COPIED_TO_SESSION}
        session = objects.checkout_session(
            now,
            session_id=session_id,
            url=f"{self._page_url}/c/pay/{session_id}",
            expires_at=expires_at,
            **sold,
            **given,
        )
        return self._store.put(session)

    def _payment(self, params: SessionCreateParams, session_id: str) -> JsonObject:
        """The fields of a session that is paid once."""
        if "line_items" not in params:
            raise missing("line_items")
        items = line_items(self._store, params["line_items"])
        if any(item["price"]["type"] != "one_time" for item in items):
            raise StripeRefusal(
                "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or "
                "use only one-time prices.",
                param="line_items",
            )
        if params.get("currency", items[0]["currency"]) != items[0]["currency"]:
            raise StripeRefusal("The line items are not in this currency.", param="currency")
        totals = checkout_totals.fields(self._store, params, items)
        self._store.line_items[session_id] = items
        self._store.intent_params[session_id] = dict(params.get("payment_intent_data", {}))
        return {"mode": "payment", **totals}

    def _setup(self, params: SessionCreateParams, session_id: str) -> JsonObject:
        """The fields of a session that saves a card, and charges nothing."""
        if "line_items" in params:
            raise StripeRefusal("You can not pass `line_items` in `setup` mode.", param="line_items")
        if "currency" not in params:
            raise missing("currency")
        currency = check_currency(params["currency"], "currency")
        intent = setup_intents.add(self._store, customer=params.get("customer"), **params.get("setup_intent_data", {}))
        self._store.line_items[session_id] = []
        return {"mode": "setup", "amount": None, "currency": currency, "setup_intent": intent["id"]}

    def pay(self, session: JsonObject, card: Card, email: str) -> JsonObject:
        """Returns the open ``session``, complete after the customer entered ``card`` and pressed the button.

        Raises:
            CardDeclined: the session is still open.
            StripeRefusal: ``email`` is not an address, or is empty and the session does not know one.
        """
        email = email or self.known_email(session)
        if not email:
            raise missing("email")
        check_email(email, "email")

        if session["mode"] == "setup":
            intent = self._store.find("setup_intent", session["setup_intent"])
            setup_intents.save_card(self._store, intent, payment_methods.of_card(self._store, card))
            return self._complete(session, email, "no_payment_required")
        if session["mode"] == "subscription":
            return self._complete(session, email, self._subscribing.pay(session, card, email))
        if not session["amount_total"]:
            return self._complete(session, email, "no_payment_required")
        intent = self._intent(session)
        method = payment_methods.of_card(self._store, card)
        charge = self._intents.charge(
            intent, method, email, is_owner_away=False, settled=partial(self._settle, session, intent)
        )
        self._complete(session, email, "paid" if charge["paid"] else "unpaid")
        self._intents.dispute(charge, method)
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
            self._intents.end(intent, "expired")
        if session["mode"] == "subscription":
            self._subscribing.expire(session)
        if session["setup_intent"]:
            setup_intents.cancel(self._store, self._store.find("setup_intent", session["setup_intent"]))
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
        """The session's one PaymentIntent, made at the first attempt."""
        if session["payment_intent"] is None:
            intent = self._intents.add(
                amount=session["amount_total"],
                currency=session["currency"],
                customer=session["customer"],
                **self._store.intent_params.pop(session["id"]),
            )
            session["payment_intent"] = intent["id"]
        return self._store.find("payment_intent", session["payment_intent"])

    def _settle(self, session: JsonObject, intent: JsonObject) -> None:
        """Applies the bank's decision on a pending payment, which the payment intent has taken already."""
        if intent["status"] == "succeeded":
            session["payment_status"] = "paid"
            self._store.emit("checkout.session.async_payment_succeeded", session)
        else:
            self._store.emit("checkout.session.async_payment_failed", session)
