"""Needs the local Stripe, the official stripe library and a small HTTP server for the webhooks."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stripe
from stripe.params.checkout import SessionCreateParams

from local.net.http_server import HttpServer, Request, Response
from local.net.ports import HOST, free_port
from local.stripe import objects
from local.stripe.server import StripeServer
from tests.support.stripe_kit import promised

SECRET = "whsec_test"
PAYS, IS_DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"
PAYS_LATER, FAILS_LATER = "4000009999990001", "4000009999990002"
DISPUTES = "4000 0000 0000 0259"
DEADLINE_SECONDS = 10.0


class Clock:
    """Tells the real time, plus what a test has skipped."""

    def __init__(self) -> None:
        self.skipped_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped_seconds


class Receiver:
    """A webhook endpoint: keeps each event whose signature the official library accepts; answers ``statuses`` first."""

    def __init__(self) -> None:
        self.events: list[stripe.Event] = []
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []
        self._server = HttpServer(0, self._receive)
        self._server.start()
        self.url = f"{self._server.url}/webhook"

    def _receive(self, request: Request) -> Response:
        event = stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], SECRET)
        self.bodies.append(request.body)
        self.events.append(event)
        return Response(self.statuses.pop(0) if self.statuses else 200)

    def stop(self) -> None:
        self._server.stop()

    def of_type(self, event_type: str) -> list[stripe.Event]:
        return [event for event in list(self.events) if event.type == event_type]


def eventually(condition: Callable[[], object]) -> None:
    """Return as soon as ``condition`` holds; fail when it does not within the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "It did not come true in time."
        pause.wait(0.02)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def server(clock: Clock, receiver: Receiver) -> Iterator[StripeServer]:
    with StripeServer(0, receiver.url, SECRET, settle_seconds=0.05, clock=clock) as started:
        yield started


@pytest.fixture
def client(server: StripeServer) -> stripe.StripeClient:
    return client_of(server, "sk_test_local")


def client_of(server: StripeServer, api_key: str) -> stripe.StripeClient:
    return stripe.StripeClient(api_key, base_addresses={"api": server.url}, max_network_retries=0)


def order(**changes: Any) -> SessionCreateParams:
    """The parameters of a session that sells the starter package for 4.99 USD."""
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 499,
                    "product_data": {"name": "Starter <b>50</b> tokens"},
                },
                "quantity": 1,
            }
        ],
        "metadata": {"app": "guilder", "userId": "ada", "package": "starter"},
        "client_reference_id": "ada",
        "payment_intent_data": {"metadata": {"userId": "ada"}},
        "success_url": "http://127.0.0.1/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1/shop",
    }
    return {**params, **changes}  # type: ignore[typeddict-item]  # the tests break it on purpose


def open_session(client: stripe.StripeClient, **changes: Any) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(order(**changes))


def pay(session: stripe.checkout.Session, card: str = PAYS, email: str = "ada@example.com") -> httpx.Response:
    return httpx.post(f"{session.url}/complete", data={"card": card, "email": email})


def test_a_new_session_is_open_and_unpaid_with_what_it_was_made_from(client: stripe.StripeClient) -> None:
    session = open_session(client)

    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert (session.amount_total, session.amount_subtotal, session.currency) == (499, 499, "usd")
    assert session.metadata is not None
    assert session.metadata["userId"] == "ada"
    assert session.client_reference_id == "ada"
    assert session.livemode is False
    assert session.payment_intent is None
    assert session.customer_details is None
    assert session.expires_at - session.created == 24 * 60 * 60
    assert session.id.startswith("cs_test_")


def test_paying_returns_to_the_shop_with_the_session_id(client: stripe.StripeClient) -> None:
    session = open_session(client)

    answer = pay(session)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://127.0.0.1/done?session={session.id}"


def test_a_paid_session_leads_to_its_intent_and_charge(client: stripe.StripeClient) -> None:
    session = open_session(client)
    pay(session)

    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge", "line_items"]})

    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details is not None
    assert paid.customer_details.email == "ada@example.com"
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert (paid.payment_intent.status, paid.payment_intent.amount_received) == ("succeeded", 499)
    assert paid.payment_intent.metadata["userId"] == "ada"
    assert isinstance(paid.payment_intent.latest_charge, stripe.Charge)
    assert client.v1.charges.retrieve(paid.payment_intent.latest_charge.id).paid is True
    assert paid.line_items is not None
    assert [(item.quantity, item.amount_total) for item in paid.line_items.data] == [(1, 499)]


def test_a_completed_session_is_announced_with_a_full_event(client: stripe.StripeClient, receiver: Receiver) -> None:
    session = open_session(client)
    pay(session)

    eventually(lambda: receiver.of_type("checkout.session.completed"))
    [event] = receiver.of_type("checkout.session.completed")
    assert event.api_version == stripe.api_version
    assert event.livemode is False
    assert event.data.object["id"] == session.id
    assert event.data.object["payment_status"] == "paid"
    eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)


def test_an_event_names_the_api_request_that_caused_it(client: stripe.StripeClient, receiver: Receiver) -> None:
    customer = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "new-ada"})

    eventually(lambda: receiver.of_type("customer.created"))
    [event] = receiver.of_type("customer.created")
    assert event.request is not None
    assert event.request.idempotency_key == "new-ada"
    assert event.request.id == customer.last_response.request_id  # type: ignore[union-attr]


def test_a_declined_card_leaves_the_session_open_for_another(client: stripe.StripeClient, receiver: Receiver) -> None:
    session = open_session(client)

    declined = pay(session, IS_DECLINED)
    after = client.v1.checkout.sessions.retrieve(session.id)
    retried = pay(session, "pm_card_visa")

    assert declined.status_code == 402
    assert "Your card was declined." in declined.text
    assert 'value="4000000000000002" required checked' in declined.text
    assert (after.status, after.payment_status) == ("open", "unpaid")
    assert retried.status_code == 303
    intent = client.v1.payment_intents.retrieve(str(after.payment_intent))
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)
    eventually(lambda: receiver.of_type("payment_intent.payment_failed"))


@pytest.mark.parametrize(
    ("card", "settled_as", "event_type"),
    [
        (PAYS_LATER, "paid", "checkout.session.async_payment_succeeded"),
        (FAILS_LATER, "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_delayed_payment_completes_unpaid_and_settles_later(
    client: stripe.StripeClient, receiver: Receiver, card: str, settled_as: str, event_type: str
) -> None:
    session = open_session(client)
    pay(session, card)

    eventually(lambda: receiver.of_type(event_type) and receiver.of_type("checkout.session.completed"))
    [completed], [settled] = receiver.of_type("checkout.session.completed"), receiver.of_type(event_type)
    assert completed.data.object["payment_status"] == "unpaid"
    assert settled.data.object["payment_status"] == settled_as
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == settled_as
    assert client.v1.events.retrieve(completed.id).data.object["payment_status"] == "unpaid"


def test_a_session_is_paid_once_however_often_somebody_presses_pay(client: stripe.StripeClient) -> None:
    session = open_session(client)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(lambda _: pay(session), range(8)))

    assert statuses == [303] + [410] * 7
    assert len(client.v1.events.list({"type": "charge.succeeded"}).data) == 1


def test_a_free_order_needs_no_payment(client: stripe.StripeClient) -> None:
    free = [{"price_data": {"currency": "usd", "unit_amount": 0, "product_data": {"name": "Gift"}}, "quantity": 1}]
    session = open_session(client, line_items=free)

    assert pay(session).status_code == 303
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "no_payment_required"


def test_a_session_expires_when_its_time_is_over(client: stripe.StripeClient, receiver: Receiver, clock: Clock) -> None:
    session = open_session(client, expires_at=int(time.time()) + 40 * 60)
    clock.skipped_seconds = 41 * 60

    expired = client.v1.checkout.sessions.retrieve(session.id)

    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert pay(session).status_code == 410
    eventually(lambda: receiver.of_type("checkout.session.expired"))


def test_an_open_session_can_be_expired_and_a_closed_one_cannot(client: stripe.StripeClient) -> None:
    session = open_session(client)

    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)
    assert "has expired" in httpx.get(str(session.url)).text


def test_the_page_shows_the_order_and_escapes_what_the_shop_wrote(client: stripe.StripeClient) -> None:
    session = open_session(client)

    page = httpx.get(str(session.url))

    assert page.status_code == 200
    assert "LOCAL TEST STRIPE" in page.text
    assert "Starter &lt;b&gt;50&lt;/b&gt; tokens" in page.text
    assert "$4.99" in page.text
    assert 'href="http://127.0.0.1/shop"' in page.text


def test_the_page_asks_again_for_a_missing_address_or_an_unknown_card(client: stripe.StripeClient) -> None:
    session = open_session(client)

    assert pay(session, email="").status_code == 400
    assert pay(session, email="nobody").status_code == 400
    assert pay(session, card="4111111111111111").status_code == 402
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_the_page_knows_the_address_of_the_customer(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    session = open_session(client, customer=customer.id)

    assert 'value="ada@example.com"' in httpx.get(str(session.url)).text
    assert pay(session, email="").status_code == 303


def test_an_unknown_session_has_no_page(server: StripeServer) -> None:
    assert httpx.get(f"{server.url}/c/pay/cs_test_none").status_code == 404
    assert httpx.post(f"{server.url}/c/pay/cs_test_none/complete", data={"card": "?"}).status_code == 404


SMALL = [{"price_data": {"currency": "usd", "unit_amount": 49, "product_data": {"name": "x"}}, "quantity": 1}]
UNNAMED = [{"price_data": {"currency": "usd", "unit_amount": 499, "product_data": {"description": "x"}}, "quantity": 1}]
UNCOUNTED = [{"price_data": {"currency": "usd", "unit_amount": 499, "product_data": {"name": "x"}}}]
MISSPELT = [{"price_data": {"currency": "usd", "unit_amout": 1, "product_data": {"name": "x"}}, "quantity": 1}]
MIXED = [
    {"price_data": {"currency": currency, "unit_amount": 499, "product_data": {"name": "x"}}, "quantity": 1}
    for currency in ("usd", "eur")
]


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"line_items": MISSPELT}, "parameter_unknown", "line_items[0][price_data][unit_amout]"),
        ({"line_items": UNNAMED}, "parameter_missing", "line_items[0][price_data][product_data][name]"),
        ({"line_items": UNCOUNTED}, "parameter_missing", "line_items[0][quantity]"),
        ({"line_items": SMALL}, "amount_too_small", None),
        ({"line_items": MIXED}, None, "line_items"),
        ({"line_items": "starter"}, None, "line_items"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "resource_missing", "line_items[0][price]"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"mode": "gift"}, None, "mode"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"success_url": "http://[::1"}, "url_invalid", "success_url"),
        ({"success_url": ""}, "parameter_invalid_empty", "success_url"),
        ({"client_reference_id": "x" * 201}, None, "client_reference_id"),
        ({"metadata": {"x" * 41: "y"}}, None, f"metadata[{'x' * 41}]"),
        ({"allow_promotion_codes": True}, "local_unsupported", "allow_promotion_codes"),
    ],
)
def test_a_session_that_stripe_would_refuse_is_refused(
    client: stripe.StripeClient, changes: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        open_session(client, **changes)

    assert (refusal.value.http_status, refusal.value.code) == (400, code)
    assert refusal.value.param == param
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("missing", ["mode", "line_items", "success_url"])
def test_a_session_without_a_required_parameter_is_refused(client: stripe.StripeClient, missing: str) -> None:
    params: dict[str, Any] = {name: value for name, value in order().items() if name != missing}

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.checkout.sessions.create(params)  # type: ignore[arg-type]  # incomplete on purpose

    assert (refusal.value.code, refusal.value.param) == ("parameter_missing", missing)


def test_a_restricted_test_key_works_like_a_secret_one(server: StripeServer) -> None:
    assert client_of(server, "rk_test_1").v1.customers.list().data == []


@pytest.mark.parametrize("api_key", ["rk_live_1", "sk_live_1", "pk_test_1", "sk_test_", "nonsense"])
def test_only_secret_test_keys_are_accepted(server: StripeServer, api_key: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client_of(server, api_key).v1.customers.list()


def test_what_does_not_exist_is_404(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")

    with pytest.raises(stripe.InvalidRequestError) as unknown_path:
        client.v1.payouts.list()
    assert unknown_path.value.http_status == 404


def test_a_property_that_cannot_be_expanded_is_refused(client: stripe.StripeClient) -> None:
    session = open_session(client)

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.checkout.sessions.retrieve(session.id, {"expand": ["metadata"]})


def test_the_same_idempotency_key_gets_the_same_answer(client: stripe.StripeClient) -> None:
    first = client.v1.checkout.sessions.create(order(), {"idempotency_key": "order-1"})
    again = client.v1.checkout.sessions.create(order(), {"idempotency_key": "order-1"})

    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_an_idempotency_key_with_other_parameters_is_refused(client: stripe.StripeClient) -> None:
    client.v1.checkout.sessions.create(order(), {"idempotency_key": "order-1"})

    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(order(client_reference_id="ben"), {"idempotency_key": "order-1"})

    assert len(client.v1.checkout.sessions.list().data) == 1


def test_requests_at_once_with_one_idempotency_key_make_one_object(
    client: stripe.StripeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*arguments: Any, **fields: Any) -> dict[str, Any]:
        threading.Event().wait(0.02)  # long enough for the other requests to arrive
        return new_customer(*arguments, **fields)

    new_customer = objects.customer
    monkeypatch.setattr(objects, "customer", slowly)

    def create(_: int) -> str:
        return client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "customer-ada"}).id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(create, range(16)))

    assert len(ids) == 1
    assert len(client.v1.customers.list().data) == 1


def test_a_request_refused_for_its_parameters_does_not_use_its_key_up(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(order(expires_at="soon"), {"idempotency_key": "order-1"})

    assert client.v1.checkout.sessions.create(order(), {"idempotency_key": "order-1"}).status == "open"


def test_lists_go_from_new_to_old_page_by_page(client: stripe.StripeClient) -> None:
    ids = [client.v1.customers.create({"name": str(number)}).id for number in range(5)]

    first = client.v1.customers.list({"limit": 2})
    second = client.v1.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    before = client.v1.customers.list({"limit": 2, "ending_before": ids[1]})

    assert [customer.id for customer in first.data] == [ids[4], ids[3]]
    assert first.has_more is True
    assert [customer.id for customer in second.data] == [ids[2], ids[1]]
    assert [customer.id for customer in before.data] == [ids[3], ids[2]]
    assert [customer.id for customer in client.v1.customers.list({"limit": 2}).auto_paging_iter()] == ids[::-1]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.list({"limit": 101})


def test_lists_are_filtered(client: stripe.StripeClient) -> None:
    ada = client.v1.customers.create({"email": "ada@example.com"})
    client.v1.customers.create({"email": "ben@example.com"})
    paid, left = open_session(client, customer=ada.id), open_session(client)
    pay(paid)

    def sessions(**filters: Any) -> list[str]:
        return [session.id for session in client.v1.checkout.sessions.list(filters).data]  # type: ignore[arg-type]

    assert [customer.id for customer in client.v1.customers.list({"email": "ada@example.com"}).data] == [ada.id]
    assert sessions(status="complete") == [paid.id]
    assert sessions(status="open") == [left.id]
    assert sessions(customer=ada.id) == [paid.id]
    assert sessions(customer_details={"email": "ada@example.com"}) == [paid.id]
    assert sessions(created={"gte": paid.created}) == [left.id, paid.id]
    assert sessions(created={"lt": paid.created}) == []
    assert sessions(created=1) == []
    intent = client.v1.checkout.sessions.retrieve(paid.id).payment_intent
    assert sessions(payment_intent=intent) == [paid.id]


def test_a_session_can_sell_a_price_found_by_its_lookup_key(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Popular"})
    client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 999, "lookup_key": "popular"})

    [price] = client.v1.prices.list({"lookup_keys": ["popular"], "active": True}).data
    session = open_session(client, line_items=[{"price": price.id, "quantity": 2}])

    assert client.v1.prices.retrieve(price.id, {"expand": ["product"]}).product.name == "Popular"  # type: ignore[union-attr]
    assert session.amount_total == 1998
    [item] = client.v1.checkout.sessions.line_items.list(session.id).data
    assert (item.description, item.quantity, item.amount_total) == ("Popular", 2, 1998)
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 1, "lookup_key": "popular"})


def test_a_session_of_an_earlier_run_is_paid_with_the_metadata_that_it_was_made_with(
    client: stripe.StripeClient, server: StripeServer
) -> None:
    session = open_session(client)
    httpx.post(f"{server.url}/_local/clock", data={"seconds": "60"})
    kept = json.loads(json.dumps(server.snapshot()))
    server.clear()
    assert client.v1.checkout.sessions.list().data == []

    server.restore(kept)
    pay(session)

    intent = client.v1.payment_intents.list().data[0]
    assert intent.metadata.to_dict() == {"userId": "ada"}
    assert 60 <= intent.created - session.created <= 120


def test_a_payment_is_refunded_in_parts_and_never_beyond(client: stripe.StripeClient, receiver: Receiver) -> None:
    session = open_session(client)
    pay(session)
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)

    part = client.v1.refunds.create({"payment_intent": intent, "amount": 100, "reason": "requested_by_customer"})
    with pytest.raises(stripe.InvalidRequestError, match=r"Refund amount \(\$4.00\) is greater .* \(\$3.99\)"):
        client.v1.refunds.create({"payment_intent": intent, "amount": 400})
    rest = client.v1.refunds.create({"charge": str(part.charge)})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent})

    assert (part.amount, rest.amount, part.status) == (100, 399, "succeeded")
    assert client.v1.refunds.retrieve(part.id).payment_intent == intent
    assert refusal.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(str(part.charge))
    assert (charge.amount_refunded, charge.refunded) == (499, True)
    eventually(lambda: len(receiver.of_type("charge.refunded")) == 2)
    refunded = {event.data.object["amount_refunded"] for event in receiver.of_type("charge.refunded")}
    assert refunded == {100, 499}


def test_what_was_not_paid_cannot_be_refunded(client: stripe.StripeClient) -> None:
    session = open_session(client)
    pay(session, IS_DECLINED)
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent})


def test_an_event_that_is_refused_comes_again_unchanged(
    client: stripe.StripeClient, server: StripeServer, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302]
    client.v1.customers.create({"name": "Zoë"})

    eventually(lambda: [row["outcome"] for row in deliveries(server)] == ["retrying", "retrying", "delivered"])
    assert [row["status"] for row in deliveries(server)] == [500, 302, 200]
    assert [row["attempt"] for row in deliveries(server)] == [1, 2, 3]
    assert receiver.bodies[0] == receiver.bodies[1] == receiver.bodies[2]


def test_a_receiver_that_is_never_there_is_given_up(
    client: stripe.StripeClient, server: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.stripe.webhooks.FIRST_RETRY_SECONDS", 0.001)
    server.webhook_url = "http://127.0.0.1:1/nobody"
    client.v1.customers.create({"name": "Ada"})

    eventually(lambda: len(deliveries(server)) == 8)
    assert [row["outcome"] for row in deliveries(server)] == ["retrying"] * 7 + ["failed"]
    assert deliveries(server)[-1]["status"] is None


def test_duplicates_are_delivered_when_asked_for(
    client: stripe.StripeClient, server: StripeServer, receiver: Receiver
) -> None:
    server.duplicate_deliveries = 3
    client.v1.customers.create({"name": "Ada"})

    eventually(lambda: len(receiver.events) == 3)
    assert len({event.id for event in receiver.events}) == 1


def test_deliveries_that_are_lost_never_come(
    client: stripe.StripeClient, server: StripeServer, receiver: Receiver
) -> None:
    httpx.post(f"{server.url}/_local/deliveries", data={"lose": "true"})
    client.v1.customers.create({"name": "Ada"})
    eventually(lambda: [row["outcome"] for row in deliveries(server)] == ["lost"])
    httpx.post(f"{server.url}/_local/deliveries", data={"lose": "false"})

    ben = client.v1.customers.create({"name": "Ben"})

    eventually(lambda: len(deliveries(server)) == 2)
    assert [event.data.object["id"] for event in receiver.events] == [ben.id]


def test_deliveries_about_one_object_are_lost_alone(
    client: stripe.StripeClient, server: StripeServer, receiver: Receiver
) -> None:
    ada = client.v1.customers.create({"name": "Ada"})
    eventually(lambda: len(receiver.events) == 1)
    httpx.post(f"{server.url}/_local/deliveries", data={"lose": "true", "about": ada.id})
    client.v1.customers.update(ada.id, {"name": "Ada Okafor"})
    ben = client.v1.customers.create({"name": "Ben"})
    eventually(lambda: len(deliveries(server)) == 3)
    httpx.post(f"{server.url}/_local/deliveries", data={"lose": "false", "about": ada.id})
    client.v1.customers.update(ada.id, {"name": "Ada of the Lake"})

    eventually(lambda: len(deliveries(server)) == 4)
    outcomes = {(row["about"], row["event_type"]): row["outcome"] for row in deliveries(server)[1:3]}
    assert outcomes == {(ada.id, "customer.updated"): "lost", (ben.id, "customer.created"): "delivered"}
    assert receiver.events[-1].data.object["name"] == "Ada of the Lake"


def test_an_event_from_before_there_was_an_endpoint_can_be_sent_again(
    client: stripe.StripeClient, server: StripeServer, receiver: Receiver
) -> None:
    url, server.webhook_url = server.webhook_url, None
    customer = client.v1.customers.create({"name": "Ada"})
    [event] = client.v1.events.list({"types": ["customer.created"]}).data
    server.webhook_url = url

    client.raw_request("post", f"/v1/events/{event.id}/retry")

    eventually(lambda: receiver.events)
    assert receiver.events[0].id == event.id
    assert receiver.events[0].data.object["id"] == customer.id


def test_every_object_has_the_fields_that_the_official_library_promises(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    product = client.v1.products.create({"name": "Popular"})
    price = client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 999})
    session = open_session(client, customer=customer.id, line_items=[{"price": price.id, "quantity": 1}])
    pay(session)
    session = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    intent = client.v1.payment_intents.retrieve(str(session.payment_intent), {"expand": ["latest_charge"]})
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    pay(open_session(client), DISPUTES)
    [dispute] = client.v1.disputes.list().data
    [taken] = dispute.balance_transactions
    assert session.line_items is not None

    made = [customer, product, price, session, session.line_items.data[0], intent, intent.latest_charge, refund]
    disputed = [dispute, dispute.evidence, dispute.evidence_details, taken, taken.fee_details[0]]
    for checked in [*made, *disputed, client.v1.events.list().data[0]]:
        absent = [name for name in promised(type(checked)) if getattr(checked, name, None) is None]
        assert (type(checked).__name__, absent) == (type(checked).__name__, [])


def test_a_stopped_server_has_freed_its_port_and_its_threads(receiver: Receiver) -> None:
    before = set(threading.enumerate())
    # A receiver here would answer on threads of its own.
    first = StripeServer(0, f"http://{HOST}:{free_port()}", SECRET)
    first.start()
    client_of(first, "sk_test_local").v1.customers.create({"name": "Ada"})
    first.stop()

    # Those of gRPC, which other tests have left, come and go.
    left = [each.name for each in threading.enumerate() if each not in before]
    assert [name for name in left if name.startswith(("http-", "local-stripe-")) or "process_request" in name] == []
    with StripeServer(int(first.url.rpartition(":")[2]), receiver.url, SECRET) as second:
        assert client_of(second, "sk_test_local").v1.customers.list().data == []


def test_stopping_does_not_wait_for_a_connection_that_says_nothing(receiver: Receiver) -> None:
    server = StripeServer(0, receiver.url, SECRET)
    server.start()
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as silent:
        httpx.get(server.url)  # answered after the silent connection was accepted
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        stopping.join(DEADLINE_SECONDS)

        assert not stopping.is_alive()
        assert silent.recv(1) == b""


def deliveries(server: StripeServer) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(httpx.get(f"{server.url}/_local/deliveries").text)["data"]
    return rows
