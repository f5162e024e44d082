"""Needs nothing: a state of an earlier run that cannot be read. That one is read is in test_demo.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from local.state import State, StateUnreadable


@pytest.mark.parametrize(
    "spoil",
    [
        lambda saved: (saved / "users.json").write_text("{"),
        lambda saved: (saved / "firestore" / "firestore.overall_export_metadata").unlink(),
        lambda saved: (saved.parent / "secrets.json").write_text("[]"),
    ],
    ids=["users", "documents", "secrets"],
)
def test_a_state_that_cannot_be_read_is_said_to_be_and_can_be_set_aside(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    state = State(tmp_path / "state")
    state.secrets()
    saved = state.folder / "saved"
    (saved / "firestore").mkdir(parents=True)
    (saved / "firestore" / "firestore.overall_export_metadata").touch()
    (saved / "users.json").write_text("[]")
    spoil(saved)

    def read() -> None:
        state.secrets()
        assert state.firestore_export
        state.restore(None, None)  # type: ignore[arg-type]  # with no users, the emulator is not asked

    with pytest.raises(StateUnreadable):
        read()
    aside = state.set_aside()

    assert aside.name.startswith("state-unreadable-")
    assert (aside / "saved").is_dir()
    assert state.secrets()
    assert state.firestore_export is None
