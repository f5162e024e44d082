"""Needs the Firestore emulator. Grants: by one administrator, by two, within a day's limit, and once only."""

import datetime
from typing import Any

import pytest

from local.costs.meter import metered
from local.google.users import Users
from shared import clock
from shared.ledger.funds import Funds
from shared.ledger.wallet import WALLET_CAP
from shared.money import freezing
from tests.support import api, ledger_kit
from tests.support.api import Answer, new_key, patient
from tests.support.cloud_kit import documents, field, write
from tests.support.concurrently import concurrently
from tests.support.people import Person, administrator

pytestmark = pytest.mark.threat(74)

MORNING = datetime.datetime(2026, 11, 28, 9, 0, tzinfo=datetime.UTC)


def grant(by: Person, to: Person, amount: int, key: str | None = None, **fields: object) -> Answer:
    body = {"userId": to.user_id, "amount": amount, "reason": "goodwill", **fields}
    asked = key or new_key()
    return patient(lambda: api.post("grant_tokens", body, by=by, key=asked))


def decide(by: Person, action_id: str, key: str | None = None, **fields: object) -> Answer:
    asked = key or new_key()
    return patient(lambda: api.post("approve_grant", {"actionId": action_id, **fields}, by=by, key=asked))


def waiting(by: Person, to: Person, amount: int = 600) -> str:
    answer = grant(by, to, amount)
    assert answer.status == 202, answer
    action_id: str = answer.body["actionId"]
    return action_id


def is_at(moment: datetime.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def boss(project: str) -> Person:
    return administrator()


# -- alone -------------------------------------------------------------------------------------------------------------


def test_a_grant_is_bonus_with_its_line_and_says_who_gave_it_and_why(project: str, root: Person, ada: Person) -> None:
    answer = grant(root, ada, 20, key="k1", note="The outage\nof Monday")

    ((action_id, action),) = documents("adminActions").items()
    assert (answer.status, answer.body) == (
        200,
        {"status": "granted", "tokenBalance": 80, "transactionId": f"admin_{action_id}"},
    )
    line = ledger_kit.lines(ada)[f"admin_{action_id}"]
    assert (line["type"], line["amount"], line["funds"]["bonus"]) == ("admin_credit", 20, 20)
    assert line["details"] == {"actionId": action_id, "actorId": root.user_id, "reason": "goodwill"}
    known = ("actor", "function", "about", "amount", "reason", "note", "status", "decidedBy", "request")
    assert {name: action[name] for name in known} == {
        "actor": root.user_id,
        "function": "grant_tokens",
        "about": ada.user_id,
        "amount": 20,
        "reason": "goodwill",
        "note": "The outage\nof Monday",
        "status": "done",
        "decidedBy": None,
        "request": f"grant_k1_{root.user_id}",
    }
    assert action["createdAt"] == line["timestamp"]
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize("frozen", [{}, {"operator": ledger_kit.NEW_YEAR}], ids=["open", "frozen"])
def test_what_is_taken_is_drawn_like_a_payment_from_a_frozen_wallet_too(
    project: str, root: Person, ada: Person, frozen: dict[str, object]
) -> None:
    if frozen:
        ledger_kit.change(ada, frozen=frozen)

    answer = grant(root, ada, -25)

    assert (answer.status, answer.body["tokenBalance"]) == (200, 35)
    assert ledger_kit.funds(ada) == Funds(purchased=35)
    assert documents("adminDays") == {}
    ledger_kit.assert_books_balance(project)


def test_a_grant_lands_in_a_frozen_wallet(root: Person, ada: Person) -> None:
    freezing.freeze(ada.user_id, "operator")

    assert grant(root, ada, 20).body["tokenBalance"] == 80


def test_500_tokens_need_one_administrator_and_one_more_needs_two(root: Person, ada: Person) -> None:
    assert grant(root, ada, 500).status == 200
    with ledger_kit.nothing_moves():
        assert grant(root, ada, 501).status == 202
    assert ledger_kit.balance(ada) == 560


def test_what_a_grant_costs(root: Person, ada: Person) -> None:
    with metered() as cost:
        assert grant(root, ada, 20).status == 200

    assert (cost.rpcs, cost.reads, cost.writes) == (3, 5, 4)


# -- once --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [20, -20, 600], ids=["given", "taken", "waiting"])
def test_a_retry_answers_the_same_and_moves_nothing(root: Person, ada: Person, amount: int) -> None:
    first = grant(root, ada, amount, key="k1")

    with ledger_kit.nothing_moves():
        again = grant(root, ada, amount, key="k1")

    assert (again.status, again.body) == (first.status, first.body)
    assert len(documents("adminActions")) == 1


@pytest.mark.parametrize("amount", [20, -5], ids=["given", "taken"])
def test_ten_at_once_with_one_key_are_one_line(project: str, root: Person, ada: Person, amount: int) -> None:
    answers = concurrently(10, lambda _: grant(root, ada, amount, key="k1"))

    assert {(answer.status, answer.body["tokenBalance"]) for answer in answers} == {(200, 60 + amount)}
    assert len(ledger_kit.lines(ada)) == 3
    assert [day["granted"] for day in documents("adminDays").values()] == ([20] if amount > 0 else [])
    ledger_kit.assert_books_balance(project)


@pytest.mark.parametrize("amount", [20, -5, 600], ids=["given", "taken", "waiting"])
def test_a_key_is_good_for_one_request(root: Person, ada: Person, amount: int) -> None:
    grant(root, ada, amount, key="k1")

    with ledger_kit.nothing_moves():
        assert grant(root, ada, amount + 1, key="k1").problem == (409, "idempotency-conflict")


def test_two_grants_of_one_administrator_at_once_are_two_lines(project: str, root: Person, ada: Person) -> None:
    answers = concurrently(2, lambda n: grant(root, ada, 20 + n))

    assert {answer.status for answer in answers} == {200}
    assert ledger_kit.balance(ada) == 60 + 41
    ledger_kit.assert_books_balance(project)


# -- the day's limit ---------------------------------------------------------------------------------------------------


def test_a_day_has_a_limit_that_ends_at_midnight_in_utc(
    root: Person, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_at(MORNING, monkeypatch)
    for _ in range(9):
        assert grant(root, ada, 500).status == 200
    assert grant(root, ada, 400).status == 200

    with ledger_kit.nothing_moves():
        refused = grant(root, ada, 101)
    assert refused.problem == (429, "daily-limit")
    assert {name: refused.body[name] for name in ("limit", "left", "resetsAt")} == {
        "limit": 5000,
        "left": 100,
        "resetsAt": "2026-11-29T00:00:00.000000Z",
    }
    assert refused.headers["Retry-After"] == str(15 * 3600 + 1)
    assert grant(root, ada, 100).status == 200

    is_at(MORNING.replace(hour=23, minute=59, second=59), monkeypatch)
    assert grant(root, ada, 1).problem == (429, "daily-limit")
    is_at(MORNING + datetime.timedelta(hours=15), monkeypatch)
    assert grant(root, ada, 1).status == 200
    days = {name: (day["granted"], day["count"]) for name, day in documents("adminDays").items()}
    assert days == {f"{root.user_id}_20261128": (5000, 11), f"{root.user_id}_20261129": (1, 1)}


def test_what_is_taken_and_what_two_grant_counts_for_nobodys_day(
    root: Person, boss: Person, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert grant(root, ada, -5).status == 200
    assert decide(boss, waiting(root, ada, 10_000)).status == 200

    assert documents("adminDays") == {}


def test_the_limit_holds_for_grants_at_once(project: str, root: Person, ada: Person) -> None:
    assert grant(root, ada, 500).status == 200
    (day,) = documents("adminDays")
    write(f"adminDays/{day}", granted=4900)

    answers = concurrently(4, lambda _: grant(root, ada, 60))

    assert sorted(answer.status for answer in answers) == [200, 429, 429, 429]
    assert field(f"adminDays/{day}", "granted") == 4960


# -- two together ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "after"), [(600, 660), (-501, 59)], ids=["given", "taken"])
def test_a_second_administrator_approves_and_the_tokens_move(
    project: str, root: Person, boss: Person, ada: Person, amount: int, after: int
) -> None:
    if amount < 0:
        assert grant(root, ada, 500).status == 200
    action_id = waiting(root, ada, amount)

    answer = decide(boss, action_id)

    assert (answer.status, answer.body) == (
        200,
        {"status": "granted", "tokenBalance": after, "transactionId": f"admin_{action_id}"},
    )
    line = ledger_kit.lines(ada)[f"admin_{action_id}"]
    assert (line["amount"], line["details"]["actorId"]) == (amount, root.user_id)
    actions = documents("adminActions")
    assert (actions[action_id]["status"], actions[action_id]["decidedBy"]) == ("done", boss.user_id)
    approvals = [action for action in actions.values() if action["function"] == "approve_grant"]
    assert [(action["actor"], action["about"]) for action in approvals] == [(boss.user_id, action_id)]
    ledger_kit.assert_books_balance(project)


def test_who_asked_for_it_learns_by_a_retry_what_became_of_it(root: Person, boss: Person, ada: Person) -> None:
    action_id = grant(root, ada, 600, key="k1").body["actionId"]
    assert grant(root, ada, 600, key="k1").body == {"status": "waiting", "actionId": action_id}

    decide(boss, action_id)

    answer = grant(root, ada, 600, key="k1")
    assert (answer.status, answer.body["status"]) == (200, "granted")


def test_two_administrators_who_approve_at_once_make_one_line(project: str, root: Person, ada: Person) -> None:
    action_id, both = waiting(root, ada), (administrator(), administrator())

    answers = concurrently(2, lambda n: decide(both[n], action_id))

    assert {(answer.status, answer.body["tokenBalance"]) for answer in answers} == {(200, 660)}
    assert len(ledger_kit.lines(ada)) == 3
    ledger_kit.assert_books_balance(project)


def test_one_who_approves_and_one_who_refuses_at_once_do_one_of_the_two(
    project: str, root: Person, ada: Person
) -> None:
    action_id, both = waiting(root, ada), (administrator(), administrator())

    answers = concurrently(2, lambda n: decide(both[n], action_id, approve=n == 0))

    won = [answer.status for answer in answers].index(200)
    assert answers[1 - won].problem == (409, "action-expired")
    assert ledger_kit.balance(ada) == (660 if won == 0 else 60)
    assert field(f"adminActions/{action_id}", "status") == ("done" if won == 0 else "refused")


def test_a_refused_grant_moves_nothing_and_stays_refused(root: Person, boss: Person, ada: Person) -> None:
    action_id = grant(root, ada, 600, key="k1").body["actionId"]
    with ledger_kit.nothing_moves():
        answer = decide(boss, action_id, approve=False)
        assert answer.body == {"status": "refused", "tokenBalance": 60, "transactionId": None}
        assert decide(boss, action_id, approve=False).body == answer.body
        assert decide(administrator(), action_id).problem == (409, "action-expired")
        assert grant(root, ada, 600, key="k1").body == {"status": "refused", "actionId": action_id}


def test_deciding_twice_answers_the_first_decision(root: Person, boss: Person, ada: Person) -> None:
    action_id = waiting(root, ada)
    first = decide(boss, action_id, key="k1")

    with ledger_kit.nothing_moves():
        assert decide(boss, action_id, key="k1").body == first.body
        assert decide(administrator(), action_id).body == first.body
        assert decide(administrator(), action_id, approve=False).problem == (409, "action-expired")
        assert decide(boss, action_id, key="k1", approve=False).problem == (409, "idempotency-conflict")
    assert len(documents("adminActions")) == 2


def test_a_grant_waits_for_24_hours(root: Person, boss: Person, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    action_id = grant(root, ada, 600, key="k1").body["actionId"]
    made: Any = field(f"adminActions/{action_id}", "createdAt")

    is_at(made + datetime.timedelta(hours=24), monkeypatch)

    with ledger_kit.nothing_moves():
        assert decide(boss, action_id).problem == (409, "action-expired")
        assert decide(boss, action_id, approve=False).problem == (409, "action-expired")
    assert field(f"adminActions/{action_id}", "status") == "expired"
    assert grant(root, ada, 600, key="k1").body == {"status": "expired", "actionId": action_id}


def test_a_minute_less_is_not_too_late(
    root: Person, boss: Person, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    action_id = waiting(root, ada)
    made: Any = field(f"adminActions/{action_id}", "createdAt")

    is_at(made + datetime.timedelta(hours=23, minutes=59), monkeypatch)

    assert decide(boss, action_id).status == 200


def test_neither_who_asked_nor_who_receives_decides(root: Person, ada: Person) -> None:
    receiver = Person(ada.user_id, claims={"admin": True})
    action_id = waiting(root, ada)

    with ledger_kit.nothing_moves():
        for approve in (True, False):
            assert decide(root, action_id, approve=approve).problem == (403, "forbidden")
            assert decide(receiver, action_id, approve=approve).problem == (422, "self-grant")
    assert field(f"adminActions/{action_id}", "status") == "waiting"


def test_a_taking_that_is_approved_too_late_takes_nothing(root: Person, boss: Person, ada: Person) -> None:
    assert grant(root, ada, 500).status == 200
    action_id = waiting(root, ada, -560)
    assert grant(root, ada, -1).status == 200

    with ledger_kit.nothing_moves():
        refused = decide(boss, action_id)

    assert refused.problem == (402, "insufficient-tokens")
    assert (refused.body["balance"], refused.body["required"]) == (559, 560)
    assert field(f"adminActions/{action_id}", "status") == "waiting"


def test_only_a_grant_can_be_approved(root: Person, boss: Person, ada: Person) -> None:
    decide(boss, waiting(root, ada))
    (approval,) = (name for name, it in documents("adminActions").items() if it["function"] == "approve_grant")

    assert decide(boss, "none").problem == (404, "not-found")
    assert decide(administrator(), approval).problem == (404, "not-found")


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_nobody_grants_tokens_to_themselves_or_takes_their_own(root: Person) -> None:
    ledger_kit.account(bonus=10, person=root)

    with ledger_kit.nothing_moves():
        assert grant(root, root, 20).problem == (422, "self-grant")
        assert grant(root, root, -5).problem == (422, "self-grant")
        assert grant(root, root, 600).problem == (422, "self-grant")


def test_more_than_there_is_is_not_taken(root: Person, ada: Person) -> None:
    with ledger_kit.nothing_moves():
        refused = grant(root, ada, -61)
        assert grant(root, ada, -600).problem == (402, "insufficient-tokens")

    assert refused.problem == (402, "insufficient-tokens")
    assert {name: refused.body[name] for name in ("balance", "required", "shortfall")} == {
        "balance": 60,
        "required": 61,
        "shortfall": 1,
    }


def test_a_wallet_that_can_hold_no_more_is_granted_none(root: Person) -> None:
    rich = ledger_kit.account(purchased=WALLET_CAP - 10)

    with ledger_kit.nothing_moves():
        assert grant(root, rich, 11).problem == (422, "invalid-request")
        assert grant(root, rich, 600).problem == (422, "invalid-request")
    assert grant(root, rich, 10).status == 200


def test_nothing_is_taken_from_a_wallet_that_does_not_add_up(root: Person, ada: Person) -> None:
    ledger_kit.change(ada, tokenBalance=61)

    with ledger_kit.nothing_moves():
        assert grant(root, ada, -5).problem == (503, "wallet-inconsistent")


def test_an_administrator_whose_token_was_revoked_grants_nothing(users: Users, root: Person, ada: Person) -> None:
    users.valid_since[root.user_id] = 2**33

    with ledger_kit.nothing_moves():
        assert grant(root, ada, 5).problem == (401, "unauthenticated")
    assert documents("adminActions") == {}
