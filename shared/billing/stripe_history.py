"""What happened at Stripe in a span of time, the newest first: for whoever makes up for webhooks that were lost.

A slice is bounded, and says until when the rest of its span is to be asked for. Times are UTC; a span includes
``since`` and ends before ``until``.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.billing import stripe_invoices, stripe_sessions
from shared.billing.stripe_client import client, pages
from shared.ledger.order_state import Session

SLICE_MAX = 2000

TYPES_MAX = 20
"""Of events that are listed at once: https://docs.stripe.com/api/events/list"""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Slice(Generic[Item]):
    """What a list had. ``rest_until`` ends the span of what it has beyond that, and is None where that is nothing.

    The rest may begin with what the slice ended with, since Stripe's times are whole seconds.
    """

    items: tuple[Item, ...]
    rest_until: datetime.datetime | None


def events(since: datetime.datetime, until: datetime.datetime, types: Sequence[str]) -> Slice[dict[str, Any]]:
    """The events of these types, ``TYPES_MAX`` at most, as Stripe sent them. It keeps them for 30 days.

    Raises:
        Unavailable: Stripe did not answer.
    """
    return _slice(client().v1.events.list, since, until, lambda event: event.to_dict(), {"types": list(types)})


def sessions(since: datetime.datetime, until: datetime.datetime) -> Slice[Session]:
    """Our Checkout sessions that were made then, as they are now.

    Raises:
        Unavailable: Stripe did not answer.
    """
    return _slice(
        client().v1.checkout.sessions.list,
        since,
        until,
        lambda session: stripe_sessions.ours(session.to_dict()),
        {"expand": [f"data.{stripe_sessions.CHARGE}"]},
    )


def invoices(since: datetime.datetime, until: datetime.datetime) -> Slice[str]:
    """The invoices of subscriptions of ours that were made then.

    Raises:
        Unavailable: Stripe did not answer.
    """
    return _slice(client().v1.invoices.list, since, until, _our_invoice_id)


def refunded(since: datetime.datetime, until: datetime.datetime) -> Slice[str]:
    """The payment intents, ours or not, of the refunds that were made then: one for each refund.

    Raises:
        Unavailable: Stripe did not answer.
    """
    return _slice(client().v1.refunds.list, since, until, _payment_intent_id)


def disputed(since: datetime.datetime, until: datetime.datetime) -> Slice[str]:
    """The payment intents, ours or not, of the disputes that were opened then: one for each dispute.

    Raises:
        Unavailable: Stripe did not answer.
    """
    return _slice(client().v1.disputes.list, since, until, _payment_intent_id)


def _slice(
    ask: Callable[..., Any],
    since: datetime.datetime,
    until: datetime.datetime,
    read: Callable[[Any], Item | None],
    filters: dict[str, Any] | None = None,
) -> Slice[Item]:
    span = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
    listed, has_more = pages(ask, {**(filters or {}), "created": span}, SLICE_MAX)
    rest_until = datetime.datetime.fromtimestamp(listed[-1].created + 1, datetime.UTC) if has_more else None
    return Slice(tuple(item for each in listed if (item := read(each)) is not None), rest_until)


def _our_invoice_id(answer: Any) -> str | None:
    return answer.id if stripe_invoices.is_ours(answer.to_dict()) else None


def _payment_intent_id(answer: Any) -> str | None:
    """Of a refund or a dispute; None for a payment without one."""
    intent = answer.payment_intent
    return intent if isinstance(intent, str) else None
