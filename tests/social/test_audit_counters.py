"""Needs the Firestore emulator, which reads the past, the local Cloud Tasks and the local issuer of service tokens."""

from typing import Any

import pytest
from google.api_core.exceptions import Aborted
from google.cloud.firestore_v1.document import DocumentReference

from shared.cloud.clients import STORE, store
from tests.support import audit_kit, ledger_kit
from tests.support.cloud_kit import Cloud, field, write
from tests.support.generation_kit import alerts, queue_down
from tests.support.ledger_kit import account
from tests.support.people import Person


def call(cloud: Cloud) -> Any:
    """What the function answers to our scheduler."""
    answer = cloud.call("audit_counters")
    assert answer.status == 200, answer
    return answer.body


def profile(person: Person, post_count: object) -> None:
    fields = {
        "displayName": "Ada",
        "photoUrl": None,
        "bio": "",
        "postCount": post_count,
        "createdAt": ledger_kit.NEW_YEAR,
    }
    store().document(f"profiles/{person.user_id}").set(fields, **STORE)


@pytest.mark.threat(78)
def test_counters_that_are_wrong_are_put_right_and_counted(cloud: Cloud) -> None:
    ada, ben = account(), account()
    profile(ada, post_count=5)
    profile(ben, post_count=1)
    for post in ("few", "many", "right"):
        ledger_kit.post_by(ada, post)
        ledger_kit.like(ben, post)
    ledger_kit.post_by(ben, "ben")
    write("posts/few", likeCount=0)
    write("posts/many", likeCount=10_000)
    write("posts/right", likeCount=1)
    before = {path: store().document(path).get(**STORE).update_time for path in ("posts/right", "posts/ben")}

    answer = call(cloud)

    assert answer | {"auditId": ""} == {
        "auditId": "",
        "complete": True,
        "posts": 4,
        "profiles": 2,
        "repaired": 3,
        "postponed": 0,
        "discrepancies": 0,
        "unexamined": 0,
    }
    assert [field(f"posts/{post}", "likeCount") for post in ("few", "many", "right", "ben")] == [1, 1, 1, 0]
    assert [field(f"profiles/{person.user_id}", "postCount") for person in (ada, ben)] == [3, 1]
    assert {path: store().document(path).get(**STORE).update_time for path in before} == before
    assert list(audit_kit.reports()) == [answer["auditId"]]
    assert call(cloud)["repaired"] == 0


@pytest.mark.threat(91)
def test_who_edits_their_profile_all_the_time_keeps_nobody_elses_from_being_put_right(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada, ben, cyd = (Person(name) for name in ("ada", "ben", "cyd"))
    for person in (ada, ben, cyd):
        profile(person, post_count=9)
    update, edits = DocumentReference.update, [0]

    def first_they_edit(reference: DocumentReference, fields: Any, *given: Any, **options: Any) -> Any:
        if reference.id == "ben" and "postCount" in fields:
            edits[0] += 1
            update(reference, {"bio": f"edit {edits[0]}"}, **STORE)
        return update(reference, fields, *given, **options)

    with monkeypatch.context() as patch:
        patch.setattr(DocumentReference, "update", first_they_edit)
        answer = call(cloud)

    assert edits[0] > 1
    assert (answer["complete"], answer["profiles"], answer["repaired"], answer["postponed"]) == (True, 3, 2, 1)
    assert (answer["discrepancies"], alerts(capsys)) == (0, [])
    assert [field(f"profiles/{name}", "postCount") for name in ("ada", "ben", "cyd")] == [0, 9, 0]
    assert call(cloud)["repaired"] == 1


@pytest.mark.threat(91)
def test_a_queue_that_is_down_is_a_finding_at_the_post_that_needs_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for post in ("a", "b", "c"):
        ledger_kit.post_by(Person("ada"), post)
        write(f"posts/{post}", likeCount=1)
    monkeypatch.setattr("shared.social.counters.likes.recount", failing_at("b"))
    capsys.readouterr()

    with queue_down(monkeypatch):
        answer = call(cloud)

    assert (answer["complete"], answer["posts"], answer["unexamined"], answer["discrepancies"]) == (True, 2, 1, 1)
    [finding] = field(f"audits/{answer['auditId']}", "findings")
    assert finding == {"finding": "could-not-be-examined", "collection": "posts", "id": "b", "error": "Aborted"}
    assert alerts(capsys) == ["could-not-be-examined"]
    assert [field(f"posts/{post}", "likeCount") for post in ("a", "b", "c")] == [0, 1, 0]


def failing_at(post_id: str) -> Any:
    from shared.social import likes

    recount = likes.recount

    def fails(each: str, *given: Any) -> bool:
        if each == post_id:
            raise Aborted("no words of this")  # type: ignore[no-untyped-call]  # as the library has it
        return recount(each, *given)

    return fails
