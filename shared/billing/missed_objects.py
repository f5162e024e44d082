"""What was made at Stripe since a moment, for silences that are longer than Stripe keeps events: no limit in age.

Sessions are brought to their orders as they are now, invoices and their subscriptions too; of a refund or a dispute its
payment is looked at. A subscription that was cancelled, or switched without an invoice, is in no list of what was made:
so every one that we keep is looked at as well, unless it has ended.
"""

import dataclasses
import datetime
import functools
from collections.abc import Callable

from shared.billing import fulfilment, orders, stripe_history, subscriptions
from shared.billing.reconciliation_checkpoint import CatchUp, Created, Listed
from shared.billing.reconciliation_tally import Tally
from shared.cloud.queries import fetch

PAGE = 200
"""Of our subscriptions."""

LATE_FAILURES = datetime.timedelta(days=45)
"""A refund may fail weeks after it was made, and lists go by when it was made."""

LATE_PAYMENTS = datetime.timedelta(days=60)
"""Stripe may try to collect an invoice for two months after it was made:
https://docs.stripe.com/billing/revenue-recovery/smart-retries"""

_FOLLOWS: dict[Listed, Listed | None] = {
    "sessions": "invoices",
    "invoices": "refunds",
    "refunds": "disputes",
    "disputes": "subscriptions",
    "subscriptions": None,
}

_EVER = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)
"""Stripe's clock may be ahead of ours."""

Thing = tuple[str, Callable[[], bool]]
"""The id of a thing, and what there is to do about it."""


def settle(catch_up: CatchUp, tally: Tally) -> CatchUp:
    """Does what the lists ask for, as far as there is time; where they stand then."""
    while catch_up.listed is not None and not tally.is_over():
        if catch_up.listed == "subscriptions":
            catch_up = _look_at_subscriptions(catch_up, tally)
        else:
            catch_up = _settle_what_was_made(catch_up, catch_up.listed, tally)
    return catch_up


def _settle_what_was_made(catch_up: CatchUp, listed: Created, tally: Tally) -> CatchUp:
    """Does what the next answer of the list asks for."""
    things, rest_until = _things(listed, catch_up)
    for thing in things[catch_up.done :]:
        if tally.is_over():
            return catch_up
        catch_up = dataclasses.replace(_done(catch_up, thing, tally), done=catch_up.done + 1)
    # A second that fills an answer by itself has no rest that could be asked for.
    has_rest = rest_until is not None and rest_until != catch_up.rest_until
    return dataclasses.replace(
        catch_up,
        listed=listed if has_rest else _FOLLOWS[listed],
        rest_until=rest_until if has_rest else None,
        done=0,
    )


def _look_at_subscriptions(catch_up: CatchUp, tally: Tally) -> CatchUp:
    """Brings the next page of our subscriptions to what Stripe says. Those that end by that leave the list."""
    page = fetch(subscriptions.that_go_on(catch_up.after).limit(PAGE))
    for document in page:
        if tally.is_over():
            return catch_up
        thing = document.id, functools.partial(subscriptions.bring_up_to_date, document.id)
        catch_up = dataclasses.replace(_done(catch_up, thing, tally), after=document.id)
    if len(page) == PAGE:
        return catch_up
    return dataclasses.replace(catch_up, listed=_FOLLOWS["subscriptions"], after=None)


def _done(catch_up: CatchUp, thing: Thing, tally: Tally) -> CatchUp:
    """Does what there is to do about one thing, and counts it."""
    tally.listed += 1
    outcome = tally.attempt(*thing)
    tally.missed += outcome != "as it was"
    return dataclasses.replace(catch_up, has_failed=catch_up.has_failed or outcome == "failed")


def _things(listed: Created, catch_up: CatchUp) -> tuple[list[Thing], datetime.datetime | None]:
    """The next answer of the list, each thing once, and until when the rest of the list is to be asked for."""
    since, until = catch_up.since, catch_up.rest_until or _EVER
    if listed == "sessions":
        sessions = stripe_history.sessions(since, until)
        settling = [(each.id, functools.partial(fulfilment.settle, each)) for each in sessions.items]
        return list(settling), sessions.rest_until
    if listed == "invoices":
        invoices = stripe_history.invoices(since - LATE_PAYMENTS, until)
        return [(each, functools.partial(_settle_invoice, each)) for each in invoices.items], invoices.rest_until
    if listed == "refunds":
        payments = stripe_history.refunded(since - LATE_FAILURES, until)
    else:
        payments = stripe_history.disputed(since, until)
    each_once = dict.fromkeys(payments.items)
    return [(each, functools.partial(fulfilment.reverse, each)) for each in each_once], payments.rest_until


def _settle_invoice(invoice_id: str) -> bool:
    """Settles the invoice unless it has its order: its subscription was looked at when that was written."""
    return orders.find(invoice_id) is None and fulfilment.settle_invoice(invoice_id)
