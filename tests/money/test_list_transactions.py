"""Needs the Firestore emulator."""

import base64
import datetime
import string
from typing import Any

import pytest

from tests.support import api, ledger_kit
from tests.support.api import Answer
from tests.support.concurrently import concurrently
from tests.support.ledger_kit import NEW_YEAR, write_lines
from tests.support.people import Person

ADA, BEN = Person("ada"), Person("ben")

FAR = Person("\u00e9" * 120)
FARTHEST = Person("\U0001f98a" * 128)
"""As long as a uid can be, in as many bytes as a character can take."""


@pytest.fixture(autouse=True)
def accounts(project: str) -> None:
    for person in (ADA, BEN):
        ledger_kit.account(person=person)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [line["id"] for line in answer.body["transactions"]]


def pages(person: Person, **query: Any) -> list[list[str]]:
    """The ids of every page, until the cursor is null."""
    answer = api.get("list_transactions", by=person, **query)
    found = [ids(answer)]
    while answer.body["nextCursor"] is not None:
        answer = api.get("list_transactions", by=person, cursor=answer.body["nextCursor"], **query)
        found.append(ids(answer))
    return found


def test_a_line_is_answered_with_its_id_amount_split_time_details_and_economy(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1")

    answer = api.get("list_transactions", by=ada, limit=1)

    assert answer.status == 200
    (line,) = answer.body["transactions"]
    assert datetime.datetime.fromisoformat(line.pop("timestamp")).tzinfo == datetime.UTC
    assert line == {
        "id": f"tip_k1_{ada.user_id}_sent",
        "type": "tip_sent",
        "amount": -4,
        "funds": {"bonus": -4, "purchased": 0, "earned": 0},
        "details": {"senderId": ada.user_id, "recipientId": ben.user_id},
        "economy": "phoenix@1",
    }


def test_who_has_no_line_gets_none(project: str) -> None:
    answer = api.get("list_transactions", by=ADA)

    assert (answer.status, answer.body) == (200, {"transactions": [], "nextCursor": None})


def test_who_has_no_account_is_told_so(project: str) -> None:
    assert api.get("list_transactions", by=Person()).problem == (404, "no-such-account")


def test_lines_come_newest_first_in_pages_that_meet_without_gap_or_overlap(project: str) -> None:
    write_lines(ADA, 25)

    assert pages(ADA, limit=10) == [
        [f"line{n:04}" for n in range(24, 14, -1)],
        [f"line{n:04}" for n in range(14, 4, -1)],
        [f"line{n:04}" for n in range(4, -1, -1)],
    ]


def test_a_page_has_20_lines_unless_told_otherwise_and_100_at_most(project: str) -> None:
    write_lines(ADA, 120)

    assert len(ids(api.get("list_transactions", by=ADA))) == 20
    assert len(ids(api.get("list_transactions", by=ADA, limit=100))) == 100


def test_a_full_last_page_leads_to_an_empty_one(project: str) -> None:
    write_lines(ADA, 4)

    assert [len(page) for page in pages(ADA, limit=2)] == [2, 2, 0]


def test_lines_of_one_moment_are_told_apart_by_their_ids(project: str) -> None:
    write_lines(ADA, 7, apart=datetime.timedelta())

    assert pages(ADA, limit=3) == [
        ["line0006", "line0005", "line0004"],
        ["line0003", "line0002", "line0001"],
        ["line0000"],
    ]


def test_a_line_that_comes_while_somebody_pages_moves_no_other_onto_the_next_page(project: str) -> None:
    write_lines(ADA, 4)
    first = api.get("list_transactions", by=ADA, limit=2)
    write_lines(ADA, 1, start=NEW_YEAR + datetime.timedelta(days=1), name="late")

    second = api.get("list_transactions", by=ADA, limit=2, cursor=first.body["nextCursor"])

    assert ids(second) == ["line0001", "line0000"]


@pytest.mark.threat(20)
def test_nobody_sees_the_lines_of_another(project: str) -> None:
    write_lines(ADA, 3)
    write_lines(BEN, 2, name="other")

    assert ids(api.get("list_transactions", by=BEN)) == ["other0001", "other0000"]


def test_a_type_selects_its_lines(project: str) -> None:
    write_lines(ADA, 3, type="purchase")
    write_lines(ADA, 2, name="tip", type="tip_received")

    assert pages(ADA, type="tip_received", limit=1) == [["tip0001"], ["tip0000"], []]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from_": "2026-01-01T00:00:02Z"}, ["line0004", "line0003", "line0002"]),
        ({"to": "2026-01-01T00:00:02Z"}, ["line0001", "line0000"]),
        ({"from_": "2026-01-01T00:00:01Z", "to": "2026-01-01T00:00:03Z"}, ["line0002", "line0001"]),
        ({"from_": "2026-01-01T01:00:02+01:00", "to": "2026-01-01T00:00:02.000001Z"}, ["line0002"]),
        ({"from_": "2026-01-01T00:00:02.0Z", "to": "2026-01-01T00:00:02.5Z"}, ["line0002"]),
        ({"from_": "2026-01-01T00:00:02.000000999Z", "to": "2026-01-01T00:00:03.00Z"}, ["line0002"]),
        ({"from_": "2026-01-01T00:00:02.0000010Z", "to": "2026-01-01T00:00:03.000000999Z"}, []),
        ({"from_": "2026-01-01T01:00:02.12345678+01:00", "to": "2026-01-01T00:00:03.0000019Z"}, ["line0003"]),
        ({"from_": "2025-12-31t19:00:04-05:00"}, ["line0004"]),
        ({"from_": "2026-01-01", "to": "2026-01-02", "type": "tip_received", "limit": "1"}, ["line0004"]),
        ({"from_": "2026-01-02"}, []),
        ({"to": "2026-01-01"}, []),
        ({"from_": "2026-01-01T00:00:03Z", "to": "2026-01-01T00:00:03Z"}, []),
        ({"from_": "2026-01-01T00:00:03Z", "to": "2026-01-01T00:00:01Z"}, []),
    ],
)
@pytest.mark.threat(79)
def test_from_is_inclusive_and_to_is_exclusive(project: str, query: dict[str, Any], expected: list[str]) -> None:
    write_lines(ADA, 5, type="tip_received")

    assert ids(api.get("list_transactions", by=ADA, **query)) == expected


def test_a_window_is_paged_like_everything(project: str) -> None:
    write_lines(ADA, 6)

    assert pages(ADA, limit=2, from_="2026-01-01T00:00:01Z", to="2026-01-01T00:00:04Z") == [
        ["line0003", "line0002"],
        ["line0001"],
    ]


def test_ten_readers_at_once_read_the_same(project: str) -> None:
    write_lines(ADA, 30)

    assert concurrently(10, lambda _: pages(ADA, limit=20)) == [pages(ADA, limit=20)] * 10


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "problem"),
    [
        (None, (401, "unauthenticated")),
        (Person(provider="anonymous"), (403, "anonymous-not-allowed")),
        (Person("a/b"), (403, "forbidden")),
    ],
)
def test_who_may_not_read_is_refused(project: str, person: Person | None, problem: tuple[int, str]) -> None:
    assert api.get("list_transactions", by=person).problem == problem


@pytest.mark.threat(82)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "1e1"}, "limit"),
        ({"limit": "1.0"}, "limit"),
        ({"limit": "+5"}, "limit"),
        ({"limit": " 5"}, "limit"),
        ({"limit": "\u0665"}, "limit"),
        ({"limit": "1_0"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"type": "gift"}, "type"),
        ({"type": ""}, "type"),
        ({"from_": "yesterday"}, "from"),
        ({"from_": ""}, "from"),
        ({"from_": "2026-01-01T00:00:00"}, "from"),
        ({"from_": "2026-02-30"}, "from"),
        ({"from_": "20260101"}, "from"),
        ({"from_": "2026-01-01T24:00:00Z"}, "from"),
        ({"from_": "2026-01-01T00:00:60Z"}, "from"),
        ({"from_": "2026-W01-1"}, "from"),
        ({"from_": "2026-01-01T00:00:00.Z"}, "from"),
        ({"from_": "2026-01-01T00:00:00.1234567890Z"}, "from"),
        ({"from_": "2026-01-01T00:00:00,5Z"}, "from"),
        ({"from_": "1767225600"}, "from"),
        ({"from_": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"from_": "0000-01-01"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"to": "2026-01-01T00:00:00+25:00"}, "to"),
        ({"to": "\u0662\u0660\u0662\u0666-01-01"}, "to"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "a"}, "cursor"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"cursor": "é" * 10}, "cursor"),
        ({"cursor": "a b"}, "cursor"),
        ({"cursor": "A" * 1024}, "cursor"),
        ({"cursor": "A" * 1025}, "cursor"),
        ({"userId": "ben"}, "userId"),
        ({"offset": "20"}, "offset"),
        ({"entry_type": "purchase"}, "entry_type"),
        ({"start": "2026-01-01"}, "start"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_field(project: str, query: dict[str, Any], field: str) -> None:
    answer = api.get("list_transactions", by=ADA, **query)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [field]


def test_a_parameter_given_twice_is_refused(project: str) -> None:
    headers = {"Authorization": f"Bearer {ADA.token}"}

    answer = api.call("GET", "list_transactions", headers, query="limit=5&limit=5")

    assert answer.problem == (422, "invalid-request")
    assert answer.body["errors"] == [{"field": "limit", "detail": "is given more than once"}]


@pytest.mark.threat(82)
def test_a_cursor_that_was_changed_anywhere_is_refused(project: str) -> None:
    write_lines(ADA, 3)
    cursor: str = api.get("list_transactions", by=ADA, limit=1).body["nextCursor"]
    other = {character: "B" if character == "A" else "A" for character in cursor}

    for place in range(0, len(cursor) - 1, 5):
        changed = cursor[:place] + other[cursor[place]] + cursor[place + 1 :]
        assert api.get("list_transactions", by=ADA, limit=1, cursor=changed).problem == (422, "invalid-request")


@pytest.mark.threat(82)
@pytest.mark.parametrize("count", [3, 4, 5], ids=["ids of 8", "ids of 9", "ids of 10"])
def test_a_cursor_spelled_in_another_way_is_refused(project: str, count: int) -> None:
    write_lines(ADA, 3, name="l" * count)
    cursor = api.get("list_transactions", by=ADA, limit=1).body["nextCursor"]
    spellings = {cursor + padding for padding in ("=", "==", "===", "\n", " ")}
    # The last character's bits that no byte takes.
    spellings |= {cursor[:-1] + last for last in ALPHABET if decoded(cursor[:-1] + last) == decoded(cursor)}
    spellings |= {cursor.replace("-", "+").replace("_", "/")}

    for other in spellings - {cursor}:
        assert api.get("list_transactions", by=ADA, limit=1, cursor=other).problem == (422, "invalid-request"), other


ALPHABET = string.ascii_letters + string.digits + "-_"


def decoded(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.threat(82)
def test_every_byte_of_a_cursors_signature_counts_and_there_are_sixteen(project: str) -> None:
    write_lines(ADA, 3)
    cursor = api.get("list_transactions", by=ADA, limit=1).body["nextCursor"]
    payload = b'["2026-01-01T00:00:02+00:00","line0002"]'
    signature = decoded(cursor).removesuffix(payload)

    assert decoded(cursor) == signature + payload
    assert len(signature) == 16
    for place in range(16):
        changed = bytes(byte ^ (index == place) for index, byte in enumerate(signature)) + payload
        assert api.get("list_transactions", by=ADA, limit=1, cursor=encoded(changed)).status == 422
    for length in range(16):
        assert api.get("list_transactions", by=ADA, cursor=encoded(signature[:length] + payload)).status == 422


@pytest.mark.threat(110)
@pytest.mark.parametrize("person", [FAR, FARTHEST], ids=["120 of two bytes", "128 of four bytes"])
def test_a_list_of_the_longest_ids_pages_to_its_end(project: str, person: Person) -> None:
    ledger_kit.account(bonus=10, person=person)
    for n in range(2):
        tip = {"recipientId": ADA.user_id, "amount": 1}
        assert api.post("tip", tip, by=person, key=f"{n}".rjust(64, "k")).status == 200
    tips = [f"tip_{f'{n}'.rjust(64, 'k')}_{person.user_id}" for n in range(2)]

    assert pages(person, limit=1) == [[f"{tips[1]}_sent"], [f"{tips[0]}_sent"], [f"signup_{person.user_id}"], []]
    assert pages(ADA, limit=1) == [[f"{tips[1]}_received"], [f"{tips[0]}_received"], []]


@pytest.mark.threat(82)
@pytest.mark.parametrize(
    ("person", "query"),
    [
        (BEN, {}),
        (ADA, {"type": "purchase"}),
        (ADA, {"from_": "2026-01-01"}),
        (ADA, {"to": "2026-01-02"}),
    ],
    ids=["another user's", "another type's", "another start's", "another end's"],
)
def test_a_cursor_of_another_list_is_refused(project: str, person: Person, query: dict[str, Any]) -> None:
    write_lines(ADA, 3, type="purchase")
    cursor = api.get("list_transactions", by=ADA, limit=1).body["nextCursor"]

    answer = api.get("list_transactions", by=person, limit=1, cursor=cursor, **query)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == ["cursor"]


@pytest.mark.threat(82)
def test_a_cursor_of_the_feed_is_refused(project: str) -> None:
    write_lines(ADA, 2)
    ledger_kit.write_posts(ADA, 2)
    cursor = api.get("get_feed", limit=1).body["nextCursor"]

    assert api.get("list_transactions", by=ADA, cursor=cursor).problem == (422, "invalid-request")


def test_another_limit_may_continue_at_a_cursor(project: str) -> None:
    write_lines(ADA, 4)
    cursor = api.get("list_transactions", by=ADA, limit=1).body["nextCursor"]

    assert ids(api.get("list_transactions", by=ADA, limit=2, cursor=cursor)) == ["line0002", "line0001"]


def test_a_cursor_under_another_secret_is_refused(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(ADA, 2)
    cursor = api.get("list_transactions", by=ADA, limit=1).body["nextCursor"]
    monkeypatch.setenv("CURSOR_SECRET", "another")
    from shared.config import settings

    settings.cache_clear()

    assert api.get("list_transactions", by=ADA, limit=1, cursor=cursor).problem == (422, "invalid-request")
