"""Needs the storage emulator, which it starts; Google's own client talks to it, and signs with a throw-away key."""

import dataclasses
import io
import os
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from local.google.storage import StorageEmulator, write_throwaway_key
from local.net.ports import PortTaken
from shared import config, errors
from shared.art import media, pictures
from shared.art.media import PRIVATE, PUBLISHED, StoredImage
from shared.cloud import clients

BUCKET = "test-media"
ID = "abc123"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageEmulator]:
    folder = tmp_path_factory.mktemp("storage")
    emulator = StorageEmulator(0, folder, BUCKET)
    emulator.start()
    write_throwaway_key(folder / "key.json", "demo-media")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STORAGE_EMULATOR_HOST", emulator.url)
        environment.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(folder / "key.json"))
        environment.setenv("GOOGLE_CLOUD_PROJECT", "demo-media")
        environment.setenv("MEDIA_BUCKET", BUCKET)
        forget()
        yield emulator
        forget()
    emulator.stop()


@pytest.fixture(autouse=True)
def _empty(emulator: StorageEmulator) -> None:
    for name in names():
        clients.bucket().blob(name).delete()


def forget() -> None:
    if clients.bucket.cache_info().currsize:
        clients.bucket().client.close()
    for cached in (config.settings, clients.bucket, clients.signing_credentials, clients._credentials, media._signed):
        cached.cache_clear()


def picture(kind: str = "PNG", color: str = "#2266aa", size: tuple[int, int] = (96, 64)) -> pictures.Picture:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return pictures.check(out.getvalue())


def names() -> list[str]:
    return sorted(blob.name for blob in clients.bucket().list_blobs())


def fetch(url: str) -> tuple[int, bytes, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read(), response.headers["Content-Type"]
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, b"", ""


def save(index: int = 0, kind: str = "PNG", color: str = "#2266aa") -> StoredImage:
    """A picture of the generation, stored in private."""
    return media.save(ID, index, picture(kind, color))


def save_published(*indices: int) -> dict[int, StoredImage]:
    """Pictures of the generation, stored and copied to where everyone sees them."""
    images = {index: save(index) for index in indices}
    media.publish(ID, images)
    return media.published(images)


def url(image: StoredImage) -> str:
    return media.shown({0: image})[0]["url"]


def test_a_picture_is_stored_with_its_thumbnail_under_names_of_our_ids() -> None:
    stored = save()

    assert stored == StoredImage("private/abc123/0.png", "private/abc123/0-480.webp", 96, 64, "#2266aa")
    assert names() == ["private/abc123/0-480.webp", "private/abc123/0.png"]


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "1.jpg"), ("WEBP", "1.webp"), ("PNG", "1.png")])
def test_a_published_picture_is_served_as_what_it_is(kind: str, name: str) -> None:
    made = picture(kind)
    images = {1: media.save(ID, 1, made)}
    media.publish(ID, images)

    assert media.published(images)[1].name == f"published/abc123/{name}"
    assert fetch(url(media.published(images)[1])) == (200, made.data, made.content_type)


def test_the_thumbnail_is_served_as_webp() -> None:
    answer = media.posted(save_published(0)[0])

    status, data, content_type = fetch(answer["thumbUrl"])
    assert (status, content_type) == (200, "image/webp")
    assert Image.open(io.BytesIO(data)).size == (480, 320)


def test_a_post_shows_url_thumbnail_size_and_colour(emulator: StorageEmulator) -> None:
    answer = media.posted(media.published({0: save()})[0])

    assert answer == {
        "url": f"{emulator.url}/test-media/published/abc123/0.png",
        "thumbUrl": f"{emulator.url}/test-media/published/abc123/0-480.webp",
        "width": 96,
        "height": 64,
        "color": "#2266aa",
    }


@pytest.mark.parametrize(
    ("folder", "cache_control"), [(PUBLISHED, "public, max-age=3600"), (PRIVATE, "private, no-store")]
)
def test_caches_keep_published_pictures_for_an_hour_and_private_ones_not_at_all(
    folder: str, cache_control: str
) -> None:
    save_published(0)

    for name in ("0.png", "0-480.webp"):
        assert clients.bucket().get_blob(f"{folder}/{ID}/{name}").cache_control == cache_control


def test_saving_twice_leaves_what_saving_once_does() -> None:
    assert save() == save()

    assert names() == ["private/abc123/0-480.webp", "private/abc123/0.png"]


def test_eight_pictures_can_be_saved_at_once() -> None:
    with ThreadPoolExecutor(8) as workers:
        saved = list(workers.map(save, range(8)))

    assert [media.find(ID, index) for index in range(8)] == saved


def test_a_picture_of_many_megabytes_arrives_whole() -> None:
    # Above 8 MiB the client uploads in another way.
    out = io.BytesIO()
    Image.frombytes("L", (3200, 3200), os.urandom(3200 * 3200)).save(out, "PNG", compress_level=0)
    large = pictures.check(out.getvalue())
    assert len(large.data) > 8 * 1024 * 1024

    assert fetch(url(media.save(ID, 0, large)))[1] == large.data


def test_what_an_earlier_attempt_stored_is_found() -> None:
    stored = save(1, "JPEG")

    assert media.find(ID, 1) == stored


def test_nothing_is_found_of_another_area_or_generation() -> None:
    save(1)
    save(10)

    assert media.find(ID, 0) is None
    assert media.find("abc12", 1) is None


@pytest.mark.parametrize("missing", ["0.png", "0-480.webp"])
def test_half_of_what_was_to_be_stored_is_not_found(missing: str) -> None:
    save()
    clients.bucket().blob(f"private/abc123/{missing}").delete()

    assert media.find(ID, 0) is None


# -- who sees it -------------------------------------------------------------------------------------------------


def test_a_private_picture_is_served_to_who_holds_its_url_and_to_nobody_else(emulator: StorageEmulator) -> None:
    stored = save()

    assert fetch(url(stored)) == (200, picture().data, "image/png")
    assert fetch(f"{emulator.url}/{BUCKET}/{stored.name}")[0] == 403


def test_a_private_url_lives_for_15_minutes_and_names_its_object_only() -> None:
    signed = urllib.parse.urlsplit(url(save()))
    query = urllib.parse.parse_qs(signed.query)

    assert signed.path == "/test-media/private/abc123/0.png"
    assert query["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
    assert query["X-Goog-Expires"] == ["900"]
    assert len(query["X-Goog-Signature"][0]) == 512


def test_an_expired_private_url_is_refused() -> None:
    assert fetch(url(save()).replace("X-Goog-Expires=900", "X-Goog-Expires=0"))[0] == 403


# -- made public -------------------------------------------------------------------------------------------------


def test_publishing_copies_private_pictures_to_where_everyone_reads_them() -> None:
    private = {0: save(), 2: save(2, "JPEG", "#ff0000")}

    media.publish(ID, private)

    published = media.published(private)
    assert published == {
        0: StoredImage("published/abc123/0.png", "published/abc123/0-480.webp", 96, 64, "#2266aa"),
        2: dataclasses.replace(private[2], name="published/abc123/2.jpg", thumb_name="published/abc123/2-480.webp"),
    }
    assert fetch(url(published[0])) == (200, picture().data, "image/png")
    assert names() == sorted(
        name for images in (private, published) for image in images.values() for name in (image.name, image.thumb_name)
    )


def test_publishing_again_copies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    published = save_published(0, 1)
    copied: list[str] = []
    monkeypatch.setattr(media, "_copy", copied.append)

    media.publish(ID, published)

    assert copied == []


def test_publishing_goes_on_where_it_was_cut_off_even_without_the_private_pictures() -> None:
    published = save_published(0, 1)
    for name in ("private/abc123/0.png", "private/abc123/0-480.webp", "published/abc123/1.png"):
        clients.bucket().blob(name).delete()

    media.publish(ID, published)

    assert fetch(url(published[0]))[0] == fetch(url(published[1]))[0] == 200


def test_a_copy_that_no_cache_would_keep_is_made_again() -> None:
    published = save_published(0)
    blob = clients.bucket().blob(published[0].name)
    blob.cache_control = media.PRIVATE_CACHE  # as it is between a copy and its patch
    blob.patch()

    media.publish(ID, published)

    assert clients.bucket().get_blob(published[0].name).cache_control == "public, max-age=3600"


@pytest.mark.parametrize("gone", ["0.png", "0-480.webp"])
def test_pictures_that_are_gone_cannot_be_published(gone: str) -> None:
    images = {0: save(), 1: save(1)}
    clients.bucket().blob(f"private/{ID}/{gone}").delete()

    with pytest.raises(errors.NotFound):
        media.require_originals(ID, images)
    with pytest.raises(errors.NotFound):
        media.publish(ID, images)


# -- removed -----------------------------------------------------------------------------------------------------


def test_removing_deletes_everything_of_one_generation_only(monkeypatch: pytest.MonkeyPatch) -> None:
    save_published(*range(4))
    media.save(f"{ID}4", 0, picture())
    monkeypatch.setattr(media, "PAGE", 3)

    media.remove(ID)

    assert names() == ["private/abc1234/0-480.webp", "private/abc1234/0.png"]


def test_removing_twice_and_at_once_is_removing_once() -> None:
    save_published(*range(4))

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(media.remove, [ID, ID]))
    media.remove(ID)

    assert names() == []


@pytest.mark.threat(99)
def test_a_copy_that_is_made_while_everything_is_removed_is_removed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    images = {0: save(), 1: save(1)}
    listed = media._list

    def copy_first(folder: str, generation_id: str) -> object:
        found = listed(folder, generation_id)
        if folder == PRIVATE and found:
            monkeypatch.setattr(media, "_list", listed)
            media.publish(ID, images)
        return found

    monkeypatch.setattr(media, "_list", copy_first)

    media.remove(ID)

    assert names() == []


def test_what_is_none_of_a_generations_pictures_is_removed_from_private() -> None:
    published = save_published(0)
    save(0, "JPEG")
    save(1)

    media.remove_strays(ID, published)

    assert names() == [f"{folder}/abc123/{name}" for folder in (PRIVATE, PUBLISHED) for name in ("0-480.webp", "0.png")]


@pytest.mark.parametrize(
    "generation_id",
    ["", "..", "../x", "a/b", "a%2fb", "%2e%2e", "/etc/passwd", "A", "a.b", "a b", "a\n", "á", "\u0430", "a" * 65],
)
def test_an_id_that_could_lead_elsewhere_is_refused(generation_id: str) -> None:
    with pytest.raises(ValueError, match="generation"):
        media.save(generation_id, 0, picture())
    with pytest.raises(ValueError, match="generation"):
        media.find(generation_id, 0)
    with pytest.raises(ValueError, match="generation"):
        media.publish(generation_id, {})
    with pytest.raises(ValueError, match="generation"):
        media.remove(generation_id)

    assert names() == []


def test_a_stored_image_comes_back_from_its_document() -> None:
    stored = StoredImage("published/abc123/0.png", "published/abc123/0-480.webp", 96, 64, "#2266aa")

    assert StoredImage.from_fields({"area": 0, **stored.to_fields()}) == stored


def test_an_idle_connection_holds_up_neither_others_nor_the_end(tmp_path: Path) -> None:
    emulator = StorageEmulator(0, tmp_path, "other")
    emulator.start()
    with socket.create_connection(("127.0.0.1", emulator.port)):
        assert fetch(emulator.url)[0] == 200
        emulator.stop()
    with pytest.raises(urllib.error.URLError):
        fetch(emulator.url)


def test_objects_outlive_the_emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = StorageEmulator(0, tmp_path, BUCKET)
    first.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", first.url)
    forget()
    stored = save_published(0)[0]
    forget()
    first.stop()

    second = StorageEmulator(0, tmp_path, BUCKET)
    second.start()
    answer = fetch(f"{second.url}/{BUCKET}/{stored.name}")
    second.stop()

    assert answer == (200, picture().data, "image/png")


def test_a_taken_port_is_named(emulator: StorageEmulator, tmp_path: Path) -> None:
    with pytest.raises(PortTaken, match="STORAGE_PORT"):
        StorageEmulator(emulator.port, tmp_path, BUCKET).start()
