"""The rates of a run's faults, and its dice."""

import random
from dataclasses import dataclass, field

OPERATIONS = {
    "sign_up": 6,
    "verify": 2,
    "sign_up_again": 2,
    "rename": 4,
    "checkout": 7,
    "buy_pass": 3,
    "pay": 11,
    "settle_payment": 3,
    "leave_checkout": 1,
    "confirm": 4,
    "refund": 4,
    "dispute": 3,
    "answer_dispute": 3,
    "appeal": 5,
    "generate": 13,
    "publish": 4,
    "like": 10,
    "unlike": 4,
    "tip": 17,
    "retry": 12,
    "ask_otherwise": 4,
    "delete_post": 3,
    "read": 4,
    "sweep": 3,
    "sweep_pictures": 1,
    "audit": 1,
    "reconcile": 1,
    "expire": 3,
    "midnight": 4,
    "edit": 2,
    "grant": 4,
    "approve": 2,
    "freeze": 1,
    "unfreeze": 3,
    "rebuild": 1,
    "change_offer": 1,
    "resolve": 2,
    "wait": 5,
    "subscribe": 4,
    "renew": 2,
    "visit_portal": 4,
    "pay_late": 2,
    "end_at_once": 1,
    "set_reload": 5,
    "take_card_away": 1,
}
"""How often each operation is chosen, relative to the others."""


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Probabilities from 0 to 1."""

    fault_at_change: float = 0.08
    """The rate for an effect that changes something."""
    fault_at_read: float = 0.012
    overlap: float = 0.12
    """Another user acts just before a change, between the read that it was decided on and its commit."""
    storm: float = 0.012
    """Every commit of a request is refused as contended."""
    duplicate: float = 0.08
    """A delivery comes again although it was answered."""
    lost_answer: float = 0.05
    """A user or a sender never gets the answer."""
    lost_for_good: float = 0.01
    """A task, or the event of a like, never comes at all: the sweeper or the audit must notice."""
    lost_webhook: float = 0
    """A webhook never comes at all: reconciliation must notice."""
    deliver: float = 0.62
    """One more delivery is made before the next operation."""
    generosity: float = 0.15
    """A tip is of everything that its sender has: what is reversed then is owed."""
    pace_milliseconds: int = 900
    """The longest time between two operations, except after one that waits."""
    operations: dict[str, float] = field(default_factory=lambda: dict(OPERATIONS))


USUAL = FaultRates(lost_webhook=0.03)


class Dice:
    """Makes every random choice, in one order that the seed decides."""

    def __init__(self, seed: str, rates: FaultRates) -> None:
        self.random = random.Random(seed)
        self.rates = rates

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    def operation(self) -> str:
        names = list(self.rates.operations)
        return self.random.choices(names, [self.rates.operations[name] for name in names])[0]

    def key(self) -> str:
        """An Idempotency-Key."""
        return f"{self.random.getrandbits(64):016x}"
