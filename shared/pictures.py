"""Pictures as bytes: what they are is told by decoding them, never by what a model says of them."""

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from shared.errors import ImageFailed

MAXIMUM_BYTES = 20 * 1024 * 1024
MINIMUM_SIDE = 64
MAXIMUM_SIDE = 8192
MAXIMUM_PIXELS = 40_000_000
"""A few kilobytes can decode to gigabytes; this is checked before decoding."""

THUMBNAIL_SIDE = 480
THUMBNAIL_QUALITY = 80

_TYPES = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}

_BROKEN = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,  # where warnings are errors
)
"""What Pillow raises on a file that is damaged, or made to damage."""


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
        raise ImageFailed("the image model answered with nothing")
    if len(data) > MAXIMUM_BYTES:
        raise ImageFailed("the image model answered with too large a file")
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_TYPES)) as image:
            width, height = image.size
            if (
                min(width, height) < MINIMUM_SIDE
                or max(width, height) > MAXIMUM_SIDE
                or width * height > MAXIMUM_PIXELS
            ):
                raise ImageFailed("the image model answered with a picture of an impossible size")
            if getattr(image, "n_frames", 1) > 1:
                raise ImageFailed("the image model answered with an animation")
            image.load()
            content_type, extension = _TYPES[image.format or ""]
    except _BROKEN as error:
        raise ImageFailed("the image model answered with something that is no picture") from error
    return Picture(data, content_type, extension, width, height)


def thumbnail(picture: Picture) -> bytes:
    """The picture as WebP with a longer side of 480 pixels; what was transparent stays so."""
    scale = THUMBNAIL_SIDE / max(picture.width, picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture.data)) as image:
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
        plain.resize(size, Image.Resampling.LANCZOS).save(out, "WEBP", quality=THUMBNAIL_QUALITY)
    return out.getvalue()


def dominant_color(picture: Picture) -> str:
    """The colour that covers most of the picture, as ``#rrggbb``: what a client shows until the picture is there.

    What is transparent counts as white.
    """
    with Image.open(io.BytesIO(picture.data)) as image:
        small = image.convert("RGBA").resize((64, 64), Image.Resampling.BOX)
    white = Image.new("RGBA", small.size, "white")
    tones = Image.alpha_composite(white, small).convert("RGB").quantize(8, Image.Quantize.MEDIANCUT)
    shares = tones.histogram()[:8]
    index = shares.index(max(shares))
    red, green, blue = (tones.getpalette() or [])[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
