"""Needs the Firestore emulator. Of a quarter of the flows each change is played with one of its faults, and so is a
part of the reads; all flows with all of their faults when ALL=1."""

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager

import pytest

from local import sampling
from local.google.firestore_emulator import FirestoreEmulator
from simulation.crash_flows.table import FLOWS, RARELY
from simulation.crash_table import Flow, play
from simulation.faults import Effect, Fault
from simulation.world import World, running

READS_IN = 4
"""One in so many reads is played: it moves nothing, and many follow each other."""


def chosen(name: str, effect: Effect, faults: Sequence[Fault]) -> Sequence[Fault]:
    """The faults of an effect that this sample plays."""
    is_played = effect.changes or sampling.ALL or sampling.number(f"{name} is played", READS_IN) == 0
    return sampling.one(faults, name) if is_played else ()


@pytest.mark.deep
@pytest.mark.threat(16, 59, 60, 61, 63)
@pytest.mark.parametrize(
    "flow",
    [*sampling.part(FLOWS, 4, "flows"), *sampling.part(RARELY, 8, "rare flows")],
    ids=lambda flow: flow.name.replace(" ", "-"),
)
def test_whatever_effect_fails_in_whatever_way_the_flow_ends_settled_exactly_once(
    firestore_emulator: FirestoreEmulator, flow: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_world() -> AbstractContextManager[World]:
        return running(f"demo-{uuid.uuid4().hex[:12]}", flow.name, firestore_emulator.address)

    cells = list(play(open_world, flow, chosen))

    wrong = [f"{cell}: {what}" for cell, found in cells for what in found]
    assert wrong == []
    changes = {cell.number for cell, _ in cells if cell.effect.changes}
    assert changes, "a flow without an effect proves nothing"
    with capsys.disabled():  # how much was proven is part of the answer
        print(f"crash table: {flow.name}: {len(cells)} cells around {len(changes)} changes")
