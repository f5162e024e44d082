"""What the tests of the operators' functions share."""

import pytest

from tests.support import ledger_kit
from tests.support.people import Person, administrator


@pytest.fixture
def root(project: str) -> Person:
    return administrator()


@pytest.fixture
def ada(project: str) -> Person:
    return ledger_kit.account(bonus=10, purchased=50)
