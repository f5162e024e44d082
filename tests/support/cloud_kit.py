"""The cloud around the functions, controlled by a test: Stripe, Cloud Tasks, Storage and the callers."""

import datetime
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from google.cloud import firestore

from local.gateway import path_of
from local.google.oidc import Issuer
from local.google.tasks.server import TasksServer
from local.parts import INVOKER, location
from local.stripe.server import StripeServer
from shared import clock
from shared.cloud.clients import store
from shared.ledger.purchase import Purchase
from shared.manifest import QUEUES
from shared.money import crediting
from tests.support import api, ledger_kit
from tests.support.api import Answer
from tests.support.people import Person

WEBHOOK_SECRET = "whsec_test"
SUCCESS_URL = "https://guilder.example/thanks?session={CHECKOUT_SESSION_ID}"
CANCEL_URL = "https://guilder.example/shop"
PORTAL_RETURN_URL = "https://guilder.example/account"
BUCKET = "guilder-test-media"

PAYS, IS_DECLINED, PAYS_LATER = "4242424242424242", "4000000000000002", "4000009999990001"
TIMEOUT_SECONDS = 20

Event = dict[str, Any]


@dataclass(frozen=True)
class Cloud:
    """The parts that one test uses; the queues of its project are paused until ``start_queues``."""

    project: str
    stripe: StripeServer
    issuer: Issuer
    tasks: TasksServer
    gateway_url: str
    storage_url: str

    # Stripe

    def stripe_get(self, path: str) -> Any:
        """What the local Stripe's API answers to a GET of ``path``."""
        answer = httpx.get(f"{self.stripe.url}/v1/{path}", headers=_STRIPE_KEY, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stripe_post(self, path: str, **form: object) -> Any:
        """What the local Stripe's API answers to a POST of the form: ``cloud.stripe_post("refunds", charge=…)``."""
        return _posted(f"{self.stripe.url}/v1/{path}", form)

    def stripe_delete(self, path: str) -> None:
        """Has the local Stripe's API end or delete what is at ``path``."""
        answer = httpx.delete(f"{self.stripe.url}/v1/{path}", headers=_STRIPE_KEY, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text

    def control_stripe(self, path: str, **form: object) -> Any:
        """What a control of the local Stripe answers (``local.stripe.controls``)."""
        return _posted(f"{self.stripe.url}/_local/{path}", form)

    def wind(self, seconds: int) -> None:
        """Puts the clocks of Stripe and of the functions forward together, as the local cloud does."""
        self.stripe.on_wind = lambda ahead: clock.put_ahead(datetime.timedelta(seconds=ahead))
        self.control_stripe("clock", seconds=seconds)

    def pay(self, url: str, card: str = PAYS) -> int:
        """Presses Pay on the hosted page, and returns the status of its answer: 303 leads back to the shop."""
        form = {"card": card, "email": "ada@example.com"}
        return httpx.post(f"{url}/complete", data=form, timeout=TIMEOUT_SECONDS).status_code

    def expire(self, session_id: str) -> None:
        """Ends the session before its time."""
        url = f"{self.stripe.url}/v1/checkout/sessions/{session_id}/expire"
        assert httpx.post(url, headers=_STRIPE_KEY, timeout=TIMEOUT_SECONDS).status_code == 200

    def event(self, kind: str, session_id: str, **changes: Any) -> Event:
        """A new event of ``checkout.session.<kind>`` about the session as it is now, but for ``changes``."""
        session = self.stripe_get(f"checkout/sessions/{session_id}") | changes
        return {
            "id": f"evt_{uuid.uuid4().hex}",
            "object": "event",
            "type": f"checkout.session.{kind}",
            "livemode": False,
            "data": {"object": session},
        }

    def deliver_webhooks(self) -> None:
        """From now on the local Stripe delivers its events to the webhook."""
        self.stripe.webhook_url = f"{self.gateway_url}{path_of('stripe_webhook')}"

    # Cloud Tasks

    @property
    def location(self) -> str:
        """The full name of where the queues are."""
        return location(self.project)

    def queue(self, name: str) -> str:
        """The full name of a queue of this project."""
        return f"{self.location}/queues/{name}"

    def start_queues(self, ahead_seconds: int = 0) -> None:
        """From now on tasks are dispatched, those that wait included, by a clock that is so far ahead."""
        self.tasks.put_ahead(ahead_seconds)
        for name in QUEUES:
            self.tasks.resume(self.queue(name))

    def queued(self, queue: str) -> list[Any]:
        """The tasks of the queue that are not done, by name."""
        from shared.cloud.clients import tasks

        return list(tasks().list_tasks(parent=self.queue(queue)))

    def wait_until_idle(self) -> None:
        """Returns once no task is left, scheduled ones included."""
        self.tasks.wait_until_idle(TIMEOUT_SECONDS)

    # Functions that only Google calls

    def token(self, function: str, email: str = INVOKER, **claims: object) -> str:
        """An OIDC token that Google would send with a call of the function."""
        return self.issuer.mint(email, f"{self.gateway_url}{path_of(function)}", **claims)  # type: ignore[arg-type]

    def call(self, function: str, body: object = None, token: str | None = None) -> Answer:
        """Calls the function as our service account."""
        bearer = token if token is not None else self.token(function)
        return api.post(function, {} if body is None else body, headers={"Authorization": f"Bearer {bearer}"})

    def run(self, generation_id: str) -> Answer:
        """One delivery of the generation's task."""
        return self.call("run_generation", {"generationId": generation_id})


_STRIPE_KEY = {"Authorization": "Bearer sk_test_local"}


def _posted(url: str, form: dict[str, Any]) -> Any:
    answer = httpx.post(url, data=form, headers=_STRIPE_KEY, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 200, answer.text
    return answer.json()


def deliver(event: object, at: float | None = None, secret: str = WEBHOOK_SECRET) -> Answer:
    """POSTs the event, or the body given as bytes, to the webhook with Stripe's signature."""
    body = event if isinstance(event, bytes) else json.dumps(event, indent=2).encode()
    return deliver_signed(body, signature(body, secret, at))


def signature(body: bytes, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    """The Stripe-Signature header of the body, sent now or ``at`` a time.

    https://docs.stripe.com/webhooks#verify-manually
    """
    moment = int(time.time() if at is None else at)
    signed = hmac.new(secret.encode(), b"%d.%b" % (moment, body), hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def deliver_signed(body: bytes, header: str | None) -> Answer:
    """POSTs the body to the webhook with this Stripe-Signature header, or with none."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if header is not None:
        headers["Stripe-Signature"] = header
    return api.call("POST", "stripe_webhook", headers, body)


def open_account(tokens: int = 10, person: Person | None = None) -> Person:
    """The person, or a new one, with an account that holds ``tokens``: the bonus of 10, and the rest as if bought."""
    person = person or Person()
    assert api.post("open_account", by=person).status == 200
    if tokens > 10:
        bought = _bought(person.user_id, tokens - 10)
        crediting.credit(bought.entry(), ledger_kit.paid_order(person.user_id, bought.session_id, bought.tokens))
    return person


def _bought(user_id: str, tokens: int) -> Purchase:
    return Purchase(f"cs_gift{uuid.uuid4().hex}", None, user_id, "starter", tokens, 499, "usd", "phoenix@1")


def checkout(person: Person, package: str = "starter", key: str | None = None) -> Any:
    """What ``create_checkout`` answers: ``{sessionId, url}``."""
    answer = api.post("create_checkout", {"package": package}, by=person, key=key or api.new_key())
    assert answer.status == 200, answer
    return answer.body


def generate(person: Person, key: str | None = None, **fields: object) -> str:
    """The id of an accepted generation."""
    body = {"feature": "image", "prompt": "a lighthouse", **fields}
    answer = api.post("generate", body, by=person, key=key or api.new_key())
    assert answer.status == 202, answer
    generation_id: str = answer.body["generationId"]
    return generation_id


def document(path: str) -> dict[str, Any] | None:
    """The fields of the Firestore document, or None."""
    return store().document(path).get(timeout=TIMEOUT_SECONDS).to_dict()


def field(path: str, name: str) -> Any:
    """One field of a document that is there."""
    fields = document(path)
    assert fields is not None, path
    return fields[name]


def write(path: str, **fields: object) -> None:
    """Overwrites fields of a document without the functions."""
    store().document(path).update(fields, timeout=TIMEOUT_SECONDS)


def documents(collection: str) -> dict[str, dict[str, Any]]:
    """Every document of the collection, by id."""
    found = store().collection(collection).limit(2000).get(timeout=TIMEOUT_SECONDS)
    return {each.id: each.to_dict() or {} for each in found}


def lines(person: Person) -> list[tuple[str, int]]:
    """Type and amount of every ledger line of the person, in the order of their times."""
    query = store().collection("transactions").where(filter=firestore.FieldFilter("userId", "==", person.user_id))
    found = sorted((each.to_dict() or {} for each in query.get(timeout=TIMEOUT_SECONDS)), key=_time)
    return [(line["type"], line["amount"]) for line in found]


def balance(person: Person) -> int:
    """What the wallet says."""
    tokens: int = field(f"users/{person.user_id}", "tokenBalance")
    return tokens


def ago(**span: float) -> datetime.datetime:
    """A moment in the past."""
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**span)


def _time(line: dict[str, Any]) -> Any:
    return line["timestamp"]
