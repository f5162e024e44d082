"""Documents: where they are, what they held when they were read, and writes of one at a time.

Every call is one RPC within the limits of ``STORE``. What is written together goes into ``commits.Batch``.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.cloud import firestore
from google.cloud.firestore_v1.types import BatchGetDocumentsRequest, BatchGetDocumentsResponse

from shared.cloud.clients import STORE, store
from shared.cloud.values import decoded, encoded

if TYPE_CHECKING:
    from shared.cloud.transaction import Transaction

Reference = firestore.DocumentReference
"""Where a document is, or would be: ``id`` within its collection, and ``path`` with it."""


class Snapshot:
    """A document as it was read, or the fact that there is none. Its ``fields`` are not to be changed."""

    __slots__ = ("_document", "_read_time", "exists", "fields", "id", "path")

    def __init__(self, name: str, document: Any, read_time: Any) -> None:
        """``document`` is the message that arrived, None where there is no document."""
        self.path = name.partition("/documents/")[2]
        self.id = name.rpartition("/")[2]
        self.exists = document is not None
        self.fields: dict[str, Any] = decoded(document.fields) if document is not None else {}
        self._document = document
        self._read_time = read_time

    @property
    def reference(self) -> Reference:
        return store().document(self.path)

    @property
    def create_time(self) -> datetime.datetime:
        return exact(self._document.create_time)

    @property
    def update_time(self) -> datetime.datetime:
        """When the document was last changed, as a write's ``unchanged_since`` takes it."""
        return exact(self._document.update_time)

    @property
    def read_time(self) -> datetime.datetime:
        return exact(self._read_time)


def reference(collection: str, document_id: str) -> Reference:
    """Where the document of that id is, or would be."""
    return store().collection(collection).document(document_id)


def get(
    document: Reference,
    *,
    fields: Iterable[str] | None = None,
    transaction: "Transaction | None" = None,
    read_time: datetime.datetime | None = None,
) -> Snapshot:
    """The document, now or as it was at ``read_time``; no more than its ``fields``, if some are named."""
    return get_all([document], fields=fields, transaction=transaction, read_time=read_time)[0]


def get_all(
    documents: Sequence[Reference],
    *,
    fields: Iterable[str] | None = None,
    transaction: "Transaction | None" = None,
    read_time: datetime.datetime | None = None,
) -> list[Snapshot]:
    """The documents in the order they were asked for: one round trip, as of one moment."""
    client = store()
    message = BatchGetDocumentsRequest.pb()(
        database=client._database_string, documents=[document._document_path for document in documents]
    )
    if fields is not None:
        message.mask.field_paths.extend(fields)
    if transaction is not None:
        message.transaction = transaction.id
    if read_time is not None:
        message.read_time.CopyFrom(encoded(read_time).timestamp_value)
    request = BatchGetDocumentsRequest.wrap(message)
    answers = client._firestore_api.batch_get_documents(request=request, metadata=client._rpc_metadata, **STORE)
    found = {}
    for answer in map(BatchGetDocumentsResponse.pb, answers):
        match answer.WhichOneof("result"):
            case "found":
                found[answer.found.name] = Snapshot(answer.found.name, answer.found, answer.read_time)
            case "missing":
                found[answer.missing] = Snapshot(answer.missing, None, answer.read_time)
    return [found[document._document_path] for document in documents]


def create(document: Reference, fields: Mapping[str, Any]) -> None:
    """Writes a new document.

    Raises:
        AlreadyExists: there is one.
    """
    document.create(dict(fields), **STORE)


def put(document: Reference, fields: Mapping[str, Any], *, merge: bool = False) -> None:
    """Writes the document whether or not there is one; with ``merge``, other fields of it stay."""
    document.set(dict(fields), merge=merge, **STORE)


def update(
    document: Reference, fields: Mapping[str, Any], *, unchanged_since: datetime.datetime | None = None
) -> datetime.datetime:
    """Writes the fields, and returns the document's new ``update_time``.

    Raises:
        NotFound: there is no such document.
        FailedPrecondition, Aborted: it has changed since.
    """
    option = None if unchanged_since is None else store().write_option(last_update_time=unchanged_since)
    written: Any = document.update(dict(fields), option=option, **STORE)
    time: datetime.datetime = written.update_time
    return time


def delete(document: Reference) -> None:
    """Deletes the document if there is one."""
    document.delete(**STORE)


def exact(time: Any) -> datetime.datetime:
    """The time to the nanosecond, as a precondition has to repeat it."""
    moment: datetime.datetime = DatetimeWithNanoseconds.from_timestamp_pb(time)  # type: ignore[no-untyped-call]
    return moment
