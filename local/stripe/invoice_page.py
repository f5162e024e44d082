"""The page of an invoice, where its owner pays it with any card: ``hosted_invoice_url``.

    GET  /i/{invoiceId}       200 the page; 410 when there is nothing to pay; 404
    POST /i/{invoiceId}/pay   303 back to the page; 402 the page with the reason; 410, 404 as above

The form fields are those of the checkout page. The bank may ask the owner of the card here, and is answered.
"""

from http import HTTPStatus

from local.stripe import amounts, payment_methods
from local.stripe.account_clock import AccountClock
from local.stripe.cards import PAYS_LATER, TEST_CARDS, find_card
from local.stripe.errors import NoSuchObject, StripeRefusal
from local.stripe.invoices import Invoices
from local.stripe.objects import JsonObject
from local.stripe.params import check_email, pairs
from local.stripe.rendering import PageAnswer, card_choices, closed, page, redirect
from local.stripe.store import Store

LINES_SHOWN = 100

_CLOSED = {
    "draft": ("This invoice is not ready", "Come back in an hour."),
    "paid": ("Paid", "Thank you. This invoice is paid."),
    "uncollectible": ("This invoice is closed", "It needs no payment any more."),
    "void": ("This invoice is void", "It needs no payment any more."),
}


class InvoicePage:
    """Answers requests to ``/i``."""

    def __init__(self, store: Store, clock: AccountClock, invoices: Invoices) -> None:
        self._store = store
        self._clock = clock
        self._invoices = invoices

    def show(self, invoice_id: str) -> PageAnswer:
        """Returns the page of an invoice."""
        with self._store.lock:
            self._clock.catch_up()
            try:
                invoice = self._store.find("invoice", invoice_id)
            except NoSuchObject:
                return closed(HTTPStatus.NOT_FOUND, "No such invoice", "Check the link.")
            return self._page(invoice)

    def pay(self, invoice_id: str, form: str) -> PageAnswer:
        """Answers the form of somebody who pressed Pay."""
        fields = dict(pairs(form))
        email, card = fields.get("email", "").strip(), fields.get("card", "").strip()
        with self._store.lock:
            self._clock.catch_up()
            try:
                invoice = self._store.find("invoice", invoice_id)
            except NoSuchObject:
                return closed(HTTPStatus.NOT_FOUND, "No such invoice", "Check the link.")
            if invoice["status"] != "open":
                return self._page(invoice)
            try:
                check_email(email or invoice["customer_email"], "email")
                found = find_card(card)
                if found.outcome in PAYS_LATER:
                    raise StripeRefusal("The local Stripe takes no delayed payment for an invoice.", status=402)
                method = payment_methods.of_card(self._store, found)
                self._invoices.pay_now(invoice, method, email or invoice["customer_email"] or "")
            except StripeRefusal as refusal:
                return self._page(invoice, chosen=card, error=refusal.message, status=refusal.status)
        return redirect(f"/i/{invoice_id}")

    def _page(
        self,
        invoice: JsonObject,
        *,
        chosen: str = TEST_CARDS[0].number,
        error: str = "",
        status: int = HTTPStatus.OK,
    ) -> PageAnswer:
        if invoice["status"] != "open":
            return closed(HTTPStatus.GONE, *_CLOSED[invoice["status"]])
        total = amounts.money(invoice["amount_remaining"], invoice["currency"])
        return page(
            "checkout",
            status,
            title=f"Invoice {invoice['number']}",
            cancel_url="",
            post_to=f"/i/{invoice['id']}/pay",
            heading=f"Invoice {invoice['number']}",
            total=total,
            afterwards="",
            action=f"Pay {total}",
            items=[
                {
                    "name": line["description"] or "",
                    "quantity": 0,
                    "each": "",
                    "amount": amounts.money(line["amount"], line["currency"]),
                }
                for line in self._store.line_items[invoice["id"]][:LINES_SHOWN]
            ],
            cards=card_choices(chosen, [card for card in TEST_CARDS if card.outcome not in PAYS_LATER]),
            email=invoice["customer_email"] or "",
            error=error,
        )
