"""A local Stripe as its payers and their banks see it, through the official library."""

from typing import Any, Union, get_args, get_origin

import httpx
import stripe

from local.stripe.server import StripeServer

PAYS, DISPUTES, INQUIRES = "4242424242424242", "4000000000000259", "4000000000001976"
REFUND_FAILS, REFUND_PENDS = "4000000000005126", "4000000000007726"
IS_DECLINED, PAYS_LATER, FAILS_LATER = "4000000000000002", "4000009999990001", "4000009999990002"
DIES, ASKS = "4000000000000341", "4000002760003184"


def client_of(server: StripeServer) -> stripe.StripeClient:
    """Who owns the account."""
    return stripe.StripeClient("sk_test_local", base_addresses={"api": server.url}, max_network_retries=0)


def pay(client: stripe.StripeClient, card: str = PAYS, amount: int = 999, **metadata: str) -> stripe.checkout.Session:
    """A session that a payer has tried to pay with the card."""
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Popular"}}
    parameters: Any = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "metadata": metadata,
        "success_url": "http://127.0.0.1/done",
    }
    session = client.v1.checkout.sessions.create(parameters)
    httpx.post(f"{session.url}/complete", data={"card": card, "email": "ada@example.com"})
    return client.v1.checkout.sessions.retrieve(session.id)


def paid(client: stripe.StripeClient, card: str = PAYS, amount: int = 999) -> str:
    """The payment intent of a session that was paid with the card."""
    session = pay(client, card, amount)
    assert session.payment_status == "paid"
    return str(session.payment_intent)


def control(server: StripeServer, path: str, **form: object) -> Any:
    """What a control of the local Stripe answers (``local.stripe.controls``)."""
    answer = httpx.post(f"{server.url}/_local/{path}", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def promised(official: type) -> list[str]:
    """The fields of an official class that are never null."""
    hints = {name: hint for name, hint in official.__annotations__.items() if name != "OBJECT_NAME"}
    return [name for name, hint in hints.items() if not (get_origin(hint) is Union and type(None) in get_args(hint))]
