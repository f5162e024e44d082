"""Pictures in Cloud Storage, under names that our ids alone determine, so that a retry overwrites what it wrote before.

``published/`` can be read by everyone, by a policy of the bucket's managed folder of that name; ``private/`` only by
its owner, through URLs that live for 15 minutes. Every call may be repeated: none changes what it already did.
"""

import dataclasses
import datetime
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import NotFound

from shared import errors
from shared.clients import STORAGE, bucket, signing_credentials

if TYPE_CHECKING:
    import google.cloud.storage as storage

    from shared.pictures import Picture
    from shared.posts import PictureAnswer

PUBLISHED = "published"
PRIVATE = "private"

PRIVATE_URL_SECONDS = 15 * 60
RETRY_SECONDS = 30.0
"""How long a call is repeated while Cloud Storage has trouble; the library's own two minutes outlast a lease."""

REMOVAL_PAGE = 100
PUBLIC_CACHE = "public, max-age=3600"
"""A deleted picture is gone from every cache within the hour, Google's own included."""

PRIVATE_CACHE = "private, no-store"

_GENERATION_ID = re.compile(r"[0-9a-z]{1,64}")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture and its thumbnail in the bucket, by object name; sides in pixels, colour as ``#rrggbb``."""

    name: str
    thumb_name: str
    width: int
    height: int
    color: str

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "StoredImage":
        """What ``to_fields`` made."""
        return cls(
            name=fields["name"],
            thumb_name=fields["thumbName"],
            width=fields["width"],
            height=fields["height"],
            color=fields["color"],
        )

    def to_fields(self) -> dict[str, Any]:
        """As a Firestore document holds it."""
        return {
            "name": self.name,
            "thumbName": self.thumb_name,
            "width": self.width,
            "height": self.height,
            "color": self.color,
        }


def save(generation_id: str, index: int, picture: "Picture", published: bool) -> StoredImage:
    """Stores a picture and its thumbnail; the thumbnail first, so that a picture that is there is complete.

    Raises:
        ValueError: the id is not that of a generation.
    """
    from shared import pictures

    stem = _stem(generation_id, index, published)
    stored = StoredImage(
        name=f"{stem}.{picture.extension}",
        thumb_name=_thumb_name(stem),
        width=picture.width,
        height=picture.height,
        color=pictures.dominant_color(picture),
    )
    _upload(stored.thumb_name, pictures.thumbnail(picture), "image/webp", {}, published)
    sizes = {"width": str(stored.width), "height": str(stored.height), "color": stored.color}
    _upload(stored.name, picture.data, picture.content_type, sizes, published)
    return stored


def find(generation_id: str, index: int, published: bool) -> StoredImage | None:
    """What an earlier attempt stored of the area ``index``, or None unless picture and thumbnail are both there.

    Raises:
        ValueError: the id is not that of a generation.
    """
    stem = _stem(generation_id, index, published)
    blobs = {blob.name: blob for blob in bucket().client.list_blobs(bucket(), prefix=stem, **_calls())}
    thumb_name = _thumb_name(stem)
    for name, blob in blobs.items():
        if name.startswith(f"{stem}.") and thumb_name in blobs:
            about = blob.metadata
            return StoredImage(name, thumb_name, int(about["width"]), int(about["height"]), about["color"])
    return None


def publish(images: Mapping[int, StoredImage]) -> dict[int, StoredImage]:
    """Copies private pictures to where everyone can read them; those that are there already stay as they are.

    Raises:
        NotFound: a picture was deleted.
    """
    published = {}
    for index, image in images.items():
        copy = dataclasses.replace(image, name=_published(image.name), thumb_name=_published(image.thumb_name))
        if copy != image:
            _copy(image.thumb_name, copy.thumb_name)
            _copy(image.name, copy.name)
        published[index] = copy
    return published


def remove(generation_id: str) -> None:
    """Deletes every picture of the generation, published or not.

    Raises:
        ValueError: the id is not that of a generation.
    """
    for folder in (PUBLISHED, PRIVATE):
        prefix = f"{folder}/{_checked(generation_id)}/"
        while blobs := list(bucket().client.list_blobs(bucket(), prefix=prefix, max_results=REMOVAL_PAGE, **_calls())):
            for blob in blobs:
                try:
                    blob.delete(**_calls())
                except NotFound:
                    continue  # a second delivery of the same event is deleting too


def url(image: StoredImage) -> str:
    """Where the picture can be seen: for ever if it is published, else for 15 minutes."""
    blob: storage.Blob = bucket().blob(image.name)
    if image.name.startswith(f"{PUBLISHED}/"):
        return str(blob.public_url)
    signed: str = blob.generate_signed_url(
        version="v4",
        expiration=datetime.timedelta(seconds=PRIVATE_URL_SECONDS),
        api_access_endpoint=bucket().client.api_endpoint,
        **signing_credentials(),
    )
    return signed


def picture_answer(image: StoredImage) -> "PictureAnswer":
    """A published picture as a post shows it."""
    return {
        "url": str(bucket().blob(image.name).public_url),
        "thumbUrl": str(bucket().blob(image.thumb_name).public_url),
        "width": image.width,
        "height": image.height,
        "color": image.color,
    }


@functools.cache
def _calls() -> dict[str, Any]:
    """Keyword arguments of every call here; by itself, the library would not dare to repeat a copy."""
    from google.cloud.storage.retry import DEFAULT_RETRY

    return {**STORAGE, "retry": DEFAULT_RETRY.with_timeout(RETRY_SECONDS)}


def _upload(name: str, data: bytes, content_type: str, metadata: dict[str, str], published: bool) -> None:
    blob = bucket().blob(name)
    blob.cache_control = PUBLIC_CACHE if published else PRIVATE_CACHE
    blob.metadata = metadata
    blob.upload_from_string(data, content_type=content_type, **_calls())


def _copy(private_name: str, public_name: str) -> None:
    """Raises ``errors.NotFound`` where neither the private object nor an earlier copy is there."""
    try:
        copy = bucket().copy_blob(bucket().blob(private_name), bucket(), public_name, **_calls())
    except NotFound:
        copy = bucket().get_blob(public_name, **_calls())
        if copy is None:
            raise errors.NotFound("The pictures of this generation are gone.") from None
    copy.cache_control = PUBLIC_CACHE  # a copy takes over the original's
    copy.patch(**_calls())


def _stem(generation_id: str, index: int, published: bool) -> str:
    return f"{PUBLISHED if published else PRIVATE}/{_checked(generation_id)}/{index}"


def _thumb_name(stem: str) -> str:
    return f"{stem}-480.webp"


def _checked(generation_id: str) -> str:
    """The id, which must not be able to lead out of its folder."""
    if not _GENERATION_ID.fullmatch(generation_id):
        raise ValueError("not the id of a generation")
    return generation_id


def _published(name: str) -> str:
    return f"{PUBLISHED}/{name.removeprefix(f'{PRIVATE}/')}" if name.startswith(f"{PRIVATE}/") else name
