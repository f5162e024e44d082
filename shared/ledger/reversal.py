"""Reversals: what went back of a payment, as Stripe says it. All amounts are in minor units."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that the seller gives back. ``status`` is Stripe's."""

    id: str
    amount: int
    currency: str
    status: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment that its payer disputes at their bank. ``status`` is Stripe's.

    ``withdrawn`` is what the bank took and has not given back: above 0 while the money is away. ``due_by`` is until
    when evidence is awaited.
    """

    id: str
    amount: int
    currency: str
    status: str
    withdrawn: int
    due_by: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Reversals:
    """Everything that went back, or may go back, of the payments of one order."""

    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an order's money is back by what Stripe says, and whether that may still change.

    ``disputes`` are Stripe's statuses by id. ``due_by`` is until when the first of the open ones awaits evidence.
    ``lost_at`` is when one was first seen to be lost; None where none is. ``unclear`` is why a person has to look.
    """

    reversed: int
    disputes: Mapping[str, str]
    due_by: datetime.datetime | None
    lost_at: datetime.datetime | None
    is_open: bool
    unclear: str | None


DISPUTES_KEPT = 10

APPEAL = datetime.timedelta(days=90)
"""So long a dispute that was lost may come back."""

_NOT_REFUNDED = frozenset({"failed", "canceled"})
_UNDER_WAY = frozenset({"pending", "requires_action"})
ENDED = frozenset({"won", "lost", "warning_closed", "prevented"})
"""The statuses of a dispute in which nothing is awaited of anybody."""


def standing(
    reversals: Reversals,
    paid: int,
    currency: str | None,
    lost_at: datetime.datetime | None,
    now: datetime.datetime,
) -> Standing:
    """Where the money of an order stands, of which ``paid`` was collected in ``currency``; None is whichever it was.

    ``lost_at`` is what an earlier look saw. Whatever the order of the events, the same reversals stand alike.
    """
    refunded = [refund for refund in reversals.refunds if refund.status not in _NOT_REFUNDED]
    disputed = [dispute for dispute in reversals.disputes if _is_away(dispute)]
    foreign_refunds = [refund.id for refund in refunded if currency not in (None, refund.currency)]
    foreign_disputes = [dispute.id for dispute in disputed if currency not in (None, dispute.currency)]
    back = sum(refund.amount for refund in refunded if refund.id not in foreign_refunds)
    # Nobody can convert what a bank took in another currency: until the dispute ends it is all that was not refunded.
    away = paid if foreign_disputes else sum(dispute.amount for dispute in disputed)
    open_disputes = [dispute for dispute in reversals.disputes if dispute.status not in ENDED]
    is_lost = any(dispute.status == "lost" or dispute.status.startswith("appeal_") for dispute in reversals.disputes)
    lost = (lost_at or now) if is_lost else None
    unclear = [f"a refund in another currency: {refund}" for refund in foreign_refunds]
    unclear += [f"a dispute in another currency: {dispute}" for dispute in foreign_disputes]
    return Standing(
        reversed=min(paid, back + away),
        disputes={dispute.id: dispute.status for dispute in reversals.disputes[:DISPUTES_KEPT]},
        due_by=min((dispute.due_by for dispute in open_disputes if dispute.due_by is not None), default=None),
        lost_at=lost,
        is_open=bool(open_disputes)
        or any(refund.status in _UNDER_WAY for refund in reversals.refunds)
        or (lost is not None and now < lost + APPEAL),
        unclear="; ".join(unclear) or None,
    )


def _is_away(dispute: Dispute) -> bool:
    """Whether the bank has the money. An inquiry takes none, and what a dispute that was won took is back."""
    return dispute.withdrawn > 0 and dispute.status != "won" and not dispute.status.startswith("warning_")
