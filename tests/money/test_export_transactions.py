"""Needs the Firestore emulator."""

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions

from shared.cloud.clients import STORE, store
from shared.cloud.documents import Snapshot
from shared.ledger.purchase import Purchase
from shared.money import history
from shared.money.crediting import credit
from tests.support import api, ledger_kit
from tests.support.ledger_kit import write_lines
from tests.support.people import Person

HEADER = ["timestamp", "type", "amount", "balance", "reference", "id"]


def export(person: Person, **query: Any) -> list[list[str]]:
    """The rows of the answer, the header first."""
    answer = api.get("export_transactions", by=person, **query)
    assert answer.status == 200, answer
    return list(csv.reader(io.StringIO(answer.body)))


def test_the_ledger_comes_as_a_file_oldest_line_first_with_the_balance_after_each(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account(bonus=10)
    credit(Purchase("cs_1", "pi_1", ada.user_id, "starter", 50, 499, "usd", "phoenix@1").entry())
    api.post("tip", {"recipientId": ben.user_id, "amount": 15}, by=ada, key="k1")
    api.post("tip", {"recipientId": ada.user_id, "amount": 2}, by=ben, key="k2")

    answer = api.get("export_transactions", by=ada)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="transactions.csv"'
    header, *rows = csv.reader(io.StringIO(answer.body))
    assert header == HEADER
    assert [row[1:] for row in rows] == [
        ["signup_bonus", "10", "10", "", f"signup_{ada.user_id}"],
        ["purchase", "50", "60", "cs_1", "purchase_cs_1"],
        ["tip_sent", "-15", "45", ben.user_id, f"tip_k1_{ada.user_id}_sent"],
        ["tip_received", "2", "47", ben.user_id, f"tip_k2_{ben.user_id}_received"],
    ]
    assert int(rows[-1][3]) == ledger_kit.balance(ada)
    times = [datetime.datetime.strptime(row[0], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.UTC) for row in rows]
    assert times == sorted(times)


def test_a_generation_is_the_reference_of_its_lines(project: str) -> None:
    ada = ledger_kit.account()
    write_lines(ada, 1, details={"generationId": "g1", "feature": "image", "areas": 1})

    assert export(ada)[1][4] == "g1"


@pytest.mark.parametrize(
    ("kind", "details", "reference"),
    [
        ("clawback", {"orderId": "cs_1", "step": 1}, "cs_1"),
        ("reinstatement", {"orderId": "cs_1", "step": 2}, "cs_1"),
        ("admin_credit", {"actionId": "grant_1", "actorId": "ben", "reason": "goodwill"}, "grant_1"),
    ],
)
def test_the_order_or_the_action_is_the_reference_of_what_follows_from_it(
    project: str, kind: str, details: dict[str, Any], reference: str
) -> None:
    ada = ledger_kit.account()
    write_lines(ada, 1, type=kind, details=details)

    assert export(ada)[1][4] == reference


def test_who_has_no_line_gets_the_header(project: str) -> None:
    assert export(ledger_kit.account()) == [HEADER]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["1", "3", "6", "10", "15"]),
        ({"from_": "2026-01-01T00:00:02Z"}, ["6", "10", "15"]),
        ({"to": "2026-01-01T00:00:02Z"}, ["1", "3"]),
        ({"from_": "2026-01-01T00:00:01Z", "to": "2026-01-01T00:00:04Z"}, ["3", "6", "10"]),
        ({"from_": "2026-01-02"}, []),
    ],
)
def test_the_balance_is_the_true_one_also_inside_a_window(
    project: str, query: dict[str, Any], expected: list[str]
) -> None:
    ada, ben = ledger_kit.account(), ledger_kit.account()
    write_lines(ada, 5, amount=lambda n: n + 1)
    write_lines(ben, 5, name="other")

    assert [row[3] for row in export(ada, **query)[1:]] == expected


def test_more_lines_than_a_page_come_all_and_in_order(project: str) -> None:
    ada = ledger_kit.account()
    write_lines(ada, 1203, amount=lambda n: 3 if n % 2 == 0 else -2)

    rows = export(ada)[1:]

    assert [row[5] for row in rows] == [f"line{n:04}" for n in range(1203)]
    assert [rows[n][3] for n in (0, 1, 499, 500, 501, 999, 1000, 1202)] == [
        "3", "1", "250", "253", "251", "500", "503", "604",
    ]  # fmt: skip


def test_lines_of_one_moment_come_in_the_order_they_were_written(project: str) -> None:
    ada = ledger_kit.account()
    for name in ("zoe", "ann", "mia"):
        write_lines(ada, 1, name=name)

    assert [row[5] for row in export(ada)[1:]] == ["zoe0000", "ann0000", "mia0000"]


def test_lines_of_one_moment_on_both_sides_of_a_page_come_once_each(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "EXPORT_PAGE", 2)
    ada = ledger_kit.account()
    write_lines(ada, 5, apart=datetime.timedelta())

    assert sorted(row[5] for row in export(ada)[1:]) == [f"line{n:04}" for n in range(5)]


@pytest.mark.threat(20, 82)
def test_nobody_gets_the_lines_of_another(project: str) -> None:
    ada, ben = ledger_kit.account(), ledger_kit.account()
    write_lines(ada, 3)

    assert export(ben) == [HEADER]


@pytest.mark.threat(81)
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted_and_numbers_stay_numbers(project: str, start: str) -> None:
    ada = ledger_kit.account(person=Person("@ada"))
    attack = f'{start}HYPERLINK("https://evil.example", "win")'
    write_lines(ada, 1, amount=lambda _: -5, name=f"{start.strip() or '='}cmd", details={"generationId": attack})

    text = api.get("export_transactions", by=ada).body

    (row,) = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert row[4] == f"'{attack}"
    assert row[5][0] == "'"
    assert (row[2], row[3]) == ("-5", "-5")


@pytest.mark.threat(81)
def test_a_cell_with_commas_quotes_and_line_breaks_stays_one_cell(project: str) -> None:
    ada = ledger_kit.account()
    text = 'a,b;"c"\r\nd'
    write_lines(ada, 1, details={"generationId": text})

    answer = api.get("export_transactions", by=ada)

    assert list(csv.reader(io.StringIO(answer.body, newline="")))[1][4] == text


def test_the_answer_is_streamed(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second page is asked for when the first was sent, so that no export needs memory for all of it."""
    monkeypatch.setattr(history, "EXPORT_PAGE", 2)
    ada = ledger_kit.account()
    write_lines(ada, 5)
    rows = history.statement(ada.user_id, history.Window())
    first = next(rows)[0].id

    store().collection("transactions").document("line0004").delete(**STORE)

    assert [first, *(line.id for line, _ in rows)] == ["line0000", "line0001", "line0002", "line0003"]


def test_what_cannot_be_read_is_503_and_not_an_empty_file(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = ledger_kit.account(bonus=10)
    lost: Callable[[str], Exception] = exceptions.DeadlineExceeded

    def fail(*_arguments: object) -> list[Snapshot]:
        raise lost("the answer")

    monkeypatch.setattr(history, "fetch", fail)

    assert api.get("export_transactions", by=ada).problem == (503, "unavailable")


@pytest.mark.threat(82)
@pytest.mark.parametrize(
    ("person", "query", "problem"),
    [
        (None, {}, (401, "unauthenticated")),
        (Person(provider="anonymous"), {}, (403, "anonymous-not-allowed")),
        (Person("stranger"), {}, (404, "no-such-account")),
        (Person("ada"), {"userId": "ben"}, (422, "invalid-request")),
        (Person("ada"), {"limit": "-1"}, (422, "invalid-request")),
        (Person("ada"), {"cursor": "x"}, (422, "invalid-request")),
        (Person("ada"), {"from_": "soon"}, (422, "invalid-request")),
        (Person("ada"), {"to": "9999-12-31T23:59:59-14:00"}, (422, "invalid-request")),
    ],
)
def test_refusals(project: str, person: Person | None, query: dict[str, Any], problem: tuple[int, str]) -> None:
    ledger_kit.account(person=Person("ada"))

    assert api.get("export_transactions", by=person, **query).problem == problem
