"""Needs nothing. One payment, a refund and a dispute of it, the events in every order and more than once: one end.

The rules are pure, and so is this shop: ``tests/billing/test_reversals.py`` plays some of the orders against Firestore.
"""

import datetime
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from shared.ledger.clawback import Reversible, reverse
from shared.ledger.funds import Funds
from shared.ledger.lots import Holding, draw
from shared.ledger.reversal import Dispute, Refund, Reversals, standing
from shared.ledger.wallet import Wallet

NOW = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)
PAID, TOKENS = 999, 110

EVENTS = (
    "checkout.session.completed",
    "refund.created",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
)
"""As Stripe comes to them: it is paid, 3.00 are refunded, the rest is disputed, taken, and won back."""


def at_stripe(events: int) -> Reversals:
    """What Stripe answers once so many of the events have happened there."""
    refund = Refund("re_1", 300, "usd", "pending" if events < 3 else "succeeded")
    status = "won" if events == len(EVENTS) else "needs_response"
    dispute = Dispute("du_1", 699, "usd", status, 699 if events == 5 else 0, None)
    return Reversals((refund,) if events >= 2 else (), (dispute,) if events >= 4 else ())


@dataclass
class Shop:
    """A buyer's wallet and the order, brought up to date by each event that arrives."""

    wallet: Wallet = field(default_factory=lambda: Wallet("ada", Funds(bonus=10)))
    order: Reversible | None = None
    looks: int = 0
    is_open: bool = False

    def hear(self, event: str, said: Reversals) -> None:
        if self.order is None:
            self.order = Reversible("cs_1", "ada", TOKENS, PAID, "usd", "phoenix@1")
            self.wallet = replace(self.wallet, funds=self.wallet.funds + Funds(purchased=TOKENS))
        if event == EVENTS[0]:
            return
        found = standing(said, PAID, "usd", None, NOW)
        self.looks += 1
        self.is_open = found.is_open
        moved = reverse(self.order, self.wallet, found.reversed)
        self.order = replace(self.order, reversed=found.reversed)
        if moved is not None:
            self.order = moved.order
            funds, debt = self.wallet.funds + moved.entry.funds, self.wallet.debt + moved.entry.debt
            self.wallet = replace(self.wallet, funds=funds, debt=debt)
        assert not self.wallet.funds.is_negative

    @property
    def end(self) -> tuple[object, ...]:
        """All of it but how it came to be."""
        return self.wallet, None if self.order is None else replace(self.order, steps=0), self.is_open


def repeated(order: tuple[str, ...], chance: random.Random) -> list[str]:
    """The events, each once more at a random place."""
    twice = list(order)
    for event in order:
        twice.insert(chance.randrange(len(twice) + 1), event)
    return twice


def lagging(chance: random.Random) -> Iterator[tuple[str, Reversals]]:
    """Deliveries, each some time after its event happened, with what Stripe says at the moment of the delivery."""
    waiting: list[str] = []
    happened = 0
    while happened < len(EVENTS) or waiting:
        if happened < len(EVENTS) and (not waiting or chance.random() < 0.5):
            waiting += [EVENTS[happened]] * 2
            happened += 1
        else:
            yield waiting.pop(chance.randrange(len(waiting))), at_stripe(happened)


REFUNDED_IN_PART = (Wallet("ada", Funds(bonus=10, purchased=77)), 300, Holding(Funds(purchased=33)), 0)


@pytest.mark.threat(42, 50, 52)
def test_every_order_of_the_events_and_each_once_more_ends_alike() -> None:
    chance = random.Random(7)  # noqa: S311 - places, not secrets
    for order in itertools.permutations(EVENTS):
        shop = Shop()
        for event in repeated(order, chance):
            shop.hear(event, at_stripe(len(EVENTS)))

        assert shop.order is not None
        assert (shop.wallet, shop.order.reversed, shop.order.taken, shop.order.owed) == REFUNDED_IN_PART
        assert (shop.is_open, shop.order.steps) == (False, 1)


@pytest.mark.threat(42, 50, 52)
def test_while_stripe_goes_on_and_deliveries_lag_they_end_alike() -> None:
    for seed in range(200):
        shop = Shop()
        for event, said in lagging(random.Random(seed)):  # noqa: S311 - places, not secrets
            shop.hear(event, said)

        assert shop.order is not None
        assert (shop.wallet, shop.order.reversed, shop.order.taken, shop.order.owed) == REFUNDED_IN_PART
        assert not shop.is_open


@pytest.mark.threat(42, 50, 51, 52)
def test_with_spends_between_the_balance_less_debt_and_what_was_spent_are_always_the_same() -> None:
    for seed in range(200):
        chance = random.Random(seed)  # noqa: S311 - places, not secrets
        shop, spent = Shop(), 0
        for event, said in lagging(chance):
            shop.hear(event, said)
            if not shop.wallet.debt:
                paid = draw(shop.wallet.held, min(chance.randrange(40), shop.wallet.balance))
                spent += paid.total
                shop.wallet = replace(shop.wallet, funds=shop.wallet.funds + -paid.funds)

        assert shop.wallet.balance - shop.wallet.debt + spent == 10 + TOKENS - 33
