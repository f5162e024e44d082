"""The local Stripe, as the payer, the payer's bank and the shop's owner use it: its page, its API and its controls."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from local.demo.client import TIMEOUT_SECONDS, Reply

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
_HEADERS = {"Authorization": "Bearer sk_test_local"}

Order = dict[str, Any]
"""The answer of ``create-checkout``."""


class StripeAccount:
    """The one account of the Stripe at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url

    def pay(self, page: str, card: str) -> Reply:
        """Fills in the page of a checkout, and presses its button; where the answer leads."""
        form = {"card": card, "email": "payer@example.com"}
        answer = requests.post(f"{page}/complete", data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        return Reply(answer.status_code, answer.headers.get("Location"))

    def payment_of(self, order: Order) -> str:
        """The id of the payment that a checkout collected."""
        return str(self._get(f"v1/checkout/sessions/{order['sessionId']}")["payment_intent"])

    def refund(self, payment: str, amount: int) -> dict[str, Any]:
        """Pays a part of the money back, as the owner does on Stripe's dashboard."""
        return self._post("v1/refunds", payment_intent=payment, amount=amount)

    def dispute(self, payment: str) -> dict[str, Any]:
        """The payer's bank takes all the money back, and asks for evidence."""
        return self._post("_local/disputes", payment_intent=payment)

    def win(self, dispute_id: str) -> dict[str, Any]:
        """Sends evidence that convinces the bank."""
        evidence = {"evidence[uncategorized_text]": "winning_evidence", "submit": "true"}
        return self._post(f"v1/disputes/{dispute_id}", **evidence)

    def now(self) -> int:
        """The time of the account's clock, in Unix seconds."""
        return int(self._post("_local/clock", seconds=0)["now"])

    def wind(self, seconds: int) -> None:
        """Puts the clock forward, the whole cloud's with it; what is due on the way happens."""
        self._post("_local/clock", seconds=seconds)

    def period_of(self, subscription_id: str) -> tuple[int, int]:
        """When the subscription's current period began and when it ends, in Unix seconds."""
        [item] = self._get(f"v1/subscriptions/{subscription_id}")["items"]["data"]
        return int(item["current_period_start"]), int(item["current_period_end"])

    @contextmanager
    def losing_webhooks(self) -> Iterator[None]:
        """In the block no webhook arrives, and none is sent again later."""
        self._post("_local/deliveries", lose="true")
        try:
            yield
        finally:
            self._post("_local/deliveries", lose="false")

    def completion_of(self, order: Order) -> str:
        """The id of the event that says that a checkout is complete."""
        events = self._get("v1/events", type="checkout.session.completed")["data"]
        return str(next(event["id"] for event in events if event["data"]["object"]["id"] == order["sessionId"]))

    def deliver_again(self, event_id: str) -> None:
        """Sends the webhook of an event once more."""
        self._post(f"v1/events/{event_id}/retry")

    def deliveries(self, event_id: str) -> list[dict[str, Any]]:
        """Every attempt to deliver the webhook of an event that has ended."""
        listed = self._get("_local/deliveries")["data"]
        return [each for each in listed if each["event_id"] == event_id]

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = requests.get(f"{self._url}/{path}", params=query, headers=_HEADERS, timeout=TIMEOUT_SECONDS)
        return _object(answer)

    def _post(self, path: str, **form: Any) -> dict[str, Any]:
        answer = requests.post(f"{self._url}/{path}", data=form, headers=_HEADERS, timeout=TIMEOUT_SECONDS)
        return _object(answer)


def _object(answer: requests.Response) -> dict[str, Any]:
    answer.raise_for_status()
    decoded: dict[str, Any] = answer.json()
    return decoded
