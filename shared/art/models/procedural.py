"""The embedded image model: procedural art, always the same for the same words. No weights, no network.

One of four scenes in five colours that belong together: ribbons, ridges in the mist, a blossom, or drifting light. The
colours depend on the prompt alone, so that the pictures of one prompt go together.
"""

import colorsys
import hashlib
import io

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, PngImagePlugin

from shared.art.prompts import Brief
from shared.config import settings
from shared.errors import ImageFailed

SIDE = 768
"""The longer side of every picture, in pixels."""

Field = npt.NDArray[np.float32]
"""Values by row and column, or by row, column and red, green, blue.

A square picture goes from 0 to 1 in both directions, another one is the middle of such a square.
"""

Chance = np.random.Generator

_TURN = np.float32(2 * np.pi)


FRAMES = 24
FRAME_MILLISECONDS = 100

MADE_BY = "Guilder procedural art, made without AI"


def paint(brief: Brief) -> bytes:
    """A PNG that the brief determines, square unless it says otherwise.

    Raises:
        ImageFailed: the text holds LOCAL_IMAGE_FAIL_WORD, by which failures are tried out locally.
    """
    out = io.BytesIO()
    Image.fromarray(_pixels(brief)).save(out, "PNG", pnginfo=_marks(), compress_level=3)
    return out.getvalue()


def film(brief: Brief) -> bytes:
    """A WebP of 24 frames that ends where it begins: the eye goes once around within the picture of the brief.

    Raises:
        ImageFailed: the text holds LOCAL_IMAGE_FAIL_WORD.
    """
    pixels = _pixels(brief)
    height, width = (7 * side // 8 for side in pixels.shape[:2])
    room_down, room_across = pixels.shape[0] - height, pixels.shape[1] - width
    frames = []
    for turn in np.arange(FRAMES) * (2 * np.pi / FRAMES):
        top, left = round(room_down * (1 - np.cos(turn)) / 2), round(room_across * (1 + np.sin(turn)) / 2)
        frames.append(Image.fromarray(pixels[top : top + height, left : left + width]))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = MADE_BY
    first, *others = frames
    first.save(
        out, "WEBP", save_all=True, append_images=others, duration=FRAME_MILLISECONDS, loop=0, method=0, exif=exif
    )
    return out.getvalue()


def _pixels(brief: Brief) -> npt.NDArray[np.uint8]:
    """The picture as rows of red, green, blue.

    Raises:
        ImageFailed: the text holds LOCAL_IMAGE_FAIL_WORD.
    """
    fail_word = settings().local_image_fail_word.casefold()
    if fail_word and fail_word in (brief.theme if brief.area is None else brief.area).casefold():
        raise ImageFailed("the image model refused this")
    colors = _palette(_chance(brief.theme))
    chance = _chance(brief.theme, brief.area or "", brief.seed)
    width, height = _sides(brief.aspect_ratio or "1:1")
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    y, x = np.mgrid[top : top + height, left : left + width].astype(np.float32) / SIDE
    scene = (_ribbons, _ridges, _blossom, _drift)[int(chance.integers(4))]
    canvas = scene(chance, colors, x, y)
    canvas *= (1.06 - 0.5 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))[..., None]
    return (np.clip(canvas, 0, 1) * 255).astype(np.uint8)


def _sides(aspect_ratio: str) -> tuple[int, int]:
    """Width and height in pixels."""
    across, down = map(int, aspect_ratio.split(":"))
    return round(SIDE * across / max(across, down)), round(SIDE * down / max(across, down))


def _chance(*words: str) -> Chance:
    """Random numbers that the words determine."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _palette(chance: Chance) -> Field:
    """Five colours from dark to light that belong together, and one that does not."""
    hue, turn = chance.uniform(), chance.uniform(0.03, 0.12) * chance.choice((-1, 1))
    steps = ((0, 0.75, 0.14), (1, 0.8, 0.4), (2, 0.72, 0.72), (3, 0.5, 0.95), (4, 0.18, 1.0))
    tones = [colorsys.hsv_to_rgb((hue + turn * step) % 1, saturation, value) for step, saturation, value in steps]
    return np.array([*tones, colorsys.hsv_to_rgb((hue + 0.5) % 1, 0.7, 0.95)], np.float32)


def _ribbons(chance: Chance, colors: Field, x: Field, y: Field) -> Field:
    """Ribbons bent by layered waves, lit from one side, with balls floating before them."""
    bent_x, bent_y = _bent(chance, x, y, 0.16, octaves=4)
    across, down = chance.uniform(0.8, 2.2, 2).astype(np.float32)
    waves = 0.5 + 0.5 * np.sin(_TURN * (across * bent_x + down * bent_y))
    slope_down, slope_across = np.gradient(waves * (SIDE / 90))
    angle = chance.uniform(0, 2 * np.pi)
    lit = 0.95 + 0.9 * (np.float32(np.cos(angle)) * slope_across + np.float32(np.sin(angle)) * slope_down)
    canvas: Field = _shade(colors, waves) * np.clip(lit, 0.55, 1.35)[..., None]
    for _ in range(int(chance.integers(3, 7))):
        radius = chance.uniform(0.025, 0.13)
        _add_ball(canvas, x, y, chance.uniform(0.08, 0.92, 2), radius, colors[int(chance.integers(3, 6))])
    return canvas


def _ridges(chance: Chance, colors: Field, x: Field, y: Field) -> Field:
    """Ridges that darken as they come nearer, mist between them, and a sun or moon above."""
    canvas = _shade(colors, np.clip(0.45 + 0.6 * y, 0, 1))
    sun = chance.uniform(0.2, 0.8), chance.uniform(0.14, 0.36)
    _add_ball(canvas, x, y, np.array(sun), chance.uniform(0.05, 0.12), colors[int(chance.choice((4, 5)))])
    layers = int(chance.integers(5, 8))
    for layer in range(layers):
        nearness = layer / (layers - 1)
        line = np.full_like(x[0], 0.42 + 0.46 * nearness)
        for octave in range(1, 7):
            frequency, phase = chance.uniform(0.5, 0.9) * 2**octave, chance.uniform(0, 2 * np.pi)
            line += 0.075 / octave**1.5 * np.sin(frequency * np.pi * x[0] + phase).astype(np.float32)
        below = y - line
        mist = np.clip(below * 3.2, 0, 1) * (1 - nearness)
        tone = _shade(colors, (1 - nearness) * 0.62 + 0.3 * mist)
        cover = np.clip(below * SIDE / 1.5, 0, 1)[..., None]
        canvas += (tone - canvas) * cover
    return canvas


def _blossom(chance: Chance, colors: Field, x: Field, y: Field) -> Field:
    """Rings of petals around a glowing heart."""
    center = chance.uniform(0.4, 0.6, 2)
    bent_x, bent_y = _bent(chance, x - np.float32(center[0]), y - np.float32(center[1]), 0.02, octaves=2)
    radius, angle = np.hypot(bent_x, bent_y), np.arctan2(bent_y, bent_x)
    petals, rings = int(chance.integers(5, 12)), chance.uniform(3, 6)
    swirl = chance.uniform(-5, 5)
    shape = np.abs(np.sin(angle * (petals / 2) + np.float32(swirl) * radius))
    waves = 0.5 + 0.5 * np.sin(_TURN * (np.float32(rings) * radius - np.float32(0.9) * shape**0.7))
    canvas = _shade(colors, np.clip(waves * (1.05 - 0.75 * radius) + 0.12 * shape, 0, 1))
    canvas *= (0.78 + 0.3 * shape)[..., None]
    canvas += np.exp(-((radius / np.float32(0.09)) ** 2))[..., None] * colors[int(chance.choice((4, 5)))] * 0.8
    return canvas


def _drift(chance: Chance, colors: Field, x: Field, y: Field) -> Field:
    """Clouds of colour that flow into each other, with fine lines of one height."""
    bent_x, bent_y = _bent(chance, x, y, 0.1, octaves=3)
    height = np.zeros_like(x)
    for _ in range(7):
        center_x, center_y = chance.uniform(0, 1, 2).astype(np.float32)
        spread = np.float32(chance.uniform(0.15, 0.4))
        height += np.exp(-(((bent_x - center_x) ** 2 + (bent_y - center_y) ** 2) / spread**2))
    height /= height.max()
    steps = height * np.float32(chance.integers(9, 16))
    distance = np.abs(steps - np.round(steps))
    width = np.hypot(*np.gradient(steps)) * 1.2 + 1e-6
    lines = np.clip(1.2 - distance / width, 0, 1) * np.clip(0.25 / width, 0, 1)
    canvas = _shade(colors, 0.08 + 0.87 * height)
    canvas += lines[..., None] * (colors[4] - canvas) * 0.55
    return canvas


def _bent(chance: Chance, x: Field, y: Field, amount: float, octaves: int) -> tuple[Field, Field]:
    """The two coordinates, each bent by waves of the other, finer and weaker from octave to octave."""
    for octave in range(1, octaves + 1):
        frequency, phase_x, phase_y = chance.uniform((0.6, 0, 0), (1.6, 6.3, 6.3)).astype(np.float32)
        x, y = (
            x + np.float32(amount / octave) * np.sin(_TURN * octave * frequency * y + phase_x),
            y + np.float32(amount / octave) * np.cos(_TURN * octave * frequency * x + phase_y),
        )
    return x, y


def _shade(colors: Field, values: Field) -> Field:
    """For values of 0..1 the colour at that place between the darkest and the lightest."""
    position = np.clip(values, 0, 1) * 4
    lower = np.minimum(position.astype(np.intp), 3)
    share = (position - lower).astype(np.float32)
    share = share * share * (3 - 2 * share)
    low = colors[lower]
    shaded: Field = low + (colors[lower + 1] - low) * share[..., None]
    return shaded


def _add_ball(canvas: Field, x: Field, y: Field, center: npt.NDArray[np.float64], radius: float, color: Field) -> None:
    """Paints a ball with a glow around it."""
    center_x, center_y = center.astype(np.float32)
    distance = np.hypot(x - center_x, y - center_y) / np.float32(radius)
    canvas += (np.exp(-(distance**2) / 2) * 0.22)[..., None] * color
    # Darker towards the bottom, so that a disc reads as a ball.
    shadow = 1.06 - 0.42 * np.clip((y - center_y) / np.float32(2 * radius) + 0.5, 0, 1)
    cover = (np.clip((1 - distance) * np.float32(radius * SIDE / 1.5), 0, 1) * 0.92)[..., None]
    canvas += (shadow[..., None] * color - canvas) * cover


def _marks() -> PngImagePlugin.PngInfo:
    """Says that no model made this. Nothing of the prompt, not even a hash: it would confirm a guess."""
    marks = PngImagePlugin.PngInfo()
    marks.add_text("Software", MADE_BY)
    return marks
