"""Stripe: the local one over HTTP, with faults on the functions' side, its time in the simulation's hands."""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
import stripe

from local.net.timers import Timers
from local.stripe.server import StripeServer
from simulation.clock import SimulatedClock
from simulation.faults import Boundary, Effect, Error

KEYED = ("customers", "checkout/sessions")
"""The objects that are made under a key of ours; with other changes the library sends a new key each time."""

TIMEOUT_SECONDS = 60  # generous, for a busy machine
_KEY = {"Authorization": "Bearer sk_test_simulation"}

# The library retries its own network errors, but not these, so they reach the function.
LOST = (
    functools.partial(stripe.APIConnectionError, "lost on the way", should_retry=False),
    functools.partial(stripe.APIError, "lost on the way", http_status=502),
)
REFUSED: tuple[Error, ...] = (functools.partial(stripe.RateLimitError, "too many requests", http_status=429),)


class Saved(Exception):
    """Stripe fails at the request, ``done`` or not, and answers the same for ever under its key."""

    def __init__(self, done: bool) -> None:
        super().__init__("saved")
        self.done = done


SAVED: tuple[Error, ...] = (functools.partial(Saved, False), functools.partial(Saved, True))


class ManualTimers(Timers):
    """Keeps what Stripe would do later, until the simulation calls it."""

    def __init__(self) -> None:
        super().__init__("simulated-stripe", threads=0)
        self.waiting: list[Callable[[], None]] = []

    def call_in(self, delay_seconds: float, call: Callable[[], None]) -> None:
        del delay_seconds
        self.waiting.append(call)


class StripeAccount:
    """One Stripe test account, as its owner and its customers see it."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.timers = ManualTimers()
        self.server = StripeServer(timers=self.timers, clock=clock.timestamp)
        self.on_answer: Callable[[str], None] = lambda _url: None
        """Is called with the URL of everything that the functions were answered to a GET."""
        self._http = requests.Session()
        self._http.trust_env = False  # looking for a proxy takes longer than the request
        self._newest = ""

    def pay(self, page_url: str, card: str) -> int:
        """Presses Pay on a hosted page, and returns the status: 303 leads back to the shop."""
        return self.press(page_url, "complete", {"card": card, "email": "payer@example.com"})

    def press(self, page_url: str, button: str, form: Mapping[str, str]) -> int:
        """Sends one of the forms of a hosted page, and returns the status: 303 leads on."""
        answer = self._http.post(f"{page_url}/{button}", data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        return answer.status_code

    def expire(self, session_id: str) -> None:
        """Ends an open session; one that is not open stays as it is."""
        url = f"{self.server.url}/v1/checkout/sessions/{session_id}/expire"
        self._http.post(url, headers=_KEY, timeout=TIMEOUT_SECONDS)

    def refund(self, payment_intent: str, amount: int | None) -> str:
        """Gives money back, all that is left where no ``amount`` is given; the refund's status, or why it cannot be."""
        form = {"payment_intent": payment_intent} | ({} if amount is None else {"amount": amount})
        return self._asked("v1/refunds", form)

    def refund_in(self, currency: str, payment_intent: str, amount: int) -> str:
        """The same in another currency than was paid in, which Stripe's API itself would not do."""
        return self._asked("_local/refunds", {"payment_intent": payment_intent, "amount": amount, "currency": currency})

    def dispute(self, payment_intent: str, **form: str | int) -> str:
        """A payer asks the bank for the money back; ``form`` is what the local Stripe's control takes."""
        return self._asked("_local/disputes", {"payment_intent": payment_intent, **form})

    def answer(self, dispute_id: str, evidence: str) -> str:
        """Submits evidence to the bank, which decides at once by some texts; the dispute's status then."""
        return self._asked(f"v1/disputes/{dispute_id}", {"evidence[uncategorized_text]": evidence})

    def give_in(self, dispute_id: str) -> str:
        """Says nothing against a dispute, which is lost by that."""
        return self._asked(f"v1/disputes/{dispute_id}/close", {})

    def decide(self, dispute_id: str, status: str) -> str:
        """The bank decides on a dispute, or takes an appeal."""
        return self._asked(f"_local/disputes/{dispute_id}", {"status": status})

    def detach(self, payment_method: str) -> str:
        """Takes a saved card away from its customer; the object's type, or why it cannot be."""
        url = f"{self.server.url}/v1/payment_methods/{payment_method}/detach"
        answer = self._http.post(url, headers=_KEY, timeout=TIMEOUT_SECONDS).json()
        return str(answer["error"].get("code") or "refused") if "error" in answer else str(answer["object"])

    def payment_intents(self) -> list[dict[str, Any]]:
        """Every payment intent, the newest first."""
        return self._pages("payment_intents")

    def session(self, session_id: str) -> dict[str, Any]:
        """The Checkout session as it is now."""
        session: dict[str, Any] = self._get(f"checkout/sessions/{session_id}", {})
        return session

    def refunds(self) -> list[dict[str, Any]]:
        """Every refund, the newest first."""
        return self._pages("refunds")

    def disputes(self) -> list[dict[str, Any]]:
        """Every dispute, the newest first."""
        return self._pages("disputes")

    def end(self, subscription_id: str) -> str:
        """Ends the subscription now; its status then."""
        url = f"{self.server.url}/v1/subscriptions/{subscription_id}"
        return str(self._http.delete(url, headers=_KEY, timeout=TIMEOUT_SECONDS).json().get("status"))

    def subscriptions(self) -> list[dict[str, Any]]:
        """Every subscription, the newest first."""
        return self._pages("subscriptions", {"status": "all"})

    def invoices(self) -> list[dict[str, Any]]:
        """Every invoice, the newest first."""
        return self._pages("invoices")

    def collected(self) -> list[dict[str, Any]]:
        """What was collected by invoices, the newest first, each as far as it is like a session that was paid."""
        return [
            {
                "id": payment["invoice"],
                "payment_intent": payment["payment"]["payment_intent"],
                "payment_status": "paid",
                "amount_total": payment["amount_paid"],
                "currency": payment["currency"],
            }
            for payment in self._pages("invoice_payments", {"status": "paid"})
        ]

    def sessions(self) -> list[dict[str, Any]]:
        """Every Checkout session, with its metadata and what became of it."""
        return self._pages("checkout/sessions")

    def customers(self) -> list[str]:
        """Returns the user of every customer."""
        return [customer["metadata"]["userId"] for customer in self._pages("customers")]

    def new_events(self) -> list[dict[str, Any]]:
        """Returns the events since the last call, oldest first."""
        events: list[dict[str, Any]] = []
        while True:
            query = {"limit": 100} | ({"ending_before": self._newest} if self._newest else {})
            page = self._get("events", query)["data"]
            if not self._newest and len(page) == query["limit"]:
                raise RuntimeError("more first events than fit on a page")
            if not page:
                return events
            self._newest = page[0]["id"]
            events += reversed(page)

    def _asked(self, path: str, form: Mapping[str, Any]) -> str:
        """Returns the status of the object that Stripe answered with, or the code of its refusal."""
        url = f"{self.server.url}/{path}"
        answer = self._http.post(url, data=form, headers=_KEY, timeout=TIMEOUT_SECONDS).json()
        return str(answer["error"].get("code") or "refused") if "error" in answer else str(answer["status"])

    def _pages(self, path: str, wanted: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 100, **(wanted or {})}
        while True:
            page = self._get(path, query)
            found += page["data"]
            if not page["has_more"]:
                return found
            query["starting_after"] = found[-1]["id"]

    def _get(self, path: str, query: Mapping[str, Any]) -> Any:
        url = f"{self.server.url}/v1/{path}"
        return json.loads(self._http.get(url, params=query, headers=_KEY, timeout=TIMEOUT_SECONDS).text)


def failing_client(boundary: Boundary, account: StripeAccount) -> Callable[..., stripe.RequestsClient]:
    """Returns the class that replaces ``stripe.RequestsClient``."""

    class FailingClient(stripe.RequestsClient):
        def request(self, method: str, url: str, headers: Any, post_data: Any = None, **named: Any) -> Any:
            name = url.split("/v1/", 1)[-1].split("?")[0]
            is_change = method.lower() == "post"
            if not is_change:
                name = name.rsplit("/", 1)[0]
            refused = (*REFUSED, *SAVED) if "Idempotency-Key" in headers and name in KEYED else REFUSED
            effect = Effect(f"stripe {method} {name}", is_change, LOST, refused)
            ask = functools.partial(super().request, method, url, headers, post_data, **named)
            try:
                answer = boundary.perform(effect, ask)
            except Saved as failure:
                account.server.fail_next(done=failure.done)
                return ask()
            if not is_change:
                account.on_answer(url)
            return answer

        def _sleep_time_seconds(self, num_retries: int, response: Any = None) -> float:
            del num_retries, response
            return 0.0

    return FailingClient
