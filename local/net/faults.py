"""The faults that a network and an at-least-once queue commit, drawn from a seed."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities from 0 to 1; all 0 is a perfect world.

    What strikes depends on the seed and on what is delivered, not on which thread was faster, so that the same
    seed commits the same faults again.
    """

    seed: int = 0
    duplicate: float = 0.0
    """The same delivery is made twice at once."""
    lost_acknowledgement: float = 0.0
    """The target did its work and said so, but the answer is treated as lost: the delivery comes again."""
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
