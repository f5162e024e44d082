"""End users' own clients, which write to Firestore itself, under the security rules."""

import os

from shared.cloud.clients import store
from tests.rules.client import Client
from tests.support.people import Person

RULED: set[str] = set()
"""The projects in which our rules hold: those of the tests that use the fixture ``rules``."""


def client_of(person: Person) -> Client:
    """A connection to Firestore as the person's."""
    assert store().project in RULED, "without the fixture `rules`, everything is refused"
    return Client(os.environ["FIRESTORE_EMULATOR_HOST"], store().project, person.token)
