"""Offers of two plans, for tests: Pro is three times as many tokens as Basic, for twice the price."""

from dataclasses import replace

from shared.ledger.offer import Offer

BASIC = Offer(
    price_id="price_basic",
    plan="basic",
    tier="basic",
    name="Basic",
    tokens=100,
    amount=1000,
    currency="usd",
    interval="month",
    economy="phoenix@1",
    unlimited_per_day=None,
    features=("image",),
    grants_access=False,
    tokens_expire=True,
    grace_days=3,
)
PRO = replace(BASIC, price_id="price_pro", plan="pro", tokens=300, amount=2000, economy="phoenix@2")
