"""Webhooks: from the bytes that Stripe signed to the event that they are."""

import re
from dataclasses import dataclass

import stripe

from shared import clock, log, manifest, strict_json
from shared.billing import subjects
from shared.billing.subjects import About, Subject
from shared.cloud.document_ids import is_document_id
from shared.config import settings
from shared.errors import Malformed
from shared.ledger.order_state import DelayedPayment

SIGNATURE_TOLERANCE_SECONDS = 300
"""Stripe's own default: https://docs.stripe.com/webhooks#replay-attacks"""

_TYPE = re.compile(r"[!-~]{1,128}")  # An event's type is logged and kept.

_DELAYED_PAYMENTS: dict[str, DelayedPayment] = {
    "checkout.session.async_payment_succeeded": "succeeded",
    "checkout.session.async_payment_failed": "failed",
}
"""What the type of an event says of a delayed payment, because the session in the event does not always say it."""


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event. ``created`` is in Unix seconds.

    ``about`` says which object it is about. ``subject`` is what follows from it: None where that is not ours, or where
    the event is of a type that nobody asked for.
    """

    id: str
    type: str
    livemode: bool
    created: int | None
    about: About | None
    subject: Subject | None


def verified_event(body: bytes, signature: str) -> Event:
    """The event in a webhook body that Stripe signed, for this mode.

    Raises:
        Malformed: there is no valid signature, or one more than five minutes old or in the future; the body is not an
            event, or it is an event of the other mode.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    if not any(_is_signed(text, signature, secret) for secret in settings().stripe_webhook_secrets):
        raise Malformed("The signature is not valid.")
    log.note(signed=True)
    return event_of(strict_json.parse(body))


def event_of(document: object) -> Event:
    """The event that Stripe sent, or that its API lists.

    Raises:
        Malformed: it is not an event, or it is an event of the other mode.
    """
    match document:
        case {
            "object": "event",
            "id": str(event_id),
            "type": str(kind),
            "livemode": bool(livemode),
            "data": dict(data),
        } if is_document_id(event_id) and _TYPE.fullmatch(kind):
            pass
        case _:
            raise Malformed("The body is not an event.")
    if livemode != settings().stripe_livemode:
        raise Malformed("The event is of the other mode (live or test).")
    obj = data.get("object")
    subject = subjects.subject(obj, _DELAYED_PAYMENTS.get(kind))
    is_used = kind in manifest.STRIPE_EVENTS
    return Event(event_id, kind, livemode, _created(document), subjects.about(obj), subject if is_used else None)


def _created(document: object) -> int | None:
    match document:
        case {"created": int(created)} if 0 <= created < 2**53:
            return created
    return None


def _is_signed(body: str, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, SIGNATURE_TOLERANCE_SECONDS)
        timestamps = [int(part[2:]) for part in signature.split(",") if part.startswith("t=") and part[2:].isdecimal()]
    # TypeError: a signature that is not ASCII; ValueError: a number of more digits than Python reads.
    except (stripe.SignatureVerificationError, TypeError, ValueError):
        return False
    # The library refuses what is too old, not what comes from the future.
    return bool(timestamps) and max(timestamps) <= clock.real_now().timestamp() + SIGNATURE_TOLERANCE_SECONDS
