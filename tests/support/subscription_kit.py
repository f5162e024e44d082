"""Subscriptions for tests: people who pay for a plan at the local Stripe, and the events that Stripe has of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from shared.billing import offers
from shared.manifest import STRIPE_EVENTS
from tests.support.cloud_kit import PAYS, Cloud, Event, deliver, document, lines, open_account, write
from tests.support.offer_kit import BASIC, PRO
from tests.support.people import Person

DAY, HOUR = 86400, 3600

FAILS_LATER = "4000000000000341"

Line = tuple[str, int]
WELCOME: Line = ("signup_bonus", 10)


@dataclass
class Shop:
    """What the account at Stripe sells: ``basic`` and ``pro`` are prices, which are on record."""

    cloud: Cloud
    basic: str
    pro: str

    def price(self, amount: int, **more: object) -> str:
        """A price a month that is not on record."""
        form = {"currency": "usd", "unit_amount": amount, "recurring[interval]": "month", "product_data[name]": "Plan"}
        made: str = self.cloud.stripe_post("prices", **form, **more)["id"]
        return made

    def wind(self, seconds: int) -> None:
        """Puts Stripe's clock forward; what is due on the way happens."""
        self.cloud.control_stripe("clock", seconds=seconds)

    def events(self, *types: str) -> list[Event]:
        """Stripe's events of the webhook's types, or of these, the oldest first."""
        found: list[Event] = self.cloud.stripe_get("events?limit=100")["data"]
        return [event for event in reversed(found) if event["type"] in (types or STRIPE_EVENTS)]


def shop(cloud: Cloud, basic: int = 100, pro: int = 300) -> Shop:
    """A shop whose plans bring so many tokens a month."""
    made = Shop(cloud, "", "")
    made.basic, made.pro = made.price(BASIC.amount), made.price(PRO.amount)
    offers.record(replace(BASIC, price_id=made.basic, tokens=basic))
    offers.record(replace(PRO, price_id=made.pro, tokens=pro))
    return made


@dataclass
class Subscriber:
    """Somebody with an account who pays for a plan."""

    shop: Shop
    person: Person
    customer: str
    id: str

    @property
    def stripe(self) -> Any:
        """The subscription as Stripe has it."""
        return self.shop.cloud.stripe_get(f"subscriptions/{self.id}")

    @property
    def invoices(self) -> list[Any]:
        """Its invoices at Stripe, the oldest first."""
        found: list[Any] = self.shop.cloud.stripe_get(f"invoices?subscription={self.id}&limit=100")["data"]
        return found[::-1]

    @property
    def kept(self) -> dict[str, Any]:
        """The subscription as we keep it."""
        return required(f"subscriptions/{self.id}")

    @property
    def account(self) -> dict[str, Any]:
        return required(f"users/{self.person.user_id}")

    @property
    def summary(self) -> dict[str, Any]:
        """What the account says of the subscription that counts."""
        found: dict[str, Any] = self.account["subscription"]
        return found

    @property
    def grants(self) -> list[int]:
        """The tokens of its invoices, in the order of their lines."""
        return [amount for kind, amount in lines(self.person) if kind == "subscription_grant"]

    def order(self, number: int = -1) -> dict[str, Any]:
        """The order of one of its invoices."""
        return required(f"orders/{self.invoices[number]['id']}")

    def payment(self, number: int = -1) -> str:
        """The payment intent of one of its invoices."""
        found: str = self.order(number)["paymentIntents"][0]
        return found

    def update(self, **form: object) -> Any:
        return self.shop.cloud.stripe_post(f"subscriptions/{self.id}", **form)

    def renew(self) -> None:
        """Its period ends, and the invoice of the next one is charged."""
        item = self.stripe["items"]["data"][0]
        now = self.shop.cloud.control_stripe("clock", seconds=0)["now"]
        self.shop.wind(item["current_period_end"] - int(now) + HOUR + 1)

    def pays_with(self, card: str) -> None:
        """Has another card."""
        self.update(default_payment_method=saved_card(self.shop.cloud, self.customer, card))

    def switch(self, price: str, part_left: float = 0.5) -> None:
        """Changes the plan when so much of the period is left, and pays the difference."""
        item = self.stripe["items"]["data"][0]
        start, end = item["current_period_start"], item["current_period_end"]
        form = {"items[0][id]": item["id"], "items[0][price]": price, "proration_behavior": "always_invoice"}
        self.update(**form, proration_date=int(end - (end - start) * part_left))


def customer_of(cloud: Cloud, person: Person) -> str:
    """The person's customer at Stripe, a new one."""
    made: str = cloud.stripe_post("customers", email="ada@example.com", **{"metadata[app]": "guilder"})["id"]
    write(f"users/{person.user_id}", stripeCustomerId=made)
    return made


def saved_card(cloud: Cloud, customer: str, card: str = PAYS) -> str:
    made = cloud.stripe_post("payment_methods", type="card", **{"card[number]": card})["id"]
    attached: str = cloud.stripe_post(f"payment_methods/{made}/attach", customer=customer)["id"]
    return attached


def subscribe(
    at: Shop,
    price: str | None = None,
    person: Person | None = None,
    card: str = PAYS,
    user_id: str | None = None,
    customer: str | None = None,
    **form: object,
) -> Subscriber:
    """Somebody who subscribed just now, to Pro unless said otherwise; no event of it was delivered.

    ``user_id`` is who Stripe is told that it is, unless that is the truth.
    """
    person = person or open_account()
    customer = customer or customer_of(at.cloud, person)
    given: dict[str, object] = {
        "customer": customer,
        "default_payment_method": saved_card(at.cloud, customer, card),
        "items[0][price]": price or at.pro,
        "metadata[app]": "guilder",
        "metadata[userId]": user_id or person.user_id,
        "metadata[plan]": "pro",
    }
    made = at.cloud.stripe_post("subscriptions", **given | form)
    return Subscriber(at, person, customer, made["id"])


def hear(events: Iterable[Event]) -> None:
    """Delivers the events, each of which is taken."""
    statuses = [deliver(event).status for event in events]
    assert statuses == [200] * len(statuses)


def subscribed(at: Shop, **more: Any) -> Subscriber:
    """Somebody who subscribed, of whom every event was delivered."""
    subscriber = subscribe(at, **more)
    hear(at.events())
    return subscriber


def required(path: str) -> dict[str, Any]:
    fields = document(path)
    assert fields is not None, path
    return fields
