"""Writing: several documents in one commit, values that Firestore computes, and trying again what lost to another."""

import datetime
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from google.cloud import firestore

from shared.cloud.clients import STORE, store
from shared.cloud.documents import Reference
from shared.cloud.failures import CHANGED
from shared.errors import Contention

if TYPE_CHECKING:
    from shared.cloud.transaction import Transaction

P = ParamSpec("P")
T = TypeVar("T")

Increment = firestore.Increment
"""Adds to a number without reading it; what is missing counts as nothing."""

SERVER_TIME = firestore.SERVER_TIMESTAMP
"""The time of the commit, by Firestore's clock."""

DELETED_FIELD = firestore.DELETE_FIELD
"""Removes a field from the document."""


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

    def commit(self) -> None:
        """Does all of it.

        Raises:
            AlreadyExists, NotFound, FailedPrecondition, Aborted: a document is not as it was to be; nothing was done.
        """
        self._writes.commit(**STORE)


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
