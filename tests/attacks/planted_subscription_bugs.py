"""Bugs of subscriptions and of their invoices, each planted into the running product for a while.

Each is what the straightforward implementation would do, or what one careless edit would make of ours.
"""

import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.billing import fulfilment, invoices, missed_events, missed_objects, stripe_subscriptions, subscriptions
from shared.billing.subjects import ChangedInvoice, ChangedSubscription
from shared.cloud.commits import Batch
from shared.cloud.queries import Query, fetch
from shared.ledger import invoice, subscription
from shared.ledger.entries import Entry
from shared.ledger.invoice import Invoice, Line, Offers
from shared.ledger.subscription import Subscription
from shared.money import crediting
from shared.money.ledger_lines import ExtraWrite
from simulation.chaos import FaultRates

Patch = pytest.MonkeyPatch


def upgrade_that_brings_a_whole_plan(patch: Patch) -> None:
    """An invoice brings what its plan brings in a period."""

    def tokens_of(lines: Iterable[Line], offers: Offers) -> int:
        return sum(offers[line.price_id or ""].tokens for line in lines if line.amount > 0)

    patch.setattr(invoice, "tokens_of", tokens_of)


def tokens_before_the_money(patch: Patch) -> None:
    """An invoice brings its tokens once it is made out."""
    patch.setattr(Invoice, "is_paid", property(lambda made: made.status in ("open", "paid")))


def order_of_an_invoice_before_its_tokens(patch: Patch) -> None:
    """First the order, then the tokens: somebody may die between."""

    def credit(entry: Entry, create: ExtraWrite, *logged: ExtraWrite) -> None:
        batch = Batch()
        create(batch)
        batch.commit()
        crediting.credit(entry, *logged)

    patched = types.SimpleNamespace(credit=credit, AlreadyRecorded=crediting.AlreadyRecorded)
    patch.setattr(invoices, "crediting", patched)


def plan_tokens_without_an_end(patch: Patch) -> None:
    """What a plan brings lasts for ever, whatever was sold."""
    settle = invoice.settle

    def lasting(*given: Any) -> invoice.Settlement:
        settled = settle(*given)
        return replace(settled, grant=replace(settled.grant, expires_on=None))

    patch.setattr(invoice, "settle", lasting)


def periods_that_nobody_paid(patch: Patch) -> None:
    """A plan is paid until its period ends."""
    said = stripe_subscriptions._said
    patch.setattr(stripe_subscriptions, "_said", lambda *given: replace(it := said(*given), paid_until=it.period_end))


def the_last_subscription_counts(patch: Patch) -> None:
    """The wallet says what was heard last."""

    def last(every: Sequence[Subscription], _customer: str | None) -> Subscription:
        return every[-1]

    patch.setattr(subscription, "best", last)


def older_look_at_a_subscription(patch: Patch) -> None:
    """What Stripe said is written, whatever was written meanwhile."""

    def write(kept: subscriptions._Kept, after: Subscription) -> ExtraWrite:
        fields = subscriptions._fields(after) | {"looks": kept.looks + 1}

        def add(batch: Batch) -> None:
            write = batch.create if kept.version is None else batch.update
            write(subscriptions._reference(after.id), fields)

        return add

    def of_user(_kept: subscriptions._Kept, after: Subscription) -> list[Subscription]:
        found = fetch(Query("subscriptions").where("userId", "==", after.user_id).limit(9))
        return [subscriptions._parsed(each) for each in found if each.id != after.id] + [after]

    patch.setattr(subscriptions, "_write", write)
    patch.setattr(subscriptions, "_of_user", of_user)


def subscriptions_are_not_reconciled(patch: Patch) -> None:
    """Reconciliation settles what was bought once."""

    def apply_some(event: Any) -> bool:
        is_of_plan = isinstance(event.subject, ChangedInvoice | ChangedSubscription)
        return False if is_of_plan else fulfilment.apply(event)

    patch.setattr(missed_events, "fulfilment", types.SimpleNamespace(apply=apply_some))


def lists_of_what_was_made_are_all(patch: Patch) -> None:
    """What was not made since then has not changed since then."""
    patch.setattr(missed_objects, "_FOLLOWS", missed_objects._FOLLOWS | {"disputes": None})


SUBSCRIPTIONS = FaultRates(
    fault_at_change=0.04,
    overlap=0.15,
    deliver=0.85,
    operations={
        "sign_up": 1,
        "verify": 1,
        "subscribe": 12,
        "pay": 16,
        "renew": 8,
        "visit_portal": 10,
        "pay_late": 3,
        "end_at_once": 2,
        "confirm": 2,
        "refund": 3,
        "dispute": 2,
        "answer_dispute": 2,
        "read": 2,
    },
)

SUBSCRIPTION_LOOKS = FaultRates(
    # Events of one subscription come again and again, each in the middle of another.
    fault_at_change=0.02,
    overlap=0.6,
    duplicate=0.6,
    deliver=0.9,
    operations={"sign_up": 1, "verify": 1, "subscribe": 14, "pay": 18, "visit_portal": 20, "end_at_once": 4},
)

ENDED_SUBSCRIPTIONS = replace(
    SUBSCRIPTIONS,
    # Who has had a plan subscribes again, and what is told of the old one comes after what is told of the new one.
    deliver=0.5,
    duplicate=0.4,
    operations={"sign_up": 1, "verify": 1, "subscribe": 14, "pay": 20, "end_at_once": 12},
)

LOST_SUBSCRIPTIONS = FaultRates(
    lost_webhook=0.5,
    deliver=0.85,
    operations={"sign_up": 1, "verify": 1, "subscribe": 14, "pay": 18, "visit_portal": 10, "renew": 4, "reconcile": 6},
)

LISTED_SUBSCRIPTIONS = replace(
    LOST_SUBSCRIPTIONS,
    # Subscriptions began before what is listed, and what became of them is too old for the events that are listed too.
    pace_milliseconds=1_200_000,
    operations={
        "sign_up": 1,
        "verify": 1,
        "subscribe": 14,
        "pay": 18,
        "visit_portal": 8,
        "end_at_once": 6,
        "reconcile_by_lists": 6,
    },
)

KINDS = {
    "subscriptions": SUBSCRIPTIONS,
    "looks at subscriptions": SUBSCRIPTION_LOOKS,
    "ended subscriptions": ENDED_SUBSCRIPTIONS,
    "lost subscriptions": LOST_SUBSCRIPTIONS,
    "listed subscriptions": LISTED_SUBSCRIPTIONS,
}

PLANTED: dict[Callable[[Patch], None], FaultRates] = {
    upgrade_that_brings_a_whole_plan: SUBSCRIPTIONS,
    tokens_before_the_money: SUBSCRIPTIONS,
    order_of_an_invoice_before_its_tokens: SUBSCRIPTIONS,
    plan_tokens_without_an_end: SUBSCRIPTIONS,
    periods_that_nobody_paid: SUBSCRIPTIONS,
    the_last_subscription_counts: ENDED_SUBSCRIPTIONS,
    older_look_at_a_subscription: SUBSCRIPTION_LOOKS,
    subscriptions_are_not_reconciled: LOST_SUBSCRIPTIONS,
    lists_of_what_was_made_are_all: LISTED_SUBSCRIPTIONS,
}
"""Each bug, and the kind of run that must catch it."""

CAUGHT_BY: dict[Callable[[Patch], None], tuple[int, int]] = {
    upgrade_that_brings_a_whole_plan: (4, 50),
    order_of_an_invoice_before_its_tokens: (1, 13),
    plan_tokens_without_an_end: (1, 13),
    periods_that_nobody_paid: (1, 45),
    older_look_at_a_subscription: (1, 18),
    the_last_subscription_counts: (2, 21),
    tokens_before_the_money: (1, 60),
    subscriptions_are_not_reconciled: (3, 80),
    lists_of_what_was_made_are_all: (2, 80),
}
"""The seed, and the number of operations, that catch each bug soonest."""
