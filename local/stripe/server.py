"""A Stripe for one machine, over HTTP: Checkout, saved cards, subscriptions, the portal, refunds, disputes, webhooks.

    python -m local.stripe.server --port 18246 --webhook-url http://127.0.0.1:8080/webhook --webhook-secret whsec_…

The official library talks to it through ``base_addresses={"api": url}`` and any test key, sk_test_ or rk_test_. It
holds everything in memory. ``controls`` says what it can do beside Stripe's own paths.
"""

import argparse
import contextlib
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from local.net.http_server import HttpServer, Request, Response
from local.net.interrupt import interruptible, wait_for
from local.net.ports import free_port
from local.net.timers import Timers
from local.stripe.account_clock import AccountClock
from local.stripe.agenda import Agenda
from local.stripe.api import Answer, Api
from local.stripe.billing_operations import billing_operations
from local.stripe.checkout import Checkout
from local.stripe.controls import Controls
from local.stripe.errors import NoSuchObject, StripeRefusal
from local.stripe.invoice_page import InvoicePage
from local.stripe.invoices import Invoices
from local.stripe.later import Later
from local.stripe.objects import JsonObject
from local.stripe.operations import operations
from local.stripe.page import Page
from local.stripe.payment_intents import PaymentIntents
from local.stripe.portal import Portal
from local.stripe.refunds import Refunds
from local.stripe.rendering import PageAnswer
from local.stripe.store import Store
from local.stripe.subscription_checkout import SubscriptionCheckout
from local.stripe.subscriptions import Subscriptions
from local.stripe.webhooks import CONCURRENT_MAX, Delivery, Webhooks

log = logging.getLogger(__name__)


class StripeServer:
    """One Stripe test account. ``port`` 0 picks a free port; ``clock`` tells the time in Unix seconds.

    ``webhook_url`` may be set at any time; events before that are recorded, not delivered.
    ``duplicate_deliveries`` is how many times each event is delivered, in parallel. ``settle_seconds`` is how long
    a delayed payment stays unpaid, and a delayed refund undecided. ``timers`` decide when later calls run; by default
    they run at their time. ``on_wind`` is called with how many seconds the account's clock is ahead of the real one,
    before it is put forward.
    """

    def __init__(
        self,
        port: int = 0,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_local",  # noqa: S107  # signs only what this stand-in sends
        *,
        settle_seconds: float = 3.0,
        clock: Callable[[], float] = time.time,
        timers: Timers | None = None,
    ) -> None:
        self._http = HttpServer(port or free_port(), self._answer)
        self.url = self._http.url
        self._timers = timers or Timers("local-stripe", CONCURRENT_MAX)
        self._webhooks = Webhooks(self._timers, webhook_url, webhook_secret, self._delivered)
        self._store = Store(clock, self._webhooks.send)
        self._later = Later(self._store, self._timers)
        self._agenda = Agenda(self._store)
        intents = PaymentIntents(self._store, self._later, settle_seconds)
        refunds = Refunds(self._store, self._later, settle_seconds)
        invoices = Invoices(self._store, self._agenda, intents, self.url)
        subscriptions = Subscriptions(self._store, self._agenda, invoices)
        subscribing = SubscriptionCheckout(self._store, self._agenda, subscriptions, invoices)
        checkout = Checkout(self._store, intents, subscribing, self.url)
        self.on_wind: Callable[[int], None] = lambda _ahead_seconds: None
        account_clock = AccountClock(
            self._store,
            self._later,
            self._agenda,
            subscriptions,
            invoices,
            checkout,
            lambda ahead_seconds: self.on_wind(ahead_seconds),
        )
        table = operations(self._store, checkout, intents, subscriptions, refunds, self._webhooks)
        table += billing_operations(self._store, subscriptions, invoices, self.url)
        self._api = Api(self._store, account_clock, table)
        self._controls = Controls(self._store, account_clock, intents, refunds, self._webhooks, self._api.fail_next)
        self._page = Page(self._store, account_clock, checkout)
        self._invoice_page = InvoicePage(self._store, account_clock, invoices)
        self._portal = Portal(self._store, account_clock, self._agenda, subscriptions, invoices)

    @property
    def webhook_url(self) -> str | None:
        return self._webhooks.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._webhooks.url = url

    @property
    def duplicate_deliveries(self) -> int:
        return self._webhooks.duplicate_deliveries

    @duplicate_deliveries.setter
    def duplicate_deliveries(self, times: int) -> None:
        self._webhooks.duplicate_deliveries = times

    def fail_next(self, times: int = 1, *, done: bool = False) -> None:
        """Makes the next requests with an idempotency key answer 500 for ever, by key, ``done`` or not."""
        self._api.fail_next(times, done)

    def start(self) -> None:
        """Answers requests and delivers events, until ``stop``."""
        self._timers.start()
        self._http.start()

    def stop(self) -> None:
        """Frees the port and ends every thread. Deliveries and settlements that are still due are dropped."""
        self._http.stop()
        self._webhooks.stop()
        self._timers.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def snapshot(self) -> JsonObject:
        """Returns the account's objects for ``restore``, without idempotency keys and pending payments."""
        with self._store.lock:
            return self._store.snapshot()

    def restore(self, snapshot: JsonObject) -> None:
        """Restores what ``snapshot`` returned."""
        with self._store.lock:
            self._store.restore(snapshot)
            self._agenda.rebuild()
            self.on_wind(self._store.skipped_seconds)

    def clear(self) -> None:
        """Empties the account, and undoes what was asked of its controls. The endpoint stays."""
        with self._store.lock:
            self._webhooks.lose = False
            self._later.clear()
            self._api.clear()
            self._store.clear()
            self._agenda.rebuild()
            self.on_wind(0)

    def deliveries(self) -> list[Delivery]:
        """Every webhook attempt so far."""
        return self._webhooks.deliveries()

    def _delivered(self, event_id: str) -> None:
        with self._store.lock, contextlib.suppress(NoSuchObject):  # an event may be forgotten by then
            self._store.find("event", event_id)["pending_webhooks"] = 0

    def _answer(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            answer = self._respond(request.method, request.path, request.body.decode(errors="replace"), headers)
        except Exception:
            log.exception("The local Stripe failed at %s %s", request.method, request.path)
            error = {"error": {"type": "api_error", "message": "The local Stripe failed; see its log."}}
            answer = _as_json(HTTPStatus.INTERNAL_SERVER_ERROR, error)
        return Response(answer.status, answer.body.encode(), answer.headers)

    def _respond(self, method: str, target: str, body: str, headers: Mapping[str, str]) -> Answer:
        path, query = unquote(urlsplit(target).path), urlsplit(target).query
        if path.startswith("/v1/"):
            return self._api.answer(method, path, body if method == "POST" else query, headers)
        try:
            if path.startswith("/_local/"):
                return _as_json(HTTPStatus.OK, self._controls.answer(method, path, body if method == "POST" else query))
            if (found := self._page_at(method, path, body)) is not None:
                return _as_html(found)
            raise StripeRefusal(f"Unrecognized request URL ({method}: {path}).", status=HTTPStatus.NOT_FOUND)
        except StripeRefusal as refusal:
            return _as_json(refusal.status, refusal.body)

    def _page_at(self, method: str, path: str, body: str) -> PageAnswer | None:
        """What a page of the account answers, where there is one."""
        if method == "GET":
            pages = {"c/pay": self._page.show, "i": self._invoice_page.show, "p/session": self._portal.show}
            asked = re.fullmatch(r"/(c/pay|i|p/session)/(\w+)", path)
            return pages[asked[1]](asked[2]) if asked else None
        if method != "POST":
            return None
        if posted := re.fullmatch(r"/c/pay/(\w+)/complete", path):
            return self._page.complete(posted[1], body)
        if posted := re.fullmatch(r"/i/(\w+)/pay", path):
            return self._invoice_page.pay(posted[1], body)
        if posted := re.fullmatch(r"/p/session/(\w+)/(\w+)", path):
            return self._portal.act(posted[1], posted[2], body)
        return None


def _as_html(page: PageAnswer) -> Answer:
    headers = {
        "Cache-Control": "no-store",
        # No form-action: browsers would apply it to the redirect to the shop as well.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
        "Content-Type": "text/html; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
    }
    if page.location:
        headers["Location"] = page.location
    return Answer(page.status, page.html, headers)


def _as_json(status: int, body: JsonObject) -> Answer:
    return Answer(status, json.dumps(body), {"Content-Type": "application/json"})


def main(arguments: list[str]) -> None:
    """Serves until interrupted or terminated."""
    parser = argparse.ArgumentParser(description="A local Stripe for tests and development.")
    parser.add_argument("--port", type=int, default=18246)
    parser.add_argument("--webhook-url", help="where events are delivered; none by default")
    parser.add_argument("--webhook-secret", default="whsec_local")
    parser.add_argument("--settle-seconds", type=float, default=3.0, help="how long a delayed payment stays unpaid")
    options = parser.parse_args(arguments)

    logging.basicConfig(level=logging.INFO)
    with (
        interruptible() as interrupt,
        StripeServer(
            options.port, options.webhook_url, options.webhook_secret, settle_seconds=options.settle_seconds
        ) as server,
    ):
        print(f"Local Stripe on {server.url}", flush=True)
        wait_for(interrupt)


if __name__ == "__main__":
    main(sys.argv[1:])
