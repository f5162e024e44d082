"""Needs the Firestore emulator, Cloud Tasks, and an issuer of OIDC tokens."""

import datetime
import json
from typing import Any

import pytest

from shared import clock
from shared.cloud.clients import STORE, store
from shared.errors import Contention
from shared.social import authors
from tests.support import api, ledger_kit, triggers
from tests.support.cloud_kit import Cloud, document, documents, write
from tests.support.generation_kit import later
from tests.support.ledger_kit import SECOND
from tests.support.people import Person

ADA = Person("ada")
OLD = {"displayName": "Ada", "photoUrl": None}
NEW = {"displayName": "Countess", "photoUrl": "https://pics.example/ada.png"}
A_WINDOW = authors.WINDOWS_SECONDS[0]
PROFILE = {**OLD, "bio": "", "postCount": 0, "createdAt": ledger_kit.NEW_YEAR}


def profile(post_count: int = 0, user_id: str = "ada", **face: object) -> dict[str, Any]:
    """Writes the author's profile, and returns it."""
    fields = PROFILE | {"postCount": post_count} | face
    store().document(f"profiles/{user_id}").set(fields, **STORE)
    return fields


def rename(**face: object) -> api.Answer:
    """The owner edits the profile, and the trigger is told."""
    before = document("profiles/ada") or {}
    write("profiles/ada", **face)
    return triggers.deliver("propagate_profile", "profiles/ada", before, before | face)


def faces(author: str = "ada") -> list[dict[str, Any]]:
    """What the author's posts show, in the order of their ids."""
    found = documents("posts")
    return [found[post_id]["author"] for post_id in sorted(found) if found[post_id]["userId"] == author]


def tasks(cloud: Cloud) -> list[dict[str, Any]]:
    """What is asked for by the tasks that wait, the soonest first."""
    found = sorted(cloud.queued("authors"), key=lambda task: task.schedule_time)
    return [json.loads(task.http_request.body) for task in found]


def first_step(window_seconds: int = 5) -> dict[str, object]:
    return {"userId": "ada", "windowSeconds": window_seconds, "window": 1}


# -- from the profile to the posts -------------------------------------------------------------------------------


def test_a_new_name_and_picture_reach_every_post_of_the_author_and_no_other(cloud: Cloud) -> None:
    profile(3)
    ledger_kit.write_posts(ADA, 3)
    ledger_kit.post_by(Person("ben"), "of-ben")
    cloud.start_queues(ahead_seconds=A_WINDOW)

    assert rename(**NEW).status == 200
    cloud.wait_until_idle()

    assert faces() == [NEW] * 3
    assert faces("ben") == [OLD]


def test_two_hundred_and_fifty_posts_take_three_steps_of_a_hundred(cloud: Cloud) -> None:
    profile(0, **NEW)
    ledger_kit.write_posts(ADA, 250)

    answers: list[Any] = []
    step = first_step()
    while not answers or not answers[-1]["complete"]:
        answers.append(cloud.call("update_author", step).body)
        waiting = [task for task in tasks(cloud) if task["after"] != step.get("after")]
        step = waiting[-1] if waiting else step

    assert answers == [
        {"updated": 100, "complete": False},
        {"updated": 100, "complete": False},
        {"updated": 50, "complete": True},
    ]
    assert faces() == [NEW] * 250


def test_a_pass_goes_on_by_itself_to_the_last_post(cloud: Cloud) -> None:
    profile(0)
    ledger_kit.write_posts(ADA, 201)
    cloud.start_queues(ahead_seconds=A_WINDOW)

    rename(**NEW)
    cloud.wait_until_idle()

    assert faces() == [NEW] * 201


def test_a_step_that_is_done_twice_is_followed_by_one(cloud: Cloud) -> None:
    profile(0, **NEW)
    ledger_kit.write_posts(ADA, 150)

    answers = [cloud.call("update_author", first_step()).body for _ in range(2)]

    assert answers == [{"updated": 100, "complete": False}, {"updated": 0, "complete": False}]
    assert [task["after"] for task in tasks(cloud)] == ["post099"]


def test_nothing_else_of_a_post_changes(cloud: Cloud) -> None:
    profile(1, **NEW)
    post = f"posts/{ledger_kit.post_by(ADA)}"
    before = document(post) or {}

    assert cloud.call("update_author", first_step()).body == {"updated": 1, "complete": True}

    assert document(post) == before | {"author": NEW}


@pytest.mark.parametrize(
    "change",
    [{"bio": "I paint."}, {"postCount": 9}, {"bio": "I paint.", "postCount": 9}, {}],
    ids=["bio", "post count", "both", "nothing"],
)
def test_what_a_post_does_not_show_is_not_passed_on(cloud: Cloud, change: dict[str, object]) -> None:
    profile(3, **NEW)

    assert rename(**change).status == 200 if change else True
    assert tasks(cloud) == []


@pytest.mark.parametrize("change", [{"displayName": "Countess"}, {"photoUrl": NEW["photoUrl"]}, NEW])
def test_a_name_a_picture_or_both_are_passed_on(cloud: Cloud, change: dict[str, object]) -> None:
    profile(3)

    assert rename(**change).status == 200
    assert [task["userId"] for task in tasks(cloud)] == ["ada"]


def test_a_picture_that_was_taken_away_is_passed_on(cloud: Cloud) -> None:
    profile(1, **NEW)
    ledger_kit.post_by(ADA)
    cloud.start_queues(ahead_seconds=A_WINDOW)

    rename(photoUrl=None)
    cloud.wait_until_idle()

    assert faces() == [NEW | {"photoUrl": None}]


@pytest.mark.parametrize(("before", "after"), [(None, PROFILE), (PROFILE, None)], ids=["made", "deleted"])
def test_a_profile_that_comes_or_goes_asks_for_nothing(
    cloud: Cloud, before: dict[str, object] | None, after: dict[str, object] | None
) -> None:
    assert triggers.deliver("propagate_profile", "profiles/ada", before, after).status == 200

    assert tasks(cloud) == []


# -- bounds ------------------------------------------------------------------------------------------------------


def test_many_changes_in_a_window_cost_two_passes_at_most(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    profile(3)
    later(monkeypatch, 60)
    for n in range(20):
        assert rename(displayName=f"Ada {n}").status == 200

    assert len({task["window"] for task in tasks(cloud)}) == len(tasks(cloud)) == 2


@pytest.mark.parametrize(
    ("posts", "windows"),
    [(0, []), (100, []), (101, [50]), (1000, [50]), (1001, [500]), (10_001, [3600]), (10**9, [3600])],
)
def test_the_more_posts_the_longer_a_pass_waits(cloud: Cloud, posts: int, windows: list[int]) -> None:
    profile(posts, **NEW)
    post = ledger_kit.post_by(ADA)

    answer = cloud.call("update_author", first_step())

    assert answer.body == ({"updated": 0, "complete": False} if windows else {"updated": 1, "complete": True})
    assert [task["windowSeconds"] for task in tasks(cloud)] == windows
    assert (document(f"posts/{post}") or {})["author"] == (OLD if windows else NEW)
    if windows:
        assert cloud.call("update_author", first_step(windows[0])).body == {"updated": 1, "complete": True}


def test_a_window_that_a_slow_clock_names_after_its_task_ran_is_followed_by_the_next(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(1)
    ledger_kit.post_by(ADA)
    cloud.start_queues()
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment - datetime.timedelta(seconds=7))
    rename(displayName="Lady Ada")
    cloud.wait_until_idle()  # its window is over by the queue's clock, so its name is used up

    rename(**NEW)
    cloud.wait_until_idle()

    assert faces() == [NEW]


def test_a_pass_ends_when_the_profile_is_gone(cloud: Cloud) -> None:
    ledger_kit.write_posts(ADA, 150)

    assert cloud.call("update_author", first_step()).body == {"updated": 0, "complete": True}
    assert cloud.call("update_author", {**first_step(), "after": "post099"}).body == {"updated": 0, "complete": True}
    assert (faces(), tasks(cloud)) == ([OLD] * 150, [])


# -- races -------------------------------------------------------------------------------------------------------


def interrupt(monkeypatch: pytest.MonkeyPatch, name: str, acts: list[Any]) -> None:
    """Has each act happen once, in turn, right after ``authors`` did what is named."""
    done = getattr(authors, name)

    def interrupted(*given: object) -> object:
        answer = done(*given)
        if acts:
            acts.pop(0)()
        return answer

    monkeypatch.setattr(authors, name, interrupted)


@pytest.mark.parametrize("where", ["_posts", "_profile"])
def test_an_older_face_never_replaces_a_newer_one(project: str, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    profile(0)
    post = f"posts/{ledger_kit.post_by(ADA)}"
    write(post, author={"displayName": "Nobody", "photoUrl": None})

    def newer_pass() -> None:
        write("profiles/ada", **NEW)
        write(post, author=NEW)

    interrupt(monkeypatch, where, [lambda: None, newer_pass] if where == "_profile" else [newer_pass])
    authors.update("ada", 5, 1, None)

    assert (document(post) or {})["author"] == NEW


def test_a_post_that_changes_meanwhile_does_not_keep_the_others_from_their_name(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(0, **NEW)
    ledger_kit.write_posts(ADA, 3)
    interrupt(monkeypatch, "_posts", [lambda n=n: write("posts/post001", likeCount=n) for n in range(1, 4)])

    assert authors.update("ada", 5, 1, None).complete

    assert faces() == [NEW] * 3
    assert (document("posts/post001") or {})["likeCount"] == 3


def test_a_post_that_is_deleted_meanwhile_stays_deleted(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    profile(0, **NEW)
    ledger_kit.write_posts(ADA, 3)
    interrupt(monkeypatch, "_posts", [lambda: store().document("posts/post001").delete(**STORE)])

    assert authors.update("ada", 5, 1, None).complete

    assert faces() == [NEW] * 2


def test_posts_that_never_stand_still_have_the_task_come_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    profile(0, **NEW)
    post = f"posts/{ledger_kit.post_by(ADA)}"
    interrupt(monkeypatch, "_posts", [lambda n=n: write(post, likeCount=n) for n in range(1, 20)])

    with pytest.raises(Contention):
        authors.update("ada", 5, 1, None)
    assert cloud.call("update_author", first_step()).problem == (503, "contention")


def test_a_post_that_was_made_while_the_name_changed_gets_it_all_the_same(cloud: Cloud) -> None:
    profile(1, **NEW)
    post = ledger_kit.post_fields(ADA)
    store().document("posts/p1").set(post, **STORE)
    cloud.start_queues(ahead_seconds=A_WINDOW)

    assert triggers.deliver("tidy_post", "posts/p1", None, post).status == 200
    cloud.wait_until_idle()

    assert faces() == [NEW]


@pytest.mark.parametrize("author", [None, "Ada", {}, {"displayName": 7}])
def test_a_post_with_a_broken_author_is_put_right(cloud: Cloud, author: object) -> None:
    profile(1, **NEW)
    post = ledger_kit.post_fields(ADA) | {"author": author}
    store().document("posts/p1").set(post, **STORE)
    cloud.start_queues(ahead_seconds=A_WINDOW)

    assert triggers.deliver("tidy_post", "posts/p1", None, post).status == 200
    cloud.wait_until_idle()

    assert faces() == [NEW]


def test_a_post_that_shows_its_author_as_they_are_asks_for_nothing(cloud: Cloud) -> None:
    profile(1, **NEW)
    post = ledger_kit.post_fields(ADA, ledger_kit.NEW_YEAR + SECOND) | {"author": NEW}
    store().document("posts/p1").set(post, **STORE)

    assert triggers.deliver("tidy_post", "posts/p1", None, post).status == 200
    assert tasks(cloud) == []


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"userId": "a/b", "windowSeconds": 5, "window": 1},
        {"userId": "ada", "windowSeconds": 0, "window": 1},
        {"userId": "ada", "windowSeconds": 3601, "window": 1},
        {"userId": "ada", "windowSeconds": 5, "window": 0},
        {"userId": "ada", "windowSeconds": 5, "window": 1, "after": ".."},
        {"userId": "ada", "windowSeconds": 5, "window": 1, "name": "Countess"},
    ],
)
def test_a_task_that_makes_no_sense_changes_nothing(cloud: Cloud, body: dict[str, object]) -> None:
    profile(1, **NEW)
    ledger_kit.post_by(ADA)

    assert cloud.call("update_author", body).problem == (422, "invalid-request")
    assert faces() == [OLD]


@pytest.mark.threat(89)
def test_only_our_service_account_may_call_it(cloud: Cloud) -> None:
    body = first_step()

    assert api.post("update_author", body).problem == (401, "unauthenticated")
    assert api.post("update_author", body, by=ADA).problem == (401, "unauthenticated")
    other = cloud.token("update_author", email="somebody@demo-guilder.iam.gserviceaccount.com")
    assert cloud.call("update_author", body, other).problem == (403, "forbidden")


@pytest.mark.threat(110)
@pytest.mark.parametrize("user_id", ["\u00e9" * 120, "\U0001f98a" * 128, "a_b c+d%41&'\"<"])
def test_an_author_of_any_uid_is_updated(cloud: Cloud, user_id: str) -> None:
    author = Person(user_id)
    before = profile(1, user_id)
    ledger_kit.post_by(author)
    cloud.start_queues(ahead_seconds=A_WINDOW)
    store().document(f"profiles/{user_id}").update(NEW, **STORE)

    assert triggers.deliver("propagate_profile", f"profiles/{user_id}", before, before | NEW).status == 200
    cloud.wait_until_idle()

    assert faces(user_id) == [NEW]
