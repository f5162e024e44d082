"""The entrance to the local Stripe's REST API: authentication, idempotency keys, and the form of the answers."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.stripe.account_clock import AccountClock
from local.stripe.errors import StripeRefusal
from local.stripe.objects import API_VERSION, JsonObject, new_id
from local.stripe.operation import Operation, find_operation
from local.stripe.params import Pairs, decode, pairs
from local.stripe.store import Store

IDEMPOTENCY_KEY_MAX = 255  # characters


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON text and headers of a response."""

    status: int
    body: str
    headers: Mapping[str, str]


class Api:
    """Answers requests to ``/v1``."""

    def __init__(self, store: Store, clock: AccountClock, operations: list[Operation]) -> None:
        self._store = store
        self._clock = clock
        self._operations = operations
        self._failures: list[bool] = []
        self._answered: dict[str, tuple[tuple[str, str, Pairs], Answer]] = {}  # by idempotency key, while we run

    def fail_next(self, times: int, done: bool) -> None:
        """Makes the next changes fail inside Stripe, ``done`` or not; Stripe saves the failure."""
        with self._store.lock:
            self._failures += [done] * times

    def clear(self) -> None:
        """Forgets the idempotency keys, and the changes that were still to fail."""
        with self._store.lock:
            self._failures.clear()
            self._answered.clear()

    def answer(self, method: str, path: str, form: str, headers: Mapping[str, str]) -> Answer:
        """Returns the answer to a request, also when it is a refusal.

        ``form`` is the query string (GET) or the body (POST); the names of ``headers`` are in lower case.
        """
        request_id = new_id("req", 14)
        try:
            key = self._caller_key(headers)
            operation, ids = find_operation(self._operations, method, path)
            parameters = pairs(form)
            params: Any = decode(operation.params, parameters, operation.implemented)
        except StripeRefusal as refusal:  # a request that is refused before it runs does not use up its idempotency key
            return _answer(refusal.status, refusal.body, request_id)

        # One request at a time: the second of two with the same idempotency key waits for the first one's answer.
        with self._store.lock:
            self._clock.catch_up()
            if key is None or method != "POST":
                return self._perform(operation, ids, params, request_id, key)
            fingerprint = (method, path, sorted(parameters))
            if key in self._answered:
                return _replay(key, fingerprint, *self._answered[key], request_id)
            first = self._failed_or_performed(operation, ids, params, request_id, key)
            self._answered[key] = (fingerprint, first)
            return first

    def _failed_or_performed(
        self, operation: Operation, ids: tuple[str, ...], params: Any, request_id: str, key: str
    ) -> Answer:
        if not self._failures:
            return self._perform(operation, ids, params, request_id, key)
        if self._failures.pop(0):
            self._perform(operation, ids, params, request_id, key)
        broken = StripeRefusal("An unknown error occurred", status=500, error_type="api_error")
        answer = _answer(broken.status, broken.body, request_id, key)
        # An immediate retry would only get the same answer, and the header says so.
        return Answer(answer.status, answer.body, {**answer.headers, "Stripe-Should-Retry": "false"})

    def _perform(
        self, operation: Operation, ids: tuple[str, ...], params: Any, request_id: str, key: str | None
    ) -> Answer:
        expand = params.pop("expand", [])
        try:
            with self._store.request(request_id, key):
                result = self._store.expanded(operation.perform(params, *ids), expand)
        except StripeRefusal as refusal:
            return _answer(refusal.status, refusal.body, request_id, key)
        return _answer(200, result, request_id, key)

    def _caller_key(self, headers: Mapping[str, str]) -> str | None:
        """Returns the caller's idempotency key, if there is one.

        Raises:
            StripeRefusal: the API key is not a test key, or the idempotency key is too long.
        """
        secret = _secret(headers.get("authorization", ""))
        if not secret:
            raise StripeRefusal(
                "You did not provide an API key. You need to provide your API key in the Authorization header, "
                "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if not re.fullmatch(r"[sr]k_test_\w+", secret):
            raise StripeRefusal(f"Invalid API Key provided: {secret[:8]}****", status=401)
        key = headers.get("idempotency-key")
        if key is not None and len(key) > IDEMPOTENCY_KEY_MAX:
            raise StripeRefusal(
                f"Idempotency keys can be at most {IDEMPOTENCY_KEY_MAX} characters.", error_type="idempotency_error"
            )
        return key


def _secret(authorization: str) -> str:
    """Returns the key of an ``Authorization`` header: a bearer token, or Basic authentication's user (curl -u KEY:)."""
    scheme, _, given = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return given
        case "basic":
            try:
                return base64.b64decode(given, validate=True).decode().partition(":")[0]
            except ValueError:
                return ""
    return ""


def _replay(
    key: str, fingerprint: tuple[str, str, Pairs], first: tuple[str, str, Pairs], answer: Answer, request_id: str
) -> Answer:
    """https://docs.stripe.com/api/idempotent_requests: the first answer again, whether it was good or bad."""
    if fingerprint != first:
        refusal = StripeRefusal(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            error_type="idempotency_error",
        )
        return _answer(refusal.status, refusal.body, request_id, key)
    original = answer.headers["Request-Id"]
    return Answer(
        answer.status,
        answer.body,
        {**answer.headers, "Request-Id": request_id, "Original-Request": original, "Idempotent-Replayed": "true"},
    )


def _answer(status: int, body: JsonObject, request_id: str, key: str | None = None) -> Answer:
    headers = {"Content-Type": "application/json", "Request-Id": request_id, "Stripe-Version": API_VERSION}
    if key is not None and key.isascii() and key.isprintable():
        headers["Idempotency-Key"] = key
    return Answer(status, json.dumps(body, indent=2), headers)
