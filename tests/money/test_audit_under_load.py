"""Needs the Firestore emulator, which reads the past. Both audits while others write."""

import contextlib
import itertools
import threading
from collections.abc import Callable

import pytest

from local import sampling
from shared.cloud import checkpoint, documents
from shared.cloud.queries import Query, fetch
from shared.errors import Contention
from shared.money import reversals
from shared.money.audit import ledger, walks
from tests.support import api, audit_kit, ledger_kit
from tests.support.audit_kit import (
    Capture,
    alerts,
    frozen,
    people,
)
from tests.support.cloud_kit import Cloud
from tests.support.concurrently import concurrently
from tests.support.ledger_kit import account, change

AUDITS = 12 if sampling.ALL else 6
"""So many audits are overtaken by tips and by reversals."""


@pytest.mark.deep
@pytest.mark.threat(75)
@pytest.mark.parametrize("run", sampling.one([walks.run, walks.run_whole], "audits"), ids=lambda run: run.__name__)
def test_tips_and_reversals_on_their_way_are_no_false_alarm(
    cloud: Cloud, capsys: Capture, run: Callable[[], checkpoint.Report]
) -> None:
    persons = [account(bonus=10, purchased=1_000) for _ in range(8)]
    stop = threading.Event()
    sent: list[str] = []
    reversed_orders: list[str] = []
    reports: list[checkpoint.Report] = []
    overtaken = 0  # audits during which a tip was sent

    def tip(number: int) -> None:
        for n in itertools.count():
            if stop.is_set():
                return
            sender, recipient = persons[(number + n) % 8], persons[(number + 3 * n + 1) % 8]
            if sender is not recipient:
                body = {"recipientId": recipient.user_id, "amount": 1}
                key = f"k{number}-{n}"
                if api.post("tip", body, by=sender, key=key).status == 200:  # 503 where others were always faster
                    sent.append(key)

    def reverse() -> None:
        """Takes back a part of each person's purchase, and gives back another, again and again."""
        orders = [document.reference for document in fetch(Query("orders"))]
        try:
            for n in itertools.count():
                if stop.is_set():
                    return
                with contextlib.suppress(Contention):  # tips were always faster
                    before = reversals.seen(documents.get(orders[n % 8]))
                    reversed_orders.append(reversals.reverse(before, 83 * n % 250, {}).order.order_id)
        finally:
            stop.set()

    def watch() -> None:
        nonlocal overtaken
        try:
            while overtaken < AUDITS or len(sent) < 8 * AUDITS or len(reversed_orders) < AUDITS:
                assert not stop.is_set()
                assert len(reports) < 300
                before = len(sent)
                reports.append(run())
                overtaken += len(sent) > before
        finally:
            stop.set()

    work = {4: watch, 5: reverse}
    concurrently(6, lambda number: work[number]() if number in work else tip(number))

    assert {(report.is_complete, report.count("wallets"), report.findings) for report in reports} == {(True, 8, ())}
    assert {report.count(ledger.COMPARED) for report in reports} == {int(run is walks.run_whole)}
    assert alerts(capsys.readouterr().out) == []
    ledger_kit.assert_books_balance(cloud.project)


def test_two_audits_at_once_find_the_same_and_leave_nothing_open(cloud: Cloud, capsys: Capture) -> None:
    [ada, *_] = people("a", "b", "c", "d")
    change(ada, tokenBalance=11)

    reports = concurrently(2, lambda _: walks.run_whole())

    assert [(each.is_complete, each.count("wallets"), each.discrepancies) for each in reports] == [(True, 4, 1)] * 2
    assert set(audit_kit.reports()) == {report.id for report in reports}
    assert frozen(ada) == {"audit"}
    assert len(alerts(capsys.readouterr().out)) in (1, 2)
