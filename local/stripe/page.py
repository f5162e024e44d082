"""The hosted checkout page: what somebody sees who pays or saves a card, and what becomes of the form.

    GET  /c/pay/{sessionId}            200 the page; 410 when the session is complete or expired; 404
    POST /c/pay/{sessionId}/complete   303 to success_url; 402 the page with the reason, the session still open;
                                       400 no e-mail address; 410, 404 as above

The form fields are ``email`` and ``card``: a test card's number, spaces allowed, or its name.
"""

from http import HTTPStatus
from urllib.parse import quote

from local.stripe import amounts
from local.stripe.account_clock import AccountClock
from local.stripe.cards import PAYS_LATER, TEST_CARDS, find_card
from local.stripe.checkout import SESSION_ID_PLACEHOLDER, Checkout
from local.stripe.errors import NoSuchObject, SessionClosed, StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import pairs
from local.stripe.rendering import PageAnswer, card_choices, closed, page, redirect
from local.stripe.store import Store

_CLOSED = {
    "complete": ("Already done", "This checkout has been completed. Nothing more will be charged."),
    "expired": ("This checkout has expired", "Nothing was charged. Go back to the shop and start again."),
}


class Page:
    """Answers requests to ``/c/pay``."""

    def __init__(self, store: Store, clock: AccountClock, checkout: Checkout) -> None:
        self._store = store
        self._clock = clock
        self._checkout = checkout

    def show(self, session_id: str) -> PageAnswer:
        """Returns the page of a session."""
        with self._store.lock:
            self._clock.catch_up()
            try:
                session = self._checkout.open_session(session_id)
            except (NoSuchObject, SessionClosed) as reason:
                return _closed(reason)
            return self._page(session, email=self._checkout.known_email(session))

    def complete(self, session_id: str, form: str) -> PageAnswer:
        """Answers the form of somebody who pressed the button."""
        fields = dict(pairs(form))
        email, card = fields.get("email", "").strip(), fields.get("card", "").strip()
        with self._store.lock:
            self._clock.catch_up()
            try:
                session = self._checkout.open_session(session_id)
            except (NoSuchObject, SessionClosed) as reason:
                return _closed(reason)
            try:
                self._checkout.pay(session, find_card(card), email)
            except StripeRefusal as refusal:
                error = "Enter your e-mail address." if refusal.code == "parameter_missing" else refusal.message
                return self._page(session, email=email, chosen=card, error=error, status=refusal.status)
        return redirect(session["success_url"].replace(SESSION_ID_PLACEHOLDER, quote(session_id, safe="")))

    def _page(
        self,
        session: JsonObject,
        *,
        email: str,
        chosen: str = TEST_CARDS[0].number,
        error: str = "",
        status: int = HTTPStatus.OK,
    ) -> PageAnswer:
        def money(amount: int) -> str:
            return amounts.money(amount, session["currency"])

        items = self._store.line_items[session["id"]]
        total = "" if session["amount_total"] is None else money(session["amount_total"])
        recurs = session["mode"] == "subscription"
        verb = "Subscribe and pay" if recurs else "Pay"
        offered = [card for card in TEST_CARDS if not recurs or card.outcome not in PAYS_LATER]
        return page(
            "checkout",
            status,
            title=total or "Save a card",
            cancel_url=session["cancel_url"],
            post_to=f"/c/pay/{session['id']}/complete",
            heading="To pay now" if total else "Nothing is charged now",
            total=total,
            afterwards=_afterwards(items) if recurs else "",
            action=f"{verb} {total}" if total else "Save this card",
            items=[
                {
                    "name": item["description"],
                    "quantity": item["quantity"],
                    "each": money(item["price"]["unit_amount"]),
                    "amount": money(item["amount_total"]),
                }
                for item in items
            ],
            cards=card_choices(chosen, offered),
            email=email,
            error=error,
        )


def _afterwards(items: list[JsonObject]) -> str:
    """What a subscription costs once it runs, before taxes and coupons."""
    price = items[0]["price"]
    whole = sum(item["price"]["unit_amount"] * item["quantity"] for item in items)
    return f"{amounts.money(whole, price['currency'])} {amounts.every(price)}, until you cancel."


def _closed(reason: NoSuchObject | SessionClosed) -> PageAnswer:
    if isinstance(reason, NoSuchObject):
        return closed(HTTPStatus.NOT_FOUND, "No such checkout", "Check the link, or go back to the shop.")
    return closed(HTTPStatus.GONE, *_CLOSED[reason.session_status])
