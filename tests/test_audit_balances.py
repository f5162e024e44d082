"""Needs: the Firestore emulator, which reads the past, and the local issuer of service tokens."""

import datetime
import itertools
import json
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from google.cloud.firestore_v1.batch import WriteBatch

from local.cloud import SCHEDULE_SECONDS
from local.meter import metered
from shared import audit, log, wallets
from shared.clients import STORE, aggregate, store
from tests import api, books
from tests.at_once import at_once
from tests.books import account, change
from tests.cloud import Cloud, ago, document, documents, field, write
from tests.people import Person

Capture = pytest.CaptureFixture[str]


def call(cloud: Cloud) -> Any:
    """What the function answers to our scheduler."""
    answer = cloud.call("audit_balances")
    assert answer.status == 200, answer
    return answer.body


def counts(answer: Any) -> tuple[int, int, int, int]:
    """Wallets, lines and tokens that were looked at, and discrepancies."""
    return answer["wallets"], answer["lines"], answer["tokens"], answer["discrepancies"]


def alerts(output: str) -> list[dict[str, Any]]:
    """The log lines that somebody must look at."""
    written = [json.loads(line) for line in output.splitlines()]
    return [line for line in written if line.get("alert")]


def profile(person: Person, post_count: int, name: str = "Ada") -> None:
    fields = {"displayName": name, "photoUrl": None, "bio": "", "postCount": post_count, "createdAt": books.NEW_YEAR}
    store().document(f"profiles/{person.user_id}").set(fields, **STORE)


def frozen(person: Person) -> str | None:
    wallet = wallets.get(person.user_id)
    assert wallet is not None
    return wallet.frozen


def crash_at(monkeypatch: pytest.MonkeyPatch, call_number: int) -> None:
    """Has the instance die at this one of the audit's sums and counts."""
    numbers = itertools.count(1)

    def counted(query: Any, read_time: datetime.datetime | None = None) -> dict[str, int]:
        if next(numbers) == call_number:
            raise RuntimeError("the instance is gone")
        return aggregate(query, read_time)

    monkeypatch.setattr(audit, "aggregate", counted)
    monkeypatch.setattr(audit, "THREADS", 1)


def steps_a_call(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Has every call's time be up after so many steps."""
    seconds = itertools.cycle([0, *[0] * steps, 480])
    monkeypatch.setattr(audit, "time", SimpleNamespace(monotonic=seconds.__next__))


def people(*names: str, bonus: int = 10) -> list[Person]:
    """Somebody of each name, in whose order they are looked at."""
    return [account(bonus=bonus, person=Person(name)) for name in names]


# -- books that are in order -----------------------------------------------------------------------------------------


def test_an_audit_of_books_in_order_says_how_much_it_looked_at(cloud: Cloud, capsys: Capture) -> None:
    ada, ben = account(bonus=10, purchased=50), account(bonus=10, earned=7)
    account()
    assert api.post("tip", {"recipientId": ben.user_id, "amount": 15}, by=ada, key="k1").status == 200
    capsys.readouterr()

    answer = call(cloud)

    assert answer | {"auditId": ""} == {
        "auditId": "",
        "complete": True,
        "wallets": 3,
        "lines": 6,
        "tokens": 77,
        "discrepancies": 0,
        "repaired": 0,
    }
    assert alerts(capsys.readouterr().out) == []
    assert [frozen(person) for person in (ada, ben)] == [None, None]


def test_an_audit_with_nothing_to_look_at_is_complete(cloud: Cloud) -> None:
    answer = call(cloud)

    assert (answer["complete"], counts(answer), answer["repaired"]) == (True, (0, 0, 0, 0), 0)


def test_the_report_is_kept_under_its_id_and_nothing_stays_open(cloud: Cloud) -> None:
    account(bonus=10)

    answer = call(cloud)

    reports = documents("audits")
    assert list(reports) == [answer["auditId"]]
    report = reports[answer["auditId"]]
    assert (report["wallets"], report["lines"], report["tokens"]) == (1, 1, 10)
    assert (report["discrepancies"], report["findings"], report["repaired"]) == (0, [], 0)
    assert isinstance(report["readTime"], datetime.datetime)


def test_each_audit_is_a_report_of_its_own(cloud: Cloud) -> None:
    account(bonus=10)

    ids = [call(cloud)["auditId"] for _ in range(3)]

    assert sorted(documents("audits")) == ids


# -- books that are not ----------------------------------------------------------------------------------------------

Found = list[tuple[str, int, int]]
"""What does not add up, in the wallet and in the ledger."""


def overdraw(person: Person) -> None:
    """Spends 15 tokens of 10, and writes a line for it."""
    books.write_lines(person, 1, amount=lambda _: -15)
    change(person, tokenBalance=-5, **{"funds.earned": -15})


DRIFT: dict[str, tuple[Callable[[Person], object], Found]] = {
    "a balance": (lambda ada: change(ada, tokenBalance=11), [("balance", 11, 10)]),
    "one fund": (lambda ada: change(ada, **{"funds.bonus": 11}), [("bonus", 11, 10)]),
    "a line is missing": (
        lambda ada: store().document(f"transactions/signup_{ada.user_id}").delete(**STORE),
        [("balance", 10, 0), ("bonus", 10, 0)],
    ),
    "a line too many": (
        lambda ada: books.write_lines(ada, 1, amount=lambda _: 7),
        [("balance", 10, 17), ("earned", 0, 7)],
    ),
    "two lines that cancel out": (
        lambda ada: books.write_lines(ada, 2, amount=lambda n: 7 - 14 * n),
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


@pytest.mark.threat(76)
@pytest.mark.parametrize("drift", DRIFT)
def test_drift_is_found_reported_and_frozen_and_no_token_moves(cloud: Cloud, capsys: Capture, drift: str) -> None:
    plant, found = DRIFT[drift]
    ada, ben = account(bonus=10), account(bonus=10)
    plant(ada)
    money = {name: value for name, value in (document(f"users/{ada.user_id}") or {}).items() if name != "frozen"}
    lines = books.lines()
    capsys.readouterr()

    answer = call(cloud)

    assert answer["discrepancies"] == len(found)
    logged = [(line["what"], line["wallet"], line["ledger"]) for line in alerts(capsys.readouterr().out)]
    assert sorted(logged) == sorted(found)
    findings = field(f"audits/{answer['auditId']}", "findings")
    assert {finding["userId"] for finding in findings} <= {ada.user_id}
    assert sorted((finding["what"], finding["wallet"], finding["ledger"]) for finding in findings) == sorted(found)
    assert (frozen(ada), frozen(ben)) == ("balance-mismatch" if found else None, None)
    after = {name: value for name, value in (document(f"users/{ada.user_id}") or {}).items() if name != "frozen"}
    assert (after, books.lines()) == (money, lines)


@pytest.mark.threat(76, 86)
def test_the_log_names_nobody_and_quotes_nothing(cloud: Cloud, capsys: Capture) -> None:
    ada = account(bonus=10, person=Person("ada-lovelace"))
    profile(ada, post_count=9, name="Ada Lovelace")
    books.post_by(ada, "p1")
    change(ada, tokenBalance=11)
    capsys.readouterr()

    call(cloud)

    written = capsys.readouterr().out
    [alert] = alerts(written)
    assert alert == {
        "severity": "ERROR",
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
    call(cloud)

    with books.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 1}, by=ada, key="k1")
    assert answer.problem == (403, "wallet-frozen")

    assert api.post("tip", {"recipientId": ada.user_id, "amount": 1}, by=ben, key="k2").status == 200


@pytest.mark.threat(76)
def test_drift_is_alerted_again_until_a_correcting_line_makes_it_good(cloud: Cloud, capsys: Capture) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=17, **{"funds.earned": 7})
    assert [call(cloud)["discrepancies"] for _ in range(2)] == [2, 2]
    assert len(alerts(capsys.readouterr().out)) == 4

    books.write_lines(ada, 1, name="correction", amount=lambda _: 7)

    assert call(cloud)["discrepancies"] == 0
    assert frozen(ada) == "balance-mismatch"  # a person looks before it thaws


def test_a_wallet_that_is_frozen_already_keeps_its_reason(cloud: Cloud) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11, frozen="fraud")

    assert call(cloud)["discrepancies"] == 1

    assert frozen(ada) == "fraud"


def test_a_document_that_is_no_wallet_is_a_finding_and_hides_no_other(cloud: Cloud, capsys: Capture) -> None:
    ada, ben, cem = people("ada", "ben", "cem")
    change(ben, funds="none")
    change(cem, tokenBalance=11)

    answer = call(cloud)

    assert answer["complete"]
    assert answer["discrepancies"] == 2
    assert {alert["event"] for alert in alerts(capsys.readouterr().out)} == {"balance-mismatch", "wallet-unreadable"}
    assert frozen(cem) == "balance-mismatch"
    assert frozen(ada) is None


def test_a_report_lists_no_more_than_its_limit_and_counts_them_all(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "REPORTED_DISCREPANCIES", 2)
    for person in people("a", "b", "c", "d", "e"):
        change(person, tokenBalance=11)

    answer = call(cloud)

    assert answer["discrepancies"] == 5
    assert len(field(f"audits/{answer['auditId']}", "findings")) == 2
    assert len(alerts(capsys.readouterr().out)) == 5


@pytest.mark.threat(78)
def test_counters_that_are_wrong_are_put_right_and_counted(cloud: Cloud) -> None:
    ada, ben = account(), account()
    profile(ada, post_count=5)
    profile(ben, post_count=1)
    for post in ("few", "many", "right"):
        books.post_by(ada, post)
        books.like(ben, post)
    books.post_by(ben, "ben")
    write("posts/few", likeCount=0)
    write("posts/many", likeCount=10_000)
    write("posts/right", likeCount=1)
    before = {path: store().document(path).get(**STORE).update_time for path in ("posts/right", "posts/ben")}

    answer = call(cloud)

    assert (answer["repaired"], answer["discrepancies"]) == (3, 0)
    assert [field(f"posts/{post}", "likeCount") for post in ("few", "many", "right", "ben")] == [1, 1, 1, 0]
    assert [field(f"profiles/{person.user_id}", "postCount") for person in (ada, ben)] == [3, 1]
    assert {path: store().document(path).get(**STORE).update_time for path in before} == before
    assert call(cloud)["repaired"] == 0


# -- while others write ----------------------------------------------------------------------------------------------


@pytest.mark.threat(75)
def test_tips_on_their_way_are_no_false_alarm(cloud: Cloud, capsys: Capture) -> None:
    persons = [account(bonus=10, purchased=1_000) for _ in range(8)]
    stop = threading.Event()
    sent: list[str] = []
    reports: list[audit.Report] = []
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

    def watch() -> None:
        nonlocal overtaken
        try:
            while overtaken < 12 or len(sent) < 100:
                assert len(reports) < 300
                before = len(sent)
                reports.append(audit.run())
                overtaken += len(sent) > before
        finally:
            stop.set()

    at_once(5, lambda number: watch() if number == 4 else tip(number))

    assert {(report.is_complete, report.wallets, report.findings) for report in reports} == {(True, 8, ())}
    assert {report.tokens for report in reports} == {8_080}
    assert alerts(capsys.readouterr().out) == []
    books.assert_books_balance(cloud.project)


def test_two_audits_at_once_find_the_same_and_leave_nothing_open(cloud: Cloud, capsys: Capture) -> None:
    [ada, *_] = people("a", "b", "c", "d")
    change(ada, tokenBalance=11)
    profile(ada, post_count=0)
    books.post_by(ada, "p1")

    reports = at_once(2, lambda _: audit.run())

    assert [(report.is_complete, report.wallets, report.discrepancies) for report in reports] == [(True, 4, 1)] * 2
    assert field(f"profiles/{ada.user_id}", "postCount") == 1
    assert set(documents("audits")) == {report.id for report in reports}
    assert frozen(ada) == "balance-mismatch"
    assert len(alerts(capsys.readouterr().out)) in (1, 2)


# -- more than one page, more than one call --------------------------------------------------------------------------


@pytest.mark.threat(77)
@pytest.mark.parametrize("names", ["abcde", "abcd", "ab", "a"])
def test_an_audit_looks_at_every_page_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    for person in people(*names):
        profile(person, post_count=9)
        books.post_by(person, f"post-{person.user_id}")
        write(f"posts/post-{person.user_id}", likeCount=9)
    change(Person(names[-1]), tokenBalance=11)
    many = len(names)

    answer = call(cloud)

    assert counts(answer) == (many, many, 10 * many + 1, 1)
    assert (answer["complete"], answer["repaired"]) == (True, 2 * many)


@pytest.mark.threat(77)
def test_after_a_crash_the_next_call_goes_on_at_the_same_moment_in_the_past(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    *_, eve = people("a", "b", "c", "d", "e")
    with monkeypatch.context() as crashing:
        crash_at(crashing, 4)  # on the second page
        assert cloud.call("audit_balances").problem == (500, "internal-error")
    unfinished = document("audits/running")
    assert unfinished is not None
    assert (unfinished["wallets"], unfinished["after"]) == (2, "b")
    change(eve, tokenBalance=11)  # too late to be seen, as are the lines
    books.write_lines(eve, 1, name="late")
    books.write_lines(Person("a"), 1, name="later")

    with metered() as cost:
        resumed = call(cloud)

    assert (resumed["complete"], counts(resumed)) == (True, (5, 5, 50, 0))
    assert cost.calls["RunAggregationQuery"] == 3  # c, d and e
    assert resumed["auditId"] == unfinished["id"]
    assert field(f"audits/{resumed['auditId']}", "readTime") == unfinished["readTime"]
    assert counts(call(cloud)) == (5, 7, 51, 3)


@pytest.mark.threat(77)
def test_what_was_found_before_a_crash_is_in_the_report(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 1)
    [ada, ben] = people("a", "b")
    for person in (ada, ben):
        change(person, tokenBalance=11)
    with monkeypatch.context() as crashing:
        crash_at(crashing, 2)
        cloud.call("audit_balances")

    answer = call(cloud)

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
            raise RuntimeError("the instance is gone")
        return commit(batch, *args, **options)

    with monkeypatch.context() as crashing:
        crashing.setattr(WriteBatch, "commit", crash)
        assert cloud.call("audit_balances").status == 500
    assert list(documents("audits")) == ["running"]

    answer = call(cloud)

    assert (answer["complete"], counts(answer)) == (True, (2, 2, 20, 0))
    assert list(documents("audits")) == [answer["auditId"]]


def test_an_unfinished_audit_of_a_past_that_cannot_be_read_any_more_goes_on_as_of_a_new_moment(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    people("a", "b", "c")
    with monkeypatch.context() as crashing:
        crash_at(crashing, 3)
        cloud.call("audit_balances")
    unfinished = document("audits/running")
    assert unfinished is not None
    write("audits/running", readTime=ago(minutes=51))

    with metered() as cost:
        answer = call(cloud)

    assert (answer["complete"], counts(answer)) == (True, (3, 3, 30, 0))
    assert cost.calls["RunAggregationQuery"] == 1  # c
    assert list(documents("audits")) == [answer["auditId"]] == [unfinished["id"]]
    assert field(f"audits/{answer['auditId']}", "readTime") >= unfinished["readTime"]


def test_an_audit_of_many_calls_ends_on_the_schedule_that_is_deployed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 1)
    people("a", "b", "c")
    change(Person("c"), tokenBalance=11)
    steps_a_call(monkeypatch, 1)
    between = SCHEDULE_SECONDS["audit_balances"]

    answers = []
    for _ in range(6):  # a page for each wallet, and an empty one for wallets, posts and profiles each
        answers.append(call(cloud))
        if document("audits/running") is not None:
            write("audits/running", readTime=ago(seconds=between))

    assert [answer["complete"] for answer in answers] == [False] * 5 + [True]
    assert len({answer["auditId"] for answer in answers}) == 1
    assert counts(answers[-1]) == (3, 3, 31, 1)


def test_the_past_can_be_read_for_longer_than_a_call_needs_it() -> None:
    assert audit.SNAPSHOT_LIFETIME_SECONDS + audit.RUN_SECONDS < 3600
    assert audit.SNAPSHOT_LIFETIME_SECONDS > audit.RUN_SECONDS


@pytest.mark.threat(77)
def test_a_call_without_time_does_nothing_and_the_next_goes_on(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    people("a", "b")
    with monkeypatch.context() as hurried:
        hurried.setattr(audit, "RUN_SECONDS", 0)
        answer = call(cloud)
        assert (answer["complete"], counts(answer)) == (False, (0, 0, 0, 0))
        assert documents("audits") == {}

    answer = call(cloud)

    assert (answer["complete"], counts(answer)) == (True, (2, 2, 20, 0))


@pytest.mark.threat(77)
def test_an_audit_larger_than_a_call_is_gone_on_with_until_it_is_complete(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    people("a", "b", "c")
    books.post_by(Person("a"), "p1")
    write("posts/p1", likeCount=9)
    steps_a_call(monkeypatch, 1)

    # Two pages of wallets, one of posts, and one of profiles, of which there are none.
    answers = [call(cloud) for _ in range(4)]

    assert [answer["complete"] for answer in answers] == [False, False, False, True]
    assert [answer["wallets"] for answer in answers] == [2, 3, 3, 3]
    assert [answer["repaired"] for answer in answers] == [0, 0, 1, 1]
    assert len({answer["auditId"] for answer in answers}) == 1
    assert list(documents("audits")) == [answers[0]["auditId"]]


# -- what it costs, and who may ask ----------------------------------------------------------------------------------


def test_an_audit_costs_two_reads_a_user_however_many_lines_each_has(cloud: Cloud) -> None:
    batch = store().batch()
    for n in range(100):
        fund = {"bonus": 0, "purchased": 0, "earned": 30}
        totals = dict.fromkeys(("totalTokensPurchased", "totalTokensSpent", "totalTokensEarned"), 0)
        batch.create(store().document(f"users/u{n:02}"), {"tokenBalance": 30, "funds": fund, **totals})
    batch.commit(**STORE)
    for n in range(100):
        books.write_lines(Person(f"u{n:02}"), 30, name=f"u{n:02}-")

    with metered() as cost:
        answer = call(cloud)

    assert counts(answer) == (100, 3_000, 3_000, 0)
    # Beside the users: whether an audit is under way, and no posts and no profiles.
    assert cost.reads == 203
    # Where it stands after each of three steps, and the report.
    assert (cost.writes, cost.deletes) == (4, 1)


@pytest.mark.threat(89)
@pytest.mark.parametrize(
    ("authorization", "problem"),
    [
        (lambda _: None, (401, "unauthenticated")),
        (lambda _: Person().token, (401, "unauthenticated")),
        (lambda cloud: cloud.token("recount_likes"), (401, "unauthenticated")),
        (
            lambda cloud: cloud.token("audit_balances", "mallory@demo-guilder.iam.gserviceaccount.com"),
            (403, "forbidden"),
        ),
    ],
    ids=["nobody", "a person", "for another function", "another account"],
)
def test_who_is_not_our_scheduler_audits_nothing(
    cloud: Cloud, authorization: Callable[[Cloud], str | None], problem: tuple[int, str]
) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11)
    token = authorization(cloud)
    headers = {"X-CloudScheduler": "true", **({"Authorization": f"Bearer {token}"} if token else {})}

    answer = api.post("audit_balances", {}, headers=headers)

    assert answer.problem == problem
    assert (documents("audits"), frozen(ada)) == ({}, None)
