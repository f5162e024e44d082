"""Google's image models (``gemini-...-image``) through google-genai, which takes seconds to import: only when used.

Imagen is not here: Google shut it down in 2026, and google-genai 3 has no way to it with an API key. What comes back
is only bytes; ``pictures.check`` says whether they are a picture.
"""

import functools
from collections.abc import Iterator

import httpx2
from google import genai
from google.genai import errors, types

from shared import clock, log
from shared.config import ConfigurationError, settings
from shared.errors import ImageFailed, ImageUnavailable

TIMEOUT_SECONDS = 50.0
"""From the request to the answer's end, seen whenever something arrives: a stalled one ends within twice that, which is
less than a worker's lease."""

CONNECT_TIMEOUT_SECONDS = 5.0

MAXIMUM_ANSWER_BYTES = 28 * 1024 * 1024
"""The largest picture that is taken, 20 MiB, as base64 and with something around it."""

REFUSED = "the image model refused this"
NO_PICTURE = "the image model answered without a picture"
TOO_LARGE = "the image model answered with too large a file"
UNREADABLE = "the image model answered with something that cannot be read"

_FINISHED_WELL = (None, types.FinishReason.STOP, types.FinishReason.MAX_TOKENS)


def draw(model: str, prompt: str, aspect_ratio: str | None = None) -> bytes:
    """The bytes that the model answers with; without an ``aspect_ratio`` (``16:9``) it chooses one.

    Raises:
        ImageFailed: the model refused, or answered without anything that could be a picture.
        ImageUnavailable: it could not be reached in time, is overloaded, or does not accept our key, model or account.
            The last is mended by us and not by the user: the task comes again meanwhile, and after its last attempt
            the tokens go back.
        ConfigurationError: GEMINI_API_KEY is not set.
    """
    try:
        answer = _client().models.generate_content(
            model=model,
            contents=prompt,
            config=types.GenerateContentConfig(
                response_modalities=["IMAGE"],
                image_config=types.ImageConfig(aspect_ratio=aspect_ratio) if aspect_ratio is not None else None,
                # Otherwise the library asks again for as long as answers say that there is more to come.
                automatic_continuation=False,
            ),
        )
    except errors.APIError as error:
        raise _failure(model, error) from error
    except httpx2.HTTPError as error:
        log.write("WARNING", "image-model-unreachable", model=model, error=type(error).__name__)
        raise ImageUnavailable("the image model could not be reached") from error
    except (ValueError, TypeError, AttributeError) as error:  # what the library raises on a 200 of another shape
        log.write("WARNING", "image-model-answer-unreadable", model=model, error=type(error).__name__)
        raise ImageFailed(UNREADABLE) from error
    return _picture(answer)


def _picture(answer: types.GenerateContentResponse) -> bytes:
    """The first picture in the answer.

    Raises:
        ImageFailed: there is none.
    """
    refused = bool(answer.prompt_feedback and answer.prompt_feedback.block_reason)
    for candidate in answer.candidates or []:
        for part in (candidate.content and candidate.content.parts) or []:
            # Models that think first show drafts of the picture as thoughts.
            if part.inline_data and part.inline_data.data and not part.thought:
                return part.inline_data.data
        refused = refused or candidate.finish_reason not in _FINISHED_WELL
    raise ImageFailed(REFUSED if refused else NO_PICTURE)


def _failure(model: str, error: errors.APIError) -> ImageFailed | ImageUnavailable:
    """What an HTTP status other than 200 means."""
    if error.code in (408, 429) or error.code >= 500:
        log.write("WARNING", "image-model-unavailable", model=model, code=error.code)
        return ImageUnavailable(f"the image model answered {error.code}")
    # A bad key is INVALID_ARGUMENT too, told apart by its reason; a country or an unpaid bill FAILED_PRECONDITION.
    if error.code == 400 and error.status == "INVALID_ARGUMENT" and "API_KEY" not in str(error.details):
        log.write("WARNING", "image-model-refused-request", model=model)
        return ImageFailed(REFUSED)
    log.alert("image-model-misconfigured", model=model, code=error.code, status=error.status)
    return ImageUnavailable(f"the image model answered {error.code}")


@functools.cache
def _client() -> genai.Client:
    if not settings().gemini_api_key:
        raise ConfigurationError(f"GEMINI_API_KEY is not set, and IMAGE_MODEL={settings().image_model} needs it.")
    options = types.HttpOptions(
        base_url=settings().gemini_api_base or None,
        timeout=int(TIMEOUT_SECONDS * 1000),
        # The queue retries, with a longer breath than a library inside one request.
        retry_options=types.HttpRetryOptions(attempts=1),
        # Unpacked, an answer could be a thousand times what was received.
        httpx_client=httpx2.Client(transport=_Bounded(), headers={"Accept-Encoding": "identity"}),
    )
    return genai.Client(vertexai=False, api_key=settings().gemini_api_key, http_options=options)


class _Bounded(httpx2.BaseTransport):
    """HTTP with an end to every answer: the library's own time-out starts anew with every packet."""

    def __init__(self) -> None:
        self._network = httpx2.HTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        deadline = clock.monotonic() + TIMEOUT_SECONDS
        request.extensions["timeout"] |= {"connect": CONNECT_TIMEOUT_SECONDS}
        response = self._network.handle_request(request)
        if response.status_code == 200 and "content-encoding" in response.headers:
            response.close()
            raise ImageFailed(UNREADABLE)
        stream = _BoundedStream(response, deadline)
        return httpx2.Response(response.status_code, headers=response.headers, stream=stream)

    def close(self) -> None:
        self._network.close()


class _BoundedStream(httpx2.SyncByteStream):
    def __init__(self, response: httpx2.Response, deadline: float) -> None:
        self._response = response
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for chunk in self._response.iter_raw():
            received += len(chunk)
            if received > MAXIMUM_ANSWER_BYTES:
                raise ImageFailed(TOO_LARGE)
            if clock.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("the answer takes too long")
            yield chunk

    def close(self) -> None:
        self._response.close()
