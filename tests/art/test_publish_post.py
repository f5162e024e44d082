"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer."""

from typing import Any

import pytest
from google.cloud.firestore_v1.batch import WriteBatch

from shared.art import generations, media
from shared.cloud import clients
from shared.errors import ImageUnavailable
from shared.social import posts
from tests.support import api, ledger_kit
from tests.support.cloud_kit import BUCKET, TIMEOUT_SECONDS, Cloud, ago, document, documents, field, generate, write
from tests.support.concurrently import concurrently
from tests.support.generation_kit import COLOR, NO_PICTURE, PICTURE, ImageModel, artist, fetch, generation
from tests.support.people import Person


class Crash(BaseException):
    """The instance dies: no handler of ours gets to see it."""


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ImageModel:
    return ImageModel(monkeypatch)


def unpublished(cloud: Cloud, person: Person, **fields: Any) -> str:
    """The id of a finished generation that no post shows."""
    made = generate(person, publish=False, **fields)
    assert cloud.run(made).status == 200
    return made


def publish(person: Person | None, generation_id: object, caption: object = "Dawn") -> api.Answer:
    return api.post("publish_post", {"generationId": generation_id, "caption": caption}, by=person)


# -- a post ------------------------------------------------------------------------------------------------------


@pytest.mark.threat(25)
def test_a_private_generation_becomes_a_post_that_everyone_can_see(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = unpublished(cloud, ada, prompt="a secret garden", areas=["hidden rose"], caption="for myself")

    answer = publish(ada, made, "Dawn")

    assert (answer.status, answer.body) == (200, {"postId": made})
    folder = f"{cloud.storage_url}/{BUCKET}/published/{made}"
    post = document(f"posts/{made}") or {}
    assert post.pop("createdAt") is not None
    assert post == {
        "userId": ada.user_id,
        "author": {"displayName": "New artist", "photoUrl": None},
        "type": "image",
        "media": [
            {
                "url": f"{folder}/0.png",
                "thumbUrl": f"{folder}/0-480.webp",
                "width": 96,
                "height": 64,
                "color": COLOR,
            }
        ],
        "mediaUrl": f"{folder}/0.png",
        "caption": "Dawn",
        "likeCount": 0,
    }
    assert fetch(f"{folder}/0.png").content == PICTURE
    assert fetch(f"{folder}/0-480.webp").headers["Content-Type"] == "image/webp"


def test_of_a_generation_that_failed_in_part_what_was_made_is_published(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    model.answers["sky"] = NO_PICTURE
    made = unpublished(cloud, ada, areas=["sky", "sea"])

    publish(ada, made)

    assert [picture["url"][-6:] for picture in field(f"posts/{made}", "media")] == ["/1.png"]


def test_publishing_moves_no_token_and_a_stopped_wallet_does_not_prevent_it(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = unpublished(cloud, ada)
    ledger_kit.change(ada, frozen="fraud")

    with ledger_kit.nothing_moves():
        assert publish(ada, made).status == 200


# -- once --------------------------------------------------------------------------------------------------------


def test_published_again_it_is_the_same_post_as_it_is(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = unpublished(cloud, ada)
    publish(ada, made, "Dawn")
    posts.reference(made).update({"likeCount": 7}, timeout=TIMEOUT_SECONDS)

    again = publish(ada, made, "Dusk")

    assert (again.status, again.body) == (200, {"postId": made})
    assert list(documents("posts")) == [made]
    assert (field(f"posts/{made}", "caption"), field(f"posts/{made}", "likeCount")) == ("Dawn", 7)


def test_a_generation_that_published_itself_answers_with_its_post(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, caption="Dawn")
    cloud.run(made)

    assert publish(ada, made, "Dusk").body == {"postId": made}
    assert field(f"posts/{made}", "caption") == "Dawn"


def test_published_eight_times_at_once_it_is_one_post(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = unpublished(cloud, ada, areas=["sky", "sea"])

    answers = concurrently(8, lambda n: publish(ada, made, f"caption {n}"))

    assert [(answer.status, answer.body) for answer in answers] == [(200, {"postId": made})] * 8
    assert list(documents("posts")) == [made]
    assert [fetch(picture["url"]).content for picture in field(f"posts/{made}", "media")] == [PICTURE] * 2


@pytest.mark.threat(60)
@pytest.mark.parametrize(
    ("owner", "step", "number", "when"),
    [
        (media, "_copy", 1, "before"),
        (media, "_copy", 1, "after"),
        (media, "_copy", 3, "after"),
        (WriteBatch, "commit", 1, "before"),
        (WriteBatch, "commit", 1, "after"),
    ],
    ids=[
        "before the first copy",
        "after the first copy",
        "between two pictures",
        "between copy and commit",
        "after the commit",
    ],
)
def test_after_a_crash_at_any_step_publishing_again_makes_the_post(
    cloud: Cloud,
    model: ImageModel,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    step: str,
    number: int,
    when: str,
) -> None:
    monkeypatch.setattr(media, "PARALLEL", 1)
    ada = artist()
    made = unpublished(cloud, ada, areas=["sky", "sea"])
    whole, taken = getattr(owner, step), []

    def dying(*arguments: Any, **options: Any) -> Any:
        taken.append(step)
        if len(taken) == number and when == "before":
            raise Crash
        result = whole(*arguments, **options)
        if len(taken) == number:
            raise Crash
        return result

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, dying)
        with pytest.raises(Crash):
            publish(ada, made)

    assert publish(ada, made).body == {"postId": made}
    assert list(documents("posts")) == [made]
    assert [fetch(picture["url"]).content for picture in field(f"posts/{made}", "media")] == [PICTURE] * 2


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.threat(84)
def test_anothers_generation_is_as_if_it_were_not_there(cloud: Cloud, model: ImageModel) -> None:
    made = unpublished(cloud, artist())

    anothers, unknown = publish(artist(), made), publish(artist(), "0" * 32)

    assert anothers.problem == unknown.problem == (404, "not-found")
    assert anothers.body == unknown.body
    assert documents("posts") == {}
    assert generation(made)["postId"] is None


def test_a_generation_that_waits_is_not_finished_yet(cloud: Cloud) -> None:
    ada = artist()
    made = generate(ada, publish=False)

    assert publish(ada, made).problem == (422, "invalid-request")
    assert documents("posts") == {}


def test_a_generation_under_way_is_not_finished_yet_though_it_has_pictures(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "sea"], publish=False)
    model.answers["sea"] = ImageUnavailable("out of reach")
    assert cloud.run(made).status == 503

    assert publish(ada, made).problem == (422, "invalid-request")
    assert documents("posts") == {}


def test_a_generation_of_which_everything_failed_has_no_picture_to_publish(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    model.answers[""] = NO_PICTURE
    made = unpublished(cloud, ada)

    assert publish(ada, made).problem == (422, "invalid-request")
    assert documents("posts") == {}


@pytest.mark.parametrize("tidied", [False, True], ids=["at once", "when its pictures are gone"])
@pytest.mark.parametrize("by_itself", [False, True], ids=["published later", "published by itself"])
def test_what_was_deleted_stays_deleted(cloud: Cloud, model: ImageModel, by_itself: bool, tidied: bool) -> None:
    ada = artist()
    made = generate(ada, publish=by_itself)
    cloud.run(made)
    publish(ada, made)
    posts.reference(made).delete(timeout=TIMEOUT_SECONDS)
    if tidied:  # as tidy_post does
        generations.forget_post(made)
        media.remove(made)

    assert publish(ada, made).problem == (404, "not-found")
    assert documents("posts") == {}


@pytest.mark.threat(99)
@pytest.mark.parametrize("tidied", [False, True], ids=["before it is tidied", "after"])
def test_a_publication_that_races_the_deletion_of_its_post_is_a_404_and_leaves_nothing_public(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, tidied: bool
) -> None:
    ada = artist()
    made = unpublished(cloud, ada)
    copy = media._copy

    def delete_first(name: str) -> None:
        posts.reference(made).delete(timeout=TIMEOUT_SECONDS)
        if tidied:
            generations.forget_post(made)
            media.remove(made)
        copy(name)

    monkeypatch.setattr(media, "_copy", delete_first)

    assert publish(ada, made).problem == (404, "not-found")

    assert documents("posts") == {}
    assert bucket_names(made) == []


@pytest.mark.threat(99)
def test_a_publication_that_loses_to_one_whose_post_is_deleted_already_is_a_404(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = artist()
    made = unpublished(cloud, ada)
    write_post = generations._post_writer

    def publish_and_delete_first(*arguments: Any) -> Any:
        monkeypatch.setattr(generations, "_post_writer", write_post)
        assert publish(ada, made).status == 200
        posts.reference(made).delete(timeout=TIMEOUT_SECONDS)
        generations.forget_post(made)
        media.remove(made)
        return write_post(*arguments)

    monkeypatch.setattr(generations, "_post_writer", publish_and_delete_first)

    assert publish(ada, made).problem == (404, "not-found")

    assert documents("posts") == {}
    assert bucket_names(made) == []


def test_pictures_that_were_kept_for_their_time_make_no_post(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = artist()
    kept, gone = unpublished(cloud, ada), unpublished(cloud, ada)
    media.remove(gone)
    assert publish(ada, gone).problem == (404, "not-found")
    write(f"generations/{kept}", createdAt=ago(days=30))

    assert publish(ada, kept).problem == (404, "not-found")

    assert documents("posts") == {}


def bucket_names(generation_id: str) -> list[str]:
    """The generation's objects."""
    found = clients.bucket().list_blobs(timeout=TIMEOUT_SECONDS)
    return sorted(blob.name for blob in found if f"/{generation_id}/" in blob.name)


def test_a_caption_of_1000_characters_on_several_lines_is_taken(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = unpublished(cloud, ada)
    caption = "Zwölf Türme\n\U0001f3a8".ljust(999, "x")  # an emoji is two UTF-16 units

    assert publish(ada, made, caption).status == 200
    assert field(f"posts/{made}", "caption") == caption


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"caption": "x" * 1001}, "caption"),
        ({"caption": "a\u0000b"}, "caption"),
        ({"caption": "a\u202eb"}, "caption"),
        ({"caption": "\ud800"}, "caption"),
        ({"caption": None}, "caption"),
        ({"caption": 7}, "caption"),
        ({"caption": ...}, "caption"),
        ({"generationId": ...}, "generationId"),
        ({"generationId": ""}, "generationId"),
        ({"generationId": "../users"}, "generationId"),
        ({"generationId": 7}, "generationId"),
        ({"media": ["https://evil.example/x.png"]}, "media"),
        ({"userId": "ben"}, "userId"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_field(
    cloud: Cloud, model: ImageModel, change: dict[str, object], refused: str
) -> None:
    ada = artist()
    made = unpublished(cloud, ada)
    body = {"generationId": made, "caption": "Dawn"} | change

    answer = api.post("publish_post", {name: value for name, value in body.items() if value is not ...}, by=ada)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [refused]
    assert documents("posts") == {}


@pytest.mark.threat(31)
def test_only_somebody_who_signed_in_may_publish(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = unpublished(cloud, ada)

    assert publish(None, made).problem == (401, "unauthenticated")
    assert publish(Person(ada.user_id, provider="anonymous"), made).problem == (403, "anonymous-not-allowed")
    assert documents("posts") == {}
