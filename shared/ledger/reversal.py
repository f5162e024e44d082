"""Reversals: what went back of a payment, as Stripe says it. All amounts are in minor units."""

import datetime
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
