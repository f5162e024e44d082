"""The embedded image model: procedural art, the same for the same words, on no machine but this one.

Ribbons of colour bent by layered waves, with light falling from one side and discs floating in it. No weights, no
network; it stands in for a model wherever none is configured.
"""

import colorsys
import hashlib
import io

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from shared.config import settings
from shared.images import ImageFailed

SIDE = 768

Field = npt.NDArray[np.float64]


def paint(prompt: str, label: str | None, seed: str) -> bytes:
    """A PNG of 768 x 768 pixels, determined by its arguments.

    Raises:
        ImageFailed: the text holds LOCAL_IMAGE_FAIL_WORD, by which failures are tried out.
    """
    text = prompt if label is None else label
    if settings().local_image_fail_word.casefold() in text.casefold():
        raise ImageFailed("the image model refused this")
    words = f"{prompt}\n{label or ''}\n{seed}".encode()
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(words).digest()[:8], "big"))
    y, x = (axis / SIDE for axis in np.mgrid[0:SIDE, 0:SIDE].astype(np.float64))
    field = _ribbons(chance, x, y)
    colors = _palette(chance)
    canvas = _shade(colors, field)
    canvas *= _light(chance, field)[..., None]
    for _ in range(int(chance.integers(3, 8))):
        _float_disc(chance, canvas, colors, x, y)
    canvas *= (1.08 - 0.55 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))[..., None]
    pixels = (np.clip(canvas, 0, 1) * 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=_marks(prompt), compress_level=4)
    return out.getvalue()


def _ribbons(chance: np.random.Generator, x: Field, y: Field) -> Field:
    """Values in 0..1 that wind across the picture."""
    bent_x, bent_y = x.copy(), y.copy()
    for octave in range(1, 5):
        phase_x, phase_y = chance.uniform(0, 2 * np.pi, 2)
        frequency = chance.uniform(0.6, 1.6) * octave
        bent_x, bent_y = (
            bent_x + 0.16 / octave * np.sin(2 * np.pi * frequency * bent_y + phase_x),
            bent_y + 0.16 / octave * np.cos(2 * np.pi * frequency * bent_x + phase_y),
        )
    across, down = chance.uniform(0.8, 2.2, 2)
    waves: Field = 0.5 + 0.5 * np.sin(2 * np.pi * (across * bent_x + down * bent_y) + chance.uniform(0, 6))
    return waves


def _palette(chance: np.random.Generator) -> Field:
    """Five colours from dark to light that belong together, and one that does not."""
    hue, turn = chance.uniform(), chance.uniform(0.04, 0.14) * chance.choice((-1, 1))
    steps = ((0, 0.75, 0.12), (1, 0.85, 0.38), (2, 0.8, 0.7), (3, 0.55, 0.95), (4, 0.2, 1.0))
    tones = [colorsys.hsv_to_rgb((hue + turn * step) % 1, saturation, value) for step, saturation, value in steps]
    return np.array([*tones, colorsys.hsv_to_rgb((hue + 0.5) % 1, 0.7, 0.95)])


def _shade(colors: Field, field: Field) -> Field:
    position = field * 4
    lower = np.clip(position.astype(int), 0, 3)
    share = (position - lower)[..., None]
    share = share * share * (3 - 2 * share)
    shaded: Field = colors[lower] * (1 - share) + colors[lower + 1] * share
    return shaded


def _light(chance: np.random.Generator, field: Field) -> Field:
    """How bright each point is when the ribbons are seen as hills, lit from one side."""
    down, across = np.gradient(field * SIDE / 90)
    angle = chance.uniform(0, 2 * np.pi)
    lit: Field = 0.95 + 0.9 * (np.cos(angle) * across + np.sin(angle) * down)
    return np.clip(lit, 0.55, 1.35)


def _float_disc(chance: np.random.Generator, canvas: Field, colors: Field, x: Field, y: Field) -> None:
    center_x, center_y = chance.uniform(0.08, 0.92, 2)
    radius = chance.uniform(0.025, 0.13)
    distance = np.hypot(x - center_x, y - center_y)
    edge = np.clip((radius - distance) * SIDE / 1.5, 0, 1)
    halo = np.exp(-((distance / radius) ** 2)) * 0.25
    color = colors[int(chance.integers(3, len(colors)))]
    # A little darker towards one side, so that a disc reads as a ball.
    ball = color * (1.05 - 0.5 * np.clip((y - center_y + radius) / (2 * radius), 0, 1))[..., None]
    opacity = (edge * chance.uniform(0.65, 0.95))[..., None]
    canvas += halo[..., None] * color
    canvas *= 1 - opacity
    canvas += ball * opacity


def _marks(prompt: str) -> PngImagePlugin.PngInfo:
    """Says that no model made this, and of what text it is, without the text."""
    marks = PngImagePlugin.PngInfo()
    marks.add_text("Software", "Guilder procedural art")
    marks.add_text("Prompt-SHA256", hashlib.sha256(prompt.encode()).hexdigest())
    return marks
