"""Pictures and videos as bytes: what they are is told by decoding them, never by what a model says of them."""

import io
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from shared.errors import ImageFailed

MAXIMUM_BYTES = 20 * 1024 * 1024
MINIMUM_SIDE = 64
MAXIMUM_SIDE = 8192
MAXIMUM_PIXELS = 4096 * 4096
"""The largest that image models make. A few kilobytes can decode to gigabytes; this is checked before decoding."""

MAXIMUM_FRAMES = 240

THUMBNAIL_SIDE = 480
THUMBNAIL_QUALITY = 80

_one_at_a_time = threading.Lock()
"""An instance has one CPU: two pictures at once would be decoded no sooner, and take twice the memory."""

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
    """One picture that decodes, with what is shown until it is there; sides in pixels.

    ``thumbnail`` is the picture as WebP with a longer side of 480 pixels; what was transparent stays so. ``color`` is
    the colour that covers most of it, as ``#rrggbb``; what is transparent counts as white. Of a video, both are those
    of its first frame, and ``seconds`` is how long it lasts; a still picture has none.
    """

    data: bytes
    content_type: str
    extension: str
    width: int
    height: int
    thumbnail: bytes
    color: str
    seconds: float | None = None


def check(data: bytes) -> Picture:
    """The picture in ``data``, which is decoded once for all that is to be known of it.

    Raises:
        ImageFailed: empty, too large, not a PNG, JPEG or WebP, of impossible size, animated, or broken.
    """
    return _checked(data, _TYPES, _of_a_picture)


def check_video(data: bytes) -> Picture:
    """The video in ``data``, of which every frame is decoded.

    Raises:
        ImageFailed: empty, too large, not a WebP, of impossible size, not animated, of too many frames, or broken.
    """
    return _checked(data, ("WEBP",), _of_a_video)


def _checked(data: bytes, formats: Collection[str], seconds_of: Callable[[ImageFile], float | None]) -> Picture:
    if not data:
        raise ImageFailed("the image model answered with nothing")
    if len(data) > MAXIMUM_BYTES:
        raise ImageFailed("the image model answered with too large a file")
    try:
        with _one_at_a_time, Image.open(io.BytesIO(data), formats=tuple(formats)) as image:
            width, height = image.size
            if (
                min(width, height) < MINIMUM_SIDE
                or max(width, height) > MAXIMUM_SIDE
                or width * height > MAXIMUM_PIXELS
            ):
                raise ImageFailed("the image model answered with a picture of an impossible size")
            seconds = seconds_of(image)
            content_type, extension = _TYPES[image.format or ""]
            small = _small(image, width, height)
    except _BROKEN as error:
        raise ImageFailed("the image model answered with something that is no picture") from error
    return Picture(data, content_type, extension, width, height, _as_webp(small), _dominant_color(small), seconds)


def _of_a_picture(image: ImageFile) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise ImageFailed("the image model answered with an animation")


def _of_a_video(image: ImageFile) -> float:
    """How long it lasts. It stands at its first frame again then."""
    frames: int = getattr(image, "n_frames", 1)
    if not 1 < frames <= MAXIMUM_FRAMES:
        raise ImageFailed("the image model answered with something that is no video")
    milliseconds = 0
    for frame in range(frames):
        image.seek(frame)
        image.load()
        milliseconds += image.info["duration"]
    image.seek(0)
    return milliseconds / 1000


def _small(image: ImageFile, width: int, height: int) -> Image.Image:
    """The picture with a longer side of 480 pixels, RGB or RGBA; all of the file is decoded for it."""
    scale = THUMBNAIL_SIDE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # A JPEG is decoded at a fraction of its size, of which enough is left to choose from.
    image.draft(None, (2 * size[0], 2 * size[1]))
    image.load()
    mode = "RGBA" if image.has_transparency_data else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    return plain.resize(size, Image.Resampling.LANCZOS)


def _as_webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=THUMBNAIL_QUALITY)
    return out.getvalue()


def _dominant_color(image: Image.Image) -> str:
    small = image.convert("RGBA").resize((64, 64), Image.Resampling.BOX)
    white = Image.new("RGBA", small.size, "white")
    tones = Image.alpha_composite(white, small).convert("RGB").quantize(8, Image.Quantize.MEDIANCUT)
    shares = tones.histogram()[:8]
    index = shares.index(max(shares))
    red, green, blue = (tones.getpalette() or [])[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
