"""Needs the Firestore emulator, the local Stripe, Cloud Tasks and storage."""

import datetime
from typing import Any

import pytest

from local.costs.meter import metered
from shared.cloud.clients import STORE, store
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, checkout, deliver, generate, open_account
from tests.support.generation_kit import ImageModel
from tests.support.ledger_kit import NEW_YEAR
from tests.support.people import Person, administrator

OFFER = {"package": "popular", "tokens": 110, "amount": 999, "currency": "usd", "order": "r1"}


def explained(person: Person, **query: Any) -> dict[str, Any]:
    """The answer, without the times of the lines."""
    answer = api.get("explain_charge", by=person, **query)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    for line in body.get("lines", ()):
        assert datetime.datetime.fromisoformat(line.pop("timestamp")).tzinfo == datetime.UTC
    return body


def line(line_id: str, kind: str, amount: int) -> dict[str, object]:
    return {"id": line_id, "type": kind, "amount": amount}


def order(person: Person, session: str = "cs_1", **fields: Any) -> str:
    """An order as it is stored; unless told otherwise it was never paid."""
    stored = {"userId": person.user_id, "status": "open", **OFFER, **fields}
    store().collection("orders").document(session).set(stored, **STORE)
    return session


def booked(person: Person, line_id: str, kind: str, amount: int) -> None:
    """A line of that id in the ledger; no wallet is moved."""
    ledger_kit.write_lines(person, 1, name=line_id.removesuffix("0000"), type=kind, amount=lambda _: amount)
    fields = store().collection("transactions").document(f"{line_id}0000").get(**STORE).to_dict() or {}
    store().collection("transactions").document(line_id).set(fields, **STORE)
    store().collection("transactions").document(f"{line_id}0000").delete(**STORE)


# -- generations -----------------------------------------------------------------------------------------------------


def test_a_generation_is_explained_by_its_id_and_by_its_key_from_acceptance_to_its_end(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ImageModel(monkeypatch)
    model.answers["sea"] = b"no picture at all"
    ada = open_account(60)
    generation_id = generate(ada, key="k1", areas=["sky", "sea"])
    spend = line(f"generation_{generation_id}_spend", "generation_spend", -10)
    accepted = {
        "found": True,
        "kind": "generation",
        "id": generation_id,
        "status": "queued",
        "charged": 10,
        "returned": 0,
        "final": False,
        "money": None,
        "lines": [spend],
    }

    assert explained(ada, id=generation_id) == explained(ada, key="k1", function_="generate") == accepted

    assert cloud.run(generation_id).status == 200

    refund = line(f"generation_{generation_id}_refund", "refund", 5)
    ended = accepted | {"status": "partial", "returned": 5, "final": True, "lines": [spend, refund]}
    assert explained(ada, id=generation_id) == explained(ada, key="k1", function_="generate") == ended


@pytest.mark.parametrize("by_key", [False, True], ids=["by its id", "by its key"])
def test_a_generation_costs_one_round_trip_and_three_reads(cloud: Cloud, by_key: bool) -> None:
    ada = open_account(60)
    generation_id = generate(ada, key="k1")
    query = {"key": "k1", "function_": "generate"} if by_key else {"id": generation_id}

    with metered() as cost:
        explained(ada, **query)

    assert (cost.rpcs, cost.reads, cost.writes) == (1, 3, 0)


# -- tips and lines --------------------------------------------------------------------------------------------------


def test_a_tip_is_explained_to_its_sender_by_its_key(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")
    sent, received = f"tip_k1_{ada.user_id}_sent", f"tip_k1_{ada.user_id}_received"

    assert explained(ada, key="k1", function_="tip") == {
        "found": True,
        "kind": "tip",
        "id": sent,
        "status": "done",
        "charged": 4,
        "returned": 0,
        "final": True,
        "money": None,
        "lines": [line(sent, "tip_sent", -4)],
    }
    assert explained(ben, key="k1", function_="tip") == {"found": False}
    told = explained(ben, id=received)
    assert (told["kind"], told["charged"], told["lines"]) == ("line", 0, [line(received, "tip_received", 4)])


@pytest.mark.parametrize(
    ("kind", "amount", "charged", "returned"),
    [
        ("signup_bonus", 10, 0, 0),
        ("purchase", 50, 0, 0),
        ("generation_spend", -5, 5, 0),
        ("refund", 5, 0, 5),
        ("clawback", -36, 36, 0),
        ("clawback", 0, 0, 0),
        ("reinstatement", 36, 0, 36),
        ("admin_credit", 20, 0, 0),
        ("admin_credit", -20, 20, 0),
    ],
)
def test_a_line_says_what_it_took_and_what_it_brought_back(
    project: str, kind: str, amount: int, charged: int, returned: int
) -> None:
    ada = ledger_kit.account()
    booked(ada, "some_line", kind, amount)

    assert explained(ada, id="some_line") == {
        "found": True,
        "kind": "grant" if kind == "admin_credit" else "line",
        "id": "some_line",
        "status": "done",
        "charged": charged,
        "returned": returned,
        "final": True,
        "money": None,
        "lines": [line("some_line", kind, amount)],
    }


@pytest.mark.parametrize("function", ["generate", "tip", "create_checkout"])
def test_a_key_that_was_never_used_was_not_charged_and_that_is_all(project: str, function: str) -> None:
    assert explained(ledger_kit.account(), key="k1", function_=function) == {"found": False}


def test_a_refused_request_does_not_use_its_key_up(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=3), ledger_kit.account()
    assert api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1").status == 402

    assert explained(ada, key="k1", function_="tip") == {"found": False}


def test_a_key_belongs_to_one_function(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    assert explained(ada, key="k1", function_="generate") == {"found": False}


@pytest.mark.threat(30)
def test_who_is_frozen_and_owes_is_answered_too(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")
    ledger_kit.change(ada, frozen={"operator": NEW_YEAR}, debt=100)

    assert explained(ada, key="k1", function_="tip")["charged"] == 4


# -- orders ----------------------------------------------------------------------------------------------------------


def test_an_order_is_explained_by_its_session_and_by_its_key(cloud: Cloud) -> None:
    ada = open_account()
    session = checkout(ada, "popular", key="k1")
    session_id = session["sessionId"]
    opened = {
        "found": True,
        "kind": "order",
        "id": session_id,
        "status": "open",
        "charged": 0,
        "returned": 0,
        "final": False,
        "money": {"paid": 0, "reversed": 0, "currency": "usd"},
        "lines": [],
    }

    assert explained(ada, id=session_id) == explained(ada, key="k1", function_="create_checkout") == opened

    cloud.pay(session["url"])
    assert deliver(cloud.event("completed", session_id)).status == 200

    paid = opened | {
        "status": "paid",
        "final": True,
        "money": {"paid": 999, "reversed": 0, "currency": "usd"},
        "lines": [line(f"purchase_{session_id}", "purchase", 110)],
    }
    assert explained(ada, id=session_id) == explained(ada, key="k1", function_="create_checkout") == paid


def test_a_checkout_that_has_no_session_yet_cannot_be_paid_and_is_not_found(project: str) -> None:
    ada = ledger_kit.account()
    known = {"userId": ada.user_id, "package": "popular", "order": "r1", "createdAt": NEW_YEAR}
    store().collection("checkoutKeys").document(f"checkout_k1_{ada.user_id}").set(known, **STORE)

    assert explained(ada, key="k1", function_="create_checkout") == {"found": False}


@pytest.mark.parametrize(
    ("fields", "final", "paid", "taken_back"),
    [
        ({"status": "open"}, False, 0, 0),
        ({"status": "pending"}, False, 0, 0),
        ({"status": "failed"}, True, 0, 0),
        ({"status": "expired"}, True, 0, 0),
        ({"status": "parked"}, False, 999, 0),
        ({"status": "parked", "paid": 1200, "reversalOpen": True}, False, 1200, 0),
        ({"status": "refunded", "paid": 999, "reversed": 999}, True, 999, 999),
        ({"status": "paid"}, True, 999, 0),
        ({"status": "paid", "paid": 0}, True, 0, 0),
        ({"status": "paid", "paid": 1189, "reversed": 333}, True, 1189, 333),
        ({"status": "paid", "paid": 999, "reversed": 999, "reversalOpen": True}, False, 999, 999),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_an_order_is_final_once_nothing_of_it_can_change(
    project: str, fields: dict[str, Any], final: bool, paid: int, taken_back: int
) -> None:
    ada = ledger_kit.account()
    order(ada, **fields)

    told = explained(ada, id="cs_1")

    assert (told["status"], told["final"]) == (fields["status"], final)
    assert told["money"] == {"paid": paid, "reversed": taken_back, "currency": "usd"}


def test_what_was_taken_back_and_given_back_stands_in_the_order_of_its_steps(project: str) -> None:
    ada = ledger_kit.account()
    order(ada, status="paid", paid=999, reversed=0, steps=12)
    booked(ada, "purchase_cs_1", "purchase", 110)
    steps = [("clawback", -10) if step % 3 else ("reinstatement", 20) for step in range(1, 13)]
    for step, (kind, amount) in enumerate(steps, 1):
        booked(ada, f"{kind}_cs_1_{step}", kind, amount)

    with metered() as cost:
        told = explained(ada, id="cs_1")

    assert (told["charged"], told["returned"]) == (80, 80)
    assert told["lines"] == [
        line("purchase_cs_1", "purchase", 110),
        *(line(f"{kind}_cs_1_{step}", kind, amount) for step, (kind, amount) in enumerate(steps, 1)),
    ]
    assert (cost.rpcs, cost.reads, cost.writes) == (2, 2 + 12, 0)


def test_an_order_of_more_steps_than_one_query_takes_is_told_whole(project: str) -> None:
    ada = ledger_kit.account()
    order(ada, status="paid", paid=999, reversed=40, steps=40)
    for step in (1, 15, 16, 40):
        booked(ada, f"clawback_cs_1_{step}", "clawback", -1)

    told = explained(ada, id="cs_1")

    assert [each["id"] for each in told["lines"]] == [f"clawback_cs_1_{step}" for step in (1, 15, 16, 40)]


def test_an_invoice_is_explained_as_an_order_by_its_grant(project: str) -> None:
    ada = ledger_kit.account()
    order(ada, "in_1", kind="invoice", status="paid", paid=999, reversed=333, steps=1)
    booked(ada, "subscription_grant_in_1", "subscription_grant", 130)
    booked(ada, "purchase_in_1", "purchase", 9)
    booked(ada, "clawback_in_1_1", "clawback", -43)

    told = explained(ada, id="in_1")

    assert (told["kind"], told["final"], told["charged"]) == ("order", True, 43)
    assert told["money"] == {"paid": 999, "reversed": 333, "currency": "usd"}
    assert told["lines"] == [
        line("subscription_grant_in_1", "subscription_grant", 130),
        line("clawback_in_1_1", "clawback", -43),
    ]


def test_the_lines_of_another_order_are_not_taken_for_its_own(project: str) -> None:
    ada = ledger_kit.account()
    order(ada, "cs_1", status="paid", steps=1)
    booked(ada, "clawback_cs_1_1", "clawback", -10)
    booked(ada, "clawback_cs_1_1_1", "clawback", -99)

    assert [each["id"] for each in explained(ada, id="cs_1")["lines"]] == ["clawback_cs_1_1"]


# -- others' ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def others(project: str) -> Person:
    """Ben, with one of each."""
    ben = ledger_kit.account(bonus=10)
    order(ben, "cs_ben")
    generation = {"userId": ben.user_id, "status": "queued"}
    store().collection("generations").document("f" * 32).set(generation, **STORE)
    return ben


NAMES = ("cs_ben", "f" * 32, "signup_{ben}")


@pytest.mark.threat(20)
@pytest.mark.parametrize("name", [*NAMES, "cs_none", "0" * 32, "signup_nobody", "none", "é", "\U0001f98a" * 255])
def test_what_is_somebody_elses_or_not_there_is_not_found(project: str, others: Person, name: str) -> None:
    asked = name.format(ben=others.user_id)

    answer = api.get("explain_charge", by=ledger_kit.account(), id=asked)

    assert answer.problem == (404, "not-found")


@pytest.mark.threat(27, 74)
@pytest.mark.parametrize("name", NAMES)
def test_an_administrator_is_told_what_is_of_the_user_they_name_and_nothing_else(
    project: str, others: Person, name: str
) -> None:
    root, asked = administrator(), name.format(ben=others.user_id)

    assert explained(root, id=asked, userId=others.user_id)["id"] == asked
    assert api.get("explain_charge", by=root, id=asked).problem == (404, "not-found")
    assert api.get("explain_charge", by=root, id=asked, userId="somebody").problem == (404, "not-found")


def test_an_administrator_may_ask_by_another_persons_key(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    told = explained(administrator(), key="k1", function_="tip", userId=ada.user_id)

    assert (told["kind"], told["charged"]) == ("tip", 4)


# -- refusals --------------------------------------------------------------------------------------------------------


ADA = Person("ada")


@pytest.mark.parametrize(
    ("person", "query", "problem"),
    [
        (None, {"id": "cs_1"}, (401, "unauthenticated")),
        (Person(provider="anonymous"), {"id": "cs_1"}, (403, "anonymous-not-allowed")),
        (Person("a/b"), {"id": "cs_1"}, (403, "forbidden")),
        (ADA, {"id": "cs_1", "userId": "ben"}, (403, "not-an-administrator")),
        (ADA, {"id": "cs_1", "userId": "ada"}, (403, "not-an-administrator")),
        (ADA, {"key": "k1", "function_": "tip", "userId": "ben"}, (403, "not-an-administrator")),
        (Person("ada", claims={"admin": "true"}), {"id": "cs_1", "userId": "ben"}, (403, "not-an-administrator")),
        (ADA, {}, (422, "invalid-request")),
        (ADA, {"key": "k1"}, (422, "invalid-request")),
        (ADA, {"function_": "tip"}, (422, "invalid-request")),
        (ADA, {"id": "cs_1", "key": "k1", "function_": "tip"}, (422, "invalid-request")),
        (ADA, {"id": "cs_1", "key": "k1"}, (422, "invalid-request")),
        (ADA, {"id": "cs_1", "function_": "tip"}, (422, "invalid-request")),
        (ADA, {"key": "k1", "function_": "run_generation"}, (422, "invalid-request")),
        (ADA, {"key": "k1", "function_": ""}, (422, "invalid-request")),
        (ADA, {"key": "k_1", "function_": "tip"}, (422, "invalid-request")),
        (ADA, {"key": "k1\n", "function_": "tip"}, (422, "invalid-request")),
        (ADA, {"key": "", "function_": "tip"}, (422, "invalid-request")),
        (ADA, {"key": "k" * 65, "function_": "tip"}, (422, "invalid-request")),
        (ADA, {"id": ""}, (422, "invalid-request")),
        (ADA, {"id": "a/b"}, (422, "invalid-request")),
        (ADA, {"id": ".."}, (422, "invalid-request")),
        (ADA, {"id": "__a__"}, (422, "invalid-request")),
        (ADA, {"id": "a\x00"}, (422, "invalid-request")),
        (ADA, {"id": "a" * 256}, (422, "invalid-request")),
        (ADA, {"id": "cs_1", "limit": "5"}, (422, "invalid-request")),
    ],
)
def test_refusals(project: str, person: Person | None, query: dict[str, Any], problem: tuple[int, str]) -> None:
    with ledger_kit.nothing_moves():
        assert api.get("explain_charge", by=person, **query).problem == problem
