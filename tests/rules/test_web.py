"""Needs the Firestore emulator (Java) and Node.js; installs the Firebase SDK into tests/rules/web/ on first use."""

import pytest

from local.google.firestore_emulator import FirestoreEmulator
from local.parts import RULES
from tests.rules import web_queries


@pytest.mark.threat(18, 19, 20, 21, 23, 25)
def test_the_web_clients_queries_and_listeners_go_as_they_must(
    firestore_emulator: FirestoreEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():  # an installation says what it waits for
        web_queries.run(firestore_emulator, RULES)
