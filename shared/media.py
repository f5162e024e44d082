"""Pictures in Cloud Storage, under names that our ids alone determine, so that a retry overwrites what it wrote before.

``published/`` can be read by everyone; ``private/`` only by its owner, through URLs that live for 15 minutes.
"""

import dataclasses
import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import NotFound

from shared.clients import STORAGE, bucket, signing_credentials

if TYPE_CHECKING:
    import google.cloud.storage as storage

    from shared.pictures import Picture
    from shared.posts import PictureAnswer

PUBLISHED = "published"
PRIVATE = "private"

PRIVATE_URL_SECONDS = 15 * 60
REMOVAL_PAGE = 100
PUBLIC_CACHE = "public, max-age=31536000, immutable"
"""A name's content never changes; after a deletion only caches that hold it still show it."""

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
    """Stores a picture and its thumbnail; the thumbnail first, so that a picture that is there is complete."""
    from shared import pictures

    stem = _stem(generation_id, index, published)
    stored = StoredImage(
        name=f"{stem}.{picture.extension}",
        thumb_name=f"{stem}-480.webp",
        width=picture.width,
        height=picture.height,
        color=pictures.dominant_color(picture),
    )
    _upload(stored.thumb_name, pictures.thumbnail(picture), "image/webp", {}, published)
    sizes = {"width": str(stored.width), "height": str(stored.height), "color": stored.color}
    _upload(stored.name, picture.data, picture.content_type, sizes, published)
    return stored


def find(generation_id: str, index: int, published: bool) -> StoredImage | None:
    """What an earlier attempt stored, or None."""
    stem = _stem(generation_id, index, published)
    for blob in bucket().client.list_blobs(bucket(), prefix=f"{stem}.", max_results=1, **STORAGE):
        about = blob.metadata
        return StoredImage(blob.name, f"{stem}-480.webp", int(about["width"]), int(about["height"]), about["color"])
    return None


def publish(images: Mapping[int, StoredImage]) -> dict[int, StoredImage]:
    """Copies private pictures to where everyone can read them; again: overwrites the copies with the same."""
    published = {}
    for index, image in images.items():
        for name in (image.thumb_name, image.name):
            if name.startswith(f"{PRIVATE}/"):
                source = bucket().blob(name)
                copy = bucket().copy_blob(source, bucket(), _published(name), **STORAGE)
                copy.cache_control = PUBLIC_CACHE
                copy.patch(**STORAGE)
        published[index] = dataclasses.replace(
            image, name=_published(image.name), thumb_name=_published(image.thumb_name)
        )
    return published


def remove(generation_id: str) -> None:
    """Deletes every picture of the generation, published or not."""
    for folder in (PUBLISHED, PRIVATE):
        prefix = f"{folder}/{_checked(generation_id)}/"
        while blobs := list(bucket().client.list_blobs(bucket(), prefix=prefix, max_results=REMOVAL_PAGE, **STORAGE)):
            for blob in blobs:
                try:
                    blob.delete(**STORAGE)
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


def _upload(name: str, data: bytes, content_type: str, metadata: dict[str, str], published: bool) -> None:
    blob = bucket().blob(name)
    blob.cache_control = PUBLIC_CACHE if published else "private, no-store"
    blob.metadata = metadata
    blob.upload_from_string(data, content_type=content_type, **STORAGE)


def _stem(generation_id: str, index: int, published: bool) -> str:
    return f"{PUBLISHED if published else PRIVATE}/{_checked(generation_id)}/{index}"


def _checked(generation_id: str) -> str:
    """The id, which must not be able to lead out of its folder."""
    if not _GENERATION_ID.fullmatch(generation_id):
        raise ValueError("not the id of a generation")
    return generation_id


def _published(name: str) -> str:
    return name.replace(f"{PRIVATE}/", f"{PUBLISHED}/", 1)
