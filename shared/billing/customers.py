"""Customers at Stripe: one for each user, for ever, however many checkouts race.

Which one it is stands on the account, and so does the number of the attempt at making it: stored before its key is
used, and moved on when Stripe has saved an error under the key, or does not know the customer any more.
"""

import contextlib
from dataclasses import dataclass

from shared.billing import stripe_client
from shared.errors import Contention
from shared.money import wallets
from shared.money.wallets import Customer

ROUNDS = 3


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
        known = wallets.store_customer(user_id, known, becomes)
    if known.id is None:
        raise failure
    return Known(known.id, known)


def forget(user_id: str, customer: Known) -> None:
    """Has the next checkout make another customer: Stripe does not know this one."""
    wallets.store_customer(user_id, customer.stored, Customer(None, customer.stored.attempt + 1))


def _made(user_id: str, attempt: int, email: str) -> str:
    # An attempt that failed may have made one all the same. A first checkout need not look: there was none before.
    if attempt and (found := stripe_client.find_customer(user_id)) is not None:
        with contextlib.suppress(stripe_client.CustomerMissing):  # the search still knows of one that was deleted
            stripe_client.describe_customer(found, user_id, email)
            return found
    made = stripe_client.create_customer(user_id, attempt)
    try:
        stripe_client.describe_customer(made, user_id, email)
    except stripe_client.CustomerMissing as missing:  # Stripe repeated its answer about one that was deleted since
        raise stripe_client.KeySpent(Contention("The customer is being made anew.")) from missing
    return made
