"""Needs the Firestore emulator, which reads the past, and the local issuer of service tokens.

The audit of every wallet from nothing, and of the ledger as a whole.
"""

import datetime
import math
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import DeadlineExceeded

from local.costs.meter import metered
from shared import log
from shared.cloud import checkpoint
from shared.cloud.clients import STORE, store
from shared.ledger.entries import TOTALS
from shared.ledger.funds import Funds
from shared.ledger.generation import GenerationRefund, Spend
from shared.ledger.lots import Holding
from shared.money import crediting, payments
from shared.money.audit import ledger
from tests.support import api, ledger_kit
from tests.support.audit_kit import (
    Capture,
    alerts,
    audit_everything,
    counts,
    frozen,
    line,
    people,
    reports,
)
from tests.support.cloud_kit import Cloud, document, field
from tests.support.ledger_kit import account, change
from tests.support.people import Person
from tests.support.wire import Hook, wired

# -- books that are in order -----------------------------------------------------------------------------------------


def test_an_audit_of_books_in_order_says_how_much_it_looked_at(cloud: Cloud, capsys: Capture) -> None:
    ada, ben = account(bonus=10, purchased=50), account(bonus=10, earned=7)
    account()
    assert api.post("tip", {"recipientId": ben.user_id, "amount": 15}, by=ada, key="k1").status == 200
    capsys.readouterr()

    answer = audit_everything(cloud)

    assert answer | {"auditId": ""} == {
        "auditId": "",
        "complete": True,
        "wallets": 3,
        "lines": 6,
        "tokens": 77,
        "discrepancies": 0,
        "unexamined": 0,
        "compared": True,
    }
    assert alerts(capsys.readouterr().out) == []
    assert [frozen(person) for person in (ada, ben)] == [set(), set()]


def test_an_audit_with_nothing_to_look_at_is_complete(cloud: Cloud) -> None:
    answer = audit_everything(cloud)

    assert (answer["complete"], counts(answer), answer["compared"]) == (True, (0, 0, 0, 0), True)


def test_the_report_is_kept_under_its_id_and_nothing_stays_open(cloud: Cloud) -> None:
    account(bonus=10)

    answer = audit_everything(cloud)

    kept = reports()
    assert list(kept) == [answer["auditId"]]
    report = kept[answer["auditId"]]
    assert [report["counts"][name] for name in ("wallets", "lines", "tokens")] == [1, 1, 10]
    assert (report["discrepancies"], report["findings"], report["moments"]) == (0, [], 1)
    assert isinstance(report["readTime"], datetime.datetime)


def test_each_audit_is_a_report_of_its_own(cloud: Cloud) -> None:
    account(bonus=10)

    ids = [audit_everything(cloud)["auditId"] for _ in range(3)]

    assert sorted(reports()) == ids


# -- books that are not ----------------------------------------------------------------------------------------------

IN_NO_TOTAL = "reinstatement"
"""The type of lines that are in no lifetime total."""

Found = list[tuple[str, int, int]]
"""What does not add up, in the wallet and in the ledger."""


def overdraw(person: Person) -> None:
    """Spends 15 tokens of 10, and writes a line for it."""
    ledger_kit.write_lines(person, 1, type=IN_NO_TOTAL, amount=lambda _: -15)
    change(person, tokenBalance=-5, **{"funds.earned": -15})


DRIFT: dict[str, tuple[Callable[[Person], object], Found]] = {
    "a balance": (lambda ada: change(ada, tokenBalance=11), [("balance", 11, 10)]),
    "one fund": (lambda ada: change(ada, **{"funds.bonus": 11}), [("bonus", 11, 10)]),
    "a line is missing": (
        lambda ada: change(ada, tokenBalance=17, **{"funds.earned": 7}),
        [("balance", 17, 10), ("earned", 7, 0)],
    ),
    "a line too many": (
        lambda ada: ledger_kit.write_lines(ada, 1, type=IN_NO_TOTAL, amount=lambda _: 7),
        [("balance", 10, 17), ("earned", 0, 7)],
    ),
    "two lines that cancel out": (
        lambda ada: ledger_kit.write_lines(ada, 2, type=IN_NO_TOTAL, amount=lambda n: 7 - 14 * n),
        [],
    ),
    "funds that sum to the balance": (
        lambda ada: change(ada, funds={"bonus": 4, "purchased": 0, "earned": 6}),
        [("bonus", 4, 10), ("earned", 6, 0)],
    ),
    "both balance and fund": (
        lambda ada: change(ada, tokenBalance=1_000, funds={"bonus": 10, "purchased": 990, "earned": 0}),
        [("balance", 1_000, 10), ("purchased", 990, 0)],
    ),
    "below zero, as its lines say": (
        overdraw,
        [("balance", -5, -5), ("earned", -15, -15)],
    ),
}


def money_of(person: Person) -> dict[str, object]:
    """The account without what a freeze writes."""
    account = document(f"users/{person.user_id}") or {}
    return {name: value for name, value in account.items() if name not in ("frozen", "frozenSince")}


@pytest.mark.threat(76)
@pytest.mark.parametrize("drift", DRIFT)
def test_drift_is_found_reported_and_frozen_and_no_token_moves(cloud: Cloud, capsys: Capture, drift: str) -> None:
    plant, found = DRIFT[drift]
    ada, ben = account(bonus=10), account(bonus=10)
    plant(ada)
    money = money_of(ada)
    lines = ledger_kit.lines()
    capsys.readouterr()

    answer = audit_everything(cloud)

    assert answer["discrepancies"] == len(found)
    logged = [(line["what"], line["wallet"], line["ledger"]) for line in alerts(capsys.readouterr().out)]
    assert sorted(logged) == sorted(found)
    findings = field(f"audits/{answer['auditId']}", "findings")
    assert {finding["userId"] for finding in findings} <= {ada.user_id}
    assert sorted((finding["what"], finding["wallet"], finding["ledger"]) for finding in findings) == sorted(found)
    assert (frozen(ada), frozen(ben)) == ({"audit"} if found else set(), set())
    assert (money_of(ada), ledger_kit.lines()) == (money, lines)


@pytest.mark.threat(76, 86)
def test_the_log_names_nobody_and_quotes_nothing(cloud: Cloud, capsys: Capture) -> None:
    ada = account(bonus=10, person=Person("ada-lovelace"))
    change(ada, tokenBalance=11)
    capsys.readouterr()

    audit_everything(cloud)

    written = capsys.readouterr().out
    [alert] = alerts(written)
    assert alert == {
        "severity": "ERROR",
        "message": f"balance-mismatch userId={log.hashed('ada-lovelace')} what=balance wallet=11 ledger=10",
        "event": "balance-mismatch",
        "alert": True,
        "userId": log.hashed("ada-lovelace"),
        "what": "balance",
        "wallet": 11,
        "ledger": 10,
    }
    assert not [word for word in ("ada-lovelace", "Lovelace", "lighthouse") if word in written]


@pytest.mark.threat(76)
def test_a_wallet_that_does_not_add_up_sends_nothing_any_more_and_still_receives(cloud: Cloud) -> None:
    ada, ben = account(bonus=10), account(bonus=10)
    change(ada, tokenBalance=1_000)
    audit_everything(cloud)

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 1}, by=ada, key="k1")
    assert answer.problem == (403, "wallet-frozen")

    assert api.post("tip", {"recipientId": ada.user_id, "amount": 1}, by=ben, key="k2").status == 200


@pytest.mark.threat(76)
def test_drift_is_alerted_again_until_a_correcting_line_makes_it_good(cloud: Cloud, capsys: Capture) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=17, **{"funds.earned": 7})
    assert [audit_everything(cloud)["discrepancies"] for _ in range(2)] == [2, 2]
    assert len(alerts(capsys.readouterr().out)) == 4

    ledger_kit.write_lines(ada, 1, name="correction", type=IN_NO_TOTAL, amount=lambda _: 7)

    assert audit_everything(cloud)["discrepancies"] == 0
    assert frozen(ada) == {"audit"}  # a person looks before it thaws


@pytest.mark.parametrize("before", ["fraud", {"operator": ledger_kit.NEW_YEAR}], ids=["a text", "a map"])
def test_a_wallet_that_is_frozen_already_keeps_its_reason(cloud: Cloud, before: str | dict[str, object]) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11, frozen=before)

    assert audit_everything(cloud)["discrepancies"] == 1

    assert frozen(ada) == {"audit", "fraud" if before == "fraud" else "operator"}


def test_a_wallet_that_the_audit_froze_keeps_its_time(cloud: Cloud) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11, frozen={"audit": ledger_kit.NEW_YEAR})

    assert audit_everything(cloud)["discrepancies"] == 1

    assert ledger_kit.fields(ada)["frozen"] == {"audit": ledger_kit.NEW_YEAR}


def test_a_report_lists_no_more_than_its_limit_and_counts_them_all(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "REPORTED_FINDINGS", 2)
    for person in people("a", "b", "c", "d", "e"):
        change(person, tokenBalance=11)

    answer = audit_everything(cloud)

    assert answer["discrepancies"] == 5
    assert len(field(f"audits/{answer['auditId']}", "findings")) == 2
    assert len(alerts(capsys.readouterr().out)) == 5


# -- what no wallet shows --------------------------------------------------------------------------------------------

Planted = list[dict[str, object]]


def each(*acts: Callable[[Person], object]) -> Callable[[Person], object]:
    """One after the other."""

    def act(person: Person) -> None:
        for one in acts:
            one(person)

    return act


def total_of_a_thousand_million(name: str) -> Callable[[Person], object]:
    return lambda ada: change(ada, **{name: 10**9})


def halves(count: int) -> Callable[[Person], object]:
    amount: Any = 0.5  # what no line of ours has
    return lambda ada: ledger_kit.write_lines(ada, count, type=IN_NO_TOTAL, amount=lambda _: amount)


def each_user_of(*users: object) -> Callable[[Person], object]:
    """A line of each."""

    def act(_: Person) -> None:
        for number, user in enumerate(users):
            line(Person("nobody"), f"admin_{number}", "admin_credit", 7, userId=user)

    return act


UNEXPLAINED: dict[str, tuple[Callable[[Person], object], Planted]] = {
    "a line of nobody": (
        lambda _: line(Person("nobody"), "admin_1", "admin_credit", 7),
        [
            {"finding": "orphan-lines", "ledger": 2, "wallets": 1},
            {"finding": "orphan-line", "userId": "nobody", "id": "admin_1"},
        ],
    ),
    "a line without a user": (
        lambda _: line(Person("nobody"), "admin_1", "admin_credit", 7, userId=None),
        [{"finding": "orphan-lines", "ledger": 2, "wallets": 1}, {"finding": "orphan-line", "id": "admin_1"}],
    ),
    "lines whose user is no text": (
        each_user_of(5, "", True),
        [
            {"finding": "orphan-lines", "ledger": 4, "wallets": 1},
            {"finding": "orphan-line", "id": "admin_0"},
            {"finding": "orphan-line", "id": "admin_1"},
            {"finding": "orphan-line", "id": "admin_2"},
        ],
    ),
    "a line without a time": (
        lambda _: line(Person("nobody"), "admin_1", "admin_credit", 7, timestamp=None),
        [{"finding": "orphan-lines", "ledger": 2, "wallets": 1}, {"finding": "orphan-line", "id": "admin_1"}],
    ),
    "a tip that nobody sent": (
        lambda ada: line(ada, "tip_k1_ben_received", "tip_received", 7, "earned"),
        [{"finding": "tips-do-not-balance", "sent": 0, "received": 7}],
    ),
    "a tip that nobody received": (
        lambda ada: line(ada, "tip_k1_ada_sent", "tip_sent", -7, "bonus"),
        [{"finding": "tips-do-not-balance", "sent": -7, "received": 0}],
    ),
    "a purchase that nobody ordered": (
        lambda ada: line(ada, "purchase_cs_1", "purchase", 50),
        [{"finding": "purchases-without-orders", "ledger": 50, "orders": 0}],
    ),
    "an order that credited nothing": (
        lambda ada: (
            store().document("orders/cs_1").set({"userId": ada.user_id, "tokens": 50, "status": "paid"}, **STORE)
        ),
        [{"finding": "purchases-without-orders", "ledger": 0, "orders": 50}],
    ),
    "an order of half a token": (
        lambda ada: (
            store().document("orders/cs_1").set({"userId": ada.user_id, "tokens": 0.5, "status": "paid"}, **STORE)
        ),
        [{"finding": "purchases-without-orders", "ledger": 0, "orders": "0.5"}],
    ),
    "an order that is not paid": (
        lambda ada: (
            store().document("orders/cs_1").set({"userId": ada.user_id, "tokens": 50, "status": "open"}, **STORE)
        ),
        [],
    ),
    **{
        f"a lifetime total, {name}": (
            total_of_a_thousand_million(name),
            [
                {
                    "finding": "total-mismatch",
                    "userId": "ada",
                    "what": name,
                    "wallet": 10**9,
                    "ledger": 10 if name == "totalTokensCredited" else 0,
                }
            ],
        )
        for name in TOTALS
    },
    "balance 11 and funds of 510, as its line says": (
        each(
            lambda ada: line(ada, "admin_1", "admin_credit", 1),
            lambda _: store().document("transactions/admin_1").update({"funds.purchased": 500}, **STORE),
            lambda ada: change(ada, tokenBalance=11, **{"funds.purchased": 500}),
        ),
        [{"finding": "funds-mismatch", "userId": "ada", "wallet": 11, "funds": 510}],
    ),
    "half a token": (
        halves(1),
        [
            {"finding": "balance-mismatch", "userId": "ada", "what": "balance", "wallet": 10, "ledger": "10.5"},
            {"finding": "balance-mismatch", "userId": "ada", "what": "earned", "wallet": 0, "ledger": "0.5"},
        ],
    ),
    "halves that make a whole": (
        each(halves(2), lambda ada: change(ada, tokenBalance=11, **{"funds.earned": 1})),
        [
            {"finding": "fraction", "userId": "ada", "what": "balance", "ledger": "11.0"},
            {"finding": "fraction", "userId": "ada", "what": "earned", "ledger": "1.0"},
        ],
    ),
    "a line of NaN": (
        lambda ada: ledger_kit.write_lines(ada, 1, type=IN_NO_TOTAL, amount=lambda _: math.nan),  # type: ignore[arg-type, return-value]  # the point
        [
            {"finding": "balance-mismatch", "userId": "ada", "what": "balance", "wallet": 10, "ledger": "nan"},
            {"finding": "balance-mismatch", "userId": "ada", "what": "earned", "wallet": 0, "ledger": "nan"},
        ],
    ),
}


@pytest.mark.threat(92, 113)
@pytest.mark.parametrize("case", UNEXPLAINED)
def test_what_the_wallets_agree_to_and_nothing_explains_is_found_and_named(
    cloud: Cloud, capsys: Capture, case: str
) -> None:
    plant, found = UNEXPLAINED[case]
    plant(account(bonus=10, person=Person("ada")))
    capsys.readouterr()

    answer = audit_everything(cloud)

    assert field(f"audits/{answer['auditId']}", "findings") == found
    assert (answer["discrepancies"], answer["compared"]) == (len(found), True)
    assert [alert["event"] for alert in alerts(capsys.readouterr().out)] == [each["finding"] for each in found]


@pytest.mark.threat(92, 113)
def test_of_many_lines_without_a_user_some_are_named_and_the_rest_of_the_ledger_is_not_read(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 2)
    monkeypatch.setattr(ledger, "ORPHANS", 3)
    account(bonus=10, person=Person("ada"))
    for number in range(9):
        line(Person("nobody"), f"admin_{number}", "admin_credit", 7, userId=None)

    with metered() as cost:
        answer = audit_everything(cloud)

    findings = field(f"audits/{answer['auditId']}", "findings")
    assert [each.get("id") for each in findings] == [None, *(f"admin_{number}" for number in range(4))]
    # A page of wallets, twice; the ledger's; two pages of lines; and the first line of the users behind each wallet.
    assert cost.calls["RunQuery"] < 10


def test_books_with_everything_in_them_are_in_order(cloud: Cloud) -> None:
    ada, ben = account(bonus=10, purchased=50), account(bonus=10)
    assert api.post("tip", {"recipientId": ben.user_id, "amount": 15}, by=ada, key="k1").status == 200
    payments.pay(Spend("g1", ada.user_id, "image", 2, 10, "phoenix@1", "f"))
    drawn = Holding(Funds(purchased=10))
    crediting.credit(GenerationRefund("g1", ada.user_id, "image", 1, 5, drawn, "phoenix@1").entry())

    with metered() as cost:
        answer = audit_everything(cloud)

    assert (answer["discrepancies"], answer["compared"]) == (0, True)
    assert cost.calls["RunAggregationQuery"] == 2 + 8  # no wallet's totals had to be looked at


@pytest.mark.threat(115)
def test_a_wallet_that_cannot_be_summed_is_a_finding_and_all_others_are_examined(cloud: Cloud, capsys: Capture) -> None:
    people("ada", "ben", "cem", bonus=0)
    change(Person("cem"), tokenBalance=1)
    line(Person("nobody"), "back_1", IN_NO_TOTAL, 7)
    capsys.readouterr()

    with wired(before=too_slow_for("ben")) as wire:
        answer = audit_everything(cloud)

    found = field(f"audits/{answer['auditId']}", "findings")
    assert [(each["finding"], each.get("id") or each.get("userId")) for each in found] == [
        ("could-not-be-examined", "ben"),
        ("balance-mismatch", "cem"),
    ]
    # Nobody can say whose the lines are that were not counted.
    assert (answer["wallets"], answer["unexamined"], answer["compared"]) == (2, 1, False)
    assert wire.count("RunAggregationQuery") < 40
    assert frozen(Person("ben")) == set()


def too_slow_for(user_id: str) -> Hook:
    """Every count or sum of the user's lines takes too long."""

    def hook(method: str, request: Any) -> None:
        if method == "RunAggregationQuery" and f'string_value: "{user_id}"' in str(request):
            raise slow

    slow: Exception = DeadlineExceeded("too slow")  # type: ignore[no-untyped-call]  # as the library has it
    return hook


# -- what it costs -----------------------------------------------------------------------------------------------------


def test_an_audit_costs_two_reads_a_user_however_many_lines_each_has(cloud: Cloud) -> None:
    batch = store().batch()
    for n in range(100):
        fund = {"bonus": 0, "purchased": 0, "earned": 30}
        totals = {str(total): 30 if total == "totalTokensCredited" else 0 for total in TOTALS}
        batch.create(store().document(f"users/u{n:02}"), {"tokenBalance": 30, "funds": fund, **totals})
    batch.commit(**STORE)
    for n in range(100):
        ledger_kit.write_lines(Person(f"u{n:02}"), 30, name=f"u{n:02}-")

    with metered() as cost:
        answer = audit_everything(cloud)

    assert counts(answer) == (100, 3_000, 3_000, 0)
    # Beside the users: whether an audit is under way, and twice what the last one found; all lines once more, and
    # once those that credit something, which all of them do; four sums of other types and two of orders, of which there
    # are none.
    assert cost.reads == 200 + 3 + 3 + 3 + 6
    # Where it stands after each of five steps, the report and its copy.
    assert (cost.writes, cost.deletes) == (7, 1)
