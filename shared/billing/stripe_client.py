"""The clients of Stripe's API, and the errors that Stripe answers with.

What is asked of Stripe is in the files beside this one, by subject. Every call of theirs is made inside of ``reached``.
Every create call goes through ``made`` and carries a Stripe idempotency key derived from ours, so that a retry creates
nothing twice; and the number of an attempt, so that an error which Stripe saved under a key locks nobody out.
"""

import contextlib
import contextvars
import functools
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import stripe

from shared.billing.subjects import APP
from shared.config import settings
from shared.errors import IdempotencyConflict, Problem, Unavailable

TIMEOUT_SECONDS = 10
NETWORK_RETRIES = 2

WEBHOOK_TIMEOUT_SECONDS = 4
WEBHOOK_CALLS = 6
"""What one event may ask of Stripe. Stripe waits about 10 seconds for the answer, and repeats the event itself."""

PAGE = 100  # Stripe's maximum

ATTEMPTS = 3

_IN_A_HEADER = re.compile(r"[!-~]+")


@dataclass(slots=True)
class _Budget:
    """The calls that one event may still make."""

    calls: int


_webhook_budget: contextvars.ContextVar[_Budget | None] = contextvars.ContextVar("webhook_budget", default=None)


@contextlib.contextmanager
def for_webhook() -> Iterator[None]:
    """Until the block ends, calls are those of one event: short, few, and never repeated."""
    token = _webhook_budget.set(_Budget(WEBHOOK_CALLS))
    try:
        yield
    finally:
        _webhook_budget.reset(token)


def client() -> stripe.StripeClient:
    """The client of whoever asks: of a webhook inside of ``for_webhook``, else that of people who wait."""
    return _patient() if _webhook_budget.get() is None else _hasty()


@functools.cache
def _patient() -> stripe.StripeClient:
    return _new_client(TIMEOUT_SECONDS, NETWORK_RETRIES)


@functools.cache
def _hasty() -> stripe.StripeClient:
    return _new_client(WEBHOOK_TIMEOUT_SECONDS, 0)


def _new_client(timeout_seconds: float, network_retries: int) -> stripe.StripeClient:
    # At INFO, the level of functions-framework, it writes down what Stripe's refusals say, and those quote.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    return stripe.StripeClient(
        settings().stripe_secret_key,
        http_client=stripe.RequestsClient(timeout=timeout_seconds),
        max_network_retries=network_retries,
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


def made(create: Callable[..., Any], parameters: Mapping[str, Any], name: str, attempt: int) -> Any:
    """What Stripe's ``create`` makes of the parameters, under the key of the attempt: the one way to make anything.

    Raises:
        CustomerMissing: the parameters name a customer that Stripe does not know.
        KeySpent: this attempt will not make it.
        Unavailable: Stripe did not answer.
    """
    try:
        with reached():
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


def made_in_attempts(create: Callable[..., Any], parameters: Mapping[str, Any], name: str) -> Any:
    """The same with the next attempt at once where Stripe has saved an error: for what cannot be made twice, or may be.

    Raises:
        CustomerMissing, Unavailable, IdempotencyConflict: as ``made``.
    """
    problem: Problem = Unavailable("The payment provider cannot be reached.")
    for attempt in range(ATTEMPTS):
        try:
            return made(create, parameters, name, attempt)
        except KeySpent as spent:
            problem = spent.problem
    raise problem


@contextlib.contextmanager
def reached() -> Iterator[None]:
    """Around one call of Stripe, which is counted where it is an event's.

    Raises:
        IdempotencyConflict: the key came with other parameters before.
        Unavailable: Stripe did not answer, or the event has made as many calls as it may.
    """
    budget = _webhook_budget.get()
    if budget is not None:
        if budget.calls == 0:
            raise Unavailable("This event asks too much of the payment provider.")
        budget.calls -= 1
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
    return f"{APP}-{plain(name)}" if attempt == 0 else f"{APP}-{attempt}-{plain(name)}"


def plain(name: str) -> str:
    """The name where it may stand in a header as it is, its hash where not: uids may hold any character."""
    return name if _IN_A_HEADER.fullmatch(name) else f"sha256-{hashlib.sha256(name.encode()).hexdigest()}"


def pages(ask: Callable[..., Any], parameters: Mapping[str, Any], limit: int) -> tuple[list[Any], bool]:
    """What a list of Stripe's has, the newest first, and whether there is more of it than ``limit``.

    ``ask`` is the list's method of the client.

    Raises:
        Unavailable: Stripe did not answer.
    """
    found: list[Any] = []
    asked = {**parameters, "limit": min(PAGE, limit)}
    while True:
        with reached():
            answer = ask(asked)
        found += answer.data
        if not answer.has_more or len(found) >= limit:
            return found[:limit], answer.has_more or len(found) > limit
        asked["starting_after"] = found[-1].id
