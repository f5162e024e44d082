"""Trying the matrix out: rules in a project of their own, with the seed's documents and a client per identity."""

import contextlib
import itertools
import json
import uuid
from collections.abc import Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self

from local.google.firestore_emulator import FirestoreEmulator
from tests.rules import coverage
from tests.rules.client import ADMIN, Answer, Client, Json, commit, deleting, query, setting
from tests.rules.coverage import Expression
from tests.rules.matrix import IDENTITIES, NOBODY, PROMPT, SEED, Row

_PERMITTED = {200: True, 404: True, 403: False}
"""A document that is not there may be looked for, so 404 is an answer and not a refusal."""

Stored = dict[str, str]
"""Each document's name, with its fields and the time of its last write."""


class Trial:
    """One project of the emulator under ``rules``; leaves the seed as it was after every cell."""

    def __init__(self, emulator: FirestoreEmulator, rules: str) -> None:
        self._emulator = emulator
        self._rules = rules
        self.project = f"demo-{uuid.uuid4().hex[:12]}"
        self._open = contextlib.ExitStack()
        self._admin = self._client(ADMIN)
        self._clients = {name: self._client(bearer) for name, bearer in IDENTITIES.items()}
        self._seeded: Stored | None = None

    def _client(self, bearer: str | None) -> Client:
        return self._open.enter_context(Client(self._emulator.address, self.project, bearer))

    def __enter__(self) -> Self:
        self._emulator.put_rules(self.project, self._rules)
        self.restore()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._emulator.clear(self.project)

    def follow(self, rules: str) -> None:
        """Answers by other rules from here on."""
        self._rules = rules
        self._emulator.put_rules(self.project, rules)

    def restore(self) -> None:
        """Puts the seed back, and nothing else."""
        self._emulator.clear(self.project)
        self._write(*(setting(path, fields) for path, fields in SEED.items()))

    def _undo(self, row: Row) -> None:
        """Puts back what the row wrote. To clear a project, the emulator walks through all that was ever in it."""
        self._write(*(setting(path, SEED[path]) if path in SEED else deleting(path) for path in row.request.written))

    def _write(self, *writes: Json) -> None:
        answer = self._admin.send(commit(*writes))
        assert answer.status == 200, answer
        self._seeded = None  # looked up when it is asked for

    def take_coverage(self) -> list[Expression]:
        """How each expression came out since the last time. The emulator cuts a report off at 16 MiB."""
        found = coverage.expressions(self._emulator.rule_coverage(self.project))
        self._emulator.put_rules(self.project, self._rules)
        return found

    def differs(self, row: Row, identity: str) -> bool:
        """Whether the rules do not answer as the cell says. Looks at the answer only, so it is quick."""
        answer = self._clients[identity].send(row.request)
        if answer.status == 200 and row.writes:
            self._undo(row)
        return _PERMITTED.get(answer.status) != (identity in row.allowed)

    def complaints(self, row: Row) -> list[str]:
        """What is wrong with the row's cells: an answer, or what became of the documents; empty when all is as it says.

        What the refusals left behind is looked at once, after all of them and before anything is allowed.
        """
        refused = [identity for identity in IDENTITIES if identity not in row.allowed]
        found = [self._complaint(row, identity) for identity in refused]
        if row.writes and self._has_changed():
            self.restore()
            found.append(f"{row.name}: a refusal changed what is stored")
        found += [self._complaint(row, identity) for identity in IDENTITIES if identity in row.allowed]
        return [complaint for complaint in found if complaint]

    def _complaint(self, row: Row, identity: str) -> str:
        if self._seeded is None:
            self._seeded = self._stored()
        answer = self._clients[identity].send(row.request)
        changed = row.writes and answer.status == HTTPStatus.OK and self._has_changed()
        if changed:
            self._undo(row)
        allowed = identity in row.allowed
        if _PERMITTED.get(answer.status) != allowed:
            return f"{row.name}, {identity}: answered {answer.status}: {answer.body}"
        if changed != (allowed and row.writes):
            return f"{row.name}, {identity}: {'changed' if changed else 'did not change'} what is stored"
        return self._complaint_of_reading(row, identity, answer) if allowed and not row.writes else ""

    def _complaint_of_reading(self, row: Row, identity: str, answer: Answer) -> str:
        if PROMPT in json.dumps(answer.body) and "alice" not in identity:
            return f"{row.name}, {identity}: saw alice's prompt"
        if row.request.path.endswith(":runQuery") and row.allowed != NOBODY and not answer.documents:
            return f"{row.name}, {identity}: found nothing, which proves nothing"
        return ""

    def _has_changed(self) -> bool:
        return self._stored() != self._seeded

    def _stored(self) -> Stored:
        found = self._admin.send(query("", limit=None, group=True)).documents
        return {document["name"]: json.dumps([document["fields"], document["updateTime"]]) for document in found}


def try_out(emulator: FirestoreEmulator, rules: str, matrix: Sequence[Row]) -> tuple[list[list[str]], list[Expression]]:
    """What is wrong with the cells of each row, and how each expression of the rules came out in all of them."""
    with Trial(emulator, rules) as trial:
        found, parts = [], []
        for rows_of_one in by_collection(matrix):
            found += [trial.complaints(row) for row in rows_of_one]
            parts.append(trial.take_coverage())
    return found, coverage.together(parts)


def by_collection(matrix: Sequence[Row]) -> list[list[Row]]:
    """The matrix in parts, each small enough for one report of the coverage."""
    return [list(rows) for _, rows in itertools.groupby(matrix, key=lambda row: row.collection)]
