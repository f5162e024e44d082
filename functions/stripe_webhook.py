"""POST /stripe-webhook: Stripe's events, signed, as raw bytes.

    ->  200 { "received": true }  done, a duplicate, or not ours

Refusals: 400 malformed (a bad signature, a timestamp more than five minutes off, the other livemode, a body that is not
an event), 413 too-large above 256 KiB, 503 order-missing (money came in or went back, and its order is not there yet).
Whatever fails inside is a 500 or 503 too, so that Stripe sends the event again: for three days, in any order, and
sometimes twice.
"""

from typing import Literal, TypedDict

import flask

from shared import log
from shared.billing import event_log, fulfilment, stripe_client, webhook
from shared.edge.endpoint import raw_endpoint

BODY_BYTES = 256 * 1024


class WebhookAnswer(TypedDict):
    received: Literal[True]


@raw_endpoint(BODY_BYTES)
def stripe_webhook(body: bytes, request: flask.Request) -> WebhookAnswer:
    event = webhook.verified_event(body, request.headers.get("Stripe-Signature", ""))
    log.note(stripeEvent=event.id, stripeType=event.type)
    with event_log.recording_failure(event), stripe_client.for_webhook():
        fulfilment.apply(event)
    return {"received": True}
