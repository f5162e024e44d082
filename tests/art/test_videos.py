"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer. Videos, in interiors."""

import io

import pytest
from PIL import Image

from shared import config
from shared.art import media
from shared.art.models import procedural
from tests.support import api, ledger_kit
from tests.support.cloud_kit import Cloud, document, field, open_account
from tests.support.generation_kit import fetch, generation, lines_of
from tests.support.people import Person


@pytest.fixture(autouse=True)
def _interiors(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "interiors")


def ask(person: Person, **fields: object) -> api.Answer:
    return api.post("generate", {"feature": "video", "prompt": "a loft", **fields}, by=person, key=api.new_key())


def test_a_video_is_posted_as_one_with_its_first_frame_as_thumbnail(cloud: Cloud) -> None:
    ada = open_account()
    made = ask(ada).body["generationId"]

    assert cloud.run(made).status == 200

    post = document(f"posts/{made}") or {}
    [entry] = post["media"]
    assert (post["type"], post["mediaUrl"]) == ("video", entry["url"])
    assert entry == entry | {"seconds": 2.4, "contentType": "image/webp", "width": 84, "height": 84}
    video, thumbnail = fetch(entry["url"]), fetch(entry["thumbUrl"])
    assert video.headers["Content-Type"] == thumbnail.headers["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(video.content)) as frames, Image.open(io.BytesIO(thumbnail.content)) as small:
        assert (frames.n_frames, small.n_frames, small.size) == (24, 1, (480, 480))  # type: ignore[attr-defined]
    assert lines_of(ada) == {f"generation_{made}_spend": -1}


def test_everyone_sees_in_feed_and_post_that_it_is_a_video(cloud: Cloud) -> None:
    made = ask(open_account()).body["generationId"]
    cloud.run(made)

    [in_feed] = api.get("get_feed").body["posts"]
    assert in_feed == api.get("get_post", id=made).body
    assert (in_feed["type"], in_feed["media"][0]["seconds"]) == ("video", 2.4)


def test_a_video_that_was_kept_private_is_published_as_one(cloud: Cloud) -> None:
    ada = open_account()
    made = ask(ada, publish=False).body["generationId"]
    cloud.run(made)
    assert document(f"posts/{made}") is None
    [area] = api.get("get_generation", by=ada, id=made).body["areas"]
    assert (area["picture"]["seconds"], area["picture"]["contentType"]) == (2.4, "image/webp")

    assert api.post("publish_post", {"generationId": made, "caption": ""}, by=ada).status == 200

    assert field(f"posts/{made}", "type") == "video"
    assert field(f"posts/{made}", "media")[0]["contentType"] == "image/webp"


def test_a_video_that_was_stored_before_its_worker_died_is_found_with_its_length(cloud: Cloud) -> None:
    made = ask(open_account(), publish=False).body["generationId"]
    cloud.run(made)

    found = media.find(made, 0)

    assert found is not None
    assert found.to_fields()["seconds"] == 2.4
    assert generation(made)["images"] == [{"area": 0, **found.to_fields()}]


@pytest.mark.parametrize("fails", ["the word", "no frames", "a picture"])
def test_a_video_that_fails_is_refunded(cloud: Cloud, fails: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = open_account()
    prompt = "fail-me" if fails == "the word" else "a loft"
    if fails == "no frames":
        monkeypatch.setattr(procedural, "film", lambda _brief: b"")
    if fails == "a picture":
        monkeypatch.setattr(procedural, "film", procedural.paint)
    made = ask(ada, prompt=prompt).body["generationId"]

    assert cloud.run(made).status == 200

    assert generation(made)["status"] == "failed"
    assert lines_of(ada) == {f"generation_{made}_spend": -1, f"generation_{made}_refund": 1}
    assert ledger_kit.balance(ada) == 6


def test_with_an_image_model_that_makes_no_videos_one_is_refused_before_it_is_charged(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = open_account()
    use_a_provider(monkeypatch)

    with ledger_kit.nothing_moves():
        answer = ask(ada)
    picture = ask(ada, feature="interior")

    assert answer.problem == (422, "feature-unavailable")
    assert answer.body["errors"][0]["field"] == "feature"
    assert picture.status == 202


def test_a_video_whose_model_was_changed_since_is_refunded(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = open_account()
    made = ask(ada).body["generationId"]
    use_a_provider(monkeypatch)

    assert cloud.run(made).status == 200

    assert lines_of(ada) == {f"generation_{made}_spend": -1, f"generation_{made}_refund": 1}


def use_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_MODEL", "gemini-3.1-flash-image")
    config.settings.cache_clear()
