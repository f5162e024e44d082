"""Wallets that buy by themselves, for tests: cards that are saved, what Stripe sends, and what must add up then."""

import datetime
from dataclasses import dataclass
from typing import Any

from shared.ledger.reload import reload_id
from shared.manifest import STRIPE_EVENTS
from tests.support import api
from tests.support.api import Answer
from tests.support.cloud_kit import PAYS, Cloud, deliver, document, documents, open_account, write
from tests.support.people import Person

TERMS: dict[str, Any] = {"threshold": 20, "package": "starter", "monthlyCap": 2000}
"""Below 20 tokens 50 are bought for 4.99, four times a month at most."""

DIES, ASKS = "4000000000000341", "4000002760003184"


def set_to(person: Person | None, enabled: object = True, **terms: object) -> Answer:
    return api.post("set_auto_reload", {"enabled": enabled, **terms}, by=person)


def opened_page(person: Person, **terms: object) -> str:
    """The page on which the person is to save a card."""
    answer = set_to(person, **{**TERMS, **terms})
    assert answer.status == 200, answer
    url: str = answer.body["setupUrl"]
    return url


def deliver_events(cloud: Cloud, *kinds: str) -> list[dict[str, Any]]:
    """Delivers what has happened at Stripe, oldest first: all that the webhook wants to be told, or some kinds."""
    listed = cloud.stripe_get("events?limit=100")["data"]
    events = [event for event in reversed(listed) if event["type"] in (kinds or STRIPE_EVENTS)]
    for event in events:
        assert deliver(event).status == 200, event["type"]
    return events


def reloading(cloud: Cloud, card: str = PAYS, tokens: int = 19, **terms: object) -> "Reloading":
    """Somebody with so many tokens, whose auto-reload is on with the card."""
    person = open_account(tokens)
    assert cloud.pay(opened_page(person, **terms), card) == 303
    deliver_events(cloud, "checkout.session.completed")
    assert state(person)["enabled"] is True
    return Reloading(cloud, person)


@dataclass
class Reloading:
    """Somebody whose auto-reload is on."""

    cloud: Cloud
    person: Person

    @property
    def state(self) -> dict[str, Any]:
        return state(self.person)

    @property
    def customer(self) -> str:
        account = document(f"users/{self.person.user_id}") or {}
        customer: str = account["stripeCustomerId"]
        return customer

    def run(self) -> Answer:
        """One delivery of the task."""
        return self.cloud.call("run_reload", {"userId": self.person.user_id})

    def outcome(self) -> str:
        answer = self.run()
        assert answer.status == 200, answer
        came_to: str = answer.body["outcome"]
        return came_to

    def id(self, seq: int = 1) -> str:
        return reload_id(self.person.user_id, seq)

    def order(self, seq: int = 1) -> dict[str, Any]:
        fields = document(f"orders/{self.id(seq)}")
        assert fields is not None
        return fields

    def intents(self) -> list[dict[str, Any]]:
        """The payments of reloads at Stripe, the newest first."""
        listed = self.cloud.stripe_get(f"payment_intents?customer={self.customer}&limit=100")["data"]
        return [intent for intent in listed if "reload" in intent["metadata"]]

    def spend(self, amount: int) -> None:
        answer = api.post(
            "tip", {"recipientId": open_account().user_id, "amount": amount}, by=self.person, key=api.new_key()
        )
        assert answer.status == 200, answer

    def minute_passes(self) -> None:
        """As far as the wallet knows, its last reload began a minute earlier than it did."""
        later(self.person)


def state(person: Person) -> dict[str, Any]:
    fields: dict[str, Any] = (document(f"users/{person.user_id}") or {}).get("autoReload", {})
    return fields


def later(person: Person, seconds: float = 60) -> None:
    moment = state(person)["lastAt"] - datetime.timedelta(seconds=seconds)
    write(f"users/{person.user_id}", **{"autoReload.lastAt": moment})


def reload_orders() -> dict[str, dict[str, Any]]:
    return {name: order for name, order in documents("orders").items() if order.get("kind") == "reload"}
