"""Needs the Firestore emulator, which reads the past. Audits of more than one page and of more than one call."""

import itertools
from typing import Any

import pytest
from google.cloud.firestore_v1.batch import WriteBatch

from local.costs.meter import metered
from local.google.scheduler import interval_seconds
from shared import clock
from shared.cloud import checkpoint
from shared.manifest import FUNCTIONS
from tests.support import ledger_kit
from tests.support.audit_kit import (
    Capture,
    InstanceGone,
    alerts,
    audit_everything,
    counts,
    crash_at,
    people,
    reports,
)
from tests.support.cloud_kit import Cloud, ago, document, field, write
from tests.support.ledger_kit import change
from tests.support.people import Person


def steps_a_call(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Has every call's time be up after so many steps."""
    step, taken, now = checkpoint._step, itertools.count(1), [0.0]

    def counted(*given: Any) -> checkpoint.Report:
        report = step(*given)
        if next(taken) % steps == 0:
            now[0] += checkpoint.RUN_SECONDS
        return report

    monkeypatch.setattr(checkpoint, "_step", counted)
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])


@pytest.mark.threat(77)
@pytest.mark.parametrize("names", ["abcde", "abcd", "ab", "a"])
def test_an_audit_looks_at_every_page_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 2)
    people(*names)
    change(Person(names[-1]), tokenBalance=11)
    many = len(names)

    answer = audit_everything(cloud)

    assert counts(answer) == (many, many, 10 * many + 1, 1)
    assert answer["complete"]


@pytest.mark.threat(77)
def test_after_a_crash_the_next_call_goes_on_at_the_same_moment_in_the_past(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 2)
    *_, eve = people("a", "b", "c", "d", "e")
    crash_at(cloud, 4)  # on the second page
    unfinished = document("audits/running-balances")
    assert unfinished is not None
    assert (unfinished["counts"]["wallets"], unfinished["after"]) == (2, "b")
    change(eve, tokenBalance=11)  # too late to be seen, as are the lines
    ledger_kit.write_lines(eve, 1, name="late", type="reinstatement")
    ledger_kit.write_lines(Person("a"), 1, name="later", type="reinstatement")

    with metered() as cost:
        resumed = audit_everything(cloud)

    assert (resumed["complete"], counts(resumed)) == (True, (5, 5, 50, 0))
    assert cost.calls["RunAggregationQuery"] == 3 + 8  # c, d and e; and the ledger as a whole
    assert resumed["auditId"] == unfinished["id"]
    assert field(f"audits/{resumed['auditId']}", "readTime") == unfinished["readTime"]
    assert counts(audit_everything(cloud)) == (5, 7, 51, 3)


@pytest.mark.threat(77)
def test_what_was_found_before_a_crash_is_in_the_report(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 1)
    [ada, ben] = people("a", "b")
    for person in (ada, ben):
        change(person, tokenBalance=11)
    crash_at(cloud, 2)

    answer = audit_everything(cloud)

    assert answer["discrepancies"] == 2
    assert [found["userId"] for found in field(f"audits/{answer['auditId']}", "findings")] == ["a", "b"]
    assert len(alerts(capsys.readouterr().out)) == 2


@pytest.mark.threat(77)
def test_after_a_crash_before_the_report_was_written_the_next_call_writes_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    people("a", "b")
    commit = WriteBatch.commit

    def crash(batch: WriteBatch, *args: Any, **options: Any) -> Any:
        if any("delete" in pb for pb in batch._write_pbs):
            raise InstanceGone
        return commit(batch, *args, **options)

    with monkeypatch.context() as crashing:
        crashing.setattr(WriteBatch, "commit", crash)
        with pytest.raises(InstanceGone):
            cloud.call("audit_balances", {"full": True})
    assert list(reports()) == ["running-balances"]

    answer = audit_everything(cloud)

    assert (answer["complete"], counts(answer)) == (True, (2, 2, 20, 0))
    assert list(reports()) == [answer["auditId"]]


def test_an_unfinished_audit_of_a_past_that_cannot_be_read_any_more_goes_on_as_of_a_new_moment(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 2)
    people("a", "b", "c")
    crash_at(cloud, 3)
    unfinished = document("audits/running-balances")
    assert unfinished is not None
    write("audits/running-balances", readTime=ago(minutes=51))

    with metered() as cost:
        answer = audit_everything(cloud)

    assert (answer["complete"], counts(answer)) == (True, (3, 3, 30, 0))
    assert cost.calls["RunAggregationQuery"] == 1 + 3 * 5  # c; and everybody's totals and debts
    assert (answer["compared"], field(f"audits/{answer['auditId']}", "moments")) == (False, 2)
    assert list(reports()) == [answer["auditId"]] == [unfinished["id"]]
    assert field(f"audits/{answer['auditId']}", "readTime") >= unfinished["readTime"]


def test_an_audit_of_many_calls_ends_on_the_schedule_that_is_deployed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 1)
    people("a", "b", "c")
    change(Person("c"), tokenBalance=11)
    steps_a_call(monkeypatch, 1)
    between = interval_seconds(FUNCTIONS["audit_balances"].schedule)

    answers: list[Any] = []
    while not answers or not answers[-1]["complete"]:
        answers.append(audit_everything(cloud))
        if document("audits/running-balances") is not None:
            write("audits/running-balances", readTime=ago(seconds=between))

    # A page for each wallet, and an empty one; the ledger, one and an empty one; no lines of nobody, neither those of a
    # user without a wallet nor those without a user; the wallets once more.
    assert len(answers) == 4 + 2 + 2 + 4
    assert len({answer["auditId"] for answer in answers}) == 1
    assert counts(answers[-1]) == (3, 3, 31, 1)
    assert not answers[-1]["compared"]


def test_the_past_can_be_read_for_longer_than_a_call_needs_it() -> None:
    assert checkpoint.SNAPSHOT_LIFETIME_SECONDS + checkpoint.RUN_SECONDS + checkpoint.EXAMINATION_SECONDS < 3600
    assert checkpoint.SNAPSHOT_LIFETIME_SECONDS > checkpoint.RUN_SECONDS


@pytest.mark.threat(77)
def test_a_call_without_time_does_nothing_and_the_next_goes_on(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    people("a", "b")
    with monkeypatch.context() as hurried:
        hurried.setattr(checkpoint, "RUN_SECONDS", 0)
        answer = audit_everything(cloud)
        assert (answer["complete"], counts(answer)) == (False, (0, 0, 0, 0))
        assert reports() == {}

    answer = audit_everything(cloud)

    assert (answer["complete"], counts(answer)) == (True, (2, 2, 20, 0))


@pytest.mark.threat(77)
def test_an_audit_larger_than_a_call_is_gone_on_with_until_it_is_complete(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 2)
    people("a", "b", "c")
    steps_a_call(monkeypatch, 1)

    # Two pages of wallets, one of the ledger, none of either kind of lines of nobody, and none of the wallets that are
    # looked at again.
    answers = [audit_everything(cloud) for _ in range(6)]

    assert [answer["complete"] for answer in answers] == [False, False, False, False, False, True]
    assert [answer["wallets"] for answer in answers] == [2, 3, 3, 3, 3, 3]
    assert [answer["compared"] for answer in answers] == [False, False, True, True, True, True]
    assert len({answer["auditId"] for answer in answers}) == 1
    assert list(reports()) == [answers[0]["auditId"]]
