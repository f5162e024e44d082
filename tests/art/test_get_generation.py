"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer."""

import datetime
import io
import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from urllib.parse import parse_qs, urlsplit

import pytest
from google.oauth2.service_account import Credentials
from PIL import Image

from shared.art import generations, media
from shared.errors import ImageUnavailable
from shared.social import posts
from tests.support import api, ledger_kit
from tests.support.cloud_kit import BUCKET, TIMEOUT_SECONDS, Cloud, ago, generate, write
from tests.support.generation_kit import COLOR, NO_PICTURE, PICTURE, ImageModel, artist, fetch, later
from tests.support.people import Person


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ImageModel:
    return ImageModel(monkeypatch)


def shown(person: Person, generation_id: str) -> Any:
    """How the generation is shown to the person."""
    answer = api.get("get_generation", by=person, id=generation_id)
    assert answer.status == 200, answer
    return answer.body


def outline(person: Person, generation_id: str) -> tuple[str, list[str], dict[str, object]]:
    """Status, statuses of the areas, and the charge."""
    body = shown(person, generation_id)
    return body["status"], [area["status"] for area in body["areas"]], body["charge"]


def charge(cost: int, refunded: int, final: bool) -> dict[str, object]:
    return {"cost": cost, "refunded": refunded, "paidBy": "tokens", "final": final}


def image_urls(person: Person, generation_id: str) -> list[Any]:
    return [area["imageUrl"] for area in shown(person, generation_id)["areas"]]


# -- was I charged? ----------------------------------------------------------------------------------------------


def test_a_generation_that_waits_shows_what_was_charged_and_that_it_may_change(cloud: Cloud) -> None:
    ada = artist()
    made = generate(ada)

    assert shown(ada, made) == {
        "id": made,
        "status": "queued",
        "style": None,
        "areas": [{"label": None, "status": "queued", "imageUrl": None, "picture": None, "error": None}],
        "postId": None,
        "imagesExpireAt": None,
        "charge": {"cost": 5, "refunded": 0, "paidBy": "tokens", "final": False},
    }


def test_a_generation_under_way_shows_the_pictures_that_are_there(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "sea"])
    model.answers["sea"] = ImageUnavailable("out of reach")
    cloud.run(made)

    assert outline(ada, made) == ("running", ["succeeded", "queued"], charge(10, 0, final=False))
    sky, sea = shown(ada, made)["areas"]
    assert fetch(sky["imageUrl"]).content == PICTURE
    assert (sea["imageUrl"], sea["picture"]) == (None, None)


def test_a_generation_that_succeeded_shows_its_post_and_the_final_charge(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "sea"])
    cloud.run(made)

    folder = f"{cloud.storage_url}/{BUCKET}/published/{made}"
    assert shown(ada, made) == {
        "id": made,
        "status": "succeeded",
        "style": None,
        "areas": [
            {
                "label": label,
                "status": "succeeded",
                "imageUrl": f"{folder}/{index}.png",
                "picture": {
                    "url": f"{folder}/{index}.png",
                    "thumbUrl": f"{folder}/{index}-480.webp",
                    "width": 96,
                    "height": 64,
                    "color": COLOR,
                },
                "error": None,
            }
            for index, label in enumerate(("sky", "sea"))
        ],
        "postId": made,
        "imagesExpireAt": None,
        "charge": {"cost": 10, "refunded": 0, "paidBy": "tokens", "final": True},
    }


def test_a_generation_that_failed_in_part_shows_what_came_back_and_why(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "sea"])
    model.answers["sky"] = NO_PICTURE
    cloud.run(made)

    assert outline(ada, made) == ("partial", ["failed", "succeeded"], charge(10, 5, final=True))
    sky, sea = shown(ada, made)["areas"]
    assert (sky["imageUrl"], sky["error"]) == (None, "the image model answered with something that is no picture")
    assert fetch(sea["imageUrl"]).content == PICTURE
    assert sea["error"] is None


def test_a_generation_that_failed_shows_that_everything_came_back(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "sea"])
    model.answers = {"sky": NO_PICTURE, "sea": NO_PICTURE}
    cloud.run(made)

    assert outline(ada, made) == ("failed", ["failed", "failed"], charge(10, 10, final=True))
    assert shown(ada, made)["postId"] is None
    assert ledger_kit.balance(ada) == 10


# -- where its pictures are --------------------------------------------------------------------------------------


@pytest.mark.threat(84)
def test_a_picture_that_is_not_published_is_shown_by_a_url_that_lives_for_15_minutes(
    cloud: Cloud, model: ImageModel
) -> None:
    ada = artist()
    made = generate(ada, publish=False)
    cloud.run(made)

    [area] = shown(ada, made)["areas"]

    picture = area["picture"]
    assert picture == {"url": area["imageUrl"], "thumbUrl": ANY, "width": 96, "height": 64, "color": COLOR}
    for url, name in ((picture["url"], "0.png"), (picture["thumbUrl"], "0-480.webp")):
        assert url.startswith(f"{cloud.storage_url}/{BUCKET}/private/{made}/{name}?")
        assert parse_qs(urlsplit(url).query)["X-Goog-Expires"] == ["900"]
        assert fetch(url).status_code == 200
        assert fetch(url.split("?")[0]).status_code == 403
    assert fetch(picture["url"]).content == PICTURE
    assert Image.open(io.BytesIO(fetch(picture["thumbUrl"]).content)).size == (480, 320)


def test_a_picture_that_was_published_later_is_shown_where_everyone_sees_it(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, publish=False)
    cloud.run(made)
    api.post("publish_post", {"generationId": made, "caption": ""}, by=ada)

    assert image_urls(ada, made) == [f"{cloud.storage_url}/{BUCKET}/published/{made}/0.png"]
    assert shown(ada, made)["postId"] == made


def test_once_its_post_was_deleted_a_generation_shows_no_picture_but_still_the_charge(
    cloud: Cloud, model: ImageModel
) -> None:
    ada = artist()
    made = generate(ada)
    cloud.run(made)
    posts.reference(made).delete(timeout=TIMEOUT_SECONDS)
    generations.forget_post(made)  # as tidy_post does
    media.remove(made)

    assert shown(ada, made)["areas"] == [
        {"label": None, "status": "succeeded", "imageUrl": None, "picture": None, "error": None}
    ]
    assert shown(ada, made)["postId"] is None
    assert shown(ada, made)["imagesExpireAt"] is None
    assert outline(ada, made) == ("succeeded", ["succeeded"], charge(5, 0, final=True))


def test_a_private_picture_is_shown_for_the_30_days_that_were_told_before(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, publish=False)
    cloud.run(made)
    write(f"generations/{made}", createdAt=datetime.datetime(2096, 1, 1, tzinfo=datetime.UTC))
    assert shown(ada, made)["imagesExpireAt"] == "2096-01-31T00:00:00.000000Z"
    assert image_urls(ada, made) != [None]

    write(f"generations/{made}", createdAt=ago(days=30))

    assert image_urls(ada, made) == [None]
    assert outline(ada, made) == ("succeeded", ["succeeded"], charge(5, 0, final=True))


def test_the_bucket_keeps_private_pictures_for_as_long_as_is_told() -> None:
    path = Path(__file__).parents[2] / "deploy" / "bucket-lifecycle.json"
    rules = json.loads(path.read_text(encoding="utf-8"))["rule"]

    [deletion] = [rule for rule in rules if rule["action"]["type"] == "Delete"]
    assert deletion["condition"] == {"age": media.PRIVATE_LIFE.days, "matchesPrefix": [f"{media.PRIVATE}/"]}


# -- signed seldom -----------------------------------------------------------------------------------------------


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the account was asked to sign, which has no key of its own here."""
    asked: list[bytes] = []

    class Account(Credentials):
        def sign_bytes(self, message: bytes) -> bytes:
            asked.append(message)
            return bytes(256)

    account = Account(None, "reader@demo.example", "")  # type: ignore[no-untyped-call]
    monkeypatch.setattr(media, "signing_credentials", lambda: account)
    return asked


@pytest.mark.threat(116)
def test_a_url_is_signed_once_in_ten_minutes_however_often_it_is_asked_for(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, signatures: list[bytes]
) -> None:
    ada, areas = artist(purchased=40), [f"area {n}" for n in range(8)]
    made = generate(ada, publish=False, areas=areas)
    cloud.run(made)

    first = image_urls(ada, made)
    for _ in range(125):
        assert image_urls(ada, made) == first
    assert len(signatures) == 16  # of a picture and a thumbnail each

    later(monkeypatch, 8 * 60)
    assert image_urls(ada, made) == first
    later(monkeypatch, 2 * 60)
    image_urls(ada, made)
    assert len(signatures) == 32


@pytest.mark.threat(84, 116)
def test_a_url_that_is_kept_is_handed_to_nobody_but_its_owner(
    cloud: Cloud, model: ImageModel, signatures: list[bytes]
) -> None:
    ada = artist()
    made = generate(ada, publish=False)
    cloud.run(made)
    assert image_urls(ada, made) != [None]

    assert api.get("get_generation", by=artist(), id=made).problem == (404, "not-found")


@pytest.mark.threat(116)
def test_an_instance_keeps_so_many_urls_and_forgets_the_oldest(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, signatures: list[bytes]
) -> None:
    monkeypatch.setattr(media, "SIGNED_MAXIMUM", 4)
    ada = artist(purchased=5)
    made = [generate(ada, publish=False) for _ in range(3)]
    for each in made:
        cloud.run(each)
        image_urls(ada, each)

    assert len(media._signed()) == 4
    image_urls(ada, made[2])
    assert len(signatures) == 6
    image_urls(ada, made[0])
    assert len(signatures) == 8


# -- whose it is -------------------------------------------------------------------------------------------------


@pytest.mark.threat(84)
@pytest.mark.parametrize("publish", [True, False], ids=["published", "private"])
def test_anothers_generation_is_as_if_it_were_not_there(cloud: Cloud, model: ImageModel, publish: bool) -> None:
    made = generate(artist(), publish=publish)
    cloud.run(made)

    anothers = api.get("get_generation", by=artist(), id=made)
    unknown = api.get("get_generation", by=artist(), id="0" * 32)

    assert anothers.problem == unknown.problem == (404, "not-found")
    assert anothers.body == unknown.body


@pytest.mark.threat(31)
def test_only_somebody_who_signed_in_may_ask(cloud: Cloud) -> None:
    made = generate(artist())

    assert api.get("get_generation", id=made).problem == (401, "unauthenticated")
    anonymous = Person(provider="anonymous")
    assert api.get("get_generation", by=anonymous, id=made).problem == (403, "anonymous-not-allowed")


@pytest.mark.threat(83)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "id"),
        ({"id": ""}, "id"),
        ({"id": ".."}, "id"),
        ({"id": "../users/ada"}, "id"),
        ({"id": "a/b"}, "id"),
        ({"id": "/etc/passwd"}, "id"),
        ({"id": "__all__"}, "id"),
        ({"id": "a" * 129}, "id"),
        ({"id": "a", "userId": "ada"}, "userId"),
    ],
)
def test_what_is_no_id_is_refused(cloud: Cloud, query: dict[str, str], field: str) -> None:
    answer = api.get("get_generation", by=artist(), headers=None, **query)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [field]
