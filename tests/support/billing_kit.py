"""What recurs, at a local Stripe, through the official library."""

from dataclasses import dataclass
from typing import Any

import httpx
import stripe

from local.stripe.server import StripeServer
from tests.support.stripe_kit import PAYS, client_of, control

DAY = 24 * 60 * 60
HOUR = 60 * 60


@dataclass(frozen=True, slots=True)
class Shop:
    """An account that sells ``basic`` for 10 USD a month and ``pro`` for 20, and its customer Ada."""

    server: StripeServer
    client: stripe.StripeClient
    basic: str
    pro: str
    ada: str

    @property
    def v1(self) -> Any:
        return self.client.v1

    def wind(self, seconds: int) -> int:
        """Puts the account's clock forward, and returns its time."""
        return int(control(self.server, "clock", seconds=seconds)["now"])

    def wind_to(self, moment: int) -> int:
        return self.wind(max(moment - self.wind(0), 0))

    def page(self, price: str = "", **more: Any) -> Any:
        """An open Checkout page for a subscription."""
        parameters: Any = {
            "mode": "subscription",
            "customer": self.ada,
            "line_items": [{"price": price or self.basic, "quantity": 1}],
            "metadata": {"app": "guilder"},
            "subscription_data": {"metadata": {"app": "guilder", "userId": "ada", "plan": "basic"}},
            "success_url": "http://127.0.0.1/done?session={CHECKOUT_SESSION_ID}",
            **more,
        }
        return self.v1.checkout.sessions.create(parameters)

    def pay(self, page: Any, card: str = PAYS) -> httpx.Response:
        return httpx.post(f"{page.url}/complete", data={"card": card, "email": "ada@example.com"})

    def subscribed(self, price: str = "", card: str = PAYS, **more: Any) -> Any:
        """A subscription of Ada's that was paid on the page."""
        page = self.page(price, **more)
        self.pay(page, card)
        return self.subscription(self.v1.checkout.sessions.retrieve(page.id).subscription)

    def subscription(self, subscription_id: str) -> Any:
        return self.v1.subscriptions.retrieve(subscription_id, {"expand": ["latest_invoice"]})

    def saved_card(self, number: str) -> str:
        """A card of Ada's."""
        made = self.v1.payment_methods.create({"type": "card", "card": {"number": number}})
        return str(self.v1.payment_methods.attach(made.id, {"customer": self.ada}).id)

    def switch(self, subscription: Any, price: str, **more: Any) -> Any:
        """The subscription after its item has another price; by default half of the period is over."""
        [item] = subscription["items"].data
        half = (item.current_period_start + item.current_period_end) // 2
        items = [{"id": item.id, "price": price}]
        parameters = {"items": items, "proration_behavior": "always_invoice", "proration_date": half, **more}
        return self.v1.subscriptions.update(subscription.id, {**parameters, "expand": ["latest_invoice"]})

    def renewed(self, subscription: Any) -> Any:
        """The subscription after its period ended and the invoice of the next one was charged."""
        [item] = subscription["items"].data
        self.wind_to(item.current_period_end + HOUR)
        return self.subscription(subscription.id)

    def invoices(self, subscription: Any) -> list[Any]:
        """The subscription's invoices, the oldest first."""
        return list(reversed(self.v1.invoices.list({"subscription": subscription.id}).data))

    def events(self) -> list[Any]:
        """The account's events, the oldest first."""
        return list(reversed(list(self.v1.events.list({"limit": 100}).auto_paging_iter())))


def shop(server: StripeServer) -> Shop:
    """A new shop in an empty account."""
    client = client_of(server)

    def price(name: str, amount: int) -> str:
        return client.v1.prices.create(
            {
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": "month"},
                "lookup_key": name,
                "product_data": {"name": name.title()},
            }
        ).id

    ada = client.v1.customers.create({"email": "ada@example.com"}).id
    return Shop(server, client, price("basic", 1000), price("pro", 2000), ada)


def period(subscription: Any) -> tuple[int, int]:
    """The current period of the subscription's one item."""
    [item] = subscription["items"].data
    return item.current_period_start, item.current_period_end
