"""How often what goes wrong: the rates of a run's faults, and its dice."""

import random
from dataclasses import dataclass, field

OPERATIONS = {
    "sign_up": 6,
    "verify": 2,
    "sign_up_again": 2,
    "rename": 4,
    "checkout": 8,
    "pay": 11,
    "settle_payment": 3,
    "leave_checkout": 1,
    "confirm": 4,
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
    "edit": 2,
    "freeze": 1,
    "unfreeze": 3,
    "wait": 5,
}
"""How often each operation is chosen, against each other."""


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Probabilities from 0 to 1."""

    fault_at_change: float = 0.08
    """Of an effect that changes something."""
    fault_at_read: float = 0.012
    overlap: float = 0.12
    """That somebody else acts just before a change, between what it was decided on and its commit."""
    storm: float = 0.012
    """That every commit of a request is refused as contended."""
    duplicate: float = 0.08
    """That a delivery comes again though it was answered."""
    lost_answer: float = 0.05
    """That a person or a sender never sees an answer."""
    lost_for_good: float = 0.01
    """That a task, or the event of a like, never comes at all: the sweeper, or the audit, has to notice."""
    deliver: float = 0.62
    """That one more delivery is made before the next operation."""
    pace_milliseconds: int = 900
    """The longest time between two operations, but for those that wait."""
    operations: dict[str, float] = field(default_factory=lambda: dict(OPERATIONS))


class Dice:
    """Everything that is left to chance, in one order that the seed decides."""

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
