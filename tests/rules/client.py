"""Acting as an end user against the Firestore emulator, under the security rules.

Over REST, with unsigned ID tokens: Google's Python client would send ``Bearer owner`` to an emulator whatever its
credentials say, and pass every rule.
"""

import base64
import datetime
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from local.google.id_tokens import unsigned

ADMIN = "owner"
"""The bearer token that the emulator takes for a service account, which no rule binds."""

TIMEOUT_SECONDS = 20.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A REST call. ``{documents}`` in the body stands for the full name of the project's documents."""

    method: str
    path: str
    """Behind ``…/documents``."""
    body: Json | None = None

    @property
    def written(self) -> list[str]:
        """The paths of the documents that a commit writes or deletes."""
        names = [write.get("delete") or write["update"]["name"] for write in (self.body or {}).get("writes", [])]
        return [name.removeprefix("{documents}/") for name in names]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def documents(self) -> list[Json]:
        """The documents of a query's or a listing's answer."""
        if isinstance(self.body, dict):
            return list(self.body.get("documents", []))
        return [part["document"] for part in self.body if "document" in part]


class Client:
    """One connection to the emulator, as whoever ``bearer`` says; None is signed out."""

    def __init__(self, address: str, project: str, bearer: str | None) -> None:
        self._documents = f"projects/{project}/databases/(default)/documents"
        self._headers = {"Content-Type": "application/json"}
        if bearer is not None:
            self._headers["Authorization"] = f"Bearer {bearer}"
        self._connection = http.client.HTTPConnection(address, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def send(self, request: Request) -> Answer:
        """What the emulator answers, refusals included."""
        body = None if request.body is None else json.dumps(request.body).replace("{documents}", self._documents)
        self._connection.request(request.method, f"/v1/{self._documents}{request.path}", body, self._headers)
        with self._connection.getresponse() as response:
            return Answer(response.status, json.loads(response.read() or b"null"))


def id_token(
    user_id: str, *, provider: str = "password", verified: bool = True, claims: Mapping[str, object] | None = None
) -> str:
    """An unsigned Firebase ID token, which the emulator takes at its word."""
    firebase: Json = {"sign_in_provider": provider, "identities": {}}
    payload = {"user_id": user_id, "email_verified": verified, "firebase": firebase, **(claims or {}), "sub": user_id}
    return unsigned(payload)


class ServerTime:
    """As the value of a field: the time at which the server commits the write."""


class Increment:
    """As the value of a field: one more than it is."""


def get(path: str) -> Request:
    return Request("GET", f"/{path}")


@dataclass(frozen=True)
class Reference:
    """As a value: the name of a document."""

    path: str


def batch_get(*paths: str) -> Request:
    """Several documents in one call."""
    return Request("POST", ":batchGet", {"documents": [f"{{documents}}/{path}" for path in paths]})


def listing(collection: str, page_size: int) -> Request:
    """The REST listing of a collection; a page size of 0 leaves it to the server."""
    return Request("GET", f"/{collection}?pageSize={page_size}")


def query(
    collection: str,
    limit: int | None = 100,
    where: tuple[str, str, object] | None = None,
    offset: int = 0,
    group: bool = False,
    parent: str = "",
) -> Request:
    """A query of a collection; with ``group``, of every collection of that name; named "", of all of them."""
    return Request("POST", f"{parent}:runQuery", {"structuredQuery": _query(collection, limit, where, offset, group)})


def aggregation(
    collection: str, limit: int | None = 100, where: tuple[str, str, object] | None = None, field: str = ""
) -> Request:
    """The sum of ``field`` over what the query finds, or how many documents those are."""
    total: Json = {"sum": {"field": {"fieldPath": field}}} if field else {"count": {}}
    inner = _query(collection, limit, where, 0, group=False)
    return Request(
        "POST",
        ":runAggregationQuery",
        {"structuredAggregationQuery": {"structuredQuery": inner, "aggregations": [{"alias": "total", **total}]}},
    )


def _query(collection: str, limit: int | None, where: tuple[str, str, object] | None, offset: int, group: bool) -> Json:
    source: Json = {"collectionId": collection} if collection else {}
    found: Json = {"from": [{**source, "allDescendants": group}]}
    if limit is not None:
        found["limit"] = limit
    if offset:
        found["offset"] = offset
    if where is not None:
        field, operator, value = where
        found["where"] = {"fieldFilter": {"field": {"fieldPath": field}, "op": operator, "value": _value(value)}}
    return found


def commit(*writes: Json) -> Request:
    """All of the writes, or none."""
    return Request("POST", ":commit", {"writes": list(writes)})


def creating(path: str, fields: Mapping[str, object]) -> Json:
    """The write of a document that must not exist yet."""
    return {**setting(path, fields), "currentDocument": {"exists": False}}


def setting(path: str, fields: Mapping[str, object]) -> Json:
    """The write of a whole document, whether it exists or not."""
    plain = {name: value for name, value in fields.items() if value not in (ServerTime, Increment)}
    transforms = [
        {"fieldPath": name, "setToServerValue": "REQUEST_TIME"} for name, value in fields.items() if value is ServerTime
    ] + [
        {"fieldPath": name, "increment": {"integerValue": "1"}} for name, value in fields.items() if value is Increment
    ]
    update = {"name": f"{{documents}}/{path}", "fields": {name: _value(value) for name, value in plain.items()}}
    return {"update": update, "updateTransforms": transforms}


def updating(path: str, fields: Mapping[str, object], without: Sequence[str] = ()) -> Json:
    """The write of some fields of a document that exists; those named in ``without`` are removed."""
    plain = [name for name, value in fields.items() if value not in (ServerTime, Increment)]
    mask = {"fieldPaths": [*plain, *without]}
    return {**setting(path, fields), "updateMask": mask, "currentDocument": {"exists": True}}


def deleting(path: str) -> Json:
    return {"delete": f"{{documents}}/{path}"}


def _value(value: object) -> Json:
    """The value as Firestore's REST interface spells it."""
    match value:
        case None:
            return {"nullValue": None}
        case bool():
            return {"booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case str():
            return {"stringValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case Reference(path):
            return {"referenceValue": f"{{documents}}/{path}"}
        case datetime.datetime():
            return {"timestampValue": value.isoformat()}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case dict():
            return {"mapValue": {"fields": {name: _value(item) for name, item in value.items()}}}
        case _:
            raise TypeError(f"no Firestore value: {value!r}")
