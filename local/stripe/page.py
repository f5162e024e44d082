"""The hosted checkout page: what somebody sees who pays or saves a card, and what becomes of the form.

    GET  /c/pay/{sessionId}            200 the page; 410 when the session is complete or expired; 404
    POST /c/pay/{sessionId}/complete   303 to success_url; 402 the page with the reason, the session still open;
                                       400 no e-mail address; 410, 404 as above

The form fields are ``email`` and ``card``: a test card's number, spaces allowed, or its name.
"""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.stripe import amounts
from local.stripe.account_clock import AccountClock
from local.stripe.cards import TEST_CARDS, find_card
from local.stripe.checkout import SESSION_ID_PLACEHOLDER, Checkout
from local.stripe.errors import NoSuchObject, SessionClosed, StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import pairs
from local.stripe.store import Store

_CLOSED = {
    "complete": ("Already done", "This checkout has been completed. Nothing more will be charged."),
    "expired": ("This checkout has expired", "Nothing was charged. Go back to the shop and start again."),
}

_template = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
).get_template("page.html")


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page, or a redirect when ``location`` is not empty."""

    status: int
    html: str
    location: str = ""


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
            except (NoSuchObject, SessionClosed) as closed:
                return _closed(closed)
            return self._page(session, email=self._checkout.known_email(session))

    def complete(self, session_id: str, form: str) -> PageAnswer:
        """Answers the form of somebody who pressed the button."""
        fields = dict(pairs(form))
        email, card = fields.get("email", "").strip(), fields.get("card", "").strip()
        with self._store.lock:
            self._clock.catch_up()
            try:
                session = self._checkout.open_session(session_id)
            except (NoSuchObject, SessionClosed) as closed:
                return _closed(closed)
            try:
                self._checkout.pay(session, find_card(card), email)
            except StripeRefusal as refusal:
                error = "Enter your e-mail address." if refusal.code == "parameter_missing" else refusal.message
                return self._page(session, email=email, chosen=card, error=error, status=refusal.status)
            location = session["success_url"].replace(SESSION_ID_PLACEHOLDER, quote(session_id, safe=""))
        return PageAnswer(HTTPStatus.SEE_OTHER, "", location)

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

        total = "" if session["amount_total"] is None else money(session["amount_total"])
        html = _template.render(
            title=total or "Save a card",
            closed="",
            session_id=session["id"],
            cancel_url=session["cancel_url"],
            heading="To pay" if total else "Nothing is charged now",
            total=total,
            action=f"Pay {total}" if total else "Save this card",
            items=[
                {
                    "name": item["description"],
                    "quantity": item["quantity"],
                    "each": money(item["price"]["unit_amount"]),
                    "amount": money(item["amount_total"]),
                }
                for item in self._store.line_items[session["id"]]
            ],
            cards=[
                {
                    "number": card.number,
                    "spaced": _spaced(card.number),
                    "label": card.label,
                    "chosen": card.is_called(chosen),
                }
                for card in TEST_CARDS
            ],
            email=email,
            error=error,
        )
        return PageAnswer(status, html)


def _closed(reason: NoSuchObject | SessionClosed) -> PageAnswer:
    if isinstance(reason, NoSuchObject):
        html = _template.render(title="No such checkout", closed="Check the link, or go back to the shop.")
        return PageAnswer(HTTPStatus.NOT_FOUND, html)
    title, closed = _CLOSED[reason.session_status]
    return PageAnswer(HTTPStatus.GONE, _template.render(title=title, closed=closed))


def _spaced(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
