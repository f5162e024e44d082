"""Calling the functions: through functions-framework, in this process, under the paths that clients use."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.test import Client

from local.gateway import Gateway, path_of
from tests.support.people import Person

GATEWAY = Gateway()
PATIENCE = 1000


@dataclass(frozen=True)
class Answer:
    """The answer of a function; ``body`` is decoded JSON, or text."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def problem(self) -> tuple[int, str]:
        """The status and slug of a refusal."""
        assert self.headers["Content-Type"] == "application/problem+json", self
        assert self.body["status"] == self.status
        return self.status, self.body["type"]


def post(
    function: str,
    body: object = None,
    by: Person | None = None,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    data: bytes | None = None,
    query: str = "",
) -> Answer:
    """POSTs a JSON body, or the bytes in ``data``."""
    sent = {"Content-Type": "application/json", **_identity(by), **(headers or {})}
    if key is not None:
        sent["Idempotency-Key"] = key
    content = data if data is not None else json.dumps({} if body is None else body).encode()
    return call("POST", function, sent, content, query)


def get(function: str, by: Person | None = None, headers: dict[str, str] | None = None, **query: object) -> Answer:
    """GETs with query parameters; a trailing underscore stands behind names that Python reserves."""
    return call("GET", function, {**_identity(by), **(headers or {})}, b"", _query(query))


def patient(ask: Callable[[], Answer]) -> Answer:
    """Returns the final answer to a caller who retries whenever a wallet is busy."""
    for _ in range(PATIENCE):
        answer = ask()
        if answer.status != 503 or answer.problem != (503, "contention"):
            return answer
        assert answer.headers["Retry-After"]
    raise AssertionError(f"told to come again {PATIENCE} times")


def call(method: str, function: str, headers: dict[str, str], data: bytes = b"", query: Any = "") -> Answer:
    """One request as it is."""
    response = Client(GATEWAY).open(path_of(function), method=method, headers=headers, data=data, query_string=query)
    text = response.get_data(as_text=True)
    is_json = "json" in response.headers.get("Content-Type", "")
    return Answer(response.status_code, json.loads(text) if is_json else text, dict(response.headers))


def new_key() -> str:
    """An Idempotency-Key that no other request uses."""
    return uuid.uuid4().hex


def _identity(person: Person | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"} if person else {}


def _query(parameters: dict[str, object]) -> dict[str, str]:
    return {name.rstrip("_"): str(value) for name, value in parameters.items()}
