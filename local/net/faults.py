"""The faults of a network and of an at-least-once queue, drawn from a seed."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities from 0 to 1; with all at 0 there are no faults.

    Which faults happen depends on the seed and on what is delivered, and not on which thread was faster. So the same
    seed gives the same faults again.
    """

    seed: int = 0
    duplicate: float = 0.0
    """The same delivery is made twice in parallel."""
    lost_acknowledgement: float = 0.0
    """The target did its work and answered, but the answer is treated as lost, so the delivery is repeated."""
    reorder: float = 0.0
    """The delivery is held back, so that later ones overtake it."""

    def __post_init__(self) -> None:
        for probability in (self.duplicate, self.lost_acknowledgement, self.reorder):
            if not 0.0 <= probability <= 1.0:
                raise ValueError(f"{probability} is not a probability.")

    def duplicates(self, delivery: str) -> bool:
        return self._draw("duplicate", delivery) < self.duplicate

    def loses_acknowledgement(self, delivery: str) -> bool:
        return self._draw("lost_acknowledgement", delivery) < self.lost_acknowledgement

    def reorders(self, delivery: str) -> bool:
        return self._draw("reorder", delivery) < self.reorder

    def hold_seconds(self, delivery: str) -> float:
        """How long a reordered delivery is held back: 0.05 to 0.6 s, enough for several later ones to pass."""
        return 0.05 + 0.55 * self._draw("hold", delivery)

    def _draw(self, fault: str, delivery: str) -> float:
        return random.Random(f"{self.seed}/{fault}/{delivery}").random()  # noqa: S311 - chaos, not cryptography
