"""How a subscription stands, by what became of its invoices. Every function is called with the store's lock held.

The statuses, with the events that Stripe sends (https://docs.stripe.com/billing/subscriptions/overview):
    incomplete          customer.subscription.created; its first invoice is not paid
    incomplete_expired  customer.subscription.updated; nor was it paid within 23 hours
    trialing, active    customer.subscription.updated, when it became so later
    past_due            customer.subscription.updated; the payment of its latest invoice failed
    canceled            customer.subscription.deleted
"""

from local.stripe.agenda import Agenda
from local.stripe.objects import JsonObject
from local.stripe.store import Store

ENDED = ("canceled", "incomplete_expired")


def subscription_of(store: Store, invoice: JsonObject) -> JsonObject | None:
    """The subscription that the invoice is of."""
    parent = invoice["parent"]
    return None if parent is None else store.find("subscription", parent["subscription_details"]["subscription"])


def after_payment(store: Store, agenda: Agenda, invoice: JsonObject) -> None:
    """The subscription runs again once its latest invoice needs no payment any more."""
    subscription = subscription_of(store, invoice)
    if subscription is None or subscription["latest_invoice"] != invoice["id"]:
        return
    if subscription["status"] in ("incomplete", "past_due", "unpaid"):
        subscription["status"] = _running(store, subscription)
        agenda.announce("customer.subscription.updated", subscription)


def after_failure(store: Store, agenda: Agenda, invoice: JsonObject) -> None:
    """The subscription is past due while its latest invoice is not paid; one that never was paid stays incomplete."""
    subscription = subscription_of(store, invoice)
    if subscription is None or subscription["latest_invoice"] != invoice["id"]:
        return
    if subscription["status"] in ("active", "trialing"):
        subscription["status"] = "past_due"
        agenda.announce("customer.subscription.updated", subscription)


def end(store: Store, agenda: Agenda, subscription: JsonObject, reason: str) -> None:
    """Ends the subscription. What it owes stays open, but nothing is tried any more."""
    now = store.now()
    subscription.update(
        status="canceled",
        canceled_at=subscription["canceled_at"] or now,
        ended_at=now,
        cancellation_details={**subscription["cancellation_details"], "reason": reason},
    )
    release(store, subscription)
    for invoice in _unpaid(store, subscription):
        invoice.update(auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None)
        agenda.announce("invoice.updated", invoice)
    agenda.announce("customer.subscription.deleted", subscription)


def expire(store: Store, agenda: Agenda, subscription: JsonObject) -> list[JsonObject]:
    """Ends a subscription whose first invoice was not paid in time; returns its invoices, which are to be voided."""
    subscription.update(status="incomplete_expired", ended_at=store.now())
    agenda.announce("customer.subscription.updated", subscription)
    return _unpaid(store, subscription)


def _running(store: Store, subscription: JsonObject) -> str:
    in_trial = subscription["trial_end"] is not None and subscription["trial_end"] > store.now()
    return "trialing" if in_trial else "active"


def _unpaid(store: Store, subscription: JsonObject) -> list[JsonObject]:
    return [
        invoice
        for invoice in store.newest_first("invoice")
        if invoice["status"] in ("draft", "open")
        and (parent := invoice["parent"]) is not None
        and parent["subscription_details"]["subscription"] == subscription["id"]
    ]


def release(store: Store, subscription: JsonObject) -> None:
    """Forgets what was to change at the end of the subscription's period."""
    if subscription["schedule"] is not None:
        schedule = store.find("subscription_schedule", subscription["schedule"])
        schedule.update(status="canceled", canceled_at=store.now(), current_phase=None)
        store.emit("subscription_schedule.canceled", schedule)
        subscription["schedule"] = None
