"""Customers at Stripe: one for each user, for ever, however many checkouts race.

Which one it is stands on the account, and so does the number of the attempt at making it: stored before its key is
used, and moved on when Stripe has saved an error under the key, or does not know the customer any more.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.billing import stripe_client, stripe_customers
from shared.cloud.commits import DELETED_FIELD
from shared.errors import Contention
from shared.ledger.decision import Fields
from shared.money import wallets

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the user is at Stripe: ``id``, None before there is one, and the number of the attempt at making it."""

    id: str | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A customer that there is; ``stored`` is how the account says so."""

    id: str
    stored: Customer


def of_account(user_id: str, known: Customer, email: str) -> Known:
    """The user's customer, made if need be. ``email`` is a verified one, or empty.

    Stripe is asked once. What it answered is then stored, which may have to be tried again, without asking again.

    Raises:
        Contention: others kept coming between.
        Unavailable: Stripe did not answer.
    """
    failure: Exception = Contention("This account is busy; try again in a moment.")
    for _ in range(ROUNDS):
        if known.id is not None:
            return Known(known.id, known)
        try:
            becomes = Customer(_made(user_id, known.attempt, email), known.attempt)
        except stripe_client.KeySpent as spent:
            failure, becomes = spent.problem, Customer(None, known.attempt + 1)
        known = store(user_id, known, becomes)
    if known.id is None:
        raise failure
    return Known(known.id, known)


def forget(user_id: str, customer: Known) -> None:
    """Has the next checkout make another customer: Stripe does not know this one."""
    store(user_id, customer.stored, Customer(None, customer.stored.attempt + 1))


def stored(account: Mapping[str, Any]) -> Customer:
    """Who the fields of the account say that the customer is."""
    return Customer(account.get("stripeCustomerId"), account.get("stripeCustomerAttempt", 0))


def store(user_id: str, seen: Customer, becomes: Customer) -> Customer:
    """Who the customer is now: ``becomes``, or what somebody else has stored since it was ``seen``.

    Only this is compared, not the wallet around it, which moves with every tip that comes in.

    Raises:
        Contention, NoSuchAccount: as ``wallets.update``.
    """

    def change(account: Fields) -> tuple[Fields, Customer]:
        now = stored(account)
        if now != seen:
            return {}, now
        fields = {
            "stripeCustomerId": becomes.id or DELETED_FIELD,
            "stripeCustomerAttempt": becomes.attempt or DELETED_FIELD,
        }
        return fields, becomes

    return wallets.update(user_id, change)


def _made(user_id: str, attempt: int, email: str) -> str:
    # An attempt that failed may have made one all the same. A first checkout need not look: there was none before.
    if attempt and (found := stripe_customers.find_customer(user_id)) is not None:
        with contextlib.suppress(stripe_client.CustomerMissing):  # the search still knows of one that was deleted
            stripe_customers.describe_customer(found, user_id, email)
            return found
    made = stripe_customers.create_customer(user_id, attempt)
    try:
        stripe_customers.describe_customer(made, user_id, email)
    except stripe_client.CustomerMissing as missing:  # Stripe repeated its answer about one that was deleted since
        raise stripe_client.KeySpent(Contention("The customer is being made anew.")) from missing
    return made
