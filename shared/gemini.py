"""Google's image models through google-genai, which takes seconds to import: only the worker, only when configured.

``gemini-*`` models answer with content parts, ``imagen-*`` models with generated images. What comes back is only bytes
here; ``pictures.check`` says whether it is a picture.
"""

import functools
from typing import TYPE_CHECKING

import httpx

from shared import log
from shared.config import settings
from shared.images import ImageFailed, ImageUnavailable

if TYPE_CHECKING:
    from google import genai

TIMEOUT_SECONDS = 60

REFUSED = "the image model refused this"


@functools.cache
def _client() -> "genai.Client":
    from google import genai
    from google.genai import types

    options = types.HttpOptions(
        base_url=settings().gemini_api_base or None,
        timeout=TIMEOUT_SECONDS * 1000,
        # The queue retries, with a longer breath than a library inside one request.
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    return genai.Client(api_key=settings().gemini_api_key, http_options=options)


def draw(model: str, prompt: str) -> bytes:
    """The bytes that the model answers with.

    Raises:
        ImageFailed: the model refused, or answered without a picture.
        ImageUnavailable: it could not be reached in time, is overloaded, or refuses our key: after the queue's last
            attempt the tokens go back, and until then somebody may mend the configuration.
    """
    from google.genai import errors

    try:
        return _imagen(model, prompt) if model.startswith("imagen-") else _gemini(model, prompt)
    except errors.APIError as error:
        log.write("WARNING", "image-model-error", model=model, code=error.code)
        if error.code == 400 and error.status == "INVALID_ARGUMENT":
            raise ImageFailed(REFUSED) from error
        raise ImageUnavailable(f"the model answered {error.code}") from error
    except (httpx.HTTPError, errors.UnknownApiResponseError, ValueError) as error:
        log.write("WARNING", "image-model-error", model=model, error=type(error).__name__)
        raise ImageUnavailable("the model could not be reached") from error


def _gemini(model: str, prompt: str) -> bytes:
    from google.genai import types

    answer = _client().models.generate_content(
        model=model, contents=prompt, config=types.GenerateContentConfig(response_modalities=["IMAGE"])
    )
    for candidate in answer.candidates or []:
        for part in (candidate.content and candidate.content.parts) or []:
            if part.inline_data and (data := part.inline_data.data):
                return bytes(data)
    raise ImageFailed(REFUSED)


def _imagen(model: str, prompt: str) -> bytes:
    from google.genai import types

    answer = _client().models.generate_images(
        model=model, prompt=prompt, config=types.GenerateImagesConfig(number_of_images=1)
    )
    for generated in answer.generated_images or []:
        if generated.image and (data := generated.image.image_bytes):
            return bytes(data)
    raise ImageFailed(REFUSED)
