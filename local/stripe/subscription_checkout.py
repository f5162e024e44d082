"""Checkout Sessions in subscription mode: what they offer, and the subscription that comes of them.

paid       the subscription is active, its invoice paid, the card saved for it
declined   the subscription is there already, incomplete; the session stays open and pays the same invoice
trial      nothing is charged; the card is saved for the first period that is
left alone the subscription is ended with the session
"""

from stripe.params.checkout import SessionCreateParams

from local.stripe import checkout_totals, payment_methods, standing
from local.stripe.agenda import Agenda
from local.stripe.cards import PAYS_LATER, Card, Outcome, card_of
from local.stripe.catalog import line_items
from local.stripe.customers import create_customer
from local.stripe.errors import CardDeclined, StripeRefusal
from local.stripe.invoices import Invoices
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.store import Store
from local.stripe.subscriptions import TRIAL_DAYS_MAX, Sold, Subscriptions, check_alike


class SubscriptionCheckout:
    """What Checkout does in subscription mode. Every method is called with the store's lock held."""

    def __init__(self, store: Store, agenda: Agenda, subscriptions: Subscriptions, invoices: Invoices) -> None:
        self._store = store
        self._agenda = agenda
        self._subscriptions = subscriptions
        self._invoices = invoices

    def offer(self, params: SessionCreateParams, session_id: str) -> JsonObject:
        """The fields of a new session.

        Raises:
            StripeRefusal: prices that are not recurring or do not go together, or what ``checkout_totals`` refuses.
        """
        if "line_items" not in params:
            raise missing("line_items")
        items = line_items(self._store, params["line_items"])
        if any(item["price"]["type"] != "recurring" for item in items):
            raise StripeRefusal(
                "The local Stripe sells recurring prices only in `subscription` mode.", param="line_items"
            )
        check_alike([item["price"] for item in items], "line_items")
        given = params.get("subscription_data", {})
        if not 1 <= given.get("trial_period_days", 1) <= TRIAL_DAYS_MAX:
            raise StripeRefusal(
                f"A trial lasts 1 to {TRIAL_DAYS_MAX} days.", param="subscription_data[trial_period_days]"
            )
        trial_end = self._subscriptions.trial_end(given.get("trial_period_days"), given.get("trial_end"))
        if trial_end is not None:
            for item in items:
                item.update(amount_subtotal=0, amount_total=0)
        totals = checkout_totals.fields(self._store, params, items)
        self._store.line_items[session_id] = items
        self._store.intent_params[session_id] = {"subscription_data": dict(given), "subscription": None}
        return {"mode": "subscription", "payment_method_collection": "always", **totals}

    def pay(self, session: JsonObject, card: Card, email: str) -> str:
        """Begins the session's subscription with the card, and returns the session's ``payment_status``.

        Raises:
            CardDeclined: the session is still open, and so is the subscription's first invoice.
            StripeRefusal: the card pays later; Stripe's cards do not.
        """
        if card.outcome in PAYS_LATER:
            raise StripeRefusal("The local Stripe takes no delayed payment for a subscription.", status=402)
        method = payment_methods.of_card(self._store, card)
        subscription = self._subscription(session, email)
        invoice = self._store.find("invoice", subscription["latest_invoice"])
        if invoice["status"] == "open":
            self._invoices.pay_now(invoice, method, email)
        elif card_of(method).outcome is Outcome.DECLINED:
            raise CardDeclined()
        payment_methods.save(self._store, method, subscription["customer"])
        subscription["default_payment_method"] = method["id"]
        self._agenda.announce("customer.subscription.updated", subscription)
        self._store.intent_params.pop(session["id"])
        session.update(customer=subscription["customer"], invoice=invoice["id"], subscription=subscription["id"])
        return "paid" if invoice["amount_due"] else "no_payment_required"

    def expire(self, session: JsonObject) -> None:
        """Ends the subscription of a session whose card was declined until it expired."""
        begun = self._store.intent_params.pop(session["id"], {}).get("subscription")
        if begun is None:
            return
        subscription = self._store.find("subscription", begun)
        if subscription["status"] == "incomplete":
            for invoice in standing.expire(self._store, self._agenda, subscription):
                self._invoices.give_up(invoice, "void")

    def _subscription(self, session: JsonObject, email: str) -> JsonObject:
        """The session's one subscription, made at the first attempt to pay; a new one where that has ended."""
        kept = self._store.intent_params[session["id"]]
        if kept["subscription"] is not None:
            begun = self._store.find("subscription", kept["subscription"])
            if begun["status"] not in standing.ENDED:
                return begun
        given = kept["subscription_data"]
        sold = [
            Sold(item["price"], item["quantity"], item["metadata"]) for item in self._store.line_items[session["id"]]
        ]
        subscription = self._subscriptions.begin(
            self._customer(session, email),
            sold,
            coupon_ids=[discount["coupon"] for discount in session["discounts"]],
            trial_end=self._subscriptions.trial_end(given.get("trial_period_days"), given.get("trial_end")),
            automatic_tax=session["automatic_tax"]["enabled"],
            **{name: given[name] for name in ("description", "metadata") if name in given},
        )
        kept["subscription"] = subscription["id"]
        return subscription

    def _customer(self, session: JsonObject, email: str) -> JsonObject:
        """The session's customer; a subscription always has one."""
        if session["customer"] is not None:
            return self._store.find("customer", session["customer"])
        return create_customer(self._store, {"email": email})
