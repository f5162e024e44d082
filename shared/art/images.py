"""Image models behind one seam: ``generate`` and ``film`` return what was checked, or say how it failed.

IMAGE_MODEL names the model: ``procedural``, the embedded default, or one of Google's (``gemini-3.1-flash-image``).
Each is imported only when it is used, since google-genai alone takes seconds to load. Only the embedded one films.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.config import PROCEDURAL, ConfigurationError, settings
from shared.errors import ImageFailed

if TYPE_CHECKING:
    from shared.art.pictures import Picture
    from shared.art.prompts import Brief

Model = Callable[["Brief"], bytes]
"""Bytes that should be the picture."""

_GEMINI = re.compile(r"gemini-[a-z0-9.-]*image[a-z0-9.-]*")


def generate(brief: "Brief") -> "Picture":
    """The picture that the brief asks for.

    Raises:
        ImageFailed: final for this picture.
        ImageUnavailable: worth another attempt.
        ConfigurationError: IMAGE_MODEL names no model, or one that needs a key which is not set.
    """
    from shared.art import pictures

    return pictures.check(model()(brief))


def makes_videos() -> bool:
    """Whether the model that IMAGE_MODEL names makes videos as well."""
    return settings().image_model == PROCEDURAL


def film(brief: "Brief") -> "Picture":
    """The video that the brief asks for.

    Raises:
        ImageFailed: final for this video; the model may make none.
    """
    from shared.art import pictures
    from shared.art.models import procedural

    if not makes_videos():
        raise ImageFailed("the image model makes no videos")
    return pictures.check_video(procedural.film(brief))


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

        return lambda brief: gemini.draw(name, brief.text, brief.aspect_ratio)
    raise ConfigurationError(f"IMAGE_MODEL={name!r} is neither {PROCEDURAL!r} nor an image model named gemini-...")
