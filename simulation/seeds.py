"""Plays a run from its seed, chapter by chapter. The report of a failure has the command that replays it."""

import tempfile
import textwrap
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from local.google.firestore_emulator import FirestoreEmulator
from local.net.process import tail
from simulation.chaos import USUAL, Dice, FaultRates
from simulation.firestore_wire import EmulatorFailure
from simulation.operations.table import OPERATIONS
from simulation.run import Run, Tally
from simulation.settlement import settle, verify
from simulation.violations import Violation
from simulation.world import running

CHAPTER = 1_000
"""After so many operations everything comes to rest and is checked to the last token. The run continues with the same
dice and new users in an empty project. The emulator has no index and answers a query by walking through the collection:
without chapters the time of a run grows with the square of its length."""

TRACE_LINES = 30
RULES = Path(__file__).resolve().parent.parent / "firestore.rules"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a seed. ``found`` are the rules that did not hold; ``trace`` is everything that happened."""

    seed: int
    operations: int
    """The number that was asked for."""
    tally: Tally
    found: list[str]
    trace: list[str] = field(repr=False)

    @property
    def report(self) -> str:
        """One line. If a rule did not hold, also which, what happened before, and the command that replays the run."""
        lines = [f"  seed {self.seed}: {self.tally}"]
        if self.found:
            lines += [textwrap.indent(what, " " * 4) for what in self.found]
            lines += ["    after:", *(f"      {line}" for line in self.trace[-TRACE_LINES:])]
            lines.append(f"    replay: make simulate SEEDS=1 OPS={self.operations} SEED={self.seed}")
        return "\n".join(lines)


def play_alone(seed: int, operations: int) -> Outcome:
    """Plays as ``play`` does, with an emulator of its own: one emulator has not enough memory for all seeds.

    Raises:
        StartError: there is no emulator, or it does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "firestore.log"
        emulator = FirestoreEmulator(0, "demo-simulation", RULES, log=log)
        emulator.start()
        try:
            outcome = play(seed, operations, emulator.address)
        finally:
            emulator.stop()
        if outcome.tally.unfinished:
            outcome.found.append(tail(log))
        return outcome


def play(seed: int, operations: int, firestore_address: str, rates: FaultRates | None = None) -> Outcome:
    """Plays ``operations`` random operations from ``seed``, and ends after the first chapter that found something."""
    dice = Dice(str(seed), rates or USUAL)
    tally = Tally()
    found: list[str] = []
    trace: list[str] = []
    while tally.operations < operations and not found:
        chapter = f"{seed}/{tally.operations // CHAPTER + 1}"
        length = min(CHAPTER, operations - tally.operations)
        with running(f"demo-{uuid.uuid4().hex[:12]}", chapter, firestore_address) as world:
            run = Run.begin(world, dice, OPERATIONS)
            run.note(f"-- chapter {chapter} --")
            found = _play_chapter(run, length)
        tally += run.tally
        trace += run.trace
    return Outcome(seed, operations, tally, found, trace)


def _play_chapter(run: Run, operations: int) -> list[str]:
    """Returns the rules that did not hold, after everything has settled and the ledger was checked."""
    found: list[str] = []
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
    except EmulatorFailure as failure:
        run.tally.unfinished += 1
        found.append(str(failure))
    return found
