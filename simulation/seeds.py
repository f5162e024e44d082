"""A run from its seed: what is printed when it fails is what replays it."""

import uuid
from dataclasses import dataclass, field

from simulation.chaos import Chances
from simulation.run import Run, Tally
from simulation.settlement import settle, verify
from simulation.violations import Violation
from simulation.world import running

TRACE_LINES = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed came to. ``found`` are the rules that did not hold; ``trace`` is everything that happened."""

    seed: int
    operations: int
    """How many were asked for."""
    tally: Tally
    found: list[str]
    trace: list[str] = field(repr=False)

    @property
    def report(self) -> str:
        """One line, and where something was found also what, what happened before, and the command that replays it."""
        lines = [f"  seed {self.seed}: {self.tally}"]
        if self.found:
            lines += [f"    {what}" for what in self.found]
            lines += ["    after:", *(f"      {line}" for line in self.trace[-TRACE_LINES:])]
            lines.append(f"    replay: make simulate SEEDS=1 OPS={self.operations} SEED={self.seed}")
        return "\n".join(lines)


def play(seed: int, operations: int, firestore_address: str, chances: Chances | None = None) -> Outcome:
    """Plays ``operations`` random operations from ``seed``, lets everything settle, and checks the books."""
    found: list[str] = []
    project = f"demo-{uuid.uuid4().hex[:12]}"
    with running(project, str(seed), firestore_address) as world:
        run = Run.begin(world, str(seed), chances or Chances())
        try:
            while run.tally.operations < operations:
                run.step()
            settle(run)
            for violation in verify(run):
                run.tally.add(violation)
                found.append(violation.what)
        except Violation as violation:
            run.tally.add(violation)
            found.append(violation.what)
    return Outcome(seed, operations, run.tally, found, run.trace)
