"""A transaction of Firestore that keeps to ``STORE``.

The client's own one begins, commits and rolls back with the library's time-out of a minute and its retries, and takes
no others; whoever holds a turn meanwhile would keep everybody behind them waiting.
"""

import contextlib
from collections.abc import Callable
from typing import TypeVar

from google.cloud import firestore
from google.cloud.firestore_v1.types import WriteResult

from shared.cloud.clients import STORE, store
from shared.cloud.commits import Committed
from shared.cloud.failures import Aborted, GoogleAPICallError, RetryError

T = TypeVar("T")


def under_lock(attempt: Callable[["Transaction"], T]) -> tuple[T, Committed]:
    """What ``attempt`` returns, and what Firestore answered to the commit of what it wrote.

    What it reads with the transaction is locked until then.

    Raises:
        Aborted: the locks could not be had.
        InvalidArgument: the commit was repeated because its first answer was lost; nobody knows what became of it.
    """
    transaction = Transaction()
    try:
        result: T = firestore.transactional(attempt)(transaction)
    except ValueError as error:  # what the library raises when the last attempt was aborted
        if isinstance(error.__cause__, Aborted):
            raise error.__cause__ from None
        raise
    return result, transaction.committed


class Transaction(firestore.Transaction):
    """A transaction that is attempted once, each of its calls within ``STORE``."""

    def __init__(self) -> None:
        super().__init__(store(), max_attempts=1)
        self.committed = Committed([], [])

    def _begin(self, retry_id: bytes | None = None) -> None:
        begun = self._client._firestore_api.begin_transaction(
            request={"database": self._client._database_string, "options": self._options_protobuf(retry_id)},
            metadata=self._client._rpc_metadata,
            **STORE,
        )
        self._id = begun.transaction

    def _commit(self) -> list[WriteResult]:
        committed = self._client._firestore_api.commit(
            request={
                "database": self._client._database_string,
                "writes": self._write_pbs,
                "transaction": self._id,
            },
            metadata=self._client._rpc_metadata,
            **STORE,
        )
        self.write_results = list(committed.write_results)
        self.committed = Committed(list(self._write_pbs), self.write_results)
        self._clean_up()
        self.commit_time = committed.commit_time
        return self.write_results

    def _rollback(self) -> None:
        """Gives the locks back if there are any. Where that fails they end by themselves; why it ended matters more."""
        if not self.in_progress:
            return
        with contextlib.suppress(GoogleAPICallError, RetryError):
            self._client._firestore_api.rollback(
                request={"database": self._client._database_string, "transaction": self._id},
                metadata=self._client._rpc_metadata,
                **STORE,
            )
        self._clean_up()
