"""Prices at Stripe, found by their lookup keys, which say all that they cost and bring.

A plan's price is made where there is none, and its offer is on record before anyone can buy it. Prices never change:
where the economy file sells another thing under the same key, a new price takes the key over, and whoever is
subscribed to the old one stays with it.
"""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import stripe

from shared.billing import lookup_keys, offers
from shared.billing.stripe_client import client, made_in_attempts, reached
from shared.billing.subjects import APP
from shared.config import ConfigurationError
from shared.economy.chosen import economy
from shared.economy.offers import Package, Plan
from shared.ledger.offer import Offer


def of(sold: Package | Plan) -> str | None:
    """The id of the price that sells it; None where Checkout is told what it costs.

    A subscription always has a price, with its offer on record. A package or a pass has one if somebody made it.

    Raises:
        ConfigurationError: the price that the file names, or that has the key, costs something else.
        Unavailable: Stripe did not answer.
    """
    if isinstance(sold, Plan) and sold.kind == "subscription":
        return of_subscriptions([sold])[0]
    if isinstance(sold, Package) and sold.stripe_price is not None:
        _require_named(sold, sold.stripe_price)
        return sold.stripe_price
    return _found([sold]).get(_key(sold))


def of_subscriptions(plans: Sequence[Plan]) -> list[str]:
    """The ids of the recurring prices that sell the plans, 10 at most, as they are today; each has its offer on record.

    Raises:
        ConfigurationError: the price that has the key of a plan costs something else.
        Unavailable: Stripe did not answer.
    """
    found = _found(plans)
    known = offers.get_all(found.values())
    return [_selling(plan, found.get(_key(plan)), known) for plan in plans]


def _selling(plan: Plan, found: str | None, known: Mapping[str, Offer]) -> str:
    if found is not None:
        wanted = _offer(plan, found)
        if _terms(known.get(found) or offers.record(wanted)) == _terms(wanted):
            return found
    return offers.record(_offer(plan, _made(plan))).price_id


def _found(sold: Sequence[Package | Plan]) -> dict[str, str]:
    """The ids of the prices that there are, by their keys."""
    by_key = {_key(each): each for each in sold}
    if not by_key:
        return {}
    with reached():
        found = client().v1.prices.list({"lookup_keys": [*by_key], "active": True, "limit": len(by_key)}).data
    for price in found:
        _require(price, by_key[price.lookup_key or ""])
    return {price.lookup_key or "": str(price.id) for price in found}


@functools.cache
def _require_named(package: Package, price_id: str) -> None:
    with reached():
        price = client().v1.prices.retrieve(price_id)
    if not price.active:
        raise ConfigurationError(f"package {package.id}: {price_id} is not active")
    _require(price, package)


def _require(price: stripe.Price, sold: Package | Plan) -> None:
    """Returns if the price costs what the file says.

    Raises:
        ConfigurationError: it does not.
    """
    interval = _interval(sold)
    recurring = price.recurring
    costs = (price.unit_amount, price.currency, recurring and (recurring.interval, recurring.interval_count))
    if costs != (sold.amount, sold.currency, interval and (interval, 1)):
        raise ConfigurationError(
            f"{sold.id}: {price.id} is no price of {sold.amount} {sold.currency} {interval or 'once'}"
        )


def _made(plan: Plan) -> str:
    """The id of a new price; the same one for everybody who sells the same at once."""
    product = lookup_keys.product_id(economy().id, plan.id)
    try:
        new_product = {"id": product, "name": plan.name}
        made_in_attempts(client().v1.products.create, new_product, _key_of_making(new_product, plan))
    except stripe.InvalidRequestError as error:
        if error.code != "resource_already_exists":  # it has another price already
            raise
    price = {
        "product": product,
        "unit_amount": plan.amount,
        "currency": plan.currency,
        "recurring": {"interval": plan.interval},
        "lookup_key": _key(plan),
        "transfer_lookup_key": True,
        "metadata": {"app": APP},
    }
    return str(made_in_attempts(client().v1.prices.create, price, _key_of_making(price, plan)).id)


def _key_of_making(parameters: Mapping[str, Any], plan: Plan) -> str:
    """What is made is the same thing for all who sell the plan on the same terms."""
    said = json.dumps([parameters, asdict(_terms(_offer(plan, "")))], sort_keys=True)
    return f"price-{hashlib.sha256(said.encode()).hexdigest()}"


def _offer(plan: Plan, price_id: str) -> Offer:
    """What the price sells by today's file."""
    if plan.interval is None:
        raise RuntimeError(f"{plan.id} is paid once, and has no recurring price")
    return Offer(
        price_id=price_id,
        plan=plan.id,
        tier=plan.tier,
        name=plan.name,
        tokens=plan.tokens,
        amount=plan.amount,
        currency=plan.currency,
        interval=plan.interval,
        economy=economy().label,
        unlimited_per_day=plan.unlimited_per_day,
        features=plan.features,
        grants_access=plan.grants_access,
        tokens_expire=plan.tokens_expire == "period",
        grace_days=economy().expiry.plan_grace_days,
    )


def _terms(offer: Offer) -> Offer:
    """What a buyer gets and pays, without what it is called."""
    return replace(offer, price_id="", name="", economy="")


def _key(sold: Package | Plan) -> str:
    return lookup_keys.lookup_key(economy().id, sold.id, sold.amount, sold.currency, _interval(sold), sold.tokens)


def _interval(sold: Package | Plan) -> str | None:
    return sold.interval if isinstance(sold, Plan) else None
