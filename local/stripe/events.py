"""The events of the account, for as long as Stripe keeps them. Every function is called with the store's lock held."""

import copy
from collections.abc import Callable
from typing import NotRequired, TypedDict

from stripe.params import EventListParams

from local.stripe.errors import StripeRefusal
from local.stripe.filters import matches
from local.stripe.objects import JsonObject
from local.stripe.store import Store

KEPT_SECONDS = 30 * 24 * 60 * 60  # https://docs.stripe.com/api/events
TYPES_MAX = 20


class EventRetryParams(TypedDict):
    """What ``stripe events resend`` posts; the official library has no type for it."""

    webhook_endpoint: NotRequired[str]


def list_events(store: Store, params: EventListParams) -> JsonObject:
    """The events of the last 30 days that pass the filters, the newest first.

    Raises:
        StripeRefusal: more than 20 types, or a type beside them.
    """
    types = params.get("types", [])
    if len(types) > TYPES_MAX:
        raise StripeRefusal(f"You may only specify up to {TYPES_MAX} types.", param="types")
    if types and "type" in params:
        raise StripeRefusal(
            "You may only specify one of these parameters: type, types.", code="parameters_exclusive", param="type"
        )
    _forget_old(store)
    found = [event for event in store.newest_first("event") if matches(event, params)]
    return store.page(found, params, "/v1/events")


def find_event(store: Store, event_id: str) -> JsonObject:
    """The event, which is not older than 30 days.

    Raises:
        NoSuchObject: there is none.
    """
    _forget_old(store)
    return store.find("event", event_id)


def retry_event(
    store: Store, send: Callable[[JsonObject], None], _params: EventRetryParams, event_id: str
) -> JsonObject:
    """The event, which is sent again with the same id and content; only the signature is new."""
    event = find_event(store, event_id)
    event["pending_webhooks"] = 1
    send(copy.deepcopy(event))
    return event


def _forget_old(store: Store) -> None:
    store.forget_until("event", store.now() - KEPT_SECONDS)
