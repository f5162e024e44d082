"""Needs the Firestore emulator. The desk: what waits for a person, oldest first, until it is decided."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from local.costs.meter import metered
from shared import clock
from shared.cloud.clients import STORE, store
from shared.money import freezing
from tests.support import api, ledger_kit
from tests.support.api import new_key
from tests.support.cloud_kit import documents
from tests.support.ledger_kit import NEW_YEAR
from tests.support.people import Person, administrator

pytestmark = pytest.mark.threat(74)

DAY = datetime.timedelta(days=1)


def listed(by: Person, kind: str, limit: int = 20) -> list[dict[str, Any]]:
    """What stands on the desk, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = api.get("list_attention", by=by, kind=kind, limit=limit, **cursor)
        assert answer.status == 200, answer
        assert len(answer.body["items"]) <= limit
        found += answer.body["items"]
        if answer.body["nextCursor"] is None:
            return found
        cursor = {"cursor": answer.body["nextCursor"]}


def order(name: str, created_at: datetime.datetime = NEW_YEAR, **fields: object) -> None:
    offer = {"userId": "ada", "package": "starter", "tokens": 50, "amount": 499, "currency": "usd"}
    document = {**offer, "status": "parked", "createdAt": created_at, **fields}
    store().collection("orders").document(name).set(document, **STORE)


@pytest.mark.parametrize("kind", ["parked", "grants", "frozen", "disputes", "findings"])
def test_where_nothing_waits_nothing_is_listed_and_little_read(root: Person, kind: str) -> None:
    with metered() as cost:
        assert listed(root, kind) == []

    assert cost.rpcs <= 3


def test_the_desk_says_what_may_be_granted_and_for_which_reasons(root: Person) -> None:
    assert api.get("list_attention", by=root, kind="grants").body["rules"] == {
        "reasons": ["support", "goodwill", "outage", "correction", "promotion"],
        "grantAlone": 500,
        "grantMaximum": 10_000,
        "grantDaily": 5_000,
    }


def test_parked_orders_say_why_the_oldest_first(root: Person) -> None:
    for n in (2, 0, 1):
        order(f"cs_{n}", NEW_YEAR + n * DAY, parkedReason=f"differs: {n}")
    order("cs_paid", status="paid")

    items = listed(root, "parked", limit=2)

    assert [item["id"] for item in items] == ["cs_0", "cs_1", "cs_2"]
    assert items[0] == {
        "id": "cs_0",
        "userId": "ada",
        "since": "2026-01-01T00:00:00.000000Z",
        "about": {
            "order": "cs_0",
            "reason": "differs: 0",
            "package": "starter",
            "plan": None,
            "tokens": 50,
            "amount": 499,
            "currency": "usd",
            "status": "parked",
            "paid": None,
        },
    }


def test_a_reversal_that_a_person_has_to_look_at_stands_between_the_parked_orders(root: Person) -> None:
    order("cs_0", NEW_YEAR)
    order("cs_1", NEW_YEAR + DAY, status="paid", unclear=True, reversalOpen=True)
    order("cs_2", NEW_YEAR + 2 * DAY)
    order("cs_3", NEW_YEAR, status="paid", reversalOpen=True)

    for limit in (1, 2, 20):
        assert [item["id"] for item in listed(root, "parked", limit)] == ["cs_0", "cs_1", "cs_2"]


def test_a_grant_is_on_the_desk_until_it_is_decided_or_too_old(root: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = ledger_kit.account(bonus=10)
    for key in ("k1", "k2", "k3"):
        body = {"userId": ada.user_id, "amount": 600, "reason": "outage", "note": "Monday"}
        assert api.post("grant_tokens", body, by=root, key=key).status == 202

    items = listed(root, "grants", limit=2)

    assert [item["since"] for item in items] == sorted(item["since"] for item in items)
    first, second, third = (item["id"] for item in items)
    assert items[0]["userId"] == ada.user_id
    about = {name: items[0]["about"][name] for name in ("action", "amount", "reason", "note", "actor")}
    assert about == {"action": first, "amount": 600, "reason": "outage", "note": "Monday", "actor": root.user_id}
    decide = {"actionId": first}, {"actionId": second, "approve": False}
    for body in decide:
        assert api.post("approve_grant", body, by=administrator(), key=new_key()).status == 200
    assert [item["id"] for item in listed(root, "grants")] == [third]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + DAY)
    assert listed(root, "grants") == []


def test_a_frozen_wallet_is_on_the_desk_until_it_opens(root: Person) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    freezing.freeze(ada.user_id, "audit")
    freezing.freeze(ben.user_id, "operator")
    freezing.freeze(ada.user_id, "operator")

    items = listed(root, "frozen", limit=1)

    assert [item["id"] for item in items] == [ada.user_id, ben.user_id]
    assert items[0]["about"]["reasons"].keys() == {"audit", "operator"}
    assert items[0]["since"] == items[0]["about"]["reasons"]["audit"]
    body = {"userId": ada.user_id, "frozen": False, "reason": "support"}
    assert api.post("freeze_wallet", body, by=root, key="k1").status == 200
    assert [item["id"] for item in listed(root, "frozen")] == [ben.user_id]


def test_disputes_that_can_be_answered_are_listed_the_most_urgent_first(root: Person) -> None:
    now = clock.now()
    for name, days in (("cs_1", 9), ("cs_2", 2), ("cs_3", -1)):
        order(name, status="paid", paidAt=NEW_YEAR, disputeDueBy=now + days * DAY, disputes={"dp_1": "needs_response"})
    order("cs_4", status="paid")

    items = listed(root, "disputes", limit=1)

    assert [item["id"] for item in items] == ["cs_2", "cs_1"]
    assert items[0]["about"]["disputes"] == {"dp_1": "needs_response"}
    assert items[0]["about"]["dueBy"] == (now + 2 * DAY).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# -- findings ----------------------------------------------------------------------------------------------------------


def audited(audit: str, began: datetime.datetime, *findings: Mapping[str, object]) -> None:
    """The last complete audit of the name found this."""
    report = {"beganAt": began, "findings": [{"since": began, **finding} for finding in findings]}
    store().collection("audits").document(f"latest-{audit}").set(report, **STORE)


MISMATCH = {"finding": "balance-mismatch", "userId": "ada", "what": "balance", "wallet": 61, "ledger": 60}
ORPHANS = {"finding": "orphan-lines", "ledger": 3, "wallets": 2}
LINE = {"finding": "unexplained-line", "userId": "ben", "id": "x", "why": "type"}
TOTAL = {"finding": "total-mismatch", "userId": "ada", "what": "totalTokensSpent", "wallet": 1, "ledger": 0}


def found(root: Person, limit: int = 20) -> list[object]:
    return [item["about"]["finding"] for item in listed(root, "findings", limit)]


def test_what_the_last_audits_found_is_listed_but_not_what_they_put_right(root: Person) -> None:
    audited("balances", NEW_YEAR, ORPHANS)
    audited("movements", NEW_YEAR + DAY, MISMATCH, LINE, TOTAL)

    for limit in (1, 2, 20):
        assert sorted(map(str, found(root, limit))) == ["balance-mismatch", "orphan-lines", "unexplained-line"]
    first = listed(root, "findings")[0]
    assert (first["userId"], first["since"], first["about"]) == (None, "2026-01-01T00:00:00.000000Z", ORPHANS)


def test_a_finding_leaves_the_desk_when_a_later_audit_does_not_have_it(root: Person) -> None:
    audited("balances", NEW_YEAR, ORPHANS, MISMATCH)
    assert sorted(map(str, found(root))) == ["balance-mismatch", "orphan-lines"]
    audited("movements", NEW_YEAR + DAY)
    assert found(root) == ["orphan-lines"]
    audited("balances", NEW_YEAR + 2 * DAY, MISMATCH)
    assert found(root) == ["balance-mismatch"]
    audited("balances", NEW_YEAR + 3 * DAY)
    assert found(root) == []


# -- documents that are not what they should be ------------------------------------------------------------------------


NOT_READABLE: dict[str, tuple[str, Mapping[str, Any]]] = {
    "parked": ("orders/cs_0", {"status": "parked", "createdAt": NEW_YEAR}),
    "grants": ("adminActions/a0", {"status": "waiting", "createdAt": clock.now()}),
    "frozen": ("users/ada", {"frozen": 5, "frozenSince": NEW_YEAR}),
    "disputes": ("orders/cs_0", {"status": "paid", "disputeDueBy": clock.now() + DAY}),
}
"""A document of each kind, of which little more is right than its place in the list."""


@pytest.mark.parametrize("kind", NOT_READABLE)
def test_a_document_that_cannot_be_read_is_on_the_desk_and_hides_nothing(root: Person, kind: str) -> None:
    path, fields = NOT_READABLE[kind]
    store().document(path).set(dict(fields), **STORE)
    order("cs_1", disputeDueBy=clock.now() + 2 * DAY, disputes={})
    freezing.freeze(ledger_kit.account().user_id, "operator")
    body = {"userId": ledger_kit.account().user_id, "amount": 600, "reason": "outage"}
    assert api.post("grant_tokens", body, by=root, key="k1").status == 202

    for limit in (1, 20):
        bad, good = listed(root, kind, limit)
        assert (bad["id"], bad["about"]) == (path.split("/")[1], {"unreadable": path})
        assert "unreadable" not in good["about"]


@pytest.mark.parametrize("time", ["yesterday", 5, None], ids=str)
def test_what_has_no_time_has_no_place_in_the_list(root: Person, time: object) -> None:
    order("cs_0", createdAt=time)
    order("cs_1", NEW_YEAR)
    ledger_kit.change(ledger_kit.account(), frozen={"operator": time}, frozenSince=time)

    assert [item["id"] for item in listed(root, "parked", 1)] == ["cs_1"]
    assert listed(root, "frozen", 1) == []


def test_a_wallet_that_was_frozen_by_a_text_is_on_the_desk(root: Person) -> None:
    ada = ledger_kit.account()
    ledger_kit.change(ada, frozen="fraud", frozenSince=NEW_YEAR)

    [item] = listed(root, "frozen")

    assert (item["id"], item["about"]["reasons"]) == (ada.user_id, {"fraud": None})


@pytest.mark.parametrize("since", ["yesterday", None], ids=str)
def test_a_finding_without_its_time_is_as_old_as_its_audit(root: Person, since: object) -> None:
    finding = dict(ORPHANS) | ({} if since is None else {"since": since})
    report = {"beganAt": NEW_YEAR, "findings": [finding]}
    store().document("audits/latest-balances").set(report, **STORE)
    audited("movements", NEW_YEAR + DAY, MISMATCH)

    first, second = listed(root, "findings", limit=1)

    assert (first["since"], first["about"]) == ("2026-01-01T00:00:00.000000Z", ORPHANS)
    assert second["about"]["finding"] == "balance-mismatch"


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"beganAt": "today", "findings": 5},
        {"beganAt": NEW_YEAR, "findings": ["a text", {"since": NEW_YEAR}, {"finding": ["x"]}, ORPHANS]},
    ],
    ids=["empty", "no list", "findings that are none"],
)
def test_a_report_that_cannot_be_read_says_so_and_hides_no_other(root: Person, report: dict[str, Any]) -> None:
    store().document("audits/latest-balances").set(report, **STORE)
    audited("movements", NEW_YEAR + DAY, MISMATCH)

    shown = [item["about"] for item in listed(root, "findings", limit=2)]

    assert {"finding": "unreadable", "report": "audits/latest-balances"} in shown
    assert [each for each in shown if each["finding"] == "balance-mismatch"] == [MISMATCH]
    assert len(shown) == (3 if report.get("beganAt") == NEW_YEAR else 2)


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_a_cursor_is_good_for_its_own_kind_only(root: Person) -> None:
    order("cs_1")
    cursor = api.get("list_attention", by=root, kind="parked", limit=1).body["nextCursor"]

    for kind in ("grants", "frozen", "disputes", "findings"):
        answer = api.get("list_attention", by=root, kind=kind, cursor=cursor)
        assert answer.problem == (422, "invalid-request"), kind


def test_looking_leaves_nothing_behind(root: Person) -> None:
    for kind in ("parked", "findings"):
        listed(root, kind)

    assert documents("adminActions") == {}
