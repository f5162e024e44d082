"""Needs nothing: what a model is told is made of words alone."""

import pytest

from shared.art.prompts import Brief, brief
from shared.economy.features import Feature, Style

GARDEN = Feature(cost=1, template="A photorealistic landscape design of {area}: {prompt}")
FILM = Feature(cost=1, template="A slow film. {prompt}")
WARM = Style(id="warm", name="Warm", features=("garden",), template="{prompt}, in evening light", aspect_ratio="16:9")


def test_without_feature_and_style_a_model_is_told_the_prompt_as_it_is() -> None:
    assert brief("a fox", None, "s") == Brief("a fox", "a fox", None, None, "s")


def test_without_a_template_an_area_stands_behind_the_prompt() -> None:
    assert brief("a fox", "its tail", "s") == Brief("a fox\n\nits tail", "a fox", "its tail", None, "s")


def test_a_template_without_area_is_put_around_the_prompt_and_the_area_behind_it() -> None:
    assert brief("a fox", "its tail", "s", FILM).text == "A slow film. a fox\n\nits tail"


def test_an_area_stands_where_the_template_has_it() -> None:
    told = brief("roses", "the front yard", "s", GARDEN)

    assert told.text == "A photorealistic landscape design of the front yard: roses"
    assert told.theme == "A photorealistic landscape design of the whole scene: roses"
    assert told.area == "the front yard"


def test_without_an_area_the_template_is_about_the_whole_scene() -> None:
    told = brief("roses", None, "s", GARDEN)

    assert told.text == told.theme == "A photorealistic landscape design of the whole scene: roses"


def test_a_style_is_put_around_the_prompt_before_the_feature_is() -> None:
    told = brief("roses", "the front yard", "s", GARDEN, WARM)

    assert told.text == "A photorealistic landscape design of the front yard: roses, in evening light"
    assert told.aspect_ratio == "16:9"


@pytest.mark.parametrize("text", ["{prompt}", "{area}", "{", "}}", "{0}", "{prompt!r:>99}", "%s", "\\1", "\\g<0>"])
def test_braces_and_whatever_looks_like_a_placeholder_are_text(text: str) -> None:
    assert brief(text, text, "s").text == f"{text}\n\n{text}"
    assert (
        brief(text, text, "s", GARDEN, WARM).text
        == f"A photorealistic landscape design of {text}: {text}, in evening light"
    )
