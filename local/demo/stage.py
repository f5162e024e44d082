"""What every act of the story has at hand: two people, their wallets, a Stripe account, and how a step is checked.

Every step says what must hold. A step that does not hold ends the story with its sentence.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import requests

from local.cloud import Endpoints
from local.demo.client import TIMEOUT_SECONDS, AppUser, Reply
from local.demo.stripe_account import GOOD_CARD, Order, StripeAccount

WAIT_SECONDS = 30.0

Tell = Callable[[str], None]

Wallet = dict[str, Any]
"""What ``get-wallet`` answers."""


class StepFailed(Exception):
    """A step of the story did not hold. The message names the step and what was seen instead."""


class Stage:
    """Ada makes and sells, Ben likes and tips."""

    def __init__(self, cloud: Endpoints, tell: Tell) -> None:
        self.cloud = cloud
        self.tell = tell
        self.ada = AppUser("Ada", cloud)
        self.ben = AppUser("Ben", cloud)
        self.stripe = StripeAccount(cloud.stripe)

    def run_job(self, name: str) -> dict[str, Any]:
        """Runs a job of Cloud Scheduler, and returns what the function answered."""
        run = requests.post(f"{self.cloud.scheduler}/v1/jobs/{name}:run", timeout=TIMEOUT_SECONDS).json()
        check(run.get("status") == 200, f"the scheduler's job {name} runs", run)
        answer: dict[str, Any] = json.loads(run["body"])
        return answer


def buy(stage: Stage, person: AppUser) -> Order:
    """The person pays 4.99 USD for 50 tokens. Whether they are credited yet is not looked at."""
    order: Order = expect(200, person.post("create-checkout", {"package": "starter"}), "a checkout opens")
    paid = stage.stripe.pay(order["url"], GOOD_CARD)
    check(paid.status == 303, "the good card returns to the app", paid)
    return order


def expect(status: int, reply: Reply, what: str) -> Any:
    """Returns the body of an answer that must have this status."""
    check(reply.status == status, what, f"{reply.status} {reply.body}")
    return reply.body


def check(holds: bool, what: str, seen: object) -> None:
    """Ends the story unless the step holds."""
    if not holds:
        raise StepFailed(f"{what} - but: {seen}")


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Waits for what the cloud does on its own."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        check(time.monotonic() < deadline, what, f"not within {WAIT_SECONDS:.0f} s")
        time.sleep(0.05)


def wallet(person: AppUser) -> Wallet:
    """The person's wallet as the API shows it."""
    shown: Wallet = expect(200, person.get("get-wallet"), f"{person.name} reads the wallet")
    return shown


def balance(person: AppUser) -> int:
    """The tokens in the person's wallet."""
    return int(wallet(person)["tokenBalance"])


def wait_for(person: AppUser, what: str, holds: Callable[[Wallet], bool]) -> Wallet:
    """Waits until the person's wallet is as it must be, and returns it."""
    seen: Wallet = {}

    def agrees() -> bool:
        seen.update(wallet(person))
        return holds(seen)

    try:
        wait_until(agrees, what)
    except StepFailed as failed:
        raise StepFailed(f"{failed}: {seen}") from None
    return seen


def wait_for_wallet(person: AppUser, what: str, *, tokens: int, debt: int) -> None:
    """Waits until the person holds and owes so many tokens."""
    wait_for(person, what, lambda seen: (seen["tokenBalance"], seen["debt"]) == (tokens, debt))
