"""Needs the Firestore emulator, which reads the past, and the local issuer of service tokens."""

import datetime
import itertools
import json
import math
import threading
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.firestore import Increment
from google.cloud.firestore_v1.batch import WriteBatch

from local.costs.meter import metered
from local.google.scheduler import interval_seconds
from shared import clock, log
from shared.cloud import checkpoint, sums
from shared.cloud.clients import STORE, store
from shared.cloud.queries import measure
from shared.ledger.entries import TOTALS
from shared.ledger.funds import Funds
from shared.ledger.generation import GenerationRefund, Spend
from shared.manifest import FUNCTIONS
from shared.money import audit, crediting, payments, wallets
from tests.support import api, ledger_kit, sampling
from tests.support.cloud_kit import Cloud, ago, document, documents, field, write
from tests.support.concurrently import concurrently
from tests.support.ledger_kit import account, change
from tests.support.people import Person
from tests.support.wire import Hook, wired

Capture = pytest.CaptureFixture[str]

AUDITS = 12 if sampling.ALL else 6
"""So many audits are overtaken by tips."""


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


def frozen(person: Person) -> set[str]:
    """The reasons for which the person's wallet is frozen."""
    wallet = wallets.get(person.user_id)
    assert wallet is not None
    return set(wallet.frozen)


class InstanceGone(BaseException):
    """What no ``except Exception`` sees, as nothing in a killed process sees its end."""


def crash_at(cloud: Cloud, call_number: int) -> None:
    """Calls the audit, and has the instance die at this one of its sums and counts."""
    numbers = itertools.count(1)

    def counted(*given: Any) -> dict[str, float]:
        if next(numbers) == call_number:
            raise InstanceGone
        return measure(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "measure", counted)
        patch.setattr(checkpoint, "THREADS", 1)
        with pytest.raises(InstanceGone):
            cloud.call("audit_balances")


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
        "unexamined": 0,
        "compared": True,
    }
    assert alerts(capsys.readouterr().out) == []
    assert [frozen(person) for person in (ada, ben)] == [set(), set()]


def test_an_audit_with_nothing_to_look_at_is_complete(cloud: Cloud) -> None:
    answer = call(cloud)

    assert (answer["complete"], counts(answer), answer["compared"]) == (True, (0, 0, 0, 0), True)


def test_the_report_is_kept_under_its_id_and_nothing_stays_open(cloud: Cloud) -> None:
    account(bonus=10)

    answer = call(cloud)

    reports = documents("audits")
    assert list(reports) == [answer["auditId"]]
    report = reports[answer["auditId"]]
    assert [report["counts"][name] for name in ("wallets", "lines", "tokens")] == [1, 1, 10]
    assert (report["discrepancies"], report["findings"], report["moments"]) == (0, [], 1)
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
    ledger_kit.write_lines(person, 1, amount=lambda _: -15)
    change(person, tokenBalance=-5, **{"funds.earned": -15})


DRIFT: dict[str, tuple[Callable[[Person], object], Found]] = {
    "a balance": (lambda ada: change(ada, tokenBalance=11), [("balance", 11, 10)]),
    "one fund": (lambda ada: change(ada, **{"funds.bonus": 11}), [("bonus", 11, 10)]),
    "a line is missing": (
        lambda ada: store().document(f"transactions/signup_{ada.user_id}").delete(**STORE),
        [("balance", 10, 0), ("bonus", 10, 0)],
    ),
    "a line too many": (
        lambda ada: ledger_kit.write_lines(ada, 1, amount=lambda _: 7),
        [("balance", 10, 17), ("earned", 0, 7)],
    ),
    "two lines that cancel out": (
        lambda ada: ledger_kit.write_lines(ada, 2, amount=lambda n: 7 - 14 * n),
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
    lines = ledger_kit.lines()
    capsys.readouterr()

    answer = call(cloud)

    assert answer["discrepancies"] == len(found)
    logged = [(line["what"], line["wallet"], line["ledger"]) for line in alerts(capsys.readouterr().out)]
    assert sorted(logged) == sorted(found)
    findings = field(f"audits/{answer['auditId']}", "findings")
    assert {finding["userId"] for finding in findings} <= {ada.user_id}
    assert sorted((finding["what"], finding["wallet"], finding["ledger"]) for finding in findings) == sorted(found)
    assert (frozen(ada), frozen(ben)) == ({"audit"} if found else set(), set())
    after = {name: value for name, value in (document(f"users/{ada.user_id}") or {}).items() if name != "frozen"}
    assert (after, ledger_kit.lines()) == (money, lines)


@pytest.mark.threat(76, 86)
def test_the_log_names_nobody_and_quotes_nothing(cloud: Cloud, capsys: Capture) -> None:
    ada = account(bonus=10, person=Person("ada-lovelace"))
    change(ada, tokenBalance=11)
    capsys.readouterr()

    call(cloud)

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
    call(cloud)

    with ledger_kit.nothing_moves():
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 1}, by=ada, key="k1")
    assert answer.problem == (403, "wallet-frozen")

    assert api.post("tip", {"recipientId": ada.user_id, "amount": 1}, by=ben, key="k2").status == 200


@pytest.mark.threat(76)
def test_drift_is_alerted_again_until_a_correcting_line_makes_it_good(cloud: Cloud, capsys: Capture) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=17, **{"funds.earned": 7})
    assert [call(cloud)["discrepancies"] for _ in range(2)] == [2, 2]
    assert len(alerts(capsys.readouterr().out)) == 4

    ledger_kit.write_lines(ada, 1, name="correction", amount=lambda _: 7)

    assert call(cloud)["discrepancies"] == 0
    assert frozen(ada) == {"audit"}  # a person looks before it thaws


@pytest.mark.parametrize("before", ["fraud", {"operator": ledger_kit.NEW_YEAR}], ids=["a text", "a map"])
def test_a_wallet_that_is_frozen_already_keeps_its_reason(cloud: Cloud, before: str | dict[str, object]) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11, frozen=before)

    assert call(cloud)["discrepancies"] == 1

    assert frozen(ada) == {"audit", "fraud" if before == "fraud" else "operator"}


def test_a_wallet_that_the_audit_froze_keeps_its_time(cloud: Cloud) -> None:
    ada = account(bonus=10)
    change(ada, tokenBalance=11, frozen={"audit": ledger_kit.NEW_YEAR})

    assert call(cloud)["discrepancies"] == 1

    assert ledger_kit.fields(ada)["frozen"] == {"audit": ledger_kit.NEW_YEAR}


def test_a_report_lists_no_more_than_its_limit_and_counts_them_all(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "REPORTED_FINDINGS", 2)
    for person in people("a", "b", "c", "d", "e"):
        change(person, tokenBalance=11)

    answer = call(cloud)

    assert answer["discrepancies"] == 5
    assert len(field(f"audits/{answer['auditId']}", "findings")) == 2
    assert len(alerts(capsys.readouterr().out)) == 5


# -- what no wallet shows --------------------------------------------------------------------------------------------

Planted = list[dict[str, object]]


def line(person: Person, line_id: str, kind: str, amount: object, fund: str = "purchased", **changes: object) -> None:
    """Writes a line as somebody with a writer's credentials would, and puts the wallet in agreement with it."""
    funds = {"bonus": 0, "purchased": 0, "earned": 0} | {fund: amount}
    fields = {
        "userId": person.user_id,
        "type": kind,
        "amount": amount,
        "funds": funds,
        "timestamp": ledger_kit.NEW_YEAR,
        "details": {},
        "economy": "phoenix@1",
        "fingerprint": "",
    }
    written = {name: value for name, value in (fields | changes).items() if value is not None}
    store().document(f"transactions/{line_id}").set(written, **STORE)
    if store().document(f"users/{person.user_id}").get(**STORE).exists:
        total = {"purchase": "totalTokensPurchased", "tip_received": "totalTokensEarned"}.get(kind)
        more = {total: Increment(amount)} if total else {}
        change(person, tokenBalance=Increment(amount), **{f"funds.{fund}": Increment(amount)}, **more)


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
    return lambda ada: ledger_kit.write_lines(ada, count, amount=lambda _: amount)


UNEXPLAINED: dict[str, tuple[Callable[[Person], object], Planted]] = {
    "a line of nobody": (
        lambda _: line(Person("nobody"), "admin_1", "admin_credit", 7),
        [{"finding": "orphan-lines", "ledger": 2, "wallets": 1}],
    ),
    "a line without a user": (
        lambda _: line(Person("nobody"), "admin_1", "admin_credit", 7, userId=None),
        [{"finding": "orphan-lines", "ledger": 2, "wallets": 1}],
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
            [{"finding": "total-mismatch", "userId": "ada", "what": name, "wallet": 10**9, "ledger": 0}],
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
        lambda ada: ledger_kit.write_lines(ada, 1, amount=lambda _: math.nan),  # type: ignore[arg-type, return-value]  # the point
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

    answer = call(cloud)

    assert field(f"audits/{answer['auditId']}", "findings") == found
    assert (answer["discrepancies"], answer["compared"]) == (len(found), True)
    assert [alert["event"] for alert in alerts(capsys.readouterr().out)] == [each["finding"] for each in found]


def test_books_with_everything_in_them_are_in_order(cloud: Cloud) -> None:
    ada, ben = account(bonus=10, purchased=50), account(bonus=10)
    assert api.post("tip", {"recipientId": ben.user_id, "amount": 15}, by=ada, key="k1").status == 200
    payments.pay(Spend("g1", ada.user_id, "image", 2, 10, "phoenix@1", "f"))
    drawn = Funds(purchased=10)
    crediting.credit(GenerationRefund("g1", ada.user_id, "image", 1, 5, drawn, "phoenix@1").entry())

    with metered() as cost:
        answer = call(cloud)

    assert (answer["discrepancies"], answer["compared"]) == (0, True)
    assert cost.calls["RunAggregationQuery"] == 2 + 6  # no wallet's totals had to be looked at


@pytest.mark.threat(115)
def test_a_wallet_that_cannot_be_summed_is_a_finding_and_all_others_are_examined(cloud: Cloud, capsys: Capture) -> None:
    people("ada", "ben", "cem")
    change(Person("cem"), tokenBalance=11)
    line(Person("nobody"), "admin_1", "admin_credit", 7)
    capsys.readouterr()

    with wired(before=too_slow_for("ben")) as wire:
        answer = call(cloud)

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


# -- while others write ----------------------------------------------------------------------------------------------


@pytest.mark.deep
@pytest.mark.threat(75)
def test_tips_on_their_way_are_no_false_alarm(cloud: Cloud, capsys: Capture) -> None:
    persons = [account(bonus=10, purchased=1_000) for _ in range(8)]
    stop = threading.Event()
    sent: list[str] = []
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

    def watch() -> None:
        nonlocal overtaken
        try:
            while overtaken < AUDITS or len(sent) < 8 * AUDITS:
                assert len(reports) < 300
                before = len(sent)
                reports.append(audit.run())
                overtaken += len(sent) > before
        finally:
            stop.set()

    concurrently(5, lambda number: watch() if number == 4 else tip(number))

    assert {(report.is_complete, report.count("wallets"), report.findings) for report in reports} == {(True, 8, ())}
    assert {report.count("tokens") for report in reports} == {8_080}
    assert {report.count(audit.COMPARED) for report in reports} == {1}
    assert alerts(capsys.readouterr().out) == []
    ledger_kit.assert_books_balance(cloud.project)


def test_two_audits_at_once_find_the_same_and_leave_nothing_open(cloud: Cloud, capsys: Capture) -> None:
    [ada, *_] = people("a", "b", "c", "d")
    change(ada, tokenBalance=11)

    reports = concurrently(2, lambda _: audit.run())

    assert [(each.is_complete, each.count("wallets"), each.discrepancies) for each in reports] == [(True, 4, 1)] * 2
    assert set(documents("audits")) == {report.id for report in reports}
    assert frozen(ada) == {"audit"}
    assert len(alerts(capsys.readouterr().out)) in (1, 2)


# -- more than one page, more than one call --------------------------------------------------------------------------


@pytest.mark.threat(77)
@pytest.mark.parametrize("names", ["abcde", "abcd", "ab", "a"])
def test_an_audit_looks_at_every_page_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 2)
    people(*names)
    change(Person(names[-1]), tokenBalance=11)
    many = len(names)

    answer = call(cloud)

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
    ledger_kit.write_lines(eve, 1, name="late")
    ledger_kit.write_lines(Person("a"), 1, name="later")

    with metered() as cost:
        resumed = call(cloud)

    assert (resumed["complete"], counts(resumed)) == (True, (5, 5, 50, 0))
    assert cost.calls["RunAggregationQuery"] == 3 + 6  # c, d and e; and the ledger as a whole
    assert resumed["auditId"] == unfinished["id"]
    assert field(f"audits/{resumed['auditId']}", "readTime") == unfinished["readTime"]
    assert counts(call(cloud)) == (5, 7, 51, 3)


@pytest.mark.threat(77)
def test_what_was_found_before_a_crash_is_in_the_report(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 1)
    [ada, ben] = people("a", "b")
    for person in (ada, ben):
        change(person, tokenBalance=11)
    crash_at(cloud, 2)

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
            raise InstanceGone
        return commit(batch, *args, **options)

    with monkeypatch.context() as crashing:
        crashing.setattr(WriteBatch, "commit", crash)
        with pytest.raises(InstanceGone):
            cloud.call("audit_balances")
    assert list(documents("audits")) == ["running-balances"]

    answer = call(cloud)

    assert (answer["complete"], counts(answer)) == (True, (2, 2, 20, 0))
    assert list(documents("audits")) == [answer["auditId"]]


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
        answer = call(cloud)

    assert (answer["complete"], counts(answer)) == (True, (3, 3, 30, 0))
    assert cost.calls["RunAggregationQuery"] == 1 + 3 * 3  # c; and everybody's totals
    assert (answer["compared"], field(f"audits/{answer['auditId']}", "moments")) == (False, 2)
    assert list(documents("audits")) == [answer["auditId"]] == [unfinished["id"]]
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
        answers.append(call(cloud))
        if document("audits/running-balances") is not None:
            write("audits/running-balances", readTime=ago(seconds=between))

    # A page for each wallet, and an empty one; the ledger, one and an empty one; the wallets once more.
    assert len(answers) == 4 + 2 + 4
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
        answer = call(cloud)
        assert (answer["complete"], counts(answer)) == (False, (0, 0, 0, 0))
        assert documents("audits") == {}

    answer = call(cloud)

    assert (answer["complete"], counts(answer)) == (True, (2, 2, 20, 0))


@pytest.mark.threat(77)
def test_an_audit_larger_than_a_call_is_gone_on_with_until_it_is_complete(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 2)
    people("a", "b", "c")
    steps_a_call(monkeypatch, 1)

    # Two pages of wallets, one of the ledger, and none of the wallets whose totals are looked at again.
    answers = [call(cloud) for _ in range(4)]

    assert [answer["complete"] for answer in answers] == [False, False, False, True]
    assert [answer["wallets"] for answer in answers] == [2, 3, 3, 3]
    assert [answer["compared"] for answer in answers] == [False, False, True, True]
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
        ledger_kit.write_lines(Person(f"u{n:02}"), 30, name=f"u{n:02}-")

    with metered() as cost:
        answer = call(cloud)

    assert counts(answer) == (100, 3_000, 3_000, 0)
    # Beside the users: whether an audit is under way; all lines once more, three types of them and orders, of which
    # there are none.
    assert cost.reads == 200 + 1 + 3 + 5
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
    assert (documents("audits"), frozen(ada)) == ({}, set())
