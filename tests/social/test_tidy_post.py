"""Needs the Firestore emulator with its rules and triggers, the local Eventarc, and the storage emulator."""

from collections.abc import Callable
from typing import Any

import pytest

from local.costs.meter import metered
from local.google.eventarc import Eventarc
from local.net.faults import Faults
from shared.art import generations, media
from shared.cloud import clients
from shared.cloud.clients import STORE, store
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, fetch
from shared.social import likes, posts
from tests.rules import client as rules_client
from tests.rules.client import ServerTime, commit, creating, deleting
from tests.support import api, ledger_kit, triggers
from tests.support.cloud_kit import Cloud, document, documents, field, generate, open_account, write
from tests.support.concurrently import concurrently
from tests.support.end_users import client_of
from tests.support.people import Person
from tests.support.target import eventually

DELIVERY_TIMEOUT_SECONDS = 30


def send(person: Person, write: rules_client.Json) -> int:
    """The status of what the person's client writes, under the rules."""
    with client_of(person) as client:
        return client.send(commit(write)).status


def author(post_count: int = 0) -> Person:
    """Somebody with a profile that says so many posts."""
    person = Person()
    profile = {
        "displayName": "Ada",
        "photoUrl": None,
        "bio": "",
        "postCount": post_count,
        "createdAt": ledger_kit.NEW_YEAR,
    }
    store().document(f"profiles/{person.user_id}").set(profile, **STORE)
    return person


def post_count(person: Person) -> int:
    count: int = field(f"profiles/{person.user_id}", "postCount")
    return count


def tell(post_id: str, before: ledger_kit.Fields | None, after: ledger_kit.Fields | None) -> int:
    """The status of the answer to the event of one write of the post."""
    return triggers.deliver("tidy_post", f"posts/{post_id}", before, after).status


def tell_created(person: Person, post_id: str) -> int:
    return tell(post_id, None, ledger_kit.post_fields(person))


def tell_deleted(person: Person, post_id: str) -> int:
    return tell(post_id, ledger_kit.post_fields(person), None)


def delete(post_id: str) -> None:
    posts.reference(post_id).delete(**STORE)


def pictures(post_id: str) -> list[str]:
    """The names of the post's objects in the bucket."""
    found = clients.bucket().list_blobs(timeout=10)
    return sorted(blob.name for blob in found if f"/{post_id}/" in blob.name)


def store_pictures(generation_id: str, count: int = 1) -> None:
    """Puts pictures of the generation where private and where published ones are."""
    for folder in (media.PRIVATE, media.PUBLISHED):
        for n in range(count):
            clients.bucket().blob(f"{folder}/{generation_id}/{n}.png").upload_from_string(b"picture", timeout=10)


def generated_post(cloud: Cloud, person: Person) -> str:
    """The id of a post whose generation has its pictures in both folders."""
    generation_id = generate(person, publish=False)
    assert cloud.run(generation_id).status == 200
    published = api.post("publish_post", {"generationId": generation_id, "caption": "A lighthouse"}, by=person)
    assert published.status == 200, published
    assert len(field(f"generations/{generation_id}", "images")) == 1
    assert [name.split("/")[0] for name in pictures(generation_id)] == ["private"] * 2 + ["published"] * 2
    return generation_id


def settle(eventarc: Eventarc, events: int) -> None:
    """Returns once so many events came, and every delivery is done."""
    eventually(lambda: eventarc.counters.received >= events, DELIVERY_TIMEOUT_SECONDS)
    eventarc.wait_until_idle(DELIVERY_TIMEOUT_SECONDS)


# -- from a write under the rules to the end -------------------------------------------------------------------------


@pytest.mark.usefixtures("rules")
def test_a_post_that_its_owner_deletes_takes_everything_along_through_a_bad_network(
    cloud: Cloud, eventarc_port: int
) -> None:
    ada, stranger, fans = open_account(20), Person(), [Person() for _ in range(3)]
    faults = Faults(seed=2, duplicate=0.5, lost_acknowledgement=0.3, reorder=0.5)
    with triggers.delivering(eventarc_port, cloud.gateway_url, "tidy_post", faults=faults) as eventarc:
        post, kept = generated_post(cloud, ada), generated_post(cloud, ada)
        settle(eventarc, 2)
        assert post_count(ada) == 2
        for fan in fans:
            for liked in (post, kept):
                fields = {"userId": fan.user_id, "postId": liked, "createdAt": ServerTime}
                assert send(fan, creating(f"likes/{fan.user_id}_{liked}", fields)) == 200
        assert send(stranger, deleting(f"posts/{post}")) == 403

        assert send(ada, deleting(f"posts/{post}")) == 200
        settle(eventarc, 3)

    assert (eventarc.counters.received, eventarc.counters.given_up) == (3, 0)
    assert post_count(ada) == 1
    assert set(documents("likes")) == {f"{fan.user_id}_{kept}" for fan in fans}
    assert (pictures(post), len(pictures(kept))) == ([], 4)
    assert field(f"generations/{post}", "images") == []
    assert len(field(f"generations/{kept}", "images")) == 1


def test_a_post_published_by_its_generation_counts_at_once(cloud: Cloud, eventarc_port: int) -> None:
    ada = open_account()
    with triggers.delivering(eventarc_port, cloud.gateway_url, "tidy_post") as eventarc:
        assert cloud.run(generate(ada)).status == 200
        settle(eventarc, 1)

    assert post_count(ada) == 1


# -- a post that appears -----------------------------------------------------------------------------------------------


def test_a_new_post_is_counted_once_however_often_its_event_comes(cloud: Cloud) -> None:
    ada = author()
    post = ledger_kit.post_by(ada)
    ledger_kit.like(Person(), post)
    before = document(f"posts/{post}")

    assert tell_created(ada, post) == 200
    with metered() as cost:
        assert tell_created(ada, post) == 200

    assert cost.writes == 0
    assert post_count(ada) == 1
    assert (document(f"posts/{post}"), len(documents("likes"))) == (before, 1)


def test_the_count_is_of_the_authors_posts_alone(cloud: Cloud) -> None:
    ada, ben = author(), author()
    ledger_kit.write_posts(ben, 3, "ben")
    ledger_kit.write_posts(ada, 5, "ada")

    assert tell_created(ada, "ada004") == 200

    assert (post_count(ada), post_count(ben)) == (5, 0)


def test_a_post_of_somebody_without_a_profile_is_nothing_to_fail_at(cloud: Cloud) -> None:
    ghost = Person()
    post = ledger_kit.post_by(ghost)

    assert tell_created(ghost, post) == 200

    assert document(f"profiles/{ghost.user_id}") is None


def test_an_older_count_never_replaces_a_newer_one(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = author()
    ledger_kit.post_by(ada, "p1")

    def overtake(_: int) -> None:
        ledger_kit.post_by(ada, "p2")
        assert tell_created(ada, "p2") == 200
        assert post_count(ada) == 2

    triggers.interrupt_counting(monkeypatch, posts, 1, overtake)

    assert tell_created(ada, "p1") == 200

    assert post_count(ada) == 2


def test_an_older_count_gives_way_even_to_one_that_had_nothing_to_write(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = author(post_count=1)
    ledger_kit.post_by(ada, "p1")
    ledger_kit.post_by(ada, "p2")

    def overtake(_: int) -> None:
        delete("p2")
        assert tell_deleted(ada, "p2") == 200

    triggers.interrupt_counting(monkeypatch, posts, 1, overtake)

    assert tell_created(ada, "p2") == 200

    assert post_count(ada) == 1


def test_a_profile_that_never_rests_is_left_as_it_is_until_the_event_comes_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = author()
    post = ledger_kit.post_by(ada)
    triggers.interrupt_counting(monkeypatch, posts, 5, lambda n: write(f"profiles/{ada.user_id}", bio=f"Edit {n}"))

    assert tell_created(ada, post) == 500
    assert (post_count(ada), field(f"profiles/{ada.user_id}", "bio")) == (0, "Edit 5")

    assert tell_created(ada, post) == 200
    assert (post_count(ada), field(f"profiles/{ada.user_id}", "bio")) == (1, "Edit 5")


# -- a post that changes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"caption": "Edited"}, {"likeCount": 12}, {}], ids=["caption", "likes", "nothing"])
def test_a_change_of_a_post_is_nothing_to_tidy(cloud: Cloud, change: ledger_kit.Fields) -> None:
    ada = author(post_count=7)  # wrong, so that counting would show
    post = ledger_kit.post_by(ada)
    store_pictures(post)
    before = ledger_kit.post_fields(ada)

    with metered() as cost:
        assert tell(post, before, before | change) == 200

    assert cost.rpcs == 0
    assert (post_count(ada), len(pictures(post))) == (7, 2)
    media.remove(post)  # the bucket outlives the test


# -- a post that is there ----------------------------------------------------------------------------------------


@pytest.mark.threat(99)
def test_a_new_post_whose_worker_died_has_its_pictures_seen(cloud: Cloud) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    before = pictures(post)
    for name in before[2:]:
        clients.bucket().blob(name).delete(timeout=10)

    assert tell_created(ada, post) == 200

    assert pictures(post) == before


@pytest.mark.threat(99)
def test_the_event_of_an_earlier_life_removes_nothing_of_a_post_that_is_there(cloud: Cloud) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    ledger_kit.like(Person(), post)

    assert tell_deleted(ada, post) == 200

    assert (post_count(ada), len(documents("likes")), len(pictures(post))) == (1, 1, 4)
    assert field(f"generations/{post}", "postId") == post


@pytest.mark.threat(99)
def test_pictures_that_are_copied_while_their_post_is_deleted_are_not_left(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    for name in pictures(post)[2:]:
        clients.bucket().blob(name).delete(timeout=10)
    publish = media.publish

    def delete_after_the_copy(generation_id: str, images: Any) -> None:
        publish(generation_id, images)
        delete(post)

    monkeypatch.setattr(media, "publish", delete_after_the_copy)

    assert tell_created(ada, post) == 200

    assert pictures(post) == []


# -- a post that is gone ---------------------------------------------------------------------------------------------


def test_likes_and_pictures_beyond_one_page_go_too(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likes, "REMOVAL_PAGE", 3)
    monkeypatch.setattr(media, "PAGE", 2)
    ada = author(post_count=1)
    store().document("generations/p1").set({"images": [{"area": 0}]}, **STORE)
    for _ in range(7):
        ledger_kit.like(Person(), "p1")
    ledger_kit.like(Person(), "p2")
    store_pictures("p1", count=5)
    store_pictures("p2")

    with metered() as cost:
        assert tell_deleted(ada, "p1") == 200

    assert cost.deletes == 7
    assert [fields["postId"] for fields in documents("likes").values()] == ["p2"]
    assert (pictures("p1"), len(pictures("p2"))) == ([], 2)
    assert post_count(ada) == 0
    media.remove("p2")


def test_a_deletion_told_twice_is_done_once(cloud: Cloud) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    ledger_kit.like(Person(), post)
    delete(post)

    assert tell_deleted(ada, post) == 200
    assert tell_deleted(ada, post) == 200

    assert (post_count(ada), documents("likes"), pictures(post)) == (0, {}, [])
    assert field(f"generations/{post}", "images") == []


def test_a_deletion_told_to_four_at_once_is_done_by_all_of_them(cloud: Cloud) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    for _ in range(5):
        ledger_kit.like(Person(), post)
    write(f"profiles/{ada.user_id}", postCount=1)
    delete(post)

    assert concurrently(4, lambda _: tell_deleted(ada, post)) == [200] * 4

    assert (post_count(ada), documents("likes"), pictures(post)) == (0, {}, [])


def test_a_deletion_that_overtakes_the_creation_ends_the_same(cloud: Cloud) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    ledger_kit.like(Person(), post)
    delete(post)

    assert tell_deleted(ada, post) == 200
    assert tell_created(ada, post) == 200

    assert (post_count(ada), documents("likes"), pictures(post)) == (0, {}, [])
    assert field(f"generations/{post}", "images") == []


@pytest.mark.parametrize(
    ("module", "step"),
    [(posts, "recount"), (likes, "remove_all"), (generations, "forget_post"), (media, "remove")],
    ids=["count", "likes", "generation", "pictures"],
)
def test_a_crash_after_any_step_is_made_good_by_the_next_delivery(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    write(f"profiles/{ada.user_id}", postCount=1)
    ledger_kit.like(Person(), post)
    delete(post)
    act = getattr(module, step)

    def crash(subject: str) -> None:
        act(subject)
        raise RuntimeError("the instance is gone")

    with monkeypatch.context() as crashing:
        crashing.setattr(module, step, crash)
        assert tell_deleted(ada, post) == 500
    assert tell_deleted(ada, post) == 200

    assert (post_count(ada), documents("likes"), pictures(post)) == (0, {}, [])
    assert field(f"generations/{post}", "images") == []


@pytest.mark.threat(98)
def test_2000_likes_are_each_removed_once_however_many_are_at_it(cloud: Cloud) -> None:
    ada = author(post_count=1)
    for start in range(0, 2000, 400):
        batch = store().batch()
        for n in range(start, start + 400):
            fields = {"userId": f"u{n}", "postId": "p1", "createdAt": ledger_kit.NEW_YEAR}
            batch.set(store().document(f"likes/u{n}_p1"), fields)
        batch.commit(timeout=60)

    with metered() as cost:
        answers = concurrently(8, lambda n: tell_deleted(ada, "p1") if n % 2 else int(likes.recount("p1")))
        while 500 in answers:  # as Eventarc delivers what was not acknowledged
            answers = [tell_deleted(ada, "p1")]

    assert documents("likes") == {}
    assert cost.deletes == 2000
    assert cost.reads < 3 * 2000, "who comes second does not read everything again"


@pytest.mark.threat(98)
def test_a_recount_of_a_post_that_is_gone_removes_nothing(cloud: Cloud) -> None:
    ledger_kit.like(Person(), "p1")

    with metered() as cost:
        assert likes.recount("p1") is False

    assert (cost.deletes, cost.writes, len(documents("likes"))) == (0, 0, 1)


def test_a_like_that_is_taken_back_meanwhile_does_not_stop_the_removal(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan = Person()
    ledger_kit.like(fan, "p1")
    ledger_kit.like(Person(), "p1")

    def take_back(query: Query) -> list[Snapshot]:
        page = fetch(query)
        store().document(f"likes/{fan.user_id}_p1").delete(**STORE)
        return page

    monkeypatch.setattr(likes, "fetch", take_back)

    likes.remove_all("p1")

    assert documents("likes") == {}


def test_a_profile_that_never_rests_does_not_keep_likes_and_pictures(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    post = generated_post(cloud, ada)
    ledger_kit.like(Person(), post)
    write(f"profiles/{ada.user_id}", postCount=1)
    delete(post)
    triggers.interrupt_counting(monkeypatch, posts, 5, lambda n: write(f"profiles/{ada.user_id}", bio=f"Edit {n}"))

    assert tell_deleted(ada, post) == 500

    assert (documents("likes"), pictures(post), field(f"generations/{post}", "postId")) == ({}, [], None)
    assert tell_deleted(ada, post) == 200
    assert post_count(ada) == 0


@pytest.mark.parametrize("post", ["0123abc", "Made-By_Hand", "🖼"], ids=["like ours", "unlike ours", "a picture"])
def test_a_post_that_no_generation_made_is_tidied_all_the_same(cloud: Cloud, post: str) -> None:
    ada = author(post_count=1)
    ledger_kit.like(Person(), post)

    assert tell_deleted(ada, post) == 200

    assert (post_count(ada), documents("likes")) == (0, {})
    assert document(f"generations/{post}") is None


@pytest.mark.parametrize(
    "body",
    [
        lambda: b"\xff\xff no protobuf",
        lambda: b"",
        lambda: triggers.event_bytes("posts/p1", None, None),
        lambda: triggers.event_bytes("posts/p1", {"caption": "of nobody"}, None),
    ],
    ids=["no protobuf", "empty", "no document", "no author"],
)
def test_an_event_that_cannot_be_understood_removes_nothing_and_is_not_acknowledged(
    cloud: Cloud, body: Callable[[], bytes]
) -> None:
    ledger_kit.like(Person(), "p1")

    assert triggers.deliver_bytes("tidy_post", "posts/p1", body()).status == 500

    assert len(documents("likes")) == 1
