"""Every effect of a flow with every fault, one at a time; each time the flow must end settled exactly once.

The table is not written by hand: a flow is played once to see which effects it has, then once for every cell.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from simulation.chaos import Dice, FaultRates
from simulation.explanation_check import check_explanations
from simulation.faults import Effect, Fault, faults_of
from simulation.operations.table import OPERATIONS
from simulation.run import Run
from simulation.settlement import check_books, settle, verify
from simulation.violations import Violation
from simulation.world import Answer, World

ASKS = 6
CELLS_A_WORLD = 15
PATIENCE = datetime.timedelta(seconds=70)
"""The time between two attempts: the longest of a queue, and longer than a lease together with the next one."""

Act = Callable[[], Answer | None]


@dataclass(frozen=True, slots=True)
class Flow:
    """Something that happens once. ``prepare`` leads up to it and returns the call that asks for it, which may be
    repeated. ``check`` says what must be true at the end, besides the ledger."""

    name: str
    prepare: Callable[[Run], Act]
    check: Callable[[Run], None]
    contended: bool = False
    """Whether every commit outside of a transaction is refused, so that the payment needs its lock."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One way in which a flow is disturbed."""

    flow: str
    number: int
    effect: Effect
    fault: Fault

    def __str__(self) -> str:
        return f"{self.flow}: {self.fault} at {self.number} {self.effect.name}"


Choice = Callable[[str, Effect, Sequence[Fault]], Sequence[Fault]]
"""Which of the faults of one effect are played; it is given a name for the effect, which tells it from all others."""


def every_fault(_name: str, _effect: Effect, faults: Sequence[Fault]) -> Sequence[Fault]:
    return faults


def play(
    open_world: Callable[[], AbstractContextManager[World]], flow: Flow, choose: Choice = every_fault
) -> Iterator[tuple[Cell, list[str]]]:
    """Returns the cells that ``choose`` leaves, with what was wrong at their end. Several cells share a world.

    Raises:
        Violation: the flow fails without a fault, or a world is wrong after all of its cells.
    """
    with open_world() as world:
        effects = _effects(world, flow)
    cells = [
        Cell(flow.name, number, effect, fault)
        for number, effect in enumerate(effects)
        for fault in choose(f"{flow.name}/{number}", effect, faults_of(effect))
    ]
    for start in range(0, len(cells), CELLS_A_WORLD):
        with open_world() as world:
            for cell in cells[start : start + CELLS_A_WORLD]:
                yield cell, _play_cell(world, flow, cell)
            found = [violation.what for violation in verify(_quiet_run(world, f"{flow.name}/end"))]
            if found:
                raise Violation("broken", f"after all cells of {flow.name}: {found}")


def _effects(world: World, flow: Flow) -> list[Effect]:
    run = _quiet_run(world, flow.name)
    act = flow.prepare(run)
    effects: list[Effect] = []

    def record(effect: Effect) -> None:
        effects.append(effect)

    world.hook = _contended(world, record) if flow.contended else record
    answer = act()
    world.hook = None
    if answer is None or not answer.is_success:
        raise Violation("broken", f"{flow.name} does not even work without a fault: {answer}")
    problems = _finish(run, flow, act, answer)
    if problems:
        raise Violation("broken", f"{flow.name} is wrong without a fault: {problems}")
    return effects


def _play_cell(world: World, flow: Flow, cell: Cell) -> list[str]:
    run = _quiet_run(world, str(cell))
    act = flow.prepare(run)
    passed = 0
    reached = False

    def fail_once(_effect: Effect) -> Fault | None:
        nonlocal passed, reached
        passed += 1
        if passed != cell.number + 1:
            return None
        reached = True
        return cell.fault

    world.hook = _contended(world, fail_once) if flow.contended else fail_once
    try:
        answer = act()
    except Violation as violation:
        return [violation.what]
    finally:
        world.hook = None
    if not reached:
        return ["the flow never came to this effect"]
    return _wrongly_explained(run) + _finish(run, flow, act, answer)


def _wrongly_explained(run: Run) -> list[str]:
    """What is said wrongly, right after the fault, to somebody who asks whether they were charged."""
    try:
        check_explanations(run, at_rest=False)
    except Violation as violation:
        return [violation.what]
    return []


def _contended(world: World, hook: Callable[[Effect], Fault | None]) -> Callable[[Effect], Fault | None]:
    """Refuses commits until a lock is held, and asks ``hook`` about all other effects."""

    def refuse(effect: Effect) -> Fault | None:
        if effect.name.startswith("firestore Commit") and not world.wire.holds_locks:
            return faults_of(effect)[-1]
        return hook(effect)

    return refuse


def _finish(run: Run, flow: Flow, act: Act, answer: Answer | None) -> list[str]:
    """Repeats the call until it is answered, lets everything settle, and returns what is wrong."""
    found: list[str] = []
    try:
        for _ in range(ASKS):
            if answer is not None and answer.status < 500:
                break
            run.world.clock.advance(PATIENCE)
            answer = act()
        if answer is None or not answer.is_success:
            found.append(f"answered at last: {answer}")
        settle(run)
        flow.check(run)
        check_explanations(run, at_rest=True)
    except Violation as violation:
        found.append(violation.what)
    return found + [violation.what for violation in check_books(run)]


def _quiet_run(world: World, seed: str) -> Run:
    world.images.is_reliable = True
    run = Run.begin(world, Dice(seed, FaultRates()), OPERATIONS)
    run.calm = True
    world.hook = None
    return run
