"""Claims: what a user was offered lately, as it lies on their desk, ``checkouts/{uid}``.

A claim is written before Stripe is asked, and says all that its session and its order depend on, so that whoever finds
one without its order can finish what somebody else began. There is one of each item, the newest.
"""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shared import clock
from shared.billing.items import Item
from shared.cloud import documents
from shared.cloud.commits import Batch
from shared.cloud.documents import Reference, Snapshot

SESSION_LIFETIME = datetime.timedelta(hours=24)
"""Stripe's, of a Checkout session."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a session is made from. ``order`` is our reference, ``key`` and ``attempt`` name it at Stripe.

    ``offer`` is what its order will say. ``price`` is the price at Stripe, None where Checkout is told what it costs.
    """

    order: str
    key: str
    attempt: int
    item: str
    offer: Mapping[str, Any]
    price: str | None
    claimed_at: datetime.datetime

    def is_for(self, item: Item) -> bool:
        """Whether it still offers the same for the same."""
        return self.offer == item.offer


def reference(user_id: str) -> Reference:
    """Where the user's desk is, or would be."""
    return documents.reference("checkouts", user_id)


def on(desk: Snapshot) -> dict[str, Claim]:
    """The claims by the names of their items. One of an older version, which had no offer, is nobody's any more."""
    return {fields["item"]: Claim(**fields) for fields in desk.fields.get("claims", []) if "offer" in fields}


def recent(desk: Snapshot) -> dict[str, Claim]:
    """Those whose sessions may still be open."""
    now = clock.now()
    return {name: claim for name, claim in on(desk).items() if now - claim.claimed_at < SESSION_LIFETIME}


def change(user_id: str, claim: Claim, becomes: Claim) -> None:
    """Has another claim of the item be in the place of this one, if it is still there.

    Raises:
        AlreadyExists, FailedPrecondition: another checkout of the user came between.
    """
    desk = documents.get(reference(user_id))
    claims = on(desk)
    if claims.get(claim.item) == claim:
        batch = Batch()
        put(batch, desk, {**claims, claim.item: becomes})
        batch.commit()


def put(
    batch: Batch, desk: Snapshot, claims: Mapping[str, Claim], claimed_at: list[datetime.datetime] | None = None
) -> None:
    """Adds a desk with these claims, if it is as it was read; ``claimed_at`` are the times of the last hour's."""
    fields: dict[str, object] = {"claims": [asdict(claim) for claim in claims.values()]}
    if claimed_at is not None:
        fields["claimedAt"] = claimed_at
    if desk.exists:
        batch.update(desk.reference, fields, unchanged_since=desk.update_time)
    else:
        batch.create(desk.reference, fields)
