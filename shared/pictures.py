"""Pictures as bytes: what they are is told by decoding them, never by what a model says of them."""

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from shared.images import ImageFailed

MAXIMUM_BYTES = 20 * 1024 * 1024
MINIMUM_SIDE = 64
MAXIMUM_SIDE = 8192
MAXIMUM_PIXELS = 40_000_000
"""A few kilobytes can decode to gigabytes; this is checked before decoding."""

THUMBNAIL_SIDE = 480
THUMBNAIL_QUALITY = 80

_TYPES = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}


@dataclass(frozen=True, slots=True)
class Picture:
    """One still picture that decodes; sides in pixels."""

    data: bytes
    content_type: str
    extension: str
    width: int
    height: int


def check(data: bytes) -> Picture:
    """The picture in ``data``.

    Raises:
        ImageFailed: empty, too large, not a PNG, JPEG or WebP, of impossible size, animated, or broken.
    """
    if not data:
        raise ImageFailed("the model answered with nothing")
    if len(data) > MAXIMUM_BYTES:
        raise ImageFailed("the model answered with too large a file")
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_TYPES)) as image:
            width, height = image.size
            if (
                min(width, height) < MINIMUM_SIDE
                or max(width, height) > MAXIMUM_SIDE
                or width * height > MAXIMUM_PIXELS
            ):
                raise ImageFailed("the model answered with a picture of an impossible size")
            if getattr(image, "n_frames", 1) > 1:
                raise ImageFailed("the model answered with an animation")
            image.load()
            content_type, extension = _TYPES[image.format or ""]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageFailed("the model answered with something that is no picture") from error
    return Picture(data, content_type, extension, width, height)


def thumbnail(picture: Picture) -> bytes:
    """The picture as WebP with a longer side of 480 pixels."""
    scale = THUMBNAIL_SIDE / max(picture.width, picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture.data)) as image:
        image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(out, "WEBP", quality=THUMBNAIL_QUALITY)
    return out.getvalue()


def dominant_color(picture: Picture) -> str:
    """The colour that covers most of the picture, as ``#rrggbb``: what a client shows until the picture is there."""
    with Image.open(io.BytesIO(picture.data)) as image:
        small = image.convert("RGB").resize((64, 64), Image.Resampling.BOX).quantize(8, Image.Quantize.MEDIANCUT)
    shares = small.histogram()[:8]
    index = shares.index(max(shares))
    red, green, blue = (small.getpalette() or [])[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
