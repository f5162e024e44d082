"""Events that Stripe has and that no webhook has finished: each goes the way that the webhook would have sent it."""

import datetime
import functools
from collections.abc import Iterator, Sequence
from typing import Any

from shared import manifest
from shared.billing import event_log, fulfilment, stripe_history, webhook
from shared.billing.reconciliation_tally import Failure, Tally

SLICE = datetime.timedelta(hours=1)
"""Stripe lists the newest first. Slices make the oldest come first, and bound what is kept in memory."""


def settle(
    since: datetime.datetime, until: datetime.datetime, tally: Tally
) -> tuple[datetime.datetime, Failure | None]:
    """Does what the events between the two moments ask for; how far that came, and the first one that failed."""
    first: Failure | None = None
    while since < until:
        end = since + SLICE if until - since >= 2 * SLICE else until
        for page in _newest_first(since, end):
            failure = _settle_page(page, tally)
            if failure is not None and (first is None or failure.at < first.at):
                first = failure
            if tally.is_over():
                return since, first
        since = end
    return until, first


def _newest_first(since: datetime.datetime, until: datetime.datetime) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(manifest.STRIPE_EVENTS), stripe_history.TYPES_MAX):
        yield from _of_types(manifest.STRIPE_EVENTS[start : start + stripe_history.TYPES_MAX], since, until)


def _of_types(
    types: Sequence[str], since: datetime.datetime, until: datetime.datetime
) -> Iterator[list[dict[str, Any]]]:
    rest_until: datetime.datetime | None = until
    while rest_until is not None:
        found = stripe_history.events(since, rest_until, types)
        yield list(found.items)
        # A second that fills a page by itself has no rest that could be asked for.
        rest_until = found.rest_until if found.rest_until != rest_until else None


def _settle_page(page: list[dict[str, Any]], tally: Tally) -> Failure | None:
    """The first of the page's events that failed. Those that are finished are passed over."""
    first: Failure | None = None
    page = page[::-1]
    for start in range(0, len(page), event_log.READ_AT_ONCE):
        some = page[start : start + event_log.READ_AT_ONCE]
        finished = event_log.finished([document["id"] for document in some])
        for document in some:
            if tally.is_over():
                return first
            tally.listed += 1
            if document["id"] in finished:
                continue
            tally.missed += 1
            if tally.attempt(document["id"], functools.partial(_apply, document)) == "failed":
                at = datetime.datetime.fromtimestamp(document["created"], datetime.UTC)
                first = first or Failure(document["id"], at)
    return first


def _apply(document: dict[str, Any]) -> bool:
    event = webhook.event_of(document)
    with event_log.keeping_failure(event):
        return fulfilment.apply(event)
