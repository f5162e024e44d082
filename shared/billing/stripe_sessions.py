"""Checkout sessions at Stripe."""

import contextlib
import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import stripe

from shared.billing import subjects
from shared.billing.items import Item
from shared.billing.stripe_client import client, made, plain, reached
from shared.billing.subjects import APP
from shared.config import settings
from shared.errors import Malformed
from shared.ledger.order_state import Session

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParamsLineItem, SessionListParams


_WITH_TAX = {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
"""Stripe needs to know where a customer lives, and remembers what they enter on the page."""

CHARGE = "payment_intent.latest_charge"
"""What a session is expanded by, because the charge says when the payer paid."""


class PriceGone(Exception):
    """Stripe does not sell at the price any more: somebody archived it."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A Checkout session that was made just now, or under the same key before."""

    id: str
    url: str
    expires_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Sale:
    """What a session sells, and to whom: an item, at a ``price`` of Stripe's or at what the item says that it costs.

    ``order`` is our own reference, by which a session or a payment finds its order.
    """

    user_id: str
    customer_id: str
    item: Item
    price: str | None
    order: str

    @property
    def metadata(self) -> dict[str, str]:
        return {"app": APP, "userId": self.user_id, **self.item.wanted.fields, "order": self.order}


def create_session(sale: Sale, key: str, attempt: int) -> NewSession:
    """A Checkout session; the same one for every call with ``key`` in one attempt.

    Raises:
        CustomerMissing: there is no such customer.
        KeySpent: this attempt will not make one.
        PriceGone: the price cannot be bought any more.
        Unavailable: Stripe did not answer.
    """
    is_subscription = sale.item.is_subscription
    parameters = {
        "mode": "subscription" if is_subscription else "payment",
        "customer": sale.customer_id,
        "client_reference_id": plain(sale.user_id),
        "line_items": [_line_item(sale)],
        "metadata": sale.metadata,
        "subscription_data" if is_subscription else "payment_intent_data": {"metadata": sale.metadata},
        "success_url": settings().checkout_success_url,
        "cancel_url": settings().checkout_cancel_url,
        **(_WITH_TAX if settings().stripe_tax else {}),
    }
    try:
        session = made(client().v1.checkout.sessions.create, parameters, key, attempt)
    except stripe.InvalidRequestError as error:
        if sale.price is not None and (error.param or "").startswith("line_items"):
            raise PriceGone(sale.price) from error
        raise
    if session.url is None:
        raise RuntimeError(f"Stripe made the session {session.id} without a page")
    return NewSession(session.id, session.url, datetime.datetime.fromtimestamp(session.expires_at, datetime.UTC))


def expire_session(session_id: str) -> None:
    """Ends the session, unless it was finished or has ended, which Stripe then refuses.

    Raises:
        Unavailable: Stripe did not answer.
    """
    with contextlib.suppress(stripe.InvalidRequestError), reached():
        client().v1.checkout.sessions.expire(session_id)


def retrieve_session(session_id: str) -> Session:
    """The session as Stripe knows it now.

    Raises:
        Unavailable: Stripe did not answer.
    """
    with reached():
        answer = client().v1.checkout.sessions.retrieve(session_id, {"expand": [CHARGE]})
    return _session(answer.to_dict())


def session_of(payment_intent_id: str) -> Session | None:
    """Our session that the payment intent pays; None where there is none, as of what another app sells.

    Raises:
        Unavailable: Stripe did not answer.
    """
    with reached():
        about: SessionListParams = {"payment_intent": payment_intent_id, "limit": 1, "expand": [f"data.{CHARGE}"]}
        found = client().v1.checkout.sessions.list(about).data
    return next((ours(session.to_dict()) for session in found), None)


def reference_of(payment_intent_id: str) -> str | None:
    """Our reference of the order that the payment intent pays; None where it is another app's, or none at all.

    Raises:
        Unavailable: Stripe did not answer.
    """
    try:
        with reached():
            intent = client().v1.payment_intents.retrieve(payment_intent_id).to_dict()
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise
    metadata = intent.get("metadata") or {}
    return metadata.get("order") if metadata.get("app") == APP else None


def ours(answer: dict[str, Any]) -> Session | None:
    """The session that Stripe answered with; None where it is another app's."""
    return _session(answer) if (answer.get("metadata") or {}).get("app") == APP else None


def _session(answer: dict[str, Any]) -> Session:
    try:
        return subjects.session(answer)
    except Malformed as error:  # The caller of the function did not send this.
        raise RuntimeError("Stripe answered with something else than a session") from error


def _line_item(sale: Sale) -> "SessionCreateParamsLineItem":
    if sale.price is not None:
        return {"quantity": 1, "price": sale.price}
    sold = sale.item.sold
    return {
        "quantity": 1,
        "price_data": {
            "currency": sold.currency,
            "unit_amount": sold.amount,
            "product_data": {"name": sale.item.title},
        },
    }
