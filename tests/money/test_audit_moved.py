"""Needs the Firestore emulator, which reads the past, and the local issuer of service tokens. The hourly audit."""

import datetime
from typing import Any

import pytest

from local.costs.meter import metered
from shared.cloud import checkpoint
from shared.cloud.clients import STORE, store
from shared.money import freezing
from shared.money.audit import moved, walks
from shared.operators import desk
from tests.support import api, ledger_kit, sound_books
from tests.support.audit_kit import Capture, alerts, audit, audit_everything, counts, crash_at, frozen, line, people
from tests.support.cloud_kit import Cloud, checkout, document, documents, field, generate, open_account, write
from tests.support.ledger_kit import account, change
from tests.support.people import Person
from tests.support.sound_books import Books

LONG_AGO = 20250101
ADA = Person("ada")


def day(moment: datetime.datetime) -> int:
    return int(f"{moment:%Y%m%d}")


def books_of(user_id: str, **of_lines: object) -> Books:
    """A user's books of yesterday, all in order; the patron has no wallet among them."""
    books = sound_books.lines_of(user_id)
    own = {path for path, each in books.items() if path.startswith("transactions/") and each["userId"] == user_id}
    books |= {path: books[path] | of_lines for path in own}
    return books | {f"users/{user_id}": sound_books.wallet(books, user_id)}


def found(answer: Any) -> list[tuple[object, object]]:
    return [(each["finding"], each.get("userId")) for each in field(f"audits/{answer['auditId']}", "findings")]


def on_the_desk() -> list[tuple[object, object]]:
    return [(each.about["finding"], each.user_id) for each in desk.page("findings", 50, None).matters]


def cost_of(cloud: Cloud) -> tuple[int, int, int]:
    """The lines that an audit looks at, what it reads and what it writes; everything is in order."""
    with metered() as cost:
        answer = audit(cloud)
    assert (answer["complete"], answer["discrepancies"]) == (True, 0)
    return answer["lines"], cost.reads, cost.writes


# -- what is looked at, and what it costs ----------------------------------------------------------------------------


def test_what_people_do_is_explained(cloud: Cloud, capsys: Capture) -> None:
    ada, ben = open_account(), open_account()
    session = checkout(ada)
    assert cloud.pay(session["url"]) == 303
    assert api.post("confirm_checkout", {"sessionId": session["sessionId"]}, by=ada).status == 200
    assert cloud.run(generate(ada)).status == 200
    assert api.post("tip", {"recipientId": ada.user_id, "amount": 3}, by=ben, key="k1").status == 200
    capsys.readouterr()

    answer = audit(cloud)

    assert counts(answer)[0] == 2
    assert (answer["complete"], answer["discrepancies"]) == (True, 0), found(answer)
    assert alerts(capsys.readouterr().out) == []
    kept = documents("checkpoints")
    assert set(kept) == {ada.user_id, ben.user_id}
    # The time of a line may be older than its commit: what happened in the last ten minutes is looked at again.
    assert {each["lines"] for each in kept.values()} == {0}


def test_what_is_agreed_on_are_the_sums_of_the_lines_until_then(cloud: Cloud) -> None:
    sound_books.write(books_of("ada"))

    answer = audit(cloud)

    assert counts(answer) == (1, 9, 44, 0)
    kept = document("checkpoints/ada") or {}
    assert kept["through"] == field(f"audits/{answer['auditId']}", "readTime") - datetime.timedelta(minutes=10)
    assert (kept["lines"], kept["balance"], kept["debt"]) == (9, 44, 0)
    assert kept["funds"] == {"bonus": 10, "purchased": 34, "earned": 0}
    assert kept["totals"] == {
        "totalTokensPurchased": 50,
        "totalTokensSpent": 5,
        "totalTokensEarned": 7,
        "totalTokensCredited": 70,
    }


@pytest.mark.threat(77)
def test_an_idle_wallet_costs_nothing_and_one_that_moved_two_reads_and_two_for_each_new_line(cloud: Cloud) -> None:
    names = ("a", "b", "c")
    for name in names:
        sound_books.write(books_of(name))
    audit(cloud)
    for name in names:
        change(Person(name), movedOn=LONG_AGO)
    lines, nothing, writes = cost_of(cloud)
    assert lines == 0

    for name in names:
        change(Person(name), movedOn=day(sound_books.YESTERDAY))
    assert cost_of(cloud)[0] == 0  # each was written, and is looked into
    # A query that finds nothing is a read too, which is not one of a wallet.
    assert cost_of(cloud) == (0, nothing - 1 + 2 * 3, writes)

    now = datetime.datetime.now(datetime.UTC)
    sound_books.write(books_of("d", timestamp=now))
    write("orders/cs_d", paidAt=now)
    lines, reads, written = cost_of(cloud)
    assert lines == 9
    assert reads <= nothing - 1 + 2 * 4 + 2 * 9
    assert written == writes + 1


def test_lines_before_what_was_agreed_on_are_not_looked_at_again(cloud: Cloud) -> None:
    sound_books.write(books_of("ada"))
    assert audit(cloud)["lines"] == 9
    line(ADA, "signup_ada2", "signup_bonus", 7, "bonus", timestamp=datetime.datetime.now(datetime.UTC))

    answer = audit(cloud)

    assert (answer["lines"], found(answer)) == (1, [("unexplained-line", "ada")])


@pytest.mark.threat(76)
def test_a_line_that_is_dated_back_is_found(cloud: Cloud) -> None:
    sound_books.write(books_of("ada"))
    audit(cloud)

    line(ADA, "reinstatement_cs_ada_3", "reinstatement", 7, "bonus")

    assert set(found(audit(cloud))) == {("balance-mismatch", "ada")}


@pytest.mark.threat(79, 114)
@pytest.mark.parametrize(("days", "is_found"), [(0, True), (1, True), (2, False)])
def test_a_wallet_that_a_slow_clock_dated_to_the_day_before_is_looked_at(
    cloud: Cloud, days: int, is_found: bool
) -> None:
    account(bonus=10, person=ADA)
    answer = audit(cloud)
    before = field(f"audits/{answer['auditId']}", "beganAt") - datetime.timedelta(days=days)
    change(ADA, tokenBalance=11, movedOn=day(before))

    assert found(audit(cloud)) == ([("balance-mismatch", "ada")] if is_found else [])


# -- what becomes of what was found ------------------------------------------------------------------------------------


@pytest.mark.threat(76)
def test_what_was_found_is_found_again_in_an_idle_wallet_until_it_is_good(cloud: Cloud) -> None:
    account(bonus=10, person=ADA)
    change(ADA, tokenBalance=11)
    first = audit(cloud)
    change(ADA, movedOn=LONG_AGO)

    assert [found(audit(cloud)) for _ in range(2)] == [[("balance-mismatch", "ada")]] * 2
    [on_desk] = desk.page("findings", 50, None).matters
    assert on_desk.since == field(f"audits/{first['auditId']}", "beganAt")

    change(ADA, tokenBalance=10)
    assert found(audit(cloud)) == []
    assert on_the_desk() == []
    assert frozen(ADA) == {"audit"}


@pytest.mark.threat(76)
def test_a_line_that_nothing_explains_freezes_until_a_person_accepts_it(cloud: Cloud) -> None:
    account(bonus=10, person=ADA)
    line(ADA, "admin_1", "admin_credit", 7, "bonus", timestamp=sound_books.YESTERDAY)

    assert [found(audit(cloud)) for _ in range(3)] == [[("unexplained-line", "ada")]] * 3
    assert frozen(ADA) == {"audit"}
    assert on_the_desk() == [("unexplained-line", "ada")]

    freezing.unfreeze("ada", {"audit"})

    assert [found(audit(cloud)) for _ in range(2)] == [[], []]
    assert (frozen(ADA), on_the_desk()) == (set(), [])


def test_a_line_of_the_last_minutes_that_a_person_accepted_is_not_found_again(cloud: Cloud) -> None:
    account(bonus=10, person=ADA)
    line(ADA, "admin_1", "admin_credit", 7, "bonus", timestamp=datetime.datetime.now(datetime.UTC))
    assert found(audit(cloud)) == [("unexplained-line", "ada")]

    freezing.unfreeze("ada", {"audit"})

    assert [found(audit(cloud)) for _ in range(2)] == [[], []]


@pytest.mark.threat(78)
def test_a_lifetime_total_is_put_right_and_told(cloud: Cloud) -> None:
    sound_books.write(books_of("ada"))
    change(ADA, totalTokensSpent=999)

    for ask in (audit, audit_everything):
        answer = ask(cloud)
        assert ("total-mismatch", "ada") in found(answer)
        assert (ledger_kit.fields(ADA)["totalTokensSpent"], frozen(ADA)) == (5, set())
        change(ADA, totalTokensSpent=999)


def test_a_paid_order_stays_on_the_desk_until_its_line_is_there(cloud: Cloud) -> None:
    books = books_of("ada")
    purchase = {path: books.pop(path) for path in list(books) if path.startswith("transactions/purchase_")}
    sound_books.write(books | {"users/ada": sound_books.wallet(books, "ada") | {"movedOn": LONG_AGO}})

    assert [("missing-line", "ada") in found(audit(cloud)) for _ in range(2)] == [True, True]

    sound_books.write(purchase | {"users/ada": sound_books.wallet(books | purchase, "ada")})
    assert found(audit(cloud)) == []


@pytest.mark.parametrize(
    ("order", "kind"), [("in_1", "subscription_grant"), ("reload_1", "auto_reload")], ids=["an invoice", "a reload"]
)
def test_so_does_one_that_was_paid_without_a_page(cloud: Cloud, order: str, kind: str) -> None:
    account(bonus=10, person=ADA)
    change(ADA, movedOn=LONG_AGO)
    paid = {"userId": "ada", "status": "paid", "tokens": 130, "paidAt": sound_books.YESTERDAY}
    sound_books.write({f"orders/{order}": paid})

    assert [found(audit(cloud)) for _ in range(2)] == [[("missing-line", "ada")]] * 2

    sound_books.write({f"transactions/{kind}_{order}": sound_books.line("ada", kind, purchased=130)})
    assert found(audit(cloud)) == []


def test_what_the_whole_audit_found_leaves_the_desk_with_the_next_hourly_one_that_finds_it_good(cloud: Cloud) -> None:
    account(bonus=10, person=ADA)
    change(ADA, tokenBalance=11, movedOn=LONG_AGO)
    line(Person("nobody"), "admin_1", "admin_credit", 7)
    audit_everything(cloud)
    audit(cloud)
    assert sorted(map(str, on_the_desk())) == sorted(
        map(str, [("balance-mismatch", "ada"), ("orphan-lines", None), ("orphan-line", "nobody")])
    )

    change(ADA, tokenBalance=10)
    audit(cloud)

    # Whether lines are still nobody's is for the next audit of everything.
    assert sorted(map(str, on_the_desk())) == sorted(map(str, [("orphan-lines", None), ("orphan-line", "nobody")]))


# -- more than one call ------------------------------------------------------------------------------------------------


@pytest.mark.threat(77)
def test_an_hourly_call_continues_an_audit_of_everything_that_is_not_finished(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PAGE", 1)
    people("a", "b", "c")
    crash_at(cloud, 2)
    assert document("audits/running-balances") is not None

    audit(cloud)

    assert document("audits/running-balances") is None
    assert checkpoint.latest(walks.EVERYTHING) is not None


@pytest.mark.threat(77)
def test_a_wallet_with_more_lines_than_a_look_has_time_for_is_looked_at_in_parts(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moved, "LINES_AT_ONCE", 2)
    monkeypatch.setattr(checkpoint, "EXAMINATION_SECONDS", 0)
    books = books_of("ada")
    for number, path in enumerate(path for path in books if path.startswith("transactions/")):
        books[path] = books[path] | {"timestamp": sound_books.YESTERDAY + datetime.timedelta(seconds=number)}
    sound_books.write(books)

    lines = []
    while (document("checkpoints/ada") or {}).get("lines", 0) < 8:
        answer = audit(cloud)
        assert found(answer) == []
        lines.append(answer["lines"])
        assert len(lines) < 12

    assert len(lines) > 4
    monkeypatch.setattr(checkpoint, "EXAMINATION_SECONDS", 90)
    assert (found(audit(cloud)), (document("checkpoints/ada") or {})["lines"]) == ([], 9)


@pytest.mark.threat(91)
@pytest.mark.parametrize("fields", [{"through": "today"}, {"funds": None}, {"lines": 0.5}, {"totals": {}}])
def test_what_was_agreed_on_and_is_broken_is_made_anew(cloud: Cloud, fields: dict[str, object]) -> None:
    sound_books.write(books_of("ada"))
    audit(cloud)
    kept = document("checkpoints/ada")
    write("checkpoints/ada", **fields)

    assert (audit(cloud)["lines"], found(audit(cloud))) == (9, [])
    assert (document("checkpoints/ada") or {}).keys() == (kept or {}).keys()


@pytest.mark.threat(91)
def test_an_unfinished_audit_at_a_place_that_is_none_begins_its_page_anew(cloud: Cloud) -> None:
    people("a", "b")
    audit(cloud)
    unfinished = document("audits/latest-movements") or {}
    store().document("audits/running-movements").set(
        unfinished | {"phase": "users", "after": "a place", "counts": {}}, **STORE
    )

    assert counts(audit(cloud))[0] == 2
