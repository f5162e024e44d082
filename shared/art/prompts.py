"""What an image model is told: a prompt in the words of its style and its feature. Pure.

The words are the economy's and nobody else's. They are put around a prompt only here, when a picture is made, so that
no post, no ledger line and no log can hold them.
"""

import re
from dataclasses import dataclass

from shared.economy.features import AREA, PROMPT, AspectRatio, Feature, Style

EVERYTHING = "the whole scene"
"""What stands for the area where none was named."""

_PLACEHOLDER = re.compile("|".join(map(re.escape, (PROMPT, AREA))))


@dataclass(frozen=True, slots=True)
class Brief:
    """One picture to make. ``text`` is all that a model needs to read; ``theme`` is the same without the ``area``.

    ``seed`` makes two pictures of one text differ. Without an ``aspect_ratio`` the model chooses.
    """

    text: str
    theme: str
    area: str | None
    aspect_ratio: AspectRatio | None
    seed: str


def brief(
    prompt: str, area: str | None, seed: str, feature: Feature | None = None, style: Style | None = None
) -> Brief:
    """The prompt, or its ``area``, as the feature and the style have it said; None where the economy has none."""
    template = PROMPT if feature is None else feature.template
    styled = prompt if style is None else _filled(style.template, prompt, EVERYTHING)
    theme = _filled(template, styled, EVERYTHING)
    if area is None:
        text = theme
    elif AREA in template:
        text = _filled(template, styled, area)
    else:
        text = f"{theme}\n\n{area}"
    return Brief(text, theme, area, None if style is None else style.aspect_ratio, seed)


def _filled(template: str, prompt: str, area: str) -> str:
    """The template with both in their places, in one go: what looks like a placeholder in a prompt is text."""
    words = {PROMPT: prompt, AREA: area}
    return _PLACEHOLDER.sub(lambda found: words[found[0]], template)
