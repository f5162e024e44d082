"""Needs the Firestore emulator and the local Stripe. Deliveries that nobody should believe, made from seeds.

Behind every one of them lies a paid session that the true event would credit: what is refused is refused for itself.
"""

import copy
import hashlib
import hmac
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from google.cloud.firestore import DocumentReference

from local import sampling
from shared.cloud.clients import store
from tests.support import ledger_kit
from tests.support.cloud_kit import (
    TIMEOUT_SECONDS,
    Cloud,
    Event,
    checkout,
    deliver,
    deliver_signed,
    document,
    documents,
    field,
    lines,
    open_account,
    signature,
    write,
)
from tests.support.people import Person

DELIVERIES = 20
"""Of each kind; the sample is a quarter of them."""

CANARY = "canary-in-a-body"
LIMIT_BYTES = 256 * 1024
DAY = 86_400


@dataclass(frozen=True)
class Target:
    """What an attacker is after: Ada paid ``session_id``, and nobody has told us yet."""

    cloud: Cloud
    ada: Person
    session_id: str
    event: Event

    def true_event(self) -> Event:
        """What Stripe would send, with text in it that must not be logged."""
        return copy.deepcopy(self.event) | {"id": f"evt_{uuid.uuid4().hex}"}


@dataclass
class Purchase:
    """A paid session, played once, and what it left in Firestore."""

    ada: Person
    session_id: str
    event: Event
    documents: dict[str, dict[str, Any]]

    def again(self, cloud: Cloud) -> Target:
        """The state after the payment, in the project of this test, and nothing else."""
        for reference in _everything():
            if reference.path not in self.documents:
                reference.delete(timeout=TIMEOUT_SECONDS)
        batch = store().batch()
        for path, fields in self.documents.items():
            batch.set(store().document(path), fields)
        batch.commit(timeout=TIMEOUT_SECONDS)
        return Target(cloud, self.ada, self.session_id, self.event)


@pytest.fixture(scope="module")
def played() -> list[Purchase]:
    """Holds the purchase once the first test has played it."""
    return []


@pytest.fixture
def purchase(cloud: Cloud, played: list[Purchase]) -> Purchase:
    if not played:
        played.append(bought(cloud))
    return played[0]


@pytest.fixture
def target(cloud: Cloud, purchase: Purchase) -> Target:
    return purchase.again(cloud)


def bought(cloud: Cloud) -> Purchase:
    """A new person with a new purchase."""
    ada = open_account()
    session = checkout(ada)
    assert cloud.pay(session["url"]) == 303
    session_id = session["sessionId"]
    event = cloud.event("completed", session_id, customer_email=f"{CANARY}@example.com")
    found = {reference.path: document(reference.path) or {} for reference in _everything()}
    return Purchase(ada, session_id, event, found)


def _everything() -> list[DocumentReference]:
    return [each for collection in store().collections() for each in collection.list_documents()]


def seeds() -> Iterator[tuple[int, random.Random]]:
    """The seeds of the deliveries of one kind, each with what follows from it."""
    for seed in sampling.part(range(DELIVERIES), 4, "webhook attacks"):
        yield seed, random.Random(seed)  # noqa: S311 - to be repeated, not to be secret


def written(event: object) -> bytes:
    return json.dumps(event).encode()


# -- not signed by Stripe, or not this ---------------------------------------------------------------------------

Delivery = tuple[bytes, str | None]


def of_another_secret(chance: random.Random, body: bytes) -> Delivery:
    return body, signature(body, f"whsec_{chance.randbytes(12).hex()}")


def of_version_zero(chance: random.Random, body: bytes) -> Delivery:
    other = chance.choice(["v0", "v2", "V1", "v1 ", "v"])
    return body, signature(body).replace("v1=", f"{other}=")


def with_a_shortened_signature(chance: random.Random, body: bytes) -> Delivery:
    return body, signature(body)[: -chance.randrange(1, 64)]


def of_another_algorithm(chance: random.Random, body: bytes) -> Delivery:
    moment = int(time.time())
    algorithm = chance.choice(["sha1", "sha512", "md5", "sha384", "sha3_256"])
    return body, f"t={moment},v1={hmac.new(b'whsec_test', b'%d.%b' % (moment, body), algorithm).hexdigest()}"


def with_a_hash_that_needs_no_secret(_chance: random.Random, body: bytes) -> Delivery:
    moment = int(time.time())
    return body, f"t={moment},v1={hashlib.sha256(b'%d.%b' % (moment, body)).hexdigest()}"


def with_many_guesses(chance: random.Random, body: bytes) -> Delivery:
    guesses = ",".join(f"v1={chance.randbytes(32).hex()}" for _ in range(chance.randrange(2, 50)))
    return body, f"t={int(time.time())},{guesses}"


def of_the_past(chance: random.Random, body: bytes) -> Delivery:
    return body, signature(body, at=time.time() - chance.choice([310, 3600, DAY, 3 * DAY, chance.randrange(310, DAY)]))


def of_the_future(chance: random.Random, body: bytes) -> Delivery:
    return body, signature(body, at=time.time() + chance.choice([310, 3600, DAY, 3 * DAY, chance.randrange(310, DAY)]))


def made_younger(chance: random.Random, body: bytes) -> Delivery:
    old = signature(body, at=time.time() - chance.randrange(400, DAY))
    return body, f"t={int(time.time())},{old.partition(',')[2]}"


def of_another_event(chance: random.Random, body: bytes) -> Delivery:
    return body, signature(written({"id": f"evt_{chance.randrange(99)}", "note": CANARY}))


def with_nonsense_for_a_signature(chance: random.Random, body: bytes) -> Delivery:
    letters = "tv01=,; abc\u00e9" + "9" * 5
    return body, "".join(chance.choices(letters, k=chance.randrange(0, 200)))


def without_a_signature(_chance: random.Random, body: bytes) -> Delivery:
    return body, None


def cut_short(chance: random.Random, body: bytes) -> Delivery:
    return body[: chance.randrange(len(body))], signature(body)


def written_anew(chance: random.Random, body: bytes) -> Delivery:
    event = json.loads(body)
    indented, sorted_by_name = json.dumps(event, indent=chance.randrange(1, 9)), json.dumps(event, sort_keys=True)
    return chance.choice([indented, sorted_by_name]).encode(), signature(body)


def with_a_changed_byte(chance: random.Random, body: bytes) -> Delivery:
    changed = bytearray(body)
    for _ in range(chance.randrange(1, 4)):
        changed[chance.randrange(len(changed))] ^= chance.randrange(1, 256)
    return (bytes(changed) if changed != body else body + b" "), signature(body)


def with_a_changed_field(chance: random.Random, body: bytes) -> Delivery:
    event = json.loads(body)
    session = event["data"]["object"]
    session["metadata"]["userId"] = chance.choice(["mallory", session["metadata"]["userId"] + " "])
    session["amount_subtotal"] = chance.randrange(100)
    return written(event), signature(body)


def of_noise(chance: random.Random, body: bytes) -> Delivery:
    return CANARY.encode() + chance.randbytes(chance.randrange(2000)), signature(body)


FORGERIES: list[Callable[[random.Random, bytes], Delivery]] = [
    of_another_secret,
    of_version_zero,
    with_a_shortened_signature,
    of_another_algorithm,
    with_a_hash_that_needs_no_secret,
    with_many_guesses,
    of_the_past,
    of_the_future,
    made_younger,
    of_another_event,
    with_nonsense_for_a_signature,
    without_a_signature,
    cut_short,
    written_anew,
    with_a_changed_byte,
    with_a_changed_field,
    of_noise,
]


@pytest.mark.threat(36, 37, 38, 39, 86)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_delivery_that_stripe_did_not_sign_like_this_is_refused(
    target: Target, capfd: pytest.CaptureFixture[str], forgery: Callable[[random.Random, bytes], Delivery]
) -> None:
    with ledger_kit.nothing_moves():
        for seed, chance in seeds():
            body, header = forgery(chance, written(target.true_event()))
            assert deliver_signed(body, header).problem == (400, "malformed"), seed

    assert documents("webhookEvents") == {}
    assert_that_nothing_was_said(capfd)
    assert_that_the_truth_is_still_believed(target)


# -- signed by Stripe, and no event all the same -----------------------------------------------------------------


def not_utf_8(chance: random.Random, event: Event) -> bytes:
    body = written(event)
    place = chance.randrange(len(body))
    return body[:place] + chance.choice([b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8"]) + body[place:]


def not_whole(chance: random.Random, event: Event) -> bytes:
    body = written(event)
    return body[: chance.randrange(len(body))]


def not_an_object(chance: random.Random, event: Event) -> bytes:
    return written(chance.choice([[event], [event, event], [], json.dumps(event), 7, None, True, CANARY]))


def nested_too_deep(chance: random.Random, event: Event) -> bytes:
    depth = chance.randrange(5_000, 20_000)
    opening, closing = chance.choice([(b"[", b"]"), (b'{"a":', b"}")])
    inside = opening * depth + b"1" + closing * depth
    return written(event)[:-1] + b', "more": ' + inside + b"}"


def with_a_field_twice(chance: random.Random, event: Event) -> bytes:
    body = written(event)
    name = chance.choice(["id", "type", "livemode", "data", "object"])
    return b"{" + json.dumps(name).encode() + b": " + json.dumps(event[name]).encode() + b", " + body[1:]


def with_a_number_that_is_none(chance: random.Random, event: Event) -> bytes:
    return written(event)[:-1] + b', "more": ' + chance.choice([b"NaN", b"Infinity", b"-Infinity", b"9" * 5000]) + b"}"


def with_more_behind_it(chance: random.Random, event: Event) -> bytes:
    return written(event) + chance.choice([b"{}", b"]", b"\x00", b"null", written(event)])


def without_a_field(chance: random.Random, event: Event) -> bytes:
    del event[chance.choice(["id", "object", "type", "livemode", "data"])]
    return written(event)


def without_a_field_of_the_session(chance: random.Random, event: Event) -> bytes:
    del event["data"]["object"][chance.choice(["id", "status", "payment_status", "mode"])]
    return written(event)


def of_the_other_mode(_chance: random.Random, event: Event) -> bytes:
    return written(event | {"livemode": True})


JUNK: list[Callable[[random.Random, Event], bytes]] = [
    not_utf_8,
    not_whole,
    not_an_object,
    nested_too_deep,
    with_a_field_twice,
    with_a_number_that_is_none,
    with_more_behind_it,
    without_a_field,
    without_a_field_of_the_session,
    of_the_other_mode,
]


@pytest.mark.threat(39, 47, 86, 87)
@pytest.mark.parametrize("junk", JUNK)
def test_a_signature_makes_no_event_of_what_is_none(
    target: Target, capfd: pytest.CaptureFixture[str], junk: Callable[[random.Random, Event], bytes]
) -> None:
    with ledger_kit.nothing_moves():
        for seed, chance in seeds():
            answer = deliver(junk(chance, target.true_event()))
            assert answer.problem == (400, "malformed"), seed

    assert documents("webhookEvents") == {}
    assert_that_nothing_was_said(capfd)
    assert_that_the_truth_is_still_believed(target)


@pytest.mark.threat(39, 86, 87)
def test_a_body_above_the_limit_is_not_looked_into(target: Target, capfd: pytest.CaptureFixture[str]) -> None:
    with ledger_kit.nothing_moves():
        for seed, chance in seeds():
            body = written(target.true_event()).ljust(LIMIT_BYTES + chance.randrange(1, 2 * LIMIT_BYTES))
            header = chance.choice([signature(body), signature(body, "whsec_other"), None])
            assert deliver_signed(body, header).problem == (413, "too-large"), seed

    assert documents("webhookEvents") == {}
    assert_that_nothing_was_said(capfd)
    assert_that_the_truth_is_still_believed(target)


# -- signed by Stripe, and not what was bought -------------------------------------------------------------------

MISTYPED: list[Any] = [
    None,
    True,
    0,
    -1,
    10**400,
    1.5,
    "",
    "\ud800",
    "a/b",
    f"{CANARY}\u0000",
    "x" * 2000,
    [],
    [[1]],
    ["\ud800"],
    {},
    {"id": 5},
    {"id": "\ud800"},
]

DECIDING = {
    "object",
    "livemode",
    "data",
    "data.object",
    "data.object.object",
    "data.object.id",
    "data.object.payment_status",
    "data.object.mode",
    "data.object.amount_subtotal",
    "data.object.currency",
    "data.object.metadata",
    "data.object.metadata.app",
    "data.object.metadata.userId",
    "data.object.metadata.package",
}
"""Without these as they should be nothing is credited."""

INCIDENTAL = {
    "id",
    "type",
    "created",
    "data.object.status",
    "data.object.payment_intent",
    "data.object.metadata.tokens",
}
"""Whatever these say, they make no other credit of it."""


def changed(event: Event, path: str, value: object) -> Event:
    """A copy of the event in which ``path`` is ``value``."""
    event = copy.deepcopy(event)
    *way, name = path.split(".")
    parent = event
    for step in way:
        parent = parent[step]
    parent[name] = value
    return event


@pytest.mark.deep
@pytest.mark.threat(39, 44, 45, 46, 86)
@pytest.mark.parametrize("path", sorted(DECIDING))
def test_a_signed_event_with_a_mistyped_field_credits_nothing(
    target: Target, capfd: pytest.CaptureFixture[str], path: str
) -> None:
    with ledger_kit.nothing_moves():
        for value in sampling.part(MISTYPED, 3, path):
            if value is True and path == "livemode":
                continue  # a mode, and the other one: refused above
            answer = deliver(changed(target.true_event(), path, value))
            assert answer.status in (200, 400), repr(value)[:40]
            reopen(target)

    assert_that_nothing_was_said(capfd)
    assert_that_the_truth_is_still_believed(target)


@pytest.mark.deep
@pytest.mark.threat(39, 86)
@pytest.mark.parametrize("path", sorted(INCIDENTAL))
def test_a_mistyped_field_beside_the_point_makes_no_more_of_it(
    cloud: Cloud, purchase: Purchase, capfd: pytest.CaptureFixture[str], path: str
) -> None:
    for value in sampling.part(MISTYPED, 3, path):
        target = purchase.again(cloud)
        assert deliver(changed(target.true_event(), path, value)).status in (200, 400), repr(value)[:40]
        assert_that_the_truth_is_still_believed(target)
        assert_that_nothing_was_said(capfd)


def cheaper(chance: random.Random, event: Event) -> Event:
    return changed(
        event, "data.object.amount_subtotal", chance.choice([0, 1, 498, 500, -499, 49900, chance.randrange(499)])
    )


def in_other_money(chance: random.Random, event: Event) -> Event:
    return changed(event, "data.object.currency", chance.choice(["eur", "jpy", "USD", "us", "idr", "usd "]))


def for_somebody_else(chance: random.Random, event: Event) -> Event:
    return changed(
        event, "data.object.metadata.userId", chance.choice(["mallory", "", "../ada", chance.randbytes(9).hex()])
    )


def for_a_larger_package(chance: random.Random, event: Event) -> Event:
    package = chance.choice(["popular", "pro", "creator", "STARTER", "starter "])
    return changed(changed(event, "data.object.metadata.package", package), "data.object.metadata.tokens", "700")


def not_paid(chance: random.Random, event: Event) -> Event:
    status = chance.choice(["unpaid", "no_payment_required", "PAID", "paid ", "", "processing"])
    return changed(event, "data.object.payment_status", status)


def of_another_mode_of_checkout(chance: random.Random, event: Event) -> Event:
    return changed(event, "data.object.mode", chance.choice(["setup", "subscription", "Payment"]))


def of_a_kind_that_is_not_handled(chance: random.Random, event: Event) -> Event:
    kinds = ["checkout.session.paid", "checkout.session", "payment_intent.created", "checkout.session.Completed", "x"]
    return event | {"type": chance.choice(kinds)}


def about_something_else(chance: random.Random, event: Event) -> Event:
    return changed(
        event, "data.object.object", chance.choice(["payment_intent", "charge", "checkout.Session", "invoice"])
    )


TAMPERED: list[Callable[[random.Random, Event], Event]] = [
    cheaper,
    in_other_money,
    for_somebody_else,
    for_a_larger_package,
    not_paid,
    of_another_mode_of_checkout,
    of_a_kind_that_is_not_handled,
    about_something_else,
]


@pytest.mark.threat(44, 45, 46, 86)
@pytest.mark.parametrize("tampered", TAMPERED)
def test_a_signed_event_that_is_not_what_was_bought_is_taken_and_credits_nothing(
    target: Target, capfd: pytest.CaptureFixture[str], tampered: Callable[[random.Random, Event], Event]
) -> None:
    with ledger_kit.nothing_moves():
        for seed, chance in seeds():
            assert deliver(tampered(chance, target.true_event())).status == 200, seed
            reopen(target)

    assert_that_nothing_was_said(capfd)
    assert_that_the_truth_is_still_believed(target)


def test_at_least_five_hundred_deliveries_are_played() -> None:
    made_from_seeds = DELIVERIES * (len(FORGERIES) + len(JUNK) + len(TAMPERED) + 1)
    mistyped = len(MISTYPED) * (len(DECIDING) + len(INCIDENTAL))

    assert made_from_seeds + mistyped >= 500


# -- what holds after every one of them --------------------------------------------------------------------------


def reopen(target: Target) -> None:
    """Undoes that the order was parked, so that the next delivery meets it as the first one did."""
    if field(f"orders/{target.session_id}", "status") != "open":
        write(f"orders/{target.session_id}", status="open")


def assert_that_nothing_was_said(capfd: pytest.CaptureFixture[str]) -> None:
    """Fails if what was logged, or kept about the events and the orders, quotes a body."""
    out, err = capfd.readouterr()
    kept = json.dumps([documents("webhookEvents"), documents("orders")], default=str)
    assert '"function": "stripe_webhook"' in out
    assert CANARY not in out + err + kept
    assert "v1=" not in out + err + kept
    assert "unexpected-error" not in out


def assert_that_the_truth_is_still_believed(target: Target) -> None:
    """Fails unless the true event credits what was paid for, once."""
    assert deliver(target.true_event()).status == 200
    assert lines(target.ada) == [("signup_bonus", 10), ("purchase", 50)]
    ledger_kit.assert_books_balance(target.cloud.project)
