"""Pictures in Cloud Storage, under names that our ids alone determine, so that a retry overwrites what it wrote before.

``private/`` is where every picture is stored, and where only its owner sees it, through URLs that live for 15 minutes;
the bucket deletes it there after 30 days. ``published/`` can be read by everyone, by a policy of the bucket's managed
folder of that name: what lies there was copied after the commit that made its post. Every call may be repeated: none
changes what it already did.
"""

import collections
import concurrent.futures
import contextlib
import dataclasses
import datetime
import functools
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from google.auth.exceptions import GoogleAuthError

from shared import clock, errors
from shared.cloud.clients import STORAGE, bucket, signing_credentials
from shared.cloud.failures import NotFound

if TYPE_CHECKING:
    import google.cloud.storage as storage

    from shared.art.pictures import Picture
    from shared.social import posts

T = TypeVar("T")
R = TypeVar("R")

PUBLISHED = "published"
PRIVATE = "private"

PRIVATE_LIFE = datetime.timedelta(days=30)
"""How long the bucket keeps what lies in private; deploy/bucket-lifecycle.json has it do so."""

PRIVATE_URL_LIFE = datetime.timedelta(minutes=15)
SIGNED_KEPT = datetime.timedelta(minutes=10)
"""So long a signed URL is handed out again: who gets one has at least five minutes to use it."""

SIGNED_MAXIMUM = 2_000
"""Signed URLs that an instance keeps: a megabyte or two."""

PARALLEL = 8
"""As many as a generation has pictures; Google's client keeps ten connections open."""

RETRY_SECONDS = 30.0
"""How long a call is repeated while Cloud Storage has trouble; the library's own two minutes outlast a lease."""

PAGE = 100
VIDEO_TYPE = "image/webp"
"""A video is a WebP file that moves."""

PUBLIC_CACHE = "public, max-age=3600"
"""A deleted picture is gone from every cache within the hour, Google's own included."""

PRIVATE_CACHE = "private, no-store"

_GENERATION_ID = re.compile(r"[0-9a-z]{1,64}")

_signed_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture and its thumbnail in the bucket, by object name; sides in pixels, colour as ``#rrggbb``.

    ``seconds`` is how long a video lasts; None for a still picture.
    """

    name: str
    thumb_name: str
    width: int
    height: int
    color: str
    seconds: float | None = None

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "StoredImage":
        """What ``to_fields`` made."""
        return cls(
            name=fields["name"],
            thumb_name=fields["thumbName"],
            width=fields["width"],
            height=fields["height"],
            color=fields["color"],
            seconds=fields.get("seconds"),
        )

    def to_fields(self) -> dict[str, Any]:
        """As a Firestore document holds it."""
        still = {
            "name": self.name,
            "thumbName": self.thumb_name,
            "width": self.width,
            "height": self.height,
            "color": self.color,
        }
        return still if self.seconds is None else {**still, "seconds": self.seconds}


def save(generation_id: str, index: int, picture: "Picture") -> StoredImage:
    """Stores a picture and its thumbnail in private; the thumbnail first, so that a picture that is there is complete.

    Raises:
        ValueError: the id is not that of a generation.
    """
    stem = _stem(generation_id, index)
    stored = StoredImage(
        name=f"{stem}.{picture.extension}",
        thumb_name=_thumb_name(stem),
        width=picture.width,
        height=picture.height,
        color=picture.color,
        seconds=picture.seconds,
    )
    _upload(stored.thumb_name, picture.thumbnail, "image/webp", {})
    about = {"width": str(stored.width), "height": str(stored.height), "color": stored.color}
    if stored.seconds is not None:
        about["seconds"] = str(stored.seconds)
    _upload(stored.name, picture.data, picture.content_type, about)
    return stored


def find(generation_id: str, index: int) -> StoredImage | None:
    """What an earlier attempt stored of the area ``index``, or None unless picture and thumbnail are both there.

    Raises:
        ValueError: the id is not that of a generation.
    """
    stem = _stem(generation_id, index)
    thumb_name = _thumb_name(stem)
    blobs = {blob.name: blob for blob in _list(PRIVATE, generation_id)}
    for name, blob in blobs.items():
        if name.startswith(f"{stem}.") and thumb_name in blobs:
            about = blob.metadata
            seconds = float(about["seconds"]) if "seconds" in about else None
            return StoredImage(name, thumb_name, int(about["width"]), int(about["height"]), about["color"], seconds)
    return None


def published(images: Mapping[int, StoredImage]) -> dict[int, StoredImage]:
    """The pictures under the names that they have once everyone can read them: pure."""
    return {
        index: dataclasses.replace(image, name=_public(image.name), thumb_name=_public(image.thumb_name))
        for index, image in images.items()
    }


def require_originals(generation_id: str, images: Mapping[int, StoredImage]) -> None:
    """Returns if every picture that is to be published is there.

    Raises:
        NotFound: one is gone.
    """
    there = {blob.name for blob in _list(PRIVATE, generation_id)}
    if not {_private(name) for name in _names(images)} <= there:
        raise errors.NotFound("The pictures of this generation are gone.")


def publish(generation_id: str, images: Mapping[int, StoredImage]) -> None:
    """Copies pictures to where everyone can read them; those that are there already stay as they are.

    Raises:
        NotFound: an original is gone, and was not copied before.
    """
    # A copy that was cut off before it was told how long to be kept by caches is made again.
    there = {blob.name for blob in _list(PUBLISHED, generation_id) if blob.cache_control == PUBLIC_CACHE}
    _each(_copy, [name for name in _names(published(images)) if name not in there])


def remove(generation_id: str) -> None:
    """Deletes every picture of the generation, published or not.

    The originals go first: a copy that is made meanwhile either finds none, or is there when the copies are listed.

    Raises:
        ValueError: the id is not that of a generation.
    """
    for folder in (PRIVATE, PUBLISHED):
        while blobs := _list(folder, generation_id):
            for blob in blobs:
                delete(blob)


def remove_strays(generation_id: str, images: Mapping[int, StoredImage]) -> None:
    """Deletes what lies in private and is none of ``images``: a picture that came too late, or was made twice."""
    kept = {_private(name) for name in _names(images)}
    for blob in _list(PRIVATE, generation_id):
        if blob.name not in kept:
            delete(blob)


def delete(blob: "storage.Blob") -> None:
    """Deletes an object, unless somebody else was faster."""
    with contextlib.suppress(NotFound):
        blob.delete(**calls())


def shown(images: Mapping[int, StoredImage]) -> "dict[int, posts.Picture]":
    """The pictures as a post has them, by their indices: to be seen for ever if they are published, else for minutes.

    Whose they are is the caller's to check before: what is handed out opens the picture to anybody.

    Raises:
        Unavailable: nobody signs at the moment.
    """
    known = {name: _known_url(name) for name in _names(images)}
    missing = [name for name, url in known.items() if url is None]
    signed = dict(zip(missing, _each(_sign, missing), strict=True))
    urls = {name: url if url is not None else signed[name] for name, url in known.items()}
    return {index: _picture(image, urls[image.name], urls[image.thumb_name]) for index, image in images.items()}


def _known_url(name: str) -> str | None:
    """The URL of a published picture, or one that was signed a short while ago."""
    if name.startswith(f"{PUBLISHED}/"):
        return _public_url(name)
    with _signed_lock:
        url, until = _signed().get(name, (None, clock.now()))
    return url if until > clock.now() else None


def _public_url(name: str) -> str:
    return str(bucket().blob(name).public_url)


def _sign(name: str) -> str:
    until = clock.now() + SIGNED_KEPT
    try:
        url: str = (
            bucket()
            .blob(name)
            .generate_signed_url(
                version="v4",
                expiration=PRIVATE_URL_LIFE,
                api_access_endpoint=bucket().client.api_endpoint,
                credentials=signing_credentials(),
            )
        )
    except GoogleAuthError as error:
        raise errors.Unavailable("The pictures cannot be shown at the moment.") from error
    with _signed_lock:
        kept = _signed()
        kept.pop(name, None)
        kept[name] = (url, until)
        while len(kept) > SIGNED_MAXIMUM:
            kept.popitem(last=False)
    return url


@functools.cache
def _signed() -> collections.OrderedDict[str, tuple[str, datetime.datetime]]:
    """URLs that this instance signed, by the object's name, the oldest first; and until when each is handed out."""
    return collections.OrderedDict()


def posted(image: StoredImage) -> "posts.Picture":
    """A published picture as a post holds it."""
    return _picture(image, _public_url(image.name), _public_url(image.thumb_name))


def _picture(image: StoredImage, url: str, thumb_url: str) -> "posts.Picture":
    picture: posts.Picture = {
        "url": url,
        "thumbUrl": thumb_url,
        "width": image.width,
        "height": image.height,
        "color": image.color,
    }
    if image.seconds is not None:
        picture |= {"seconds": image.seconds, "contentType": VIDEO_TYPE}
    return picture


@functools.cache
def calls() -> dict[str, Any]:
    """Keyword arguments of every call of Cloud Storage; by itself, the library would not dare to repeat a copy."""
    from google.cloud.storage.retry import DEFAULT_RETRY

    return {**STORAGE, "retry": DEFAULT_RETRY.with_timeout(RETRY_SECONDS)}


def _list(folder: str, generation_id: str) -> "list[storage.Blob]":
    """The first objects of the generation in the folder; of a generation as we make it, all."""
    prefix = f"{folder}/{_checked(generation_id)}/"
    return list(bucket().client.list_blobs(bucket(), prefix=prefix, max_results=PAGE, **calls()))


def _each(act: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """The results for all items, asked for in parallel.

    Raises:
        Exception: what the first that failed raised, after all have ended.
    """
    if len(items) <= 1:
        return [act(item) for item in items]
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(act, items))


def _upload(name: str, data: bytes, content_type: str, metadata: dict[str, str]) -> None:
    blob = bucket().blob(name)
    blob.cache_control = PRIVATE_CACHE
    blob.metadata = metadata
    blob.upload_from_string(data, content_type=content_type, **calls())


def _copy(public_name: str) -> None:
    try:
        copy = bucket().copy_blob(bucket().blob(_private(public_name)), bucket(), public_name, **calls())
        copy.cache_control = PUBLIC_CACHE  # a copy takes over the original's
        copy.patch(**calls())
    except NotFound:  # the original; or the copy, because its post is being deleted
        raise errors.NotFound("The pictures of this generation are gone.") from None


def _names(images: Mapping[int, StoredImage]) -> list[str]:
    return [name for image in images.values() for name in (image.thumb_name, image.name)]


def _stem(generation_id: str, index: int) -> str:
    return f"{PRIVATE}/{_checked(generation_id)}/{index}"


def _thumb_name(stem: str) -> str:
    return f"{stem}-480.webp"


def _checked(generation_id: str) -> str:
    """The id, which must not be able to lead out of its folder."""
    if not _GENERATION_ID.fullmatch(generation_id):
        raise ValueError("not the id of a generation")
    return generation_id


def _public(name: str) -> str:
    return f"{PUBLISHED}/{name.partition('/')[2]}"


def _private(name: str) -> str:
    return f"{PRIVATE}/{name.partition('/')[2]}"
