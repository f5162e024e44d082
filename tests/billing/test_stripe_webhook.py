"""Needs the Firestore emulator and the local Stripe, whose signature the tests also forge."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import DeadlineExceeded, ServiceUnavailable
from google.cloud.firestore_v1.batch import WriteBatch

from local.costs.meter import metered
from local.stripe import webhooks
from shared import config
from shared.cloud.clients import STORE, store
from tests.support import api, ledger_kit
from tests.support.cloud_kit import (
    PAYS_LATER,
    TIMEOUT_SECONDS,
    WEBHOOK_SECRET,
    Cloud,
    Event,
    balance,
    checkout,
    deliver,
    deliver_signed,
    documents,
    field,
    lines,
    open_account,
    signature,
)
from tests.support.concurrently import concurrently
from tests.support.generation_kit import alerts
from tests.support.people import Person
from tests.support.target import eventually

BONUS = ("signup_bonus", 10)
STARTER = ("purchase", 50)
CANARY = "canary@example.com"


def bought(cloud: Cloud, person: Person, package: str = "starter") -> str:
    """The id of a session that the person paid; the webhook has not heard of it."""
    session = checkout(person, package)
    assert cloud.pay(session["url"]) == 303
    session_id: str = session["sessionId"]
    return session_id


def order_status(session_id: str) -> str:
    status: str = field(f"orders/{session_id}", "status")
    return status


def logged(event: Event) -> dict[str, Any]:
    """What ``webhookEvents`` says of the event, without its time."""
    fields = documents("webhookEvents")[event["id"]]
    assert fields.pop("updatedAt") is not None
    assert fields.pop("expiresAt") is not None
    return fields


# What is credited


def test_a_paid_session_is_credited_as_its_order_says(cloud: Cloud) -> None:
    ada = open_account()
    session_id = bought(cloud, ada, "popular")
    event = cloud.event("completed", session_id)

    answer = deliver(event)

    assert (answer.status, answer.body) == (200, {"received": True})
    assert lines(ada) == [BONUS, ("purchase", 110)]
    assert order_status(session_id) == "paid"
    assert logged(event) == {
        "type": "checkout.session.completed",
        "status": "processed",
        "attempts": 1,
        "error": None,
        "about": session_id,
    }
    ledger_kit.assert_books_balance(cloud.project)


def test_a_webhook_of_the_local_stripe_arrives_by_itself(cloud: Cloud) -> None:
    ada = open_account()
    cloud.deliver_webhooks()

    session_id = bought(cloud, ada)

    eventually(lambda: balance(ada) == 60)
    assert order_status(session_id) == "paid"


@pytest.mark.threat(43)
@pytest.mark.parametrize("payment_status", ["unpaid", "no_payment_required", "something-new"])
def test_a_session_that_is_not_paid_credits_nothing(cloud: Cloud, payment_status: str) -> None:
    ada = open_account()
    session = checkout(ada)
    cloud.pay(session["url"], PAYS_LATER)

    answer = deliver(cloud.event("completed", session["sessionId"], payment_status=payment_status))

    assert answer.status == 200
    assert lines(ada) == [BONUS]
    assert order_status(session["sessionId"]) == "pending"


def test_what_was_paid_lands_in_a_frozen_wallet_too(cloud: Cloud) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)
    ledger_kit.change(ada, frozen="a test")

    assert deliver(cloud.event("completed", session_id)).status == 200
    assert balance(ada) == 60


# More than once


@pytest.mark.threat(40)
def test_fifty_deliveries_of_one_event_at_once_credit_once(cloud: Cloud) -> None:
    ada = open_account()
    event = cloud.event("completed", bought(cloud, ada))

    answers = concurrently(50, lambda _: deliver(event))

    assert [answer.status for answer in answers] == [200] * 50
    assert lines(ada) == [BONUS, STARTER]
    assert logged(event)["attempts"] == 50
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(41)
def test_different_events_of_one_session_at_once_credit_once(cloud: Cloud) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)
    kinds = ["completed", "async_payment_succeeded"] * 10
    events = [cloud.event(kind, session_id) for kind in kinds]

    answers = concurrently(20, lambda number: deliver(events[number]))

    assert [answer.status for answer in answers] == [200] * 20
    assert lines(ada) == [BONUS, STARTER]
    assert {logged(event)["status"] for event in events} == {"processed"}


@pytest.mark.threat(40)
def test_two_sessions_of_one_person_at_once_are_both_credited(cloud: Cloud) -> None:
    ada = open_account()
    events = [cloud.event("completed", bought(cloud, ada, package)) for package in ("starter", "popular")]

    answers = concurrently(8, lambda number: deliver(events[number % 2]))

    assert {answer.status for answer in answers} == {200}
    assert balance(ada) == 170
    ledger_kit.assert_books_balance(cloud.project)


# In another order (test_webhook_order.py has more)

UNPAID = {"status": "complete", "payment_status": "unpaid"}
PAID = {"status": "complete", "payment_status": "paid"}
EXPIRED = {"status": "expired", "payment_status": "unpaid"}

COMPLETED = ("completed", UNPAID)
SUCCEEDED = ("async_payment_succeeded", PAID)
FAILED = ("async_payment_failed", UNPAID)
ENDED = ("expired", EXPIRED)

Said = tuple[str, dict[str, str]]


@pytest.mark.parametrize(("said", "status"), [(COMPLETED, "pending"), (FAILED, "failed")])
def test_a_session_that_was_completed_does_not_expire(cloud: Cloud, said: Said, status: str) -> None:
    session_id = checkout(open_account())["sessionId"]
    kind, fields = said
    deliver(cloud.event(kind, session_id, **fields))

    assert deliver(cloud.event("expired", session_id, **EXPIRED)).status == 200
    assert order_status(session_id) == status


# Forged


def signed_at(offset_seconds: int) -> Callable[[bytes], str]:
    return lambda body: signature(body, at=time.time() + offset_seconds)


def only_v0(body: bytes) -> str:
    return signature(body).replace("v1=", "v0=")


def with_another_time(body: bytes) -> str:
    _, signed = signature(body).split(",")
    return f"t={int(time.time()) - 1},{signed}"


def with_a_later_time_behind(body: bytes) -> str:
    return f"{signature(body)},t={int(time.time()) + 9999}"


@pytest.mark.threat(36, 37)
@pytest.mark.parametrize(
    "header",
    [
        lambda _: None,
        lambda _: "",
        lambda _: "nonsense",
        lambda _: "t=,v1=",
        lambda _: "t=now,v1=abc",
        lambda _: f"t={int(time.time())}",
        lambda _: f"v1={'0' * 64}",
        lambda _: f"t={int(time.time())},v1={'0' * 64}",
        lambda _: f"t={int(time.time())},v1=\u00e9",
        lambda _: f"t={'9' * 5000},v1={'0' * 64}",
        lambda body: f"{signature(body)},t={'9' * 5000}",
        lambda body: signature(body, "whsec_other"),
        lambda body: signature(body, ""),
        lambda body: signature(body + b" "),
        only_v0,
        with_another_time,
        with_a_later_time_behind,
        signed_at(-301),
        signed_at(-86400),
        signed_at(+310),
        signed_at(+86400),
    ],
)
def test_a_signature_that_is_forged_or_old_or_from_the_future_is_refused(
    cloud: Cloud, header: Callable[[bytes], str | None]
) -> None:
    ada = open_account()
    body = json.dumps(cloud.event("completed", bought(cloud, ada))).encode()

    with ledger_kit.nothing_moves():
        answer = deliver_signed(body, header(body))

    assert answer.problem == (400, "malformed")
    assert documents("webhookEvents") == {}


@pytest.mark.threat(37)
@pytest.mark.parametrize("offset_seconds", [-280, +280])
def test_a_clock_that_is_a_little_wrong_is_forgiven(cloud: Cloud, offset_seconds: int) -> None:
    ada = open_account()

    answer = deliver(cloud.event("completed", bought(cloud, ada)), at=time.time() + offset_seconds)

    assert answer.status == 200
    assert balance(ada) == 60


@pytest.mark.threat(36)
def test_a_body_that_was_changed_after_signing_is_refused(cloud: Cloud) -> None:
    ada = open_account()
    body = json.dumps(cloud.event("completed", bought(cloud, ada))).encode()
    header = signature(body)

    with ledger_kit.nothing_moves():
        for changed in (body.replace(b"499", b"1"), body + b"\n", body.replace(b", ", b","), body[:-1], b""):
            assert deliver_signed(changed, header).problem == (400, "malformed")


@pytest.mark.threat(38)
@pytest.mark.parametrize("spelling", [{"indent": 7}, {"separators": (" ,\t", "\r\n:  ")}, {"ensure_ascii": False}])
def test_the_bytes_that_were_signed_are_checked_however_they_are_spelt(cloud: Cloud, spelling: dict[str, Any]) -> None:
    ada = open_account()
    event = cloud.event("completed", bought(cloud, ada), custom_text="größer 🎨")

    assert deliver(b"\n " + json.dumps(event, **spelling).encode() + b" \n").status == 200
    assert balance(ada) == 60


def test_a_webhook_without_a_configured_secret_takes_nothing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    event = cloud.event("completed", bought(cloud, open_account()))
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", " , ")
    config.settings.cache_clear()

    assert deliver(event, secret="").problem == (400, "malformed")


def test_while_a_secret_is_rolled_both_are_taken(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = open_account()
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_old, whsec_new")
    config.settings.cache_clear()

    for secret in ("whsec_old", "whsec_new"):
        assert deliver(cloud.event("completed", bought(cloud, ada)), secret=secret).status == 200
    assert balance(ada) == 110


# Bodies that are no events, signed all the same


EVENT = b'{"id": "evt_1", "object": "event", "type": "x", "livemode": false, "data": {"object": {}}}'


@pytest.mark.threat(39, 87)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        EVENT[:-1] + b', "more": "\xff"}',
        "é".encode("latin-1"),
        b"not json",
        b"[]",
        b"[" + EVENT + b"]",
        b"null",
        b'"event"',
        b"1",
        b"{}",
        b"[" * 10_000,
        b"\xef\xbb\xbf" + EVENT,
        EVENT[:-1] + b', "more": NaN}',
        EVENT[:-1] + b', "more": ' + b"9" * 5000 + b"}",
        EVENT[:-1] + b', "livemode": false}',
        EVENT.replace(b'"event"', b'"charge"'),
        EVENT.replace(b'"livemode": false', b'"livemode": 0'),
        EVENT.replace(b'"livemode": false, ', b""),
        EVENT.replace(b'"evt_1"', b"1"),
        EVENT.replace(b'"evt_1"', b'""'),
        EVENT.replace(b"evt_1", b"a/b"),
        EVENT.replace(b"evt_1", b"__evt__"),
        EVENT.replace(b'{"object": {}}', b"[]"),
        EVENT.replace(b'{"object": {}}', b'{"object": {"object": "checkout.session"}}'),
        EVENT.replace(
            b'{"object": {}}',
            b'{"object": {"object": "checkout.session", "id": "a/b", "status": "complete", "payment_status": "paid",'
            b' "mode": "payment", "metadata": {"app": "guilder"}}}',
        ),
        EVENT.replace(
            b'{"object": {}}',
            b'{"object": {"object": "checkout.session", "id": "cs_1", "status": "complete", "payment_status": "paid",'
            b' "mode": "payment", "metadata": [1]}}',
        ),
    ],
)
def test_a_body_that_is_no_event_is_refused(cloud: Cloud, body: bytes) -> None:
    assert deliver(body).problem == (400, "malformed")
    assert deliver_signed(body, None).problem == (400, "malformed")
    assert documents("webhookEvents") == {}


@pytest.mark.threat(39)
@pytest.mark.parametrize("sign", [signature, lambda _: None])
def test_a_body_above_256_kib_is_too_large(cloud: Cloud, sign: Callable[[bytes], str | None]) -> None:
    body = EVENT + b" " * (256 * 1024 + 1 - len(EVENT))

    assert deliver_signed(body, sign(body)).problem == (413, "too-large")
    assert deliver(body[:-1]).status == 200


@pytest.mark.threat(88)
def test_a_webhook_is_posted(cloud: Cloud) -> None:
    assert api.call("GET", "stripe_webhook", {}).problem == (405, "method-not-allowed")


@pytest.mark.threat(36, 86)
def test_neither_body_nor_signature_nor_secret_is_logged(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    ada = open_account()
    event = cloud.event("completed", bought(cloud, ada), customer_email=CANARY, amount_subtotal=1)
    body = json.dumps(event).encode()
    header = signature(body)

    deliver_signed(body, header)  # parked
    deliver_signed(body, "t=1,v1=canary")
    deliver(body[:-1])
    deliver(event | {"id": "evt_2", "data": {"object": {"object": "checkout.session", "email": CANARY}}})

    out = capsys.readouterr().out + capsys.readouterr().err
    for secret in (CANARY, "canary", header.split("v1=")[1], WEBHOOK_SECRET, ada.user_id):
        assert secret not in out


# The other mode


@pytest.mark.threat(47)
@pytest.mark.parametrize(("key", "livemode"), [("sk_test_x", True), ("sk_live_x", False), ("rk_live_x", False)])
def test_an_event_of_the_other_mode_is_refused(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, key: str, livemode: bool
) -> None:
    event = cloud.event("completed", bought(cloud, open_account())) | {"livemode": livemode}
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    config.settings.cache_clear()

    with ledger_kit.nothing_moves():
        assert deliver(event).problem == (400, "malformed")
    assert documents("webhookEvents") == {}


def test_a_live_event_is_taken_with_a_live_key(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = open_account()
    event = cloud.event("completed", bought(cloud, ada)) | {"livemode": True}
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_x")
    config.settings.cache_clear()

    assert deliver(event).status == 200
    assert balance(ada) == 60


# Not ours


@pytest.mark.threat(46)
@pytest.mark.parametrize("metadata", [{}, None, {"app": "another"}, {"userId": "ada"}])
def test_a_session_of_another_app_is_recorded_as_ignored(cloud: Cloud, metadata: dict[str, str] | None) -> None:
    event = cloud.event("completed", bought(cloud, open_account()), metadata=metadata)

    with ledger_kit.nothing_moves():
        assert deliver(event).status == 200
    assert logged(event)["status"] == "ignored"


@pytest.mark.threat(46)
@pytest.mark.parametrize("missing", ["mode", "status", "payment_status", "amount_total", "currency", "metadata"])
def test_of_a_session_of_another_app_nothing_is_asked(cloud: Cloud, missing: str) -> None:
    event = cloud.event("completed", bought(cloud, open_account()), metadata={"app": "another"}, payment_intent=7)
    del event["data"]["object"][missing]

    assert deliver(event).status == 200
    assert logged(event)["status"] == "ignored"


@pytest.mark.parametrize("missing", ["mode", "status", "payment_status"])
def test_a_session_of_ours_has_to_be_complete(cloud: Cloud, missing: str) -> None:
    event = cloud.event("completed", bought(cloud, open_account()))
    del event["data"]["object"][missing]

    assert deliver(event).problem == (400, "malformed")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "customer.created", "data": {"object": {"object": "customer", "id": "cus_1"}}},
        {"type": "charge.succeeded", "data": {"object": {"object": "charge", "metadata": {"app": "guilder"}}}},
        {"type": "something.new", "data": {"object": {}}},
        {"type": "something.new", "data": {"object": None}},
        {"type": "something.new", "data": {}},
    ],
)
def test_an_event_about_something_else_is_recorded_as_ignored(cloud: Cloud, event: Event) -> None:
    whole = {"id": "evt_else", "object": "event", "livemode": False} | event

    assert deliver(whole).status == 200
    about = "cus_1" if event["type"] == "customer.created" else None
    assert logged(whole) == {"type": event["type"], "status": "ignored", "attempts": 1, "error": None, "about": about}


def test_a_new_kind_of_event_about_our_session_changes_nothing(cloud: Cloud) -> None:
    session_id = bought(cloud, open_account())
    event = cloud.event("something_new", session_id)

    with ledger_kit.nothing_moves():
        assert deliver(event).status == 200
    assert logged(event)["status"] == "ignored"
    assert order_status(session_id) == "open"


# Not what was ordered


@pytest.mark.threat(44, 45)
@pytest.mark.parametrize(
    "changes",
    [
        {"amount_subtotal": 1},
        {"amount_subtotal": 500, "amount_total": 499},
        {"amount_subtotal": None},
        {"amount_subtotal": "499"},
        {"amount_total": None},
        {"currency": "eur"},
        {"currency": None},
        {"mode": "setup"},
        {"metadata": {"app": "guilder", "userId": "somebody-else", "package": "starter"}},
        {"metadata": {"app": "guilder", "userId": "$ada", "package": "creator"}},
        {"metadata": {"app": "guilder", "package": "starter"}},
        {"metadata": {"app": "guilder"}},
    ],
)
def test_a_session_that_differs_from_its_order_is_parked(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)
    if "metadata" in changes:
        metadata = {name: value.replace("$ada", ada.user_id) for name, value in changes["metadata"].items()}
        changes = {"metadata": metadata}
    event = cloud.event("completed", session_id, **changes)

    with ledger_kit.nothing_moves():
        assert deliver(event).status == 200

    assert order_status(session_id) == "parked"
    assert field(f"orders/{session_id}", "parkedReason")
    assert logged(event)["status"] == "parked"
    assert alerts(capsys) == ["order-parked"]


@pytest.mark.threat(104)
@pytest.mark.parametrize(
    ("total", "details"),
    [
        (594, {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 95}),
        (250, {"amount_discount": 249, "amount_shipping": 0, "amount_tax": 0}),
        (999, {"amount_discount": 0, "amount_shipping": 500, "amount_tax": 0}),
    ],
    ids=["tax", "discount", "shipping"],
)
def test_what_stripe_adds_or_takes_off_changes_what_was_paid_and_not_what_is_credited(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], total: int, details: dict[str, int]
) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)

    answer = deliver(cloud.event("completed", session_id, amount_total=total, total_details=details))

    assert answer.status == 200
    assert lines(ada) == [BONUS, STARTER]
    order = documents("orders")[session_id]
    assert (order["status"], order["amount"], order["paid"]) == ("paid", 499, total)
    assert field(f"transactions/purchase_{session_id}", "details")["amount"] == 499
    assert alerts(capsys) == []


@pytest.mark.threat(39)
@pytest.mark.parametrize("total", ["499", 4.99, True, -1, 10**9, 10**400, [], {}])
def test_what_cannot_have_been_collected_is_refused(cloud: Cloud, total: object) -> None:
    session_id = bought(cloud, open_account())

    with ledger_kit.nothing_moves():
        assert deliver(cloud.event("completed", session_id, amount_total=total)).problem == (400, "malformed")
    assert order_status(session_id) == "open"


@pytest.mark.threat(44)
def test_tokens_in_the_metadata_buy_nothing(cloud: Cloud) -> None:
    ada = open_account()
    metadata = {"app": "guilder", "userId": ada.user_id, "package": "starter", "tokens": "9999"}

    deliver(cloud.event("completed", bought(cloud, ada), metadata=metadata))

    assert lines(ada) == [BONUS, STARTER]


@pytest.mark.threat(45)
def test_a_parked_order_stays_parked_whatever_comes_after(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    session_id = bought(cloud, open_account())
    wrong = cloud.event("completed", session_id, amount_subtotal=1)
    deliver(wrong)

    with ledger_kit.nothing_moves():
        for event in (wrong, cloud.event("completed", session_id), cloud.event("expired", session_id, **EXPIRED)):
            assert deliver(event).status == 200
            assert logged(event)["status"] == "parked"

    assert order_status(session_id) == "parked"
    assert alerts(capsys) == ["order-parked"]  # once


@pytest.mark.threat(45)
def test_a_paid_order_is_not_parked_by_what_comes_after(cloud: Cloud) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)
    deliver(cloud.event("completed", session_id))

    assert deliver(cloud.event("completed", session_id, amount_subtotal=1)).status == 200
    assert (order_status(session_id), lines(ada)) == ("paid", [BONUS, STARTER])


@pytest.mark.threat(49)
def test_a_payment_for_an_account_that_is_gone_is_parked(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)
    store().document(f"users/{ada.user_id}").delete(**STORE)
    event = cloud.event("completed", session_id)

    for _ in range(2):
        assert deliver(event).status == 200

    assert documents("users") == {}
    assert lines(ada) == [BONUS]
    assert (order_status(session_id), logged(event)["status"]) == ("parked", "parked")
    assert alerts(capsys) == ["order-parked"]


# Failures inside


@pytest.mark.threat(48)
def test_a_session_without_its_order_is_refused_until_the_order_is_there(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)
    order = store().document(f"orders/{session_id}")
    offered = order.get(**STORE).to_dict() or {}
    order.delete(**STORE)
    event = cloud.event("completed", session_id)

    with ledger_kit.nothing_moves():
        assert [deliver(event).problem for _ in range(2)] == [(503, "order-missing")] * 2
    assert logged(event) == {
        "type": "checkout.session.completed",
        "status": "failed",
        "attempts": 2,
        "error": "OrderMissing",
        "about": session_id,
    }
    assert alerts(capsys) == ["webhook-failed", "webhook-failed"]
    order.create(offered, **STORE)

    assert deliver(event).status == 200
    assert lines(ada) == [BONUS, STARTER]
    assert {name: logged(event)[name] for name in ("status", "attempts", "error")} == {
        "status": "processed",
        "attempts": 3,
        "error": None,
    }


@pytest.mark.threat(103)
@pytest.mark.parametrize(
    "said", [ENDED, COMPLETED, FAILED, ("completed", {"status": "complete", "payment_status": "no_payment_required"})]
)
def test_without_its_order_a_session_that_nobody_paid_is_ignored(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], said: Said
) -> None:
    session_id = checkout(open_account())["sessionId"]
    store().document(f"orders/{session_id}").delete(**STORE)
    event = cloud.event(said[0], session_id, **said[1])

    with ledger_kit.nothing_moves():
        assert deliver(event).status == 200

    assert documents("orders") == {}
    assert logged(event) == {
        "type": event["type"],
        "status": "ignored",
        "attempts": 1,
        "error": None,
        "about": session_id,
    }
    assert alerts(capsys) == []


@pytest.mark.threat(48)
@pytest.mark.parametrize("said", [SUCCEEDED, ("async_payment_succeeded", UNPAID), ("expired", PAID)])
def test_without_its_order_a_session_that_was_paid_comes_again(cloud: Cloud, said: Said) -> None:
    session_id = checkout(open_account())["sessionId"]
    store().document(f"orders/{session_id}").delete(**STORE)
    event = cloud.event(said[0], session_id, **said[1])

    assert deliver(event).problem == (503, "order-missing")
    assert logged(event)["status"] == "failed"


@pytest.mark.threat(48)
def test_stripe_delivers_again_what_failed_until_it_succeeds(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "FIRST_RETRY_SECONDS", 0.05)
    ada = open_account()
    session = checkout(ada)
    order = store().document(f"orders/{session['sessionId']}")
    offered = order.get(**STORE).to_dict() or {}
    order.delete(**STORE)
    cloud.deliver_webhooks()

    cloud.pay(session["url"])
    eventually(lambda: 503 in [delivery["status"] for delivery in deliveries(cloud, session["sessionId"])])
    order.create(offered, **STORE)

    eventually(lambda: 200 in [delivery["status"] for delivery in deliveries(cloud, session["sessionId"])])
    assert lines(ada) == [BONUS, STARTER]


def deliveries(cloud: Cloud, session_id: str) -> list[dict[str, Any]]:
    """The attempts that were made to deliver that the session is completed."""
    events = cloud.stripe_get("events?type=checkout.session.completed&limit=100")["data"]
    [event] = [event for event in events if event["data"]["object"]["id"] == session_id]
    made = httpx.get(f"{cloud.stripe.url}/_local/deliveries", timeout=TIMEOUT_SECONDS).json()["data"]
    return [delivery for delivery in made if delivery["event_id"] == event["id"]]


def failing(monkeypatch: pytest.MonkeyPatch, error: type[Exception], done_first: bool) -> None:
    """Has the next commit raise ``error``, in spite of being done or instead."""
    commit, left = WriteBatch.commit, [error("a test")]

    def fail_once(batch: WriteBatch, *args: Any, **options: Any) -> Any:
        if not left:
            return commit(batch, *args, **options)
        failure = left.pop()
        if done_first:
            commit(batch, *args, **options)
        raise failure

    monkeypatch.setattr(WriteBatch, "commit", fail_once)


@pytest.mark.threat(16)
@pytest.mark.parametrize("error", [ServiceUnavailable, DeadlineExceeded, RuntimeError])
@pytest.mark.parametrize("done_first", [False, True], ids=["not-done", "answer-lost"])
def test_a_failure_inside_has_the_event_come_again_and_credits_once(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, error: type[Exception], done_first: bool
) -> None:
    ada = open_account()
    event = cloud.event("completed", bought(cloud, ada))
    failing(monkeypatch, error, done_first)

    answer = deliver(event)

    assert answer.status in (500, 503)
    assert logged(event)["status"] == "failed"
    assert deliver(event).status == 200
    assert lines(ada) == [BONUS, STARTER]
    assert logged(event)["status"] == "processed"
    ledger_kit.assert_books_balance(cloud.project)


# What is measured


def counted_by(metric: str, request: dict[str, Any]) -> bool:
    """Whether the deployed metric counts the request's log line."""
    document = json.loads((config.ECONOMIES.parent / "deploy" / "metrics" / f"{metric}.json").read_text())
    _, *conditions = document["filter"].split(" AND ")  # the first is Cloud Run's
    return all(_holds(condition, request) for condition in conditions)


def _holds(condition: str, request: dict[str, Any]) -> bool:
    if condition.startswith("NOT "):
        return not _holds(condition.removeprefix("NOT "), request)
    match = re.fullmatch(r"jsonPayload\.(\w+)(=|>=)(.+)", condition)
    assert match, condition
    name, operator, value = match.groups()
    return (name in request) and (
        request[name] == json.loads(value) if operator == "=" else request[name] >= int(value)
    )


def test_only_what_stripe_signed_counts_as_its_call_and_the_rest_is_counted_apart(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    paid = cloud.event("completed", bought(cloud, open_account()))
    orphan = cloud.event("completed", bought(cloud, open_account()))
    store().document(f"orders/{orphan['data']['object']['id']}").delete(**STORE)
    capsys.readouterr()

    answers = [
        deliver(paid),
        deliver(orphan),
        deliver(paid | {"livemode": True}),
        deliver(paid, secret="whsec_of_a_stranger"),
        deliver_signed(b"{}", None),
    ]

    assert [answer.status for answer in answers] == [200, 503, 400, 400, 400]
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    requests = [line for line in written if line["event"] == "request"]
    counts = {
        metric: [counted_by(metric, request) for request in requests]
        for metric in ("webhook-requests", "webhook-failures", "webhook-unsigned")
    }
    assert counts == {
        "webhook-requests": [True, True, True, False, False],
        "webhook-failures": [False, True, True, False, False],
        "webhook-unsigned": [False, False, False, True, True],
    }


# What it costs


def counted(event: Event) -> tuple[int, int, int]:
    """Round trips, billed reads and billed writes of a delivery."""
    with metered() as cost:
        assert deliver(event).status == 200
    assert cost.deletes == 0
    return cost.rpcs, cost.reads, cost.writes


def test_a_purchase_is_two_round_trips_one_read_and_four_writes(cloud: Cloud) -> None:
    event = cloud.event("completed", bought(cloud, open_account()))

    assert counted(event) == (2, 1, 4)


@pytest.mark.threat(40)
def test_a_duplicate_is_two_round_trips_and_writes_only_that_it_came(cloud: Cloud) -> None:
    ada = open_account()
    session_id = bought(cloud, ada)
    event = cloud.event("completed", session_id)
    deliver(event)

    with ledger_kit.nothing_moves():
        assert counted(event) == (2, 1, 1)
        assert counted(cloud.event("async_payment_succeeded", session_id)) == (2, 1, 1)


def test_an_event_that_is_not_ours_is_one_write(cloud: Cloud) -> None:
    event = cloud.event("completed", bought(cloud, open_account()), metadata={})

    assert counted(event) == (1, 0, 1)
