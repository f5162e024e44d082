"""Needs the Firestore emulator. Each effect of each flow is played with one of its faults, or with all (ALL=1)."""

import uuid
from contextlib import AbstractContextManager

import pytest

from local.google.firestore_emulator import FirestoreEmulator
from simulation.crash_flows import FLOWS
from simulation.crash_table import Flow, play
from simulation.world import World, running
from tests.support import sampling


@pytest.mark.deep
@pytest.mark.threat(16, 59, 60, 61, 63)
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name.replace(" ", "-"))
def test_whatever_effect_fails_in_whatever_way_the_flow_ends_settled_exactly_once(
    firestore_emulator: FirestoreEmulator, flow: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_world() -> AbstractContextManager[World]:
        return running(f"demo-{uuid.uuid4().hex[:12]}", flow.name, firestore_emulator.address)

    cells = list(play(open_world, flow, lambda effect, faults: sampling.one(faults, effect)))

    wrong = [f"{cell}: {what}" for cell, found in cells for what in found]
    assert wrong == []
    changes = {cell.number for cell, _ in cells if cell.effect.changes}
    assert changes, "a flow without an effect proves nothing"
    with capsys.disabled():  # how much was proven is part of the answer
        print(f"crash table: {flow.name}: {len(cells)} cells around {len(changes)} changes")
