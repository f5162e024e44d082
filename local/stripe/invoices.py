"""Invoices: what is owed, by which card it is paid, and what becomes of it when it is not.

The way of an invoice, with the events that Stripe sends (https://docs.stripe.com/invoicing/overview):
    draft      invoice.created; a subscription's renewal stays one for an hour
    open       invoice.finalized; from here on its lines never change
    paid       invoice.paid, invoice.payment_succeeded, invoice_payment.paid
    not paid   invoice.payment_failed; invoice.payment_action_required where the bank asks the owner of the card.
               It is tried again after 3, 5 and 7 days, each counted from the attempt before; then a subscription ends
    void       invoice.voided
"""

import contextlib
from collections.abc import Sequence
from typing import Any

from stripe.params import (
    InvoiceCreateParams,
    InvoiceFinalizeInvoiceParams,
    InvoiceMarkUncollectibleParams,
    InvoicePayParams,
    InvoiceVoidInvoiceParams,
)

from local.stripe import billing_objects, coupons, invoice_items, payment_methods, standing
from local.stripe.agenda import HOUR_SECONDS, Agenda
from local.stripe.amounts import MINIMUM_CHARGE
from local.stripe.errors import AuthenticationRequired, CardDeclined, StripeRefusal
from local.stripe.objects import JsonObject
from local.stripe.params import missing
from local.stripe.payment_intents import PaymentIntents
from local.stripe.periods import DAY_SECONDS
from local.stripe.store import Store

RETRY_AFTER_DAYS = (3, 5, 7)
LINES_SENT = 10
"""How many lines come with an invoice. The rest is listed: https://docs.stripe.com/api/invoice-line-item"""

_DESCRIBED = {"subscription_create": "Subscription creation", "subscription_cycle": "Subscription update"}


class Invoices:
    """The invoices of an account. Every method is called with the store's lock held."""

    def __init__(self, store: Store, agenda: Agenda, intents: PaymentIntents, page_url: str) -> None:
        self._store = store
        self._agenda = agenda
        self._intents = intents
        self._page_url = page_url

    def create(self, params: InvoiceCreateParams) -> JsonObject:
        """A draft with the invoice items that wait, unless these are left out.

        Raises:
            StripeRefusal: no customer, or a subscription of another one.
        """
        if "customer" not in params:
            raise missing("customer")
        customer = self._store.find("customer", params["customer"], "customer")
        given: JsonObject = {name: params[name] for name in ("description", "metadata") if name in params}
        about: JsonObject | None = None
        items: list[JsonObject] = []
        if "subscription" in params:
            about = self._store.find("subscription", params["subscription"], "subscription")
            if about["customer"] != customer["id"]:
                raise StripeRefusal("The subscription is not this customer's.", param="subscription")
        if params.get("pending_invoice_items_behavior", "exclude") == "include" or about is not None:
            items = invoice_items.waiting(self._store, customer["id"], None if about is None else about["id"])
        currency = params.get("currency") or (items[0]["currency"] if items else "usd")
        return self.draft(
            customer,
            currency,
            [billing_objects.line_of_invoice_item(item) for item in items],
            items=items,
            about=about,
            auto_advance=params.get("auto_advance", False),
            automatic_tax=bool(params.get("automatic_tax", {}).get("enabled")),
            billing_reason="manual",
            **given,
        )

    def draft(
        self,
        customer: JsonObject,
        currency: str,
        lines: Sequence[JsonObject],
        *,
        items: Sequence[JsonObject] = (),
        about: JsonObject | None = None,
        period: tuple[int, int] | None = None,
        discounts: Sequence[JsonObject] = (),
        automatic_tax: bool = False,
        auto_advance: bool = True,
        **given: Any,
    ) -> JsonObject:
        """A new draft with the lines. ``items`` are the invoice items that some of the lines are of.

        Where it advances by itself, it does so in an hour.
        """
        now = self._store.now()
        invoice = billing_objects.invoice(
            now,
            customer=customer,
            currency=currency,
            period=period or (now, now),
            auto_advance=auto_advance,
            automatically_finalizes_at=now + HOUR_SECONDS if auto_advance else None,
            discounts=[discount["id"] for discount in discounts],
            parent=about and billing_objects.of_subscription(about),
            **given,
        )
        invoice["automatic_tax"]["enabled"] = automatic_tax
        self._store.line_items[invoice["id"]] = []
        for item in items:
            item["invoice"] = invoice["id"]
        self._store.put(invoice)
        self._add_lines(invoice, lines)
        self._agenda.announce("invoice.created", invoice)
        return invoice

    def add_item(self, item: JsonObject) -> None:
        """Adds an invoice item to the draft that it names.

        Raises:
            StripeRefusal: it is no draft any more.
        """
        invoice = self._store.find("invoice", item["invoice"], "invoice")
        if invoice["status"] != "draft":
            raise StripeRefusal("Invoice items can only be added to a draft.", param="invoice")
        self._add_lines(invoice, [billing_objects.line_of_invoice_item(item)])
        self._agenda.announce("invoice.updated", invoice)

    def finalize(self, params: InvoiceFinalizeInvoiceParams, invoice_id: str) -> JsonObject:
        """The draft, which is open from now on, or paid where nothing is due.

        Raises:
            StripeRefusal: it is no draft.
        """
        invoice = self._store.find("invoice", invoice_id)
        if invoice["status"] != "draft":
            raise StripeRefusal("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
        if "auto_advance" in params:
            invoice["auto_advance"] = params["auto_advance"]
        return self.open(invoice)

    def open(self, invoice: JsonObject) -> JsonObject:
        """Finalizes a draft: takes the customer's credit into account, and makes the payment intent for the rest."""
        now = self._store.now()
        customer = self._store.find("customer", invoice["customer"])
        due = invoice["total"] + customer["balance"]
        if 0 < due < MINIMUM_CHARGE[invoice["currency"]]:  # too little to charge: the customer owes it
            due, balance = 0, due
        else:
            due, balance = max(due, 0), min(due, 0)
        invoice.update(
            status="open",
            amount_due=due,
            amount_remaining=due,
            automatically_finalizes_at=None,
            effective_at=now,
            ending_balance=balance,
            hosted_invoice_url=f"{self._page_url}/i/{invoice['id']}",
            invoice_pdf=f"{self._page_url}/i/{invoice['id']}",
            next_payment_attempt=self._first_attempt_at(invoice),
            number=f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}",
            starting_balance=customer["balance"],
        )
        invoice["status_transitions"]["finalized_at"] = now
        customer.update(balance=balance, next_invoice_sequence=customer["next_invoice_sequence"] + 1)
        if due:
            self._add_intent(invoice)
        self._agenda.announce("invoice.finalized", invoice)
        if not due:
            self._settle(invoice, attempted=True)
        return invoice

    def when_due(self, invoice: JsonObject) -> None:
        """What happens to an invoice by itself: a draft is finalized, an open one is charged."""
        if invoice["status"] == "draft":
            self.open(invoice)
        else:
            self.collect(invoice)

    def collect(self, invoice: JsonObject) -> None:
        """Charges the card on file for an open invoice. Where that fails, says when it is tried again."""
        with contextlib.suppress(CardDeclined, AuthenticationRequired):
            self._attempt(invoice, self.method_of(invoice), is_owner_away=True, is_manual=False)

    def pay(self, params: InvoicePayParams, invoice_id: str) -> JsonObject:
        """The invoice, paid with the card on file or the one that is given, or outside of Stripe.

        Raises:
            CardDeclined, AuthenticationRequired: it stays open.
            StripeRefusal: it is neither a draft nor open, or there is no card.
        """
        invoice = self._store.find("invoice", invoice_id)
        if invoice["status"] == "paid":
            raise StripeRefusal("Invoice is already paid", code="invoice_already_paid")
        if invoice["status"] not in ("draft", "open"):
            raise StripeRefusal(f"This invoice is {invoice['status']}: it cannot be paid.")
        if invoice["status"] == "draft":
            self.open(invoice)
        if invoice["status"] == "paid":
            return invoice
        if params.get("paid_out_of_band"):
            self._cancel_payment(invoice)
            invoice["amount_paid_off_stripe"] = invoice["amount_due"]
            self._settle(invoice, attempted=invoice["attempted"])
            return invoice
        method = self.method_of(invoice)
        if "payment_method" in params:
            method = payment_methods.find(self._store, params["payment_method"], "payment_method")
        if method is None:
            raise no_card()
        self._attempt(invoice, method, is_owner_away=params.get("off_session", True), is_manual=True)
        return invoice

    def pay_now(self, invoice: JsonObject, method: JsonObject, email: str = "") -> None:
        """Pays an open invoice with a card whose owner is there.

        Raises:
            CardDeclined: it stays open.
        """
        self._attempt(invoice, method, is_owner_away=False, is_manual=True, email=email)

    def void(self, _params: InvoiceVoidInvoiceParams, invoice_id: str) -> JsonObject:
        """The invoice, which nobody has to pay any more.

        Raises:
            StripeRefusal: it was not open.
        """
        return self.give_up(self._open_invoice(invoice_id), "void")

    def mark_uncollectible(self, _params: InvoiceMarkUncollectibleParams, invoice_id: str) -> JsonObject:
        """The invoice, which is not expected to be paid any more.

        Raises:
            StripeRefusal: it was not open.
        """
        return self.give_up(self._open_invoice(invoice_id), "uncollectible")

    def give_up(self, invoice: JsonObject, status: str) -> JsonObject:
        """The invoice without a payment: ``void`` or ``uncollectible``."""
        if status == "void":
            self._cancel_payment(invoice)
        invoice.update(status=status, next_payment_attempt=None, automatically_finalizes_at=None)
        event, moment = {
            "void": ("invoice.voided", "voided_at"),
            "uncollectible": ("invoice.marked_uncollectible", "marked_uncollectible_at"),
        }[status]
        invoice["status_transitions"][moment] = self._store.now()
        self._agenda.announce(event, invoice)
        about = standing.subscription_of(self._store, invoice)
        if about is not None and about["status"] == "incomplete":
            standing.expire(self._store, self._agenda, about)
        else:
            standing.after_payment(self._store, self._agenda, invoice)
        return invoice

    def stop_those_of(self, customer_id: str) -> None:
        """Leaves the unpaid invoices of a customer as they are."""
        for invoice in self._store.newest_first("invoice"):
            if invoice["customer"] == customer_id and invoice["status"] in ("draft", "open"):
                invoice.update(auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None)
                self._agenda.announce("invoice.updated", invoice)

    def method_of(self, invoice: JsonObject) -> JsonObject | None:
        """The card on file for the invoice: the invoice's own, else the subscription's, else the customer's."""
        about = standing.subscription_of(self._store, invoice)
        customer = self._store.find("customer", invoice["customer"])
        for method_id in (
            invoice["default_payment_method"],
            None if about is None else about["default_payment_method"],
            customer["invoice_settings"]["default_payment_method"],
        ):
            if method_id is not None:
                method = self._store.find("payment_method", method_id)
                if method["customer"] == customer["id"]:  # a detached one is of no use
                    return method
        return None

    def _first_attempt_at(self, invoice: JsonObject) -> int | None:
        """When an invoice is charged by itself: at once, but never the first one of a subscription."""
        by_itself = invoice["auto_advance"] and invoice["billing_reason"] != "subscription_create"
        return self._store.now() if by_itself else None

    def _open_invoice(self, invoice_id: str) -> JsonObject:
        invoice = self._store.find("invoice", invoice_id)
        if invoice["status"] != "open":
            raise StripeRefusal(f"You can only do this with an open invoice. This one is {invoice['status']}.")
        return invoice

    def _add_lines(self, invoice: JsonObject, lines: Sequence[JsonObject]) -> None:
        held = self._store.line_items[invoice["id"]]
        held += [{**line, "invoice": invoice["id"]} for line in lines]
        invoice["lines"] = {
            **self._store.page(held, {"limit": LINES_SENT}, f"/v1/invoices/{invoice['id']}/lines"),
            "total_count": len(held),
        }
        invoice.update(self._totals(invoice, held))

    def _totals(self, invoice: JsonObject, lines: Sequence[JsonObject]) -> JsonObject:
        """What an invoice comes to. Coupons take off what is discountable; the tax is on what is left of everything."""
        subtotal = sum(line["amount"] for line in lines)
        left = sum(line["amount"] for line in lines if line["discountable"])
        discounted = []
        for discount_id in invoice["discounts"]:
            discount = self._store.find("discount", discount_id)
            amount = coupons.off(self._store, discount["source"]["coupon"], left)
            left -= amount
            discounted.append({"amount": amount, "discount": discount_id})
        without_tax = subtotal - sum(each["amount"] for each in discounted)
        tax = coupons.tax_on(without_tax) if invoice["automatic_tax"]["enabled"] else 0
        taxes = {
            "amount": tax,
            "tax_behavior": "exclusive",
            "tax_rate_details": None,
            "taxability_reason": "standard_rated",
            "taxable_amount": without_tax,
            "type": "tax_rate_details",
        }
        if invoice["automatic_tax"]["enabled"]:
            invoice["automatic_tax"]["status"] = "complete"
        total = without_tax + tax
        return {
            "amount_due": max(total, 0),
            "amount_remaining": max(total, 0),
            "subtotal": subtotal,
            "subtotal_excluding_tax": subtotal,
            "total": total,
            "total_discount_amounts": discounted,
            "total_excluding_tax": without_tax,
            "total_taxes": [taxes] if invoice["automatic_tax"]["enabled"] else [],
        }

    def _add_intent(self, invoice: JsonObject) -> None:
        """The payment intent of the invoice. It knows nothing of the subscription; the invoice payment leads to it."""
        intent = self._intents.add(
            amount=invoice["amount_due"],
            currency=invoice["currency"],
            customer=invoice["customer"],
            description=_DESCRIBED.get(invoice["billing_reason"], "Payment for Invoice"),
            setup_future_usage="off_session" if invoice["parent"] else None,
        )
        self._store.put(
            billing_objects.invoice_payment(self._store.now(), of_invoice=invoice, intent_id=intent["id"]),
        )

    def payment_of(self, invoice: JsonObject) -> JsonObject | None:
        """The invoice payment by which the invoice is, was or is to be paid."""
        payments = self._store.newest_first("invoice_payment")
        return next((payment for payment in payments if payment["invoice"] == invoice["id"]), None)

    def _attempt(
        self,
        invoice: JsonObject,
        method: JsonObject | None,
        *,
        is_owner_away: bool,
        is_manual: bool,
        email: str = "",
    ) -> None:
        if not is_manual or not invoice["attempted"]:
            invoice["attempt_count"] += 1
        invoice["attempted"] = True
        payment = self.payment_of(invoice)
        if payment is None:
            raise RuntimeError(f"The open invoice {invoice['id']} has no payment")
        intent = self._store.find("payment_intent", payment["payment"]["payment_intent"])
        try:
            if method is None:
                raise CardDeclined()
            charge = self._intents.charge(intent, method, email, is_owner_away=is_owner_away)
        except (CardDeclined, AuthenticationRequired) as refusal:
            self._put_off(invoice, intent, refusal, is_manual=is_manual)
            raise
        payment.update(status="paid", amount_paid=invoice["amount_due"])
        payment["status_transitions"]["paid_at"] = self._store.now()
        self._store.emit("invoice_payment.paid", payment)
        self._settle(invoice, attempted=True)
        self._intents.dispute(charge, method)

    def _put_off(
        self,
        invoice: JsonObject,
        intent: JsonObject,
        refusal: CardDeclined | AuthenticationRequired,
        *,
        is_manual: bool,
    ) -> None:
        """Notes that an attempt failed. What the owner of the card starts changes nothing about when we try again."""
        now, about = self._store.now(), standing.subscription_of(self._store, invoice)
        is_last = False
        if not is_manual or invoice["attempt_count"] == 1:
            tries = invoice["attempt_count"]
            is_first_ever = about is not None and about["status"] == "incomplete"
            is_last = not is_first_ever and tries > len(RETRY_AFTER_DAYS)
            invoice["next_payment_attempt"] = (
                None
                if is_last or is_first_ever or not invoice["auto_advance"]
                else now + RETRY_AFTER_DAYS[tries - 1] * DAY_SECONDS
            )
        self._agenda.announce("invoice.payment_failed", invoice)
        if isinstance(refusal, AuthenticationRequired):
            intent.update(status="requires_action", next_action={"type": "use_stripe_sdk"})
            self._store.emit("payment_intent.requires_action", intent)
            self._agenda.announce("invoice.payment_action_required", invoice)
        standing.after_failure(self._store, self._agenda, invoice)
        if is_last and about is not None and about["status"] not in standing.ENDED:
            standing.end(self._store, self._agenda, about, "payment_failed")

    def _settle(self, invoice: JsonObject, *, attempted: bool) -> None:
        invoice.update(
            status="paid",
            amount_paid=invoice["amount_due"],
            amount_remaining=0,
            attempted=attempted,
            next_payment_attempt=None,
        )
        invoice["status_transitions"]["paid_at"] = self._store.now()
        self._agenda.announce("invoice.paid", invoice)
        self._store.emit("invoice.payment_succeeded", invoice)
        standing.after_payment(self._store, self._agenda, invoice)

    def _cancel_payment(self, invoice: JsonObject) -> None:
        payment = self.payment_of(invoice)
        if payment is None or payment["status"] != "open":
            return
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = self._store.now()
        self._intents.end(self._store.find("payment_intent", payment["payment"]["payment_intent"]), "void_invoice")


def no_card() -> StripeRefusal:
    """The refusal of a payment by a customer of whom no card is on file."""
    return StripeRefusal(
        "This customer has no attached payment source or default payment method. Please consider adding a default "
        "payment method.",
        code="resource_missing",
    )
