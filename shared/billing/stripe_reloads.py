"""What auto-reload asks of Stripe: saved cards, the pages on which they are saved, and charges of them."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe

from shared.billing import stripe_client
from shared.billing.stripe_client import CustomerMissing, KeySpent, client, made, plain, reached
from shared.billing.subjects import APP
from shared.config import settings
from shared.errors import Unavailable
from shared.ledger.auto_reload import Card, SavedCard
from shared.ledger.reload import Result

LISTED_MAX = 1000
"""Payments of one customer within a day or so of a reload."""

CHARGED_WITHIN = datetime.timedelta(hours=24)
"""After its claim a reload is not charged any more."""

WANTS_ITS_OWNER = "authentication_required"
"""Stripe's code of a charge whose bank asks the owner of the card."""

CLOCKS_DIFFER = datetime.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a reload asks Stripe to collect; the same every time, as the key of the reload wants it."""

    reload_id: str
    user_id: str
    customer_id: str
    payment_method: str
    amount: int
    currency: str
    claimed_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of a reload as Stripe knows it now. ``code`` is why it was refused; ``id`` is None where there is none.

    ``reload_id`` and ``user_id`` are what its metadata says that it is for.
    """

    id: str | None
    status: str
    code: str | None
    amount: int
    currency: str
    customer_id: str | None
    reload_id: str | None
    user_id: str | None

    @property
    def result(self) -> Result | None:
        """What became of the charge; None while that is open."""
        match self.status:
            case "succeeded":
                return "paid"
            case "requires_action":
                return "action"
            case "requires_payment_method" | "canceled":
                return "action" if self.code == WANTS_ITS_OWNER else "declined"
        return None


@dataclass(frozen=True, slots=True)
class SetupPage:
    """A page on which a card can be saved."""

    session_id: str
    url: str
    expires_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class SetupState:
    """What has become of such a page; ``saved`` is the card that was saved, None where there is none."""

    status: str
    user_id: str | None
    customer_id: str | None
    saved: SavedCard | None


def charge(wanted: Charge) -> Payment | None:
    """Charges the card, at most once however often and from wherever; None where Stripe does not say what came of it.

    Raises:
        Unavailable: Stripe did not answer.
    """
    parameters = {
        "amount": wanted.amount,
        "currency": wanted.currency,
        "customer": wanted.customer_id,
        "payment_method": wanted.payment_method,
        "off_session": True,
        "confirm": True,
        "metadata": {"app": APP, "userId": wanted.user_id, "order": wanted.reload_id, "reload": wanted.reload_id},
    }
    try:
        answer = _payment(made(client().v1.payment_intents.create, parameters, wanted.reload_id, 0).to_dict())
        # Under its key Stripe repeats what it first answered. A payment that was open then may not be so any more.
        return answer if answer.result is not None or answer.id is None else payment_of(answer.id)
    except stripe.CardError as error:
        return _refused(wanted, error)
    except (CustomerMissing, stripe.InvalidRequestError) as error:
        # Nothing was made: the card was taken back from us, or the customer is gone.
        return _nothing(wanted, getattr(error, "code", None) or "refused")
    except KeySpent:
        return find(wanted)


def find(wanted: Charge) -> Payment | None:
    """The payment of the reload among those of its customer; None where there is none.

    Raises:
        Unavailable: Stripe did not answer, or the customer paid too often to tell.
    """
    since, until = wanted.claimed_at - CLOCKS_DIFFER, wanted.claimed_at + CHARGED_WITHIN + CLOCKS_DIFFER
    span = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
    about = {"customer": wanted.customer_id, "created": span}
    listed, has_more = stripe_client.pages(client().v1.payment_intents.list, about, LISTED_MAX)
    for each in listed:
        if (payment := _payment(each.to_dict())).reload_id == wanted.reload_id:
            return payment
    if has_more:
        raise Unavailable("This customer has too many payments to find one of them.")
    return None


def payment_of(payment_intent_id: str) -> Payment | None:
    """The payment as Stripe knows it now, if it is one of a reload.

    Raises:
        Unavailable: Stripe did not answer.
    """
    try:
        with reached():
            payment = _payment(client().v1.payment_intents.retrieve(payment_intent_id).to_dict())
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise
    return payment if payment.reload_id is not None else None


def default_card(customer_id: str) -> SavedCard | None:
    """The card that the customer has as their default one; None where there is none, or no such customer.

    Raises:
        Unavailable: Stripe did not answer.
    """
    try:
        with reached():
            answer = client().v1.customers.retrieve(
                customer_id, {"expand": ["invoice_settings.default_payment_method"]}
            )
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise
    settings_of_invoices = answer.to_dict().get("invoice_settings") or {}  # a deleted customer has none
    return _saved_card(settings_of_invoices.get("default_payment_method"))


def create_setup_page(user_id: str, customer_id: str, currency: str, key: str) -> SetupPage:
    """A page on which the customer saves a card; the same one for every call with ``key``.

    Raises:
        CustomerMissing: there is no such customer.
        KeySpent: this key will not make one.
        Unavailable: Stripe did not answer.
    """
    metadata = {"app": APP, "userId": user_id, "for": "auto-reload"}
    parameters = {
        "mode": "setup",
        "currency": currency,
        "customer": customer_id,
        "client_reference_id": plain(user_id),
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
        "success_url": settings().reload_setup_url,
        "cancel_url": settings().reload_setup_url,
    }
    session = made(client().v1.checkout.sessions.create, parameters, key, 0)
    if session.url is None:
        raise RuntimeError(f"Stripe made the session {session.id} without a page")
    return SetupPage(session.id, session.url, datetime.datetime.fromtimestamp(session.expires_at, datetime.UTC))


def setup_state(session_id: str) -> SetupState:
    """What has become of the page.

    Raises:
        Unavailable: Stripe did not answer.
    """
    with reached():
        answer = client().v1.checkout.sessions.retrieve(session_id, {"expand": ["setup_intent.payment_method"]})
    session = answer.to_dict()
    metadata = session.get("metadata") or {}
    intent = session.get("setup_intent") or {}
    return SetupState(
        status=session["status"],
        user_id=metadata.get("userId") if metadata.get("app") == APP else None,
        customer_id=session.get("customer"),
        saved=_saved_card(intent.get("payment_method")) if intent.get("status") == "succeeded" else None,
    )


def make_default(user_id: str, customer_id: str, payment_method: str) -> bool:
    """Makes the card the customer's default one, and notes on it whose it is; False where it is not theirs any more.

    What is noted is how a card that is taken back later is found to be ours.

    Raises:
        Unavailable: Stripe did not answer.
    """
    noted: Mapping[str, Any] = {"metadata": {"app": APP, "userId": user_id}}
    try:
        with reached():
            client().v1.payment_methods.update(payment_method, noted)  # type: ignore[arg-type]
        with reached():
            client().v1.customers.update(customer_id, {"invoice_settings": {"default_payment_method": payment_method}})
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return False
        raise
    return True


def is_detached(payment_method: str) -> bool:
    """Whether the card is nobody's any more.

    Raises:
        Unavailable: Stripe did not answer.
    """
    try:
        with reached():
            return client().v1.payment_methods.retrieve(payment_method).customer is None
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return True
        raise


def _refused(wanted: Charge, error: stripe.CardError) -> Payment:
    """The payment that the bank refused. It comes with the error, unless nothing was made of it."""
    body: Any = error.json_body or {}
    intent = (body.get("error") or {}).get("payment_intent")
    return _payment(intent) if intent else _nothing(wanted, error.code or "refused")


def _nothing(wanted: Charge, code: str) -> Payment:
    return Payment(
        None,
        "canceled",
        code,
        wanted.amount,
        wanted.currency,
        wanted.customer_id,
        wanted.reload_id,
        wanted.user_id,
    )


def _payment(intent: Mapping[str, Any]) -> Payment:
    metadata = intent.get("metadata") or {}
    metadata = metadata if metadata.get("app") == APP else {}
    customer = intent.get("customer")
    return Payment(
        id=intent["id"],
        status=intent["status"],
        code=(intent.get("last_payment_error") or {}).get("code"),
        amount=intent["amount"],
        currency=intent["currency"],
        customer_id=customer if isinstance(customer, str) else None,
        reload_id=metadata.get("reload"),
        user_id=metadata.get("userId"),
    )


def _saved_card(method: Any) -> SavedCard | None:
    """The card, where it stands there in full; another kind of payment method is none."""
    match method:
        case {"id": str(method_id), "card": {"brand": str(brand), "last4": str(last4)}}:
            return SavedCard(method_id, Card(brand, last4))
    return None
