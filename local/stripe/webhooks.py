"""Webhooks of the local Stripe: signing, delivery with retries, and a record of every attempt.

Stripe delivers at least once and in no particular order, so events go out concurrently, and
``duplicate_deliveries`` sends each of them several times in parallel.
"""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from local.net.http_client import HttpClient, NoAnswer
from local.net.timers import Timers
from local.stripe.objects import JsonObject

TIMEOUT_SECONDS = 10.0
ATTEMPTS_MAX = 8
FIRST_RETRY_SECONDS = 0.5  # doubled after each failure; Stripe itself spreads its retries over three days
CONCURRENT_MAX = 16

Outcome = Literal["delivered", "retrying", "failed", "lost"]


def signature(payload: str, secret: str, timestamp: int) -> str:
    """The ``Stripe-Signature`` header of ``payload`` sent at ``timestamp`` (Unix seconds).

    https://docs.stripe.com/webhooks#verify-manually
    """
    signed = f"{timestamp}.{payload}".encode()
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt. ``status`` is the HTTP status, None when there was no answer; then ``error`` says why.

    What is ``lost`` was not sent, and is not sent later. ``about`` is the id of the event's object.
    """

    event_id: str
    event_type: str
    about: str
    attempt: int
    status: int | None
    error: str | None
    outcome: Outcome


class Webhooks:
    """Sends events to ``url``, the account's one webhook endpoint. While it is None, events are only recorded.

    While ``lose`` is true, every attempt is lost for good, repeated ones included; so is always what is about an object
    in ``lost``.
    """

    def __init__(self, timers: Timers, url: str | None, secret: str, on_delivered: Callable[[str], None]) -> None:
        self.url = url
        self.duplicate_deliveries = 1
        self.lose = False
        self.lost: set[str] = set()
        self._secret = secret
        self._timers = timers
        self._client = HttpClient()
        self._on_delivered = on_delivered
        self._deliveries: list[Delivery] = []
        self._lock = threading.Lock()

    def deliveries(self) -> list[Delivery]:
        """Every attempt made so far, in the order in which they ended."""
        with self._lock:
            return list(self._deliveries)

    def stop(self) -> None:
        """Cuts off the attempts in progress; no others are made."""
        self._client.close()

    def send(self, event: JsonObject) -> None:
        """Delivers ``event`` soon, from another thread."""
        if self.url is None:
            return
        for _ in range(self.duplicate_deliveries):
            self._timers.call_in(0, lambda: self._attempt(event, 1))

    def _attempt(self, event: JsonObject, attempt: int) -> None:
        about = event["data"]["object"].get("id", "")
        if self.lose or about in self.lost:
            self._record(Delivery(event["id"], event["type"], about, attempt, None, "deliveries are lost", "lost"))
            return
        status, error = self._post(json.dumps(event, indent=2, ensure_ascii=False))
        delivered = status is not None and 200 <= status < 300
        outcome: Outcome = "delivered" if delivered else "retrying" if attempt < ATTEMPTS_MAX else "failed"
        if delivered:
            self._on_delivered(event["id"])
        self._record(Delivery(event["id"], event["type"], about, attempt, status, error, outcome))
        if outcome == "retrying":
            delay_seconds = FIRST_RETRY_SECONDS * 2 ** (attempt - 1)
            self._timers.call_in(delay_seconds, lambda: self._attempt(event, attempt + 1))

    def _record(self, delivery: Delivery) -> None:
        with self._lock:
            self._deliveries.append(delivery)

    def _post(self, payload: str) -> tuple[int | None, str | None]:
        """Returns the status of the endpoint's answer, or None and the reason. A redirect is an answer."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            answer = self._client.send("POST", self.url or "", headers, payload.encode(), TIMEOUT_SECONDS)
        except NoAnswer as failure:
            return None, str(failure)
        return answer.status, None
