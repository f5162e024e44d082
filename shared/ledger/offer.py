"""An offer: what a recurring price at Stripe sells. It is recorded before anyone can buy it, and never changes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """What one price sells each ``interval``: ``tokens``, and the use of a plan, for ``amount`` minor units.

    ``unlimited_per_day`` is how many pictures a day the plan pays for; None where it pays for none. Tokens that expire
    end ``grace_days`` after their period; so long a plan can also be used whose payment is late.
    """

    price_id: str
    plan: str
    tier: str
    name: str
    tokens: int
    amount: int
    currency: str
    interval: str
    economy: str
    unlimited_per_day: int | None
    features: tuple[str, ...]
    grants_access: bool
    tokens_expire: bool
    grace_days: int
