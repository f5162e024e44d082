"""What Stripe's objects say, as far as it is used. They come from an event or from an answer of Stripe's API.

A Checkout session is read whole, because orders are decided by it. Of the other objects only ids are read, and the code
of a payment that failed: what counts of them is what Stripe answers when it is asked. An event has them in the shapes
of its endpoint's API version, in which an invoice may say elsewhere which subscription it is of.
"""

import re
from dataclasses import dataclass
from typing import Any

from shared.cloud.document_ids import is_document_id
from shared.economy.fields import STRIPE_MAXIMUM_AMOUNT
from shared.errors import Malformed
from shared.ledger.order_state import DelayedPayment, Session

APP = "guilder"
"""What the metadata of everything that is made at Stripe says, because several apps may share one account."""


@dataclass(frozen=True, slots=True)
class About:
    """What an event is about: the type of Stripe's object, its id, and the payment that it belongs to."""

    kind: str
    id: str
    payment_intent_id: str | None


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """Money of a payment went back, or may go back: by a charge's refund, or by a dispute."""

    payment_intent_id: str | None


@dataclass(frozen=True, slots=True)
class FailedPayment:
    """A payment that was refused; ``code`` is Stripe's word for the reason."""

    code: str


@dataclass(frozen=True, slots=True)
class ReloadPayment:
    """A payment of a reload of ours was made, or refused."""

    payment_intent_id: str


@dataclass(frozen=True, slots=True)
class TakenCard:
    """A saved card of a user of ours is perhaps nobody's any more."""

    payment_method: str
    user_id: str


@dataclass(frozen=True, slots=True)
class ChangedSubscription:
    """Something happened to a subscription, ours or not."""

    subscription_id: str


@dataclass(frozen=True, slots=True)
class ChangedInvoice:
    """Something happened to an invoice, ours or not."""

    invoice_id: str


Subject = Session | MoneyBack | ReloadPayment | FailedPayment | TakenCard | ChangedSubscription | ChangedInvoice

_CODE = re.compile(r"[a-z0-9_]{1,64}")  # It is logged.


def about(document: Any) -> About | None:
    """What the object of an event is, ours or not; None where it is no object that has an id."""
    match document:
        case {"object": str(kind), "id": str(object_id)} if is_document_id(object_id) and is_document_id(kind):
            return About(
                kind, object_id, object_id if kind == "payment_intent" else _id(document.get("payment_intent"))
            )
    return None


def subject(document: Any, delayed_payment: DelayedPayment | None) -> Subject | None:
    """What follows from the object of an event; None where it is another app's, or an object that is not used.

    Raises:
        Malformed: a Checkout session lacks something, or holds something that cannot be.
    """
    match document:
        case {"object": "checkout.session"}:
            return session(document, delayed_payment) if _is_ours(document) else None
        case {"object": "charge" | "refund" | "dispute"}:
            return MoneyBack(_id(document.get("payment_intent")))
        case {"object": "payment_intent", "id": str(intent_id), "metadata": {"app": app, "reload": str()}} if (
            app == APP and is_document_id(intent_id)
        ):
            return ReloadPayment(intent_id)
        case {"object": "payment_method", "id": str(method_id), "metadata": {"app": app, "userId": str(user_id)}} if (
            app == APP and is_document_id(method_id) and is_document_id(user_id)
        ):
            return TakenCard(method_id, user_id)
        case {"object": "subscription", "id": str(subscription_id)} if is_document_id(subscription_id):
            return ChangedSubscription(subscription_id)
        case {"object": "invoice", "id": str(invoice_id)} if is_document_id(invoice_id):
            return ChangedInvoice(invoice_id)
        case {"object": "payment_intent", "metadata": {"app": app}, "last_payment_error": {"code": str(code)}} if (
            app == APP
        ):
            return FailedPayment(code if _CODE.fullmatch(code) else "unknown")
    return None


def session(document: dict[str, Any], delayed_payment: DelayedPayment | None = None) -> Session:
    """The Checkout session that the document is.

    Raises:
        Malformed: the document lacks something, or holds something that cannot be.
    """
    try:
        metadata = document.get("metadata") or {}
        return Session(
            id=_session_id(document),
            status=str(document["status"]),
            payment_status=str(document["payment_status"]),
            mode=str(document["mode"]),
            subtotal=document.get("amount_subtotal"),
            total=_total(document.get("amount_total")),
            currency=document.get("currency"),
            payment_intent_id=_payment_intent_id(document.get("payment_intent")),
            user_id=metadata.get("userId"),
            package=metadata.get("package"),
            delayed_payment=delayed_payment,
            charged_at=_charged_at(document.get("payment_intent")),
            plan=metadata.get("plan"),
            subscription_id=_id(document.get("subscription")),
            invoice_id=_id(document.get("invoice")),
        )
    except (KeyError, AttributeError) as error:
        raise Malformed("The Checkout session is not complete.") from error


def _is_ours(document: dict[str, Any]) -> bool:
    """Whether the session is ours. Nothing more is required of a session that another app made."""
    _session_id(document)
    metadata = document.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise Malformed("The Checkout session is not complete.")
    return metadata.get("app") == APP


def _session_id(document: dict[str, Any]) -> str:
    session_id = document.get("id")
    if not isinstance(session_id, str) or not is_document_id(session_id):
        raise Malformed("The Checkout session has no id.")
    return session_id


def _total(amount: object) -> int | None:
    match amount:
        case None:
            return None
        case int(total) if not isinstance(total, bool) and 0 <= total <= STRIPE_MAXIMUM_AMOUNT:
            return total
    raise Malformed("The Checkout session has no valid total.")


def _payment_intent_id(intent: object) -> str | None:
    """The id of the session's payment intent; None where the session has no payment intent."""
    if intent is not None and _id(intent) is None:
        raise Malformed("The Checkout session has no valid payment intent.")
    return _id(intent)


def _charged_at(intent: object) -> int | None:
    """When the payer paid, where the payment intent stands there in full, with its charge."""
    match intent:
        case {"latest_charge": {"created": int(created)}}:
            return created
    return None


def _id(value: object) -> str | None:
    """The id of an object that stands there by its id or in full; None where neither does."""
    match value:
        case str(object_id) | {"id": str(object_id)} if is_document_id(object_id):
            return object_id
    return None
