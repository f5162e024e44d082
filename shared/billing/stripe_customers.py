"""Customers at Stripe."""

from typing import TYPE_CHECKING

import stripe

from shared import log
from shared.billing.stripe_client import CustomerMissing, client, made, reached
from shared.billing.subjects import APP

if TYPE_CHECKING:
    from stripe.params import CustomerUpdateParams


def create_customer(user_id: str, attempt: int) -> str:
    """The id of a Stripe customer for the user; the same one for every call that races with this in one attempt.

    Its parameters never change, since Stripe refuses an idempotency key that comes with others: what else it is to know
    of the customer it is told by ``describe_customer``.

    Raises:
        KeySpent: this attempt will not make one.
        Unavailable: Stripe did not answer.
    """
    parameters = {"metadata": {"app": APP, "userId": user_id}}
    customer = made(client().v1.customers.create, parameters, f"customer-{user_id}", attempt)
    return str(customer.id)


def find_customer(user_id: str) -> str | None:
    """The first customer that was made for the user, or None. Stripe's search knows of a new one after a minute.

    Raises:
        Unavailable: Stripe did not answer.
    """
    quoted = user_id.replace("\\", "\\\\").replace("'", "\\'")
    query = f"metadata['app']:'{APP}' AND metadata['userId']:'{quoted}'"
    with reached():
        found = client().v1.customers.search({"query": query, "limit": 100}).data
    return min(found, key=lambda customer: customer.created).id if found else None


def describe_customer(customer_id: str, user_id: str, email: str) -> None:
    """Tells Stripe what a person at its dashboard searches a customer by. ``email`` is a verified one, or empty.

    Raises:
        CustomerMissing: there is no such customer.
        Unavailable: Stripe did not answer.
    """
    known: CustomerUpdateParams = {"metadata": {"firebaseUID": user_id}}
    try:
        with reached():
            client().v1.customers.update(customer_id, {"email": email, **known} if email else known)
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise CustomerMissing(customer_id) from error
        if error.param != "email":
            raise
        # An address that Stripe does not take keeps nobody from buying.
        log.write("WARNING", "customer-email-refused", user=log.hashed(user_id))
        describe_customer(customer_id, user_id, "")
