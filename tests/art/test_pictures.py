"""Needs nothing: pictures, and what pretends to be one, made here."""

import io
import struct
import threading
import zlib

import pytest
from PIL import Image, ImageDraw
from PIL.ImageFile import ImageFile

from shared.art import pictures
from shared.errors import ImageFailed
from tests.support.concurrently import concurrently


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def noise(width: int = 128, height: int = 96) -> Image.Image:
    return Image.effect_noise((width, height), 80).convert("RGB")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes whose header promises a large black picture, and whose data begins to keep the promise."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


def animation(kind: str) -> bytes:
    return encoded(noise(), kind, save_all=True, append_images=[noise(), noise()], duration=100)


@pytest.mark.parametrize(
    ("kind", "content_type", "extension"),
    [("PNG", "image/png", "png"), ("JPEG", "image/jpeg", "jpg"), ("WEBP", "image/webp", "webp")],
)
def test_a_png_a_jpeg_and_a_webp_are_pictures(kind: str, content_type: str, extension: str) -> None:
    data = encoded(noise(128, 96), kind)

    picture = pictures.check(data)
    assert (picture.data, picture.content_type, picture.extension) == (data, content_type, extension)
    assert (picture.width, picture.height) == (128, 96)


@pytest.mark.parametrize("side", [64, 8192])
def test_the_smallest_and_the_longest_side_are_still_pictures(side: int) -> None:
    assert pictures.check(encoded(Image.new("RGB", (side, 64)))).width == side


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"a picture of a fox", id="text"),
        pytest.param(b"<!doctype html><html><script>alert(1)</script></html>", id="HTML"),
        pytest.param(
            b'<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><script>alert(1)</script></svg>',
            id="SVG with a script",
        ),
        pytest.param(b"%PDF-1.7\n", id="PDF"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\xa5" * 500, id="PNG header and garbage"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\xa5" * 500, id="JPEG header and garbage"),
        pytest.param(b"RIFF\xf4\x01\0\0WEBPVP8 " + b"\xa5" * 500, id="WebP header and garbage"),
        pytest.param(encoded(noise())[:-2000], id="truncated PNG"),
        pytest.param(encoded(noise(), "JPEG")[:-2000], id="truncated JPEG"),
        pytest.param(encoded(noise(), "WEBP")[:-2000], id="truncated WebP"),
        pytest.param(encoded(noise(), "GIF"), id="GIF"),
        pytest.param(encoded(noise(), "BMP"), id="BMP"),
        pytest.param(encoded(noise(), "TIFF"), id="TIFF"),
        pytest.param(encoded(noise(), "MPO", save_all=True, append_images=[noise()]), id="several JPEGs in one"),
        pytest.param(animation("WEBP"), id="animated WebP"),
        pytest.param(animation("PNG"), id="animated PNG"),
        pytest.param(encoded(Image.new("RGB", (1, 1))), id="one pixel"),
        pytest.param(encoded(Image.new("RGB", (63, 500))), id="too narrow"),
        pytest.param(encoded(Image.new("1", (8193, 64))), id="too wide"),
        pytest.param(encoded(Image.new("1", (7000, 7000))), id="bomb that keeps its promise"),
        pytest.param(encoded(Image.new("1", (4096, 4097))), id="a pixel's row too many"),
        pytest.param(png_that_claims(8000, 8000), id="bomb"),
        pytest.param(png_that_claims(8192, 11_000), id="bomb that Pillow warns of"),
        pytest.param(png_that_claims(50_000, 50_000), id="bomb that Pillow refuses"),
        pytest.param(png_that_claims(2**31 - 1, 2**31 - 1), id="bomb of any size"),
    ],
)
def test_what_is_no_still_picture_of_a_sensible_size_fails(junk: bytes) -> None:
    with pytest.raises(ImageFailed) as failure:
        pictures.check(junk)

    assert str(failure.value).startswith("the image model answered with ")


def test_a_file_of_more_than_20_mebibytes_fails_undecoded() -> None:
    data = encoded(noise())

    with pytest.raises(ImageFailed, match="too large"):
        pictures.check(data + b"\0" * (20 * 1024 * 1024 + 1 - len(data)))


@pytest.mark.parametrize(
    ("size", "thumbnail_size"),
    [((1024, 1024), (480, 480)), ((1024, 512), (480, 240)), ((300, 600), (240, 480)), ((64, 64), (480, 480))],
)
def test_a_thumbnail_is_webp_with_a_longer_side_of_480_pixels(
    size: tuple[int, int], thumbnail_size: tuple[int, int]
) -> None:
    thumbnail = opened(pictures.check(encoded(noise(*size), "JPEG")).thumbnail)

    assert (thumbnail.format, thumbnail.size) == ("WEBP", thumbnail_size)


def test_a_thumbnail_of_the_longest_strip_is_not_thinner_than_a_pixel() -> None:
    strip = pictures.check(encoded(Image.new("RGB", (8192, 64))))

    assert opened(strip.thumbnail).size == (480, 4)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK"])
def test_every_kind_of_pixel_has_a_thumbnail_and_a_colour(mode: str) -> None:
    image = noise().convert("I").convert("I;16") if mode == "I;16" else noise().convert(mode)
    picture = pictures.check(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))

    assert opened(picture.thumbnail).size == (480, 360)
    assert len(picture.color) == len("#rrggbb")


def test_what_was_transparent_is_transparent_in_the_thumbnail_and_white_for_the_colour() -> None:
    picture = pictures.check(encoded(Image.new("RGBA", (96, 96), (255, 0, 0, 0))))

    assert opened(picture.thumbnail).getchannel("A").getextrema() == (0, 0)
    assert picture.color == "#ffffff"


def test_the_dominant_colour_is_that_of_the_largest_part_and_no_mixture() -> None:
    image = Image.new("RGB", (96, 96), "#10a040")
    ImageDraw.Draw(image).rectangle((0, 0, 95, 31), "#ff0000")

    assert pictures.check(encoded(image)).color == "#10a040"


@pytest.mark.threat(107)
def test_two_pictures_are_never_in_memory_as_pixels_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(noise())
    inside: list[int] = []
    overlapped = threading.Event()
    small = pictures._small

    def watched(image: ImageFile, width: int, height: int) -> Image.Image:
        inside.append(1)
        if len(inside) > 1:
            overlapped.set()
        overlapped.wait(0.2)  # whoever could come in as well has come by then
        inside.pop()
        return small(image, width, height)

    monkeypatch.setattr(pictures, "_small", watched)

    made = concurrently(4, lambda _: pictures.check(data))

    assert len(made) == 4
    assert not overlapped.is_set()


# -- videos ------------------------------------------------------------------------------------------------------


def test_a_webp_that_moves_is_a_video_of_its_length_shown_by_its_first_frame() -> None:
    red, blue = Image.new("RGB", (96, 64), "#ff0000"), Image.new("RGB", (96, 64), "#0000ff")
    data = encoded(red, "WEBP", save_all=True, append_images=[blue, red], duration=[100, 250, 50])

    video = pictures.check_video(data)

    assert (video.data, video.content_type, video.extension) == (data, "image/webp", "webp")
    assert (video.width, video.height, video.seconds) == (96, 64, 0.4)
    assert Image.open(io.BytesIO(video.thumbnail)).size == (480, 320)
    assert video.color.startswith("#f")


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(encoded(noise(), "WEBP"), id="a still picture"),
        pytest.param(encoded(noise(), "PNG", save_all=True, append_images=[noise()]), id="a PNG that moves"),
        pytest.param(animation("WEBP")[:-40], id="a broken last frame"),
        pytest.param(animation("WEBP")[:200], id="a broken first frame"),
    ],
)
def test_what_is_no_video_fails(junk: bytes) -> None:
    with pytest.raises(ImageFailed):
        pictures.check_video(junk)


def test_a_video_of_too_many_frames_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAXIMUM_FRAMES", 2)

    with pytest.raises(ImageFailed):
        pictures.check_video(animation("WEBP"))
