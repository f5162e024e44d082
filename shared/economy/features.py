"""What tokens are spent on, and the words that a prompt is put into before a model sees it."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.economy.fields import Features, Id, Model, Name, Tokens

PROMPT = "{prompt}"
AREA = "{area}"

Kind = Literal["image", "video"]

AspectRatio = Literal["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"]
"""Width to height, as Google's image models take them."""


def _whole(template: str) -> str:
    """The template, in which the prompt stands once.

    Any other brace is refused, because it would be a misspelt placeholder that a model reads as it is.
    """
    if template.count(PROMPT) != 1:
        raise ValueError(f"{PROMPT} must stand in it exactly once")
    if template.count(AREA) > 1:
        raise ValueError(f"{AREA} may stand in it only once")
    if re.search(r"[{}]", template.replace(PROMPT, "").replace(AREA, "")):
        raise ValueError(f"it may hold no braces but those of {PROMPT} and {AREA}")
    return template


def _without_area(template: str) -> str:
    if AREA in template:
        raise ValueError(f"{AREA} may stand only in a feature's template")
    return template


Template = Annotated[str, Field(max_length=2000), AfterValidator(_whole)]


class Feature(Model):
    """Something tokens are spent on. ``cost`` is in tokens, per picture or area; a video is one picture that moves.

    A feature without a ``name`` is called by its id: ``virtual-tour`` is "Virtual Tour".
    """

    cost: Tokens
    name: Annotated[str, Field(max_length=100)] = ""
    kind: Kind = "image"
    template: Template = PROMPT


class Style(Model):
    """A look that its features can be asked for in; one that is not ``active`` is unknown to everybody."""

    id: Id
    name: Name
    active: bool = True
    features: Annotated[Features, Field(min_length=1)]
    template: Annotated[Template, AfterValidator(_without_area)]
    aspect_ratio: AspectRatio | None = None
