"""Needs nothing: how the worker calls the image models, and the embedded model."""

import io
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PIL import ExifTags, Image

from shared import config
from shared.art import images, pictures, prompts
from shared.art.models import procedural
from shared.art.prompts import Brief
from shared.economy.features import AspectRatio
from shared.errors import ImageFailed

PROMPT = "a fox in the snow"
SMALL = 96


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("IMAGE_MODEL", raising=False)
    monkeypatch.setenv("LOCAL_IMAGE_FAIL_WORD", "fail-me")
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the embedded model paint small, where neither the size nor the looks of a picture matter."""
    monkeypatch.setattr(procedural, "SIDE", SMALL)


def set_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    config.settings.cache_clear()


def opened(picture: pictures.Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    return image


def test_without_a_model_configured_the_embedded_one_paints() -> None:
    picture = images.generate(prompts.brief(PROMPT, None, "seed"))

    assert (picture.content_type, picture.width, picture.height) == ("image/png", 768, 768)
    assert pictures.check(picture.data) == picture


@pytest.mark.usefixtures("small")
def test_the_same_words_and_seed_give_the_same_bytes() -> None:
    assert images.generate(prompts.brief(PROMPT, "its tail", "seed")) == images.generate(
        prompts.brief(PROMPT, "its tail", "seed")
    )


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("prompt", "label", "seed"),
    [
        ("a fox in the rain", "its tail", "seed"),
        (PROMPT, "its ears", "seed"),
        (PROMPT, None, "seed"),
        (PROMPT, "its tail", "x"),
    ],
)
def test_another_prompt_area_or_seed_gives_another_picture(prompt: str, label: str | None, seed: str) -> None:
    one, other = (
        images.generate(prompts.brief(PROMPT, "its tail", "seed")),
        images.generate(prompts.brief(prompt, label, seed)),
    )

    assert opened(one).tobytes() != opened(other).tobytes()


@pytest.mark.parametrize(
    ("aspect_ratio", "size"), [("1:1", (768, 768)), ("4:3", (768, 576)), ("9:16", (432, 768)), ("21:9", (768, 329))]
)
def test_a_picture_has_the_aspect_ratio_that_it_is_asked_for(
    aspect_ratio: AspectRatio, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed, part in enumerate((1, 4, 4, 4)):  # of several scenes, of which one is painted in full size
        monkeypatch.setattr(procedural, "SIDE", 768 // part)
        picture = images.generate(Brief(PROMPT, PROMPT, None, aspect_ratio, f"{seed}"))
        assert (picture.width, picture.height) == tuple(round(side / part) for side in size)


def test_a_film_has_24_frames_that_end_where_they_begin() -> None:
    film = images.film(prompts.brief(PROMPT, None, "seed"))

    assert (film.width, film.height, film.seconds) == (672, 672, 2.4)
    with Image.open(io.BytesIO(film.data)) as frames:
        assert frames.info["loop"] == 0  # for ever
        assert len({_at(frames, index) for index in range(24)}) == 24
        assert frames.getexif()[ExifTags.Base.Software] == "Guilder procedural art, made without AI"
    assert b"fox" not in film.data


def _at(frames: Image.Image, index: int) -> bytes:
    frames.seek(index)
    return frames.tobytes()


def test_no_picture_is_a_plain_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procedural, "SIDE", 384)
    for seed in range(8):
        colors = opened(images.generate(prompts.brief(PROMPT, None, str(seed)))).getcolors(384 * 384)
        assert colors is None or len(colors) > 1000


@pytest.mark.usefixtures("small")
def test_a_picture_says_that_it_is_not_ai_and_nothing_of_its_prompt() -> None:
    picture = images.generate(prompts.brief(PROMPT, "its tail", "seed"))

    assert opened(picture).info == {"Software": "Guilder procedural art, made without AI"}
    assert b"fox" not in picture.data


@pytest.mark.parametrize(
    ("prompt", "label"), [("please fail-me", None), (PROMPT, "fail-me"), (PROMPT, "a FAIL-ME tail")]
)
def test_a_text_with_the_fail_word_fails(prompt: str, label: str | None) -> None:
    with pytest.raises(ImageFailed) as failure:
        images.generate(prompts.brief(prompt, label, "seed"))

    assert str(failure.value) == "the image model refused this"


@pytest.mark.usefixtures("small")
def test_an_area_without_the_fail_word_succeeds_whatever_the_prompt_says() -> None:
    assert images.generate(prompts.brief("please fail-me", "its tail", "seed")).width == SMALL


@pytest.mark.usefixtures("small")
def test_where_no_fail_word_is_set_no_text_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_IMAGE_FAIL_WORD")
    config.settings.cache_clear()

    assert images.generate(prompts.brief("please fail-me", "fail-me", "seed")).width == SMALL


@pytest.mark.usefixtures("small")
def test_the_fail_word_can_be_another_one_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variable(monkeypatch, "LOCAL_IMAGE_FAIL_WORD", "Broken")
    with pytest.raises(ImageFailed):
        images.generate(prompts.brief("a broken fox", None, "seed"))

    set_variable(monkeypatch, "LOCAL_IMAGE_FAIL_WORD", "")
    assert images.generate(prompts.brief("a broken fox", None, "seed")).width == SMALL


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("words", ["", "\0", "🦊" * 500, "a\nb", "x" * 2000])
def test_any_words_can_be_painted(words: str) -> None:
    assert images.generate(prompts.brief(words, words, words)).width == SMALL


@pytest.mark.parametrize(
    "model", ["", "dall-e-3", "gemini-3.8-flash", "imagen-4.0-generate-001", "procedural ../x", "Procedural"]
)
def test_a_model_that_we_cannot_ask_is_an_error_of_the_configuration(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variable(monkeypatch, "IMAGE_MODEL", model)

    with pytest.raises(config.ConfigurationError, match="IMAGE_MODEL"):
        images.generate(prompts.brief(PROMPT, None, "seed"))


@pytest.mark.parametrize("module", ["shared.art.images", "shared.art.media"])
def test_who_only_needs_the_names_loads_no_library(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert module in loaded
    assert not {"numpy", "PIL", "google.genai", "google.cloud.storage", "httpx", "httpx2"} & set(loaded)
