"""Needs the Firestore emulator (Java) and Node.js; installs the Firebase SDK into tests/rules_web/ on first use."""

import pytest

from local.google.firestore_emulator import FirestoreEmulator
from tests import rules_web_queries
from tests.conftest import RULES


@pytest.mark.threat(18, 19, 20, 21, 23, 25)
def test_the_web_clients_queries_and_listeners_go_as_they_must(
    firestore_emulator: FirestoreEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():  # an installation says what it waits for
        rules_web_queries.run(firestore_emulator, RULES)
