"""Checkout sessions at Stripe, and the prices that they sell."""

import datetime
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import stripe

from shared.billing import subjects
from shared.billing.stripe_client import client, made, plain, reached
from shared.billing.subjects import APP
from shared.config import ConfigurationError, settings
from shared.economy.offers import Package
from shared.errors import Malformed
from shared.ledger.order_state import Session

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParamsLineItem, SessionListParams


CHARGE = "payment_intent.latest_charge"
"""What a session is expanded by, because the charge says when the payer paid."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A Checkout session that was made just now, or under the same key before."""

    id: str
    url: str
    expires_at: datetime.datetime


def create_session(user_id: str, customer_id: str, package: Package, order: str, key: str, attempt: int) -> NewSession:
    """A Checkout session for the package; the same one for every call with ``key`` in one attempt.

    ``order`` is our own reference, by which a session or a payment finds its order.

    Raises:
        CustomerMissing: there is no such customer.
        KeySpent: this attempt will not make one.
        Unavailable: Stripe did not answer.
        ConfigurationError: the package names a Stripe price that costs something else.
    """
    metadata = {"app": APP, "userId": user_id, "package": package.id, "order": order}
    parameters = {
        "mode": "payment",
        "customer": customer_id,
        "client_reference_id": plain(user_id),
        "line_items": [_line_item(package)],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": settings().checkout_success_url,
        "cancel_url": settings().checkout_cancel_url,
    }
    session = made(client().v1.checkout.sessions.create, parameters, key, attempt)
    if session.url is None:
        raise RuntimeError(f"Stripe made the session {session.id} without a page")
    return NewSession(session.id, session.url, datetime.datetime.fromtimestamp(session.expires_at, datetime.UTC))


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


def _line_item(package: Package) -> "SessionCreateParamsLineItem":
    if package.stripe_price is not None:
        _require_price(package)
        return {"quantity": 1, "price": package.stripe_price}
    return {
        "quantity": 1,
        "price_data": {
            "currency": package.currency,
            "unit_amount": package.amount,
            "product_data": {"name": f"{package.name} ({package.tokens} tokens)"},
        },
    }


@functools.cache
def _require_price(package: Package) -> None:
    with reached():
        price = client().v1.prices.retrieve(package.stripe_price or "")
    if (
        not price.active
        or price.type != "one_time"
        or (price.unit_amount, price.currency)
        != (
            package.amount,
            package.currency,
        )
    ):
        raise ConfigurationError(
            f"package {package.id}: {package.stripe_price} is not an active one-time price of "
            f"{package.amount} {package.currency}"
        )
