"""POST /open-portal: a page of Stripe's where the caller sees invoices, changes the card, switches plans and cancels.

    {}  ->  200 { "url" }

A cancelled plan lasts until the end of its period. A dearer plan begins at once, a cheaper one with the next period.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, no-customer (before the first checkout),
503 unavailable. Each call opens a page of its own, and changes nothing.
"""

from typing import TypedDict

from shared.billing import portal
from shared.edge.access import SIGNED_IN, Caller
from shared.edge.endpoint import endpoint
from shared.edge.requests import Empty


class PortalAnswer(TypedDict):
    url: str


@endpoint(Empty, SIGNED_IN)
def open_portal(caller: Caller) -> PortalAnswer:
    return {"url": portal.open_page(caller.user_id)}
