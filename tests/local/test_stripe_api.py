"""Needs nothing but this machine: what the local Stripe answers as Stripe does, to the official library and to curl."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from local.stripe.server import StripeServer

KEY = "sk_test_local"
SESSION: dict[str, Any] = {
    "mode": "payment",
    "line_items": [
        {
            "price_data": {"currency": "usd", "unit_amount": 499, "product_data": {"name": "Starter"}},
            "quantity": 1,
        }
    ],
    "success_url": "http://127.0.0.1/done",
}


def new_session(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    parameters: Any = {**SESSION, **more}
    return client.v1.checkout.sessions.create(parameters)


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with StripeServer() as started:
        yield started


@pytest.fixture
def client(server: StripeServer) -> stripe.StripeClient:
    return stripe.StripeClient(KEY, base_addresses={"api": server.url}, max_network_retries=2)


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS", "POST", "GET"])
@pytest.mark.parametrize("path", ["/v1/customers/cus_none", "/v1/nothing", "/_local/nothing"])
def test_every_method_is_answered_with_json(server: StripeServer, method: str, path: str) -> None:
    answer = httpx.request(method, server.url + path, headers={"Authorization": f"Bearer {KEY}"})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_head_request_is_answered(server: StripeServer) -> None:
    assert httpx.head(f"{server.url}/v1/nothing").headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("user", "status"), [(KEY, 200), ("sk_live_x", 401), ("", 401)])
def test_a_key_may_come_as_the_name_in_basic_authentication(server: StripeServer, user: str, status: int) -> None:
    assert httpx.get(f"{server.url}/v1/customers", auth=(user, "")).status_code == status


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", f"Basic {base64.b64encode(bytes([255])).decode()}", "Digest x"]
)
def test_credentials_that_make_no_sense_are_refused(server: StripeServer, header: str) -> None:
    assert httpx.get(f"{server.url}/v1/customers", headers={"Authorization": header}).status_code == 401


def test_customers_are_searched_by_metadata_and_address(client: stripe.StripeClient) -> None:
    names = ["ada", "o'neill", "back\\slash", "grüße 🎨"]
    made = {
        name: client.v1.customers.create(
            {"email": f"{number}@example.com", "metadata": {"app": "x", "userId": name}}
        ).id
        for number, name in enumerate(names)
    }

    def search(query: str) -> list[str]:
        return [customer.id for customer in client.v1.customers.search({"query": query}).data]

    for name in names:
        quoted = name.replace("\\", "\\\\").replace("'", "\\'")
        assert search(f"metadata['app']:'x' AND metadata['userId']:'{quoted}'") == [made[name]]
    assert search('email:"1@example.com"') == [made["o'neill"]]
    assert search("metadata['app']:'x'") == list(reversed(made.values()))
    assert search("metadata['app']:'y'") == []
    assert len(client.v1.customers.search({"query": "metadata['app']:'x'", "limit": 3}).data) == 3


@pytest.mark.parametrize("query", ["name~'a'", "email:'a", "metadata['a']:'b' OR email:'c'", "email:'a' AND ", "x:'y'"])
def test_what_the_local_search_does_not_know_is_refused(client: stripe.StripeClient, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="searches by"):
        client.v1.customers.search({"query": query})


def test_a_customer_is_updated_and_its_metadata_added_to(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"metadata": {"userId": "ada"}})

    client.v1.customers.update(made.id, {"email": "ada@example.com", "metadata": {"firebaseUID": "ada"}})

    customer = client.v1.customers.retrieve(made.id)
    assert customer.email == "ada@example.com"
    assert customer.metadata is not None
    assert customer.metadata.to_dict() == {"userId": "ada", "firebaseUID": "ada"}


def test_of_a_deleted_customer_nothing_is_known_any_more(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"metadata": {"userId": "ada"}})
    session = new_session(client, customer=made.id)

    assert client.v1.customers.delete(made.id).deleted is True

    assert client.v1.customers.search({"query": "metadata['userId']:'ada'"}).data == []
    assert httpx.get(str(session.url)).status_code == 200
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        new_session(client, customer=made.id)
    assert (refusal.value.code, refusal.value.param, refusal.value.http_status) == ("resource_missing", "customer", 400)


def test_a_sessions_lines_are_expanded_down_to_their_products(client: stripe.StripeClient) -> None:
    made = new_session(client)

    session = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["line_items.data.price.product"]}).to_dict()

    assert session["line_items"]["data"][0]["price"]["product"]["name"] == "Starter"


def test_automatic_tax_adds_a_tenth_where_it_is_switched_on(client: stripe.StripeClient) -> None:
    assert new_session(client, automatic_tax={"enabled": False}).amount_total == 499
    taxed = new_session(client, automatic_tax={"enabled": True})

    assert (taxed.amount_subtotal, taxed.amount_total) == (499, 549)


@pytest.mark.threat(101)
@pytest.mark.parametrize(("done", "made"), [(False, 0), (True, 1)])
def test_a_failure_inside_stripe_is_saved_under_its_key(
    server: StripeServer, client: stripe.StripeClient, done: bool, made: int
) -> None:
    server.fail_next(done=done)

    def create(key: str) -> stripe.Customer:
        return client.v1.customers.create({"description": "ada"}, {"idempotency_key": key})

    replayed = []
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            create("k1")
        assert failure.value.http_status == 500
        replayed.append((failure.value.headers or {}).get("Idempotent-Replayed"))

    assert replayed == [None, "true"]
    assert len(client.v1.customers.list().data) == made
    assert create("k2").id == create("k2").id


def test_a_failure_can_be_asked_for_over_http(server: StripeServer, client: stripe.StripeClient) -> None:
    httpx.post(f"{server.url}/_local/failures", data={"times": "2"})

    for key in ("k1", "k2"):
        with pytest.raises(stripe.APIError):
            client.v1.customers.create({}, {"idempotency_key": key})
    assert client.v1.customers.create({}, {"idempotency_key": "k3"}).id
