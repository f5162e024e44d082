"""Needs the Firestore emulator, which reads the past, and the local issuer of service tokens.

No document stops a walk, whatever stands in it.
"""

import functools
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud import firestore

from local import sampling
from shared import clock, log
from shared.cloud import checkpoint
from shared.cloud.checkpoint import Item, Outcome, Phase, Report, Walk
from shared.cloud.clients import STORE, store
from shared.cloud.commits import Batch
from tests.support import audit_kit, ledger_kit
from tests.support.cloud_kit import Cloud, document, field
from tests.support.ledger_kit import account, change
from tests.support.people import Person
from tests.support.wire import wired

GONE = firestore.DELETE_FIELD
NESTED: Any = 1
for _ in range(18):
    NESTED = {"n": NESTED}

PARTS = 3
"""So many samples break every field in every way. The ways are seven, so each field is broken in each sample."""

BROKEN: dict[str, object] = {
    "missing": GONE,
    "null": None,
    "text": "none",
    "list": [1, [], {}][:1],
    "NaN": math.nan,
    "10^400": math.inf,
    "deeply nested": NESTED,
}

WALLET = (
    "tokenBalance",
    "funds",
    "funds.bonus",
    "funds.purchased",
    "funds.earned",
    "totalTokensPurchased",
    "totalTokensSpent",
    "totalTokensEarned",
    "totalTokensCredited",
    "debt",
    "frozen",
    "createdAt",
)
LINE = ("userId", "type", "amount", "funds", "funds.bonus", "timestamp", "details", "economy")
POST = ("userId", "author", "type", "media", "mediaUrl", "caption", "likeCount", "createdAt")
PROFILE = ("displayName", "photoUrl", "bio", "postCount", "createdAt")
ORDER = ("userId", "tokens", "status")


MOVED: dict[str, bool] = {}
EVERYTHING = {"full": True}
"""What the two audits of balances are called with."""


def audited(cloud: Cloud, name: str = "audit_balances", body: dict[str, bool] | None = None) -> Any:
    answer = cloud.call(name, EVERYTHING if body is None and name == "audit_balances" else body)
    assert (answer.status, answer.body["complete"]) == (200, True), answer
    return answer.body


def events(output: str) -> list[str]:
    logged = [json.loads(line) for line in output.splitlines()]
    return [line["event"] for line in logged if line.get("alert")]


def each_break(path: str, fields: tuple[str, ...]) -> Iterator[str]:
    """Breaks the document in the ways of this sample, one after the other, and mends it after each."""
    reference = store().document(path)
    sound = reference.get(**STORE).to_dict() or {}
    ways = [(name, kind) for name in fields for kind in BROKEN]
    for name, kind in sampling.part(ways, PARTS, path):
        reference.set(sound, **STORE)
        reference.update({name: BROKEN[kind]}, **STORE)
        yield f"{name}: {kind}"
    reference.set(sound, **STORE)


@pytest.mark.deep
@pytest.mark.threat(91)
@pytest.mark.parametrize(
    ("path", "fields", "body"),
    [
        ("users/b", WALLET, EVERYTHING),
        ("transactions/signup_b", LINE, EVERYTHING),
        ("orders/paid", ORDER, EVERYTHING),
        ("users/b", WALLET, MOVED),
        ("transactions/signup_b", LINE, MOVED),
        ("checkpoints/b", ("through", "lines", "funds", "reported"), MOVED),
    ],
    ids=["a wallet", "a line", "an order", "a wallet that moved", "a new line", "what was agreed on"],
)
def test_no_document_keeps_a_wallet_from_being_examined(
    cloud: Cloud, path: str, fields: tuple[str, ...], body: dict[str, bool]
) -> None:
    for name in ("a", "b", "c"):
        account(bonus=10, person=Person(name))
    ledger_kit.paid_order("c", "paid", 0)(batch := Batch())
    batch.commit()
    change(Person("c"), tokenBalance=11)
    audited(cloud, body=body)

    for broken in each_break(path, fields):
        answer = audited(cloud, body=body)

        assert answer["wallets"] == 3, broken
        findings = field(f"audits/{answer['auditId']}", "findings")
        assert {"c"} <= {finding.get("userId") for finding in findings}, broken
        assert answer["discrepancies"] == len(findings), broken


@pytest.mark.deep
@pytest.mark.threat(91)
@pytest.mark.parametrize(
    ("path", "fields", "counter"),
    [("posts/b", POST, "likeCount"), ("profiles/b", PROFILE, "postCount")],
    ids=["a post", "a profile"],
)
def test_no_document_keeps_a_counter_from_being_put_right(
    cloud: Cloud, path: str, fields: tuple[str, ...], counter: str
) -> None:
    collection = path.split("/")[0]
    for name in ("a", "b", "c"):
        ledger_kit.post_by(Person("ada"), name)
        store().document(f"profiles/{name}").set({"displayName": name, "bio": "", "postCount": 0}, **STORE)

    for broken in each_break(path, fields):
        store().document(f"{collection}/c").update({counter: 7}, **STORE)

        answer = audited(cloud, "audit_counters")

        assert answer["posts"] + answer["profiles"] + answer["unexamined"] == 6, broken
        assert field(f"{collection}/c", counter) == 0, broken
        assert answer["discrepancies"] == answer["unexamined"], broken


@pytest.mark.threat(91)
def test_what_cannot_be_examined_is_told_without_its_words(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b", "c"):
        account(bonus=10, person=Person(name))
    change(Person("b"), tokenBalance="a secret of b")
    capsys.readouterr()

    answer = audited(cloud)

    assert (answer["discrepancies"], answer["unexamined"], answer["compared"]) == (1, 1, True)
    assert field(f"audits/{answer['auditId']}", "findings") == [
        {"finding": "could-not-be-examined", "collection": "users", "id": "b", "error": "WalletInconsistent"}
    ]
    output = capsys.readouterr().out
    assert events(output) == ["could-not-be-examined"]
    assert log.hashed("b") in output
    assert "secret" not in output


CHECKPOINTS: dict[str, dict[str, object]] = {
    "empty": {},
    "another's": {"count": 1},
    **{
        f"{name}: {kind}": {name: value}
        for name in ("id", "readTime", "moments", "beganAt", "phase", "after", "counts", "discrepancies", "findings")
        for kind, value in BROKEN.items()
        if (name, kind) != ("after", "null")
    },
    "no such phase": {"phase": "gold"},
    "no id": {"id": "balances-/a"},
    "a count": {"counts": {"wallets": math.nan}},
    "before the past": {"readTime": ledger_kit.NEW_YEAR.replace(year=1)},
    "in the future": {"readTime": ledger_kit.NEW_YEAR.replace(year=9999)},
}


@pytest.mark.deep
@pytest.mark.threat(91)
def test_a_broken_checkpoint_does_not_stop_the_walk(cloud: Cloud) -> None:
    for name in ("a", "b"):
        account(bonus=10, person=Person(name))
    kept = store().document("audits/running-balances")
    written: list[dict[str, Any]] = []
    step = checkpoint._step

    def remember(*given: Any) -> Report:
        report = step(*given)
        written.append(checkpoint._fields(report) | {"updatedAt": None})
        return report

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "_step", remember)
        audited(cloud)
    unfinished = written[0]

    for kind, fields in sampling.part(CHECKPOINTS.items(), PARTS, "checkpoints"):
        kept.set(unfinished if fields else {"nothing": True}, **STORE)
        kept.update(fields or {"nothing": GONE}, **STORE)

        assert audited(cloud)["complete"], kind
        assert document("audits/running-balances") is None, kind


@pytest.mark.threat(91)
def test_numbers_beyond_what_firestore_holds_do_not_stop_the_walk(cloud: Cloud) -> None:
    for name in ("a", "b", "c"):
        account(bonus=10, person=Person(name))
    for name in ("a", "b"):
        change(Person(name), tokenBalance=2**63 - 1, **{"funds.bonus": 2**63 - 1})

    answer = audited(cloud)

    assert (answer["wallets"], answer["tokens"], answer["discrepancies"]) == (3, 2**63 - 1, 4)


@pytest.mark.threat(91)
def test_a_page_that_cannot_be_read_is_read_one_by_one(cloud: Cloud) -> None:
    for name in ("a", "b", "c"):
        account(person=Person(name))
    change(Person("c"), tokenBalance=1)

    too_large: Exception = DeadlineExceeded("too large")  # type: ignore[no-untyped-call]  # as the library has it

    def hook(method: str, request: Any) -> None:
        whole_page = method == "RunQuery" and not request.structured_query.select.fields
        one = method == "BatchGetDocuments" and request.documents[0].endswith("/users/b")
        if whole_page or one:
            raise too_large

    with wired(before=hook):
        answer = audited(cloud)

    assert (answer["wallets"], answer["unexamined"], answer["discrepancies"]) == (2, 1, 2)
    found = field(f"audits/{answer['auditId']}", "findings")
    assert [finding.get("id") or finding.get("userId") for finding in found] == ["b", "c"]


# -- any walk --------------------------------------------------------------------------------------------------------


def numbers(count: int, examine: Callable[[int], Outcome]) -> Walk:
    """A walk over so many numbers."""

    def page(report: Report) -> list[Item[int]]:
        start = int(report.after or -1) + 1
        return [Item(f"{n:03}", functools.partial(int, n)) for n in range(start, min(count, start + checkpoint.PAGE))]

    return Walk("numbers", (Phase("numbers", page, lambda n, _: examine(n)),))


@pytest.mark.threat(91)
@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 400])
def test_a_walk_sees_each_thing_once_whatever_fails(project: str, count: int) -> None:
    seen: list[int] = []

    def examine(n: int) -> Outcome:
        seen.append(n)
        if n % 7 == 0:
            raise RuntimeError("words")
        return Outcome({"sum": n})

    report = checkpoint.resume(numbers(count, examine))

    assert report.is_complete
    assert sorted(seen) == list(range(count))
    failed = len(range(0, count, 7))
    assert report.count("sum") == sum(n for n in range(count) if n % 7)
    assert (report.count(checkpoint.UNEXAMINED), report.discrepancies) == (failed, failed)
    assert len(report.findings) == min(failed, 100)


def test_a_walk_goes_on_in_the_middle_of_a_page_when_its_time_is_up(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "THREADS", 1)
    now = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    seen: list[int] = []

    def slow(n: int) -> Outcome:
        seen.append(n)
        now[0] += checkpoint.RUN_SECONDS / 10
        return Outcome({"sum": 1})

    reports = [checkpoint.resume(numbers(25, slow)) for _ in range(3)]

    assert [report.count("sum") for report in reports] == [10, 20, 25]
    assert [report.is_complete for report in reports] == [False, False, True]
    assert seen == list(range(25))
    assert list(audit_kit.reports()) == [reports[0].id]
