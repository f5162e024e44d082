"""Image models behind one seam: ``generate`` returns a picture that was checked, or says how it failed.

IMAGE_MODEL names the model: ``procedural``, the embedded default, or one of Google's (``gemini-3.1-flash-image``).
Each is imported only when it is used, since google-genai alone takes seconds to load.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.config import PROCEDURAL, ConfigurationError, settings

if TYPE_CHECKING:
    from shared.art.pictures import Picture

Model = Callable[[str, str | None, str], bytes]
"""Bytes that should be a picture, of a prompt, an area's label or None, and a seed."""

_GEMINI = re.compile(r"gemini-[a-z0-9.-]*image[a-z0-9.-]*")


def generate(prompt: str, label: str | None, seed: str) -> "Picture":
    """The picture of ``prompt``, or of its part ``label``; ``seed`` makes two pictures of one prompt differ.

    Raises:
        ImageFailed: final for this picture.
        ImageUnavailable: worth another attempt.
        ConfigurationError: IMAGE_MODEL names no model, or one that needs a key which is not set.
    """
    from shared.art import pictures

    return pictures.check(model()(prompt, label, seed))


def model() -> Model:
    """The model that IMAGE_MODEL names, imported.

    Raises:
        ConfigurationError: it names none.
    """
    name = settings().image_model
    if name == PROCEDURAL:
        from shared.art.models import procedural

        return procedural.paint
    if _GEMINI.fullmatch(name):
        from shared.art.models import gemini

        return lambda prompt, label, _seed: gemini.draw(name, prompt if label is None else f"{prompt}\n\n{label}")
    raise ConfigurationError(f"IMAGE_MODEL={name!r} is neither {PROCEDURAL!r} nor an image model named gemini-...")
