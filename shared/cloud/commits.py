"""Writing: several documents in one commit, values that Firestore computes, and trying again what lost to another."""

import datetime
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from google.cloud import firestore
from google.cloud.firestore_v1.types import Write, WriteResult

from shared.cloud.clients import STORE, store
from shared.cloud.documents import Reference, exact
from shared.cloud.failures import CHANGED
from shared.cloud.values import decoded
from shared.errors import Contention

if TYPE_CHECKING:
    from shared.cloud.transaction import Transaction

P = ParamSpec("P")
T = TypeVar("T")

Increment = firestore.Increment
"""Adds to a number without reading it; what is missing counts as nothing."""

Minimum = firestore.Minimum
"""Lowers a number without reading it; what is missing becomes the number."""

SERVER_TIME = firestore.SERVER_TIMESTAMP
"""The time of the commit, by Firestore's clock."""

DELETED_FIELD = firestore.DELETE_FIELD
"""Removes a field from the document."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document as a commit left it: when, and what Firestore computed of its fields."""

    update_time: datetime.datetime
    computed: Mapping[str, Any]


class Committed:
    """What Firestore answered to a commit."""

    __slots__ = ("_results", "_writes")

    def __init__(self, writes: Sequence[Write], results: Sequence[WriteResult]) -> None:
        self._writes = writes
        self._results = results

    def of(self, document: Reference) -> Written:
        """The document, which the commit wrote."""
        for sent, answered in zip(self._writes, self._results, strict=True):
            write, result = Write.pb(sent), WriteResult.pb(answered)
            if write.update.name == document._document_path:
                paths = [transform.field_path for transform in write.update_transforms]
                computed = decoded(dict(zip(paths, result.transform_results, strict=True)))
                return Written(exact(result.update_time), computed)
        raise KeyError(document.path)


class Batch:
    """Writes of one commit: all of them happen, or none. ``commit`` is one RPC, within the limits of ``STORE``."""

    def __init__(self, transaction: "Transaction | None" = None) -> None:
        """The writes of a ``transaction`` are committed with it."""
        self._writes = store().batch() if transaction is None else transaction

    def __len__(self) -> int:
        return len(self._writes)

    def create(self, document: Reference, fields: Mapping[str, Any]) -> None:
        """Has the commit raise AlreadyExists where there is such a document."""
        self._writes.create(document, dict(fields))

    def put(self, document: Reference, fields: Mapping[str, Any], *, merge: bool = False) -> None:
        """Writes the document whether or not there is one; with ``merge``, other fields of it stay."""
        self._writes.set(document, dict(fields), merge=merge)

    def update(
        self, document: Reference, fields: Mapping[str, Any], *, unchanged_since: datetime.datetime | None = None
    ) -> None:
        """Has the commit raise NotFound where there is no such document, or one of ``CHANGED`` if it has changed since.

        A dot in a field's name leads into a map.
        """
        option = None if unchanged_since is None else store().write_option(last_update_time=unchanged_since)
        self._writes.update(document, dict(fields), option=option)

    def delete(self, document: Reference, *, must_exist: bool = False) -> None:
        """With ``must_exist``, has the commit raise NotFound where there is no such document."""
        self._writes.delete(document, option=store().write_option(exists=True) if must_exist else None)

    def commit(self) -> Committed:
        """Does all of it.

        Raises:
            AlreadyExists, NotFound, FailedPrecondition, Aborted: a document is not as it was to be; nothing was done.
        """
        writes = list(self._writes._write_pbs)
        return Committed(writes, self._writes.commit(**STORE))


def if_unchanged(
    attempts: int, busy: str, lost: tuple[type[Exception], ...] = CHANGED
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """For what reads, computes, and writes only if what it read has not changed: where it has, all of it again.

    ``lost`` is what the write raises then. After the last attempt the decorated function raises Contention, saying
    that it is ``busy``.
    """

    def decorate(attempt: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(attempt)
        def again(*args: P.args, **kwargs: P.kwargs) -> T:
            for _ in range(attempts):
                try:
                    return attempt(*args, **kwargs)
                except lost:
                    continue
            raise Contention(busy)

        return again

    return decorate
