"""POST /stripe-webhook: Stripe's events, signed, as raw bytes.

    ->  200 { "received": true }  done, a duplicate, or not ours

Refusals: 400 malformed (a bad signature, a timestamp more than five minutes off, the other livemode, a body that is no
event), 413 too-large above 256 KiB. Anything that fails inside is a 500 or 503, so that Stripe sends the event again:
for three days, in any order, and sometimes twice.
"""

from typing import Literal, TypedDict

import flask

from shared import clock, log
from shared.billing import event_log, orders, stripe_client
from shared.edge.endpoint import raw_endpoint

BODY_BYTES = 256 * 1024

ARRIVED = "checkout.session.async_payment_succeeded"


class WebhookAnswer(TypedDict):
    received: Literal[True]


@raw_endpoint(BODY_BYTES)
def stripe_webhook(body: bytes, request: flask.Request) -> WebhookAnswer:
    event = stripe_client.verified_event(body, request.headers.get("Stripe-Signature", ""))
    log.note(stripeEvent=event.id, stripeType=event.type)
    if event.session is None:
        event_log.record(event, "ignored")
        return {"received": True}
    with event_log.recording_failure(event):
        try:
            _apply(event, event.session)
        except orders.OrderMissing:
            # Money that was paid has to find its order. An order that nobody paid is missed by nobody.
            if event.session.is_paid or event.type == ARRIVED:
                raise
            event_log.record(event, "ignored")
    if event.created is not None:
        # Of an event that ``credited``, how long the buyer waited.
        log.note(eventAgeMs=round((clock.now().timestamp() - event.created) * 1000))
    return {"received": True}


def _apply(event: stripe_client.Event, session: stripe_client.Session) -> None:
    match event.type:
        # The customer finished the page. Paid, unless the method is a delayed one: then it is paid or fails later.
        case "checkout.session.completed":
            orders.settle(session, _noted(event))
        # A delayed payment arrived. The session is the same, so whichever event comes first credits it.
        case "checkout.session.async_payment_succeeded":
            orders.settle(session, _noted(event))
        # A delayed payment, a bank debit say, was refused days after the page was finished.
        case "checkout.session.async_payment_failed":
            orders.settle(session, _noted(event), failed=True)
        # The customer did not finish within the session's life of 24 hours.
        case "checkout.session.expired":
            orders.settle(session, _noted(event))
        case _:
            event_log.record(event, "ignored")


def _noted(event: stripe_client.Event) -> orders.Note:
    return lambda status: event_log.entry(event, "parked" if status == "parked" else "processed")
