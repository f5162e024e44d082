"""Firestore triggers as a test fires them: one event in production's form, or the emulator's own events."""

import contextlib
import os
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
from google.cloud.firestore_v1 import _helpers
from google.events.cloud.firestore_v1 import DocumentEventData

from local.gateway import path_of
from local.google.eventarc import EVENT_TYPE, Eventarc, register_triggers
from local.net.faults import Faults
from shared.manifest import FUNCTIONS
from tests.support import api

Fields = Mapping[str, object]


def deliver(function: str, path: str, before: Fields | None, after: Fields | None) -> api.Answer:
    """What the function answers to the event of a write at ``path``; None stands for no document."""
    return deliver_bytes(function, path, event_bytes(path, before, after))


def deliver_bytes(function: str, path: str, body: bytes, headers: Mapping[str, str | None] | None = None) -> api.Answer:
    """The same for an event of these bytes; ``headers`` replace the usual ones, or with None leave them out."""
    document, project = urllib.parse.quote(path), os.environ["GOOGLE_CLOUD_PROJECT"]
    usual = {
        "ce-specversion": "1.0",
        "ce-id": uuid.uuid4().hex,
        "ce-type": EVENT_TYPE,
        "ce-source": f"//firestore.googleapis.com/projects/{project}/databases/(default)",
        "ce-subject": f"documents/{document}",
        "ce-time": "2026-01-01T00:00:00.123456Z",
        "ce-project": project,
        "ce-location": "nam5",
        "ce-database": "(default)",
        "ce-namespace": "(default)",
        "ce-document": document,
        "Content-Type": "application/protobuf",
    }
    sent = {name: value for name, value in {**usual, **(headers or {})}.items() if value is not None}
    return api.call("POST", function, sent, body)


def event_bytes(path: str, before: Fields | None, after: Fields | None) -> bytes:
    """The protobuf of the event: what Eventarc puts into the body as it is."""
    message = DocumentEventData()
    for document, fields in ((message.old_value, before), (message.value, after)):
        if fields is not None:
            document.name = f"projects/{os.environ['GOOGLE_CLOUD_PROJECT']}/databases/(default)/documents/{path}"
            for name, value in _helpers.encode_dict(dict(fields)).items():
                # The two libraries have a class each for one and the same message.
                type(document).pb(document).fields[name].MergeFromString(type(value).serialize(value))
    return bytes(DocumentEventData.serialize(message))


@contextlib.contextmanager
def delivering(port: int, gateway_url: str, *functions: str, faults: Faults | None = None) -> Iterator[Eventarc]:
    """Delivers the emulator's events to these triggers, with ``faults``, until the block ends."""
    project = os.environ["GOOGLE_CLOUD_PROJECT"]
    # An event that an earlier test left behind carries another project's id, and finds no route.
    ids = {function: f"{project}-{function}" for function in functions}
    routes = {ids[function]: f"{gateway_url}{path_of(function)}" for function in functions}
    eventarc = Eventarc(port, routes, faults, first_backoff_seconds=0.02)
    eventarc.start()
    try:
        patterns = {ids[function]: FUNCTIONS[function].path for function in functions}
        register_triggers(os.environ["FIRESTORE_EMULATOR_HOST"], project, patterns)
        yield eventarc
    finally:
        eventarc.stop()


def interrupt_counting(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, times: int, interrupt: Callable[[int], object]
) -> None:
    """Calls ``interrupt(n)`` between the n-th count that the module makes and the use of that count."""
    done = 0
    aggregate = module.aggregate

    def counted(query: Any) -> dict[str, int]:
        nonlocal done
        counts: dict[str, int] = aggregate(query)
        if done < times:
            done += 1
            interrupt(done)
        return counts

    monkeypatch.setattr(module, "aggregate", counted)
