"""The billing portal: a customer's own page about their plan, their card and their invoices.

    GET  /p/session/{sessionId}          200 the page; 410 an hour after the session was made; 404
    POST /p/session/{sessionId}/cancel   303 back to the page, as after each of these; 402, 400 the page with the reason
    POST /p/session/{sessionId}/keep     takes the cancellation back
    POST /p/session/{sessionId}/switch   field ``price``: at once, or at the end of the period
    POST /p/session/{sessionId}/card     field ``card``: the card for everything from now on

``subscription`` names the subscription in the first three. Only what the session's configuration allows is there.
"""

import datetime
from collections.abc import Mapping
from http import HTTPStatus

from local.stripe import amounts, payment_methods, standing
from local.stripe.account_clock import AccountClock
from local.stripe.agenda import HOUR_SECONDS, Agenda, period_end
from local.stripe.cards import PAYS_LATER, TEST_CARDS, Outcome, card_of, find_card
from local.stripe.errors import CardDeclined, NoSuchObject, StripeRefusal
from local.stripe.invoices import Invoices
from local.stripe.objects import JsonObject
from local.stripe.params import pairs
from local.stripe.portal_configurations import CONFIGURATION, SESSION
from local.stripe.rendering import PageAnswer, card_choices, closed, page, redirect
from local.stripe.store import Store
from local.stripe.subscriptions import Subscriptions

LIFE_SECONDS = HOUR_SECONDS
INVOICES_SHOWN = 24
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
"""How long an interval is, for which of two is the shorter."""

_DECLINED = (Outcome.DECLINED, Outcome.DECLINED_ONCE_SAVED)


class Portal:
    """Answers requests to ``/p/session``."""

    def __init__(
        self, store: Store, clock: AccountClock, agenda: Agenda, subscriptions: Subscriptions, invoices: Invoices
    ) -> None:
        self._store = store
        self._clock = clock
        self._agenda = agenda
        self._subscriptions = subscriptions
        self._invoices = invoices
        self._actions = {"cancel": self._cancel, "keep": self._keep, "switch": self._switch, "card": self._card}

    def show(self, session_id: str) -> PageAnswer:
        """Returns the page of a session."""
        with self._store.lock:
            self._clock.catch_up()
            try:
                return self._page(self._session(session_id))
            except NoSuchObject:
                return _gone()

    def act(self, session_id: str, action: str, form: str) -> PageAnswer:
        """Answers one of the page's forms."""
        fields = dict(pairs(form))
        with self._store.lock:
            self._clock.catch_up()
            try:
                session = self._session(session_id)
            except NoSuchObject:
                return _gone()
            try:
                if action not in self._actions:
                    raise StripeRefusal("The portal does no such thing.", status=HTTPStatus.NOT_FOUND)
                self._actions[action](session, fields)
            except StripeRefusal as refusal:
                return self._page(session, error=refusal.message, status=refusal.status)
        return redirect(f"/p/session/{session_id}")

    def _session(self, session_id: str) -> JsonObject:
        session = self._store.find(SESSION, session_id)
        if session["created"] + LIFE_SECONDS <= self._store.now():
            raise NoSuchObject(SESSION, session_id)
        self._store.find("customer", session["customer"])
        return session

    def _feature(self, session: JsonObject, name: str) -> JsonObject:
        feature: JsonObject = self._store.find(CONFIGURATION, session["configuration"])["features"][name]
        return feature

    def _allowed(self, session: JsonObject, name: str) -> JsonObject:
        feature = self._feature(session, name)
        if not feature["enabled"]:
            raise StripeRefusal("This portal does not offer that.", status=HTTPStatus.FORBIDDEN)
        return feature

    # What its forms do

    def _cancel(self, session: JsonObject, fields: Mapping[str, str]) -> None:
        feature = self._allowed(session, "subscription_cancel")
        subscription = self._subscription(session, fields)
        if feature["mode"] == "immediately":
            prorate = feature["proration_behavior"] != "none"
            self._subscriptions.cancel({"prorate": prorate}, subscription["id"])
        else:
            self._subscriptions.cancel_when_period_ends(subscription)

    def _keep(self, session: JsonObject, fields: Mapping[str, str]) -> None:
        self._allowed(session, "subscription_cancel")
        subscription = self._subscription(session, fields)
        self._subscriptions.keep(subscription)
        self._agenda.announce("customer.subscription.updated", subscription)

    def _switch(self, session: JsonObject, fields: Mapping[str, str]) -> None:
        feature = self._allowed(session, "subscription_update")
        subscription = self._subscription(session, fields)
        [item] = subscription["items"]["data"]
        if fields.get("price") not in [price["id"] for price in self._offered(feature, item)]:
            raise StripeRefusal("This portal does not offer that price.", param="price")
        to = self._subscriptions.sold(fields["price"], item["quantity"], "price", item["metadata"])
        if _waits(feature, item["price"], to.price):
            self._subscriptions.schedule(subscription, to)
            return
        self._check_card(subscription)
        behavior = feature["proration_behavior"]
        self._subscriptions.switch(subscription, [(item, to)], behavior=behavior, at=self._store.now())
        self._agenda.announce("customer.subscription.updated", subscription)

    def _card(self, session: JsonObject, fields: Mapping[str, str]) -> None:
        self._allowed(session, "payment_method_update")
        card = find_card(fields.get("card", "").strip())
        if card.outcome is Outcome.DECLINED:
            raise CardDeclined()
        if card.outcome in PAYS_LATER:
            raise StripeRefusal("The local Stripe takes no delayed payment for a subscription.", status=402)
        method = payment_methods.of_card(self._store, card)
        payment_methods.save(self._store, method, session["customer"])
        customer = self._store.find("customer", session["customer"])
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        self._store.emit("customer.updated", customer)
        for subscription in self._held(session):
            subscription["default_payment_method"] = method["id"]
            self._agenda.announce("customer.subscription.updated", subscription)

    def _check_card(self, subscription: JsonObject) -> None:
        """Refuses a switch that could not be paid for; then nothing is changed."""
        method = self._invoices.method_of(self._store.find("invoice", subscription["latest_invoice"]))
        if method is None or card_of(method).outcome in _DECLINED:
            raise CardDeclined()

    def _subscription(self, session: JsonObject, fields: Mapping[str, str]) -> JsonObject:
        for subscription in self._held(session):
            if subscription["id"] == fields.get("subscription"):
                return subscription
        raise StripeRefusal("There is no such subscription.", param="subscription")

    def _held(self, session: JsonObject) -> list[JsonObject]:
        """The customer's subscriptions that have begun and not ended."""
        without = (*standing.ENDED, "incomplete")
        return [
            subscription
            for subscription in self._store.newest_first("subscription")
            if subscription["customer"] == session["customer"] and subscription["status"] not in without
        ]

    def _offered(self, feature: JsonObject, item: JsonObject) -> list[JsonObject]:
        """The prices that the item can be switched to, the cheapest first."""
        if not feature["enabled"] or "price" not in feature["default_allowed_updates"]:
            return []
        ids = [price_id for product in feature.get("products") or [] for price_id in product["prices"]]
        prices = [self._store.find("price", price_id) for price_id in ids]
        held = item["price"]
        return sorted(
            (
                price
                for price in prices
                if price["active"] and price["id"] != held["id"] and price["currency"] == held["currency"]
            ),
            key=lambda price: price["unit_amount"],
        )

    # What it shows

    def _page(self, session: JsonObject, *, error: str = "", status: int = HTTPStatus.OK) -> PageAnswer:
        cards = [card for card in TEST_CARDS if card.outcome not in PAYS_LATER]
        shows_card = self._feature(session, "payment_method_update")["enabled"]
        return page(
            "portal",
            status,
            title="Your plan",
            return_url=session["return_url"],
            post_to=f"/p/session/{session['id']}",
            error=error,
            plans=[self._plan(session, subscription) for subscription in self._held(session)],
            card=self._card_on_file(session),
            cards=card_choices(TEST_CARDS[0].number, cards) if shows_card else [],
            shows_invoices=self._feature(session, "invoice_history")["enabled"],
            invoices=self._invoices_of(session),
        )

    def _plan(self, session: JsonObject, subscription: JsonObject) -> JsonObject:
        [item, *_] = subscription["items"]["data"]
        switch = self._feature(session, "subscription_update")
        action, action_name, action_note = self._ending(session, subscription)
        latest = self._store.find("invoice", subscription["latest_invoice"])
        return {
            "id": subscription["id"],
            "name": self._name(item["price"]),
            "price": _price(item["price"]),
            "standing": self._standing(subscription),
            "due": latest["hosted_invoice_url"] if latest["status"] == "open" else "",
            "changes": [
                {
                    "price": price["id"],
                    "name": self._name(price),
                    "amount": _price(price),
                    "when": (
                        f"from {_date(period_end(subscription))}"
                        if _waits(switch, item["price"], price)
                        else "at once; you pay the difference for the rest of the period"
                    ),
                }
                for price in self._offered(switch, item)
            ],
            "action": action,
            "action_name": action_name,
            "action_note": action_note,
        }

    def _ending(self, session: JsonObject, subscription: JsonObject) -> tuple[str, str, str]:
        """The form about the end of the subscription: its action, the text of its button and what that means."""
        feature = self._feature(session, "subscription_cancel")
        if not feature["enabled"]:
            return "", "", ""
        if subscription["cancel_at"] is not None:
            return "keep", "Keep the plan", "If you keep it, it goes on as before."
        when = "now" if feature["mode"] == "immediately" else f"on {_date(period_end(subscription))}"
        return "cancel", "Cancel the plan", f"If you cancel it, it ends {when}."

    def _standing(self, subscription: JsonObject) -> str:
        end = _date(period_end(subscription))
        if subscription["status"] == "past_due":
            again = self._store.find("invoice", subscription["latest_invoice"])["next_payment_attempt"]
            return "The last payment failed" + (f", and is tried again on {_date(again)}." if again else ".")
        if subscription["cancel_at"] is not None:
            return f"Ends on {_date(subscription['cancel_at'])}, and is not renewed."
        if subscription["schedule"] is not None:
            schedule = self._store.find("subscription_schedule", subscription["schedule"])
            price = self._store.find("price", schedule["phases"][-1]["items"][0]["price"])
            return f"Becomes {self._name(price)} for {_price(price)} on {end}."
        if subscription["status"] == "trialing":
            return f"Free until {end}, then charged."
        return f"Renews on {end}."

    def _card_on_file(self, session: JsonObject) -> str:
        customer = self._store.find("customer", session["customer"])
        ids = [subscription["default_payment_method"] for subscription in self._held(session)]
        ids.append(customer["invoice_settings"]["default_payment_method"])
        for method_id in ids:
            if method_id is not None:
                card = self._store.find("payment_method", method_id)["card"]
                return f"{card['brand'].title()} ending in {card['last4']}"
        return ""

    def _invoices_of(self, session: JsonObject) -> list[JsonObject]:
        found = [
            invoice
            for invoice in self._store.newest_first("invoice")
            if invoice["customer"] == session["customer"] and invoice["number"] is not None
        ]
        return [
            {
                "date": _date(invoice["created"]),
                "about": invoice["number"],
                "amount": amounts.money(invoice["amount_due"], invoice["currency"]),
                "status": invoice["status"],
                "url": invoice["hosted_invoice_url"],
            }
            for invoice in found[:INVOICES_SHOWN]
        ]

    def _name(self, price: JsonObject) -> str:
        return str(self._store.find("product", price["product"])["name"])


def _waits(feature: JsonObject, held: JsonObject, to: JsonObject) -> bool:
    """Whether a switch waits for the end of the period."""
    conditions = {condition["type"] for condition in feature["schedule_at_period_end"]["conditions"]}
    per_day, wanted_per_day = (price["unit_amount"] / _days(price) for price in (held, to))
    return ("decreasing_item_amount" in conditions and wanted_per_day < per_day) or (
        "shortening_interval" in conditions and _days(to) < _days(held)
    )


def _days(price: JsonObject) -> int:
    return DAYS[price["recurring"]["interval"]] * int(price["recurring"]["interval_count"])


def _price(price: JsonObject) -> str:
    return f"{amounts.money(price['unit_amount'], price['currency'])} {amounts.every(price)}"


def _date(moment: int) -> str:
    return f"{datetime.datetime.fromtimestamp(moment, datetime.UTC):%d %B %Y}"


def _gone() -> PageAnswer:
    return closed(HTTPStatus.GONE, "This link is over", "Go back to the shop and open the page anew.")
