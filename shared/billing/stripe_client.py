"""Calls of Stripe's API: customers, Checkout sessions and prices.

Every create call goes through ``_made`` and carries a Stripe idempotency key derived from ours, so that a retry creates
nothing twice; and the number of an attempt, so that an error which Stripe saved under a key locks nobody out.
"""

import contextlib
import datetime
import functools
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import stripe

from shared import log
from shared.billing import subjects
from shared.billing.subjects import APP
from shared.config import ConfigurationError, settings
from shared.economy import Package
from shared.errors import IdempotencyConflict, Malformed, Problem, Unavailable
from shared.ledger.order_state import Session

if TYPE_CHECKING:
    from stripe.params import CustomerUpdateParams
    from stripe.params.checkout import SessionCreateParamsLineItem

TIMEOUT_SECONDS = 10
NETWORK_RETRIES = 2

_IN_A_HEADER = re.compile(r"[!-~]+")


@functools.cache
def _stripe() -> stripe.StripeClient:
    # At INFO, the level of functions-framework, it writes down what Stripe's refusals say, and those quote.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    return stripe.StripeClient(
        settings().stripe_secret_key,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        max_network_retries=NETWORK_RETRIES,
        base_addresses={"api": settings().stripe_api_base} if settings().stripe_api_base else {},
    )


class KeySpent(Exception):
    """Under this key Stripe says the same for a day at least, and it is of no use: an error of its own that it saved,
    or that the key came with other parameters before. The next attempt has a key of its own.

    ``problem`` is what to answer where no other attempt is made.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class CustomerMissing(Exception):
    """Stripe does not know the customer, or not any more."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A Checkout session that was made just now, or under the same key before."""

    id: str
    url: str
    expires_at: datetime.datetime


def create_customer(user_id: str, attempt: int) -> str:
    """The id of a Stripe customer for the user; the same one for every call that races with this in one attempt.

    Its parameters never change, since Stripe refuses an idempotency key that comes with others: what else it is to know
    of the customer it is told by ``describe_customer``.

    Raises:
        KeySpent: this attempt will not make one.
        Unavailable: Stripe did not answer.
    """
    parameters = {"metadata": {"app": APP, "userId": user_id}}
    customer = _made(_stripe().v1.customers.create, parameters, f"customer-{user_id}", attempt)
    return str(customer.id)


def find_customer(user_id: str) -> str | None:
    """The first customer that was made for the user, or None. Stripe's search knows of a new one after a minute.

    Raises:
        Unavailable: Stripe did not answer.
    """
    quoted = user_id.replace("\\", "\\\\").replace("'", "\\'")
    query = f"metadata['app']:'{APP}' AND metadata['userId']:'{quoted}'"
    with _reached():
        found = _stripe().v1.customers.search({"query": query, "limit": 100}).data
    return min(found, key=lambda customer: customer.created).id if found else None


def describe_customer(customer_id: str, user_id: str, email: str) -> None:
    """Tells Stripe what a person at its dashboard searches a customer by. ``email`` is a verified one, or empty.

    Raises:
        CustomerMissing: there is no such customer.
        Unavailable: Stripe did not answer.
    """
    known: CustomerUpdateParams = {"metadata": {"firebaseUID": user_id}}
    try:
        with _reached():
            _stripe().v1.customers.update(customer_id, {"email": email, **known} if email else known)
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise CustomerMissing(customer_id) from error
        if error.param != "email":
            raise
        # An address that Stripe does not take keeps nobody from buying.
        log.write("WARNING", "customer-email-refused", user=log.hashed(user_id))
        describe_customer(customer_id, user_id, "")


def create_session(user_id: str, customer_id: str, package: Package, order: str, key: str, attempt: int) -> NewSession:
    """A Checkout session for the package; the same one for every call with ``key`` in one attempt.

    ``order`` is our own reference, by which a session or a payment finds its order.

    Raises:
        CustomerMissing: there is no such customer.
        KeySpent: this attempt will not make one.
        Unavailable: Stripe did not answer.
        ConfigurationError: the package names a Stripe price that costs something else.
    """
    metadata = {"app": APP, "userId": user_id, "package": package.id, "order": order}
    parameters = {
        "mode": "payment",
        "customer": customer_id,
        "client_reference_id": _plain(user_id),
        "line_items": [_line_item(package)],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": settings().checkout_success_url,
        "cancel_url": settings().checkout_cancel_url,
    }
    session = _made(_stripe().v1.checkout.sessions.create, parameters, key, attempt)
    if session.url is None:
        raise RuntimeError(f"Stripe made the session {session.id} without a page")
    return NewSession(session.id, session.url, datetime.datetime.fromtimestamp(session.expires_at, datetime.UTC))


def _made(create: Callable[..., Any], parameters: Mapping[str, Any], name: str, attempt: int) -> Any:
    """What Stripe's ``create`` makes of the parameters, under the key of the attempt: the one way to make anything."""
    try:
        with _reached():
            return create(parameters, {"idempotency_key": _key(name, attempt)})
    except IdempotencyConflict as problem:
        raise KeySpent(problem) from problem
    except Unavailable as problem:
        if _is_saved(problem.__cause__):
            raise KeySpent(problem) from problem
        raise
    except stripe.InvalidRequestError as error:
        if (error.code, error.param) == ("resource_missing", "customer"):
            raise CustomerMissing from error
        raise


@contextlib.contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except stripe.IdempotencyError as error:
        if error.code == "idempotency_key_in_use":
            raise Unavailable("The same request is being answered.") from error
        raise IdempotencyConflict("This Idempotency-Key was used for another request.") from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise Unavailable("The payment provider cannot be reached.") from error


def _is_saved(error: BaseException | None) -> bool:
    """Whether Stripe says this again to everybody who comes with the same key.

    It saves the first answer of a key, its own failures included; what its gateways answer it does not.
    https://docs.stripe.com/api/idempotent_requests
    """
    if not isinstance(error, stripe.StripeError):
        return False
    status, replayed = error.http_status or 0, (error.headers or {}).get("Idempotent-Replayed") == "true"
    return status == HTTPStatus.INTERNAL_SERVER_ERROR or (status > HTTPStatus.INTERNAL_SERVER_ERROR and replayed)


def _key(name: str, attempt: int) -> str:
    """An idempotency key at Stripe: what is made, and for whom; another one for each attempt.

    A name begins with a letter, so that an attempt's number cannot be taken for a part of it.
    """
    return f"{APP}-{_plain(name)}" if attempt == 0 else f"{APP}-{attempt}-{_plain(name)}"


def _plain(name: str) -> str:
    """The name where it may stand in a header as it is, its hash where not: uids may hold any character."""
    return name if _IN_A_HEADER.fullmatch(name) else f"sha256-{hashlib.sha256(name.encode()).hexdigest()}"


def retrieve_session(session_id: str) -> Session:
    """The session as Stripe knows it now.

    Raises:
        Unavailable: Stripe did not answer.
    """
    with _reached():
        answer = _stripe().v1.checkout.sessions.retrieve(session_id).to_dict()
    try:
        return subjects.session(answer)
    except Malformed as error:  # The caller of the function did not send this.
        raise RuntimeError("Stripe answered with something else than a session") from error


def _line_item(package: Package) -> "SessionCreateParamsLineItem":
    if package.stripe_price is not None:
        _require_price(package)
        return {"quantity": 1, "price": package.stripe_price}
    return {
        "quantity": 1,
        "price_data": {
            "currency": package.currency,
            "unit_amount": package.amount,
            "product_data": {"name": f"{package.name} ({package.tokens} tokens)"},
        },
    }


@functools.cache
def _require_price(package: Package) -> None:
    with _reached():
        price = _stripe().v1.prices.retrieve(package.stripe_price or "")
    if (
        not price.active
        or price.type != "one_time"
        or (price.unit_amount, price.currency)
        != (
            package.amount,
            package.currency,
        )
    ):
        raise ConfigurationError(
            f"package {package.id}: {package.stripe_price} is not an active one-time price of "
            f"{package.amount} {package.currency}"
        )
