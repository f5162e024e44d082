"""Needs nothing: google-genai talks to a Gemini API on a loopback port that answers as each test tells it to."""

import base64
import io
import json
import socketserver
import threading
from collections.abc import Iterator

import pytest
from PIL import Image

from local.net.http_server import HttpServer, Request, Response
from shared import config
from shared.art import images, prompts
from shared.art.models import gemini
from shared.economy.features import Style
from shared.errors import ImageFailed, ImageUnavailable

MODEL = "gemini-3.1-flash-image"


class GeminiApi:
    """Answers every request with ``answer`` and remembers what was asked."""

    def __init__(self) -> None:
        self.answer = Response(200)
        self.requests: list[Request] = []
        self._server = HttpServer(0, self._respond)

    def start(self) -> str:
        self._server.start()
        return self._server.url

    def stop(self) -> None:
        self._server.stop()

    def answers(self, body: object, status: int = 200) -> None:
        self.answer = Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _respond(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answer


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiApi]:
    api = GeminiApi()
    use(monkeypatch, api.start())
    yield api
    api.stop()
    forget()


def use(monkeypatch: pytest.MonkeyPatch, url: str, key: str = "a-key") -> None:
    monkeypatch.setenv("IMAGE_MODEL", MODEL)
    monkeypatch.setenv("GEMINI_API_KEY", key)
    monkeypatch.setenv("GEMINI_API_BASE", url)
    forget()


def forget() -> None:
    config.settings.cache_clear()
    gemini._client.cache_clear()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (96, 64), "#2266aa").save(out, "PNG")
    return out.getvalue()


def parts(*contents: dict[str, object], finish_reason: str = "STOP") -> dict[str, object]:
    return {"candidates": [{"content": {"role": "model", "parts": list(contents)}, "finishReason": finish_reason}]}


def inline(data: bytes, mime_type: str = "image/png", **more: object) -> dict[str, object]:
    return {"inlineData": {"mimeType": mime_type, "data": base64.b64encode(data).decode()}, **more}


def error(code: int, status: str, **details: object) -> dict[str, object]:
    return {"error": {"code": code, "message": "a long story", "status": status, **details}}


def test_the_picture_of_an_answer_is_returned_checked(api: GeminiApi) -> None:
    api.answers(parts({"text": "Here it is:"}, inline(picture())))

    made = images.generate(prompts.brief("a fox in the snow", None, "seed"))

    assert made.data == picture()
    assert (made.content_type, made.width, made.height) == ("image/png", 96, 64)


def test_the_request_names_the_model_the_prompt_and_the_area_and_carries_the_key(api: GeminiApi) -> None:
    api.answers(parts(inline(picture())))

    images.generate(prompts.brief("a fox in the snow", "its tail", "seed"))

    [request] = api.requests
    assert request.path.endswith(f"/models/{MODEL}:generateContent")
    assert request.headers["x-goog-api-key"] == "a-key"
    assert json.loads(request.body) == {
        "contents": [{"role": "user", "parts": [{"text": "a fox in the snow\n\nits tail"}]}],
        "generationConfig": {"responseModalities": ["IMAGE"]},
    }


def test_the_request_asks_for_the_aspect_ratio_of_the_style(api: GeminiApi) -> None:
    api.answers(parts(inline(picture())))
    wide = Style(id="wide", name="Wide", features=("image",), template="{prompt}, wide", aspect_ratio="21:9")

    images.generate(prompts.brief("a fox", None, "seed", style=wide))

    told = json.loads(api.requests[0].body)
    assert told["contents"][0]["parts"] == [{"text": "a fox, wide"}]
    assert told["generationConfig"]["imageConfig"] == {"aspectRatio": "21:9"}


def test_a_draft_that_the_model_thought_of_is_not_the_picture(api: GeminiApi) -> None:
    api.answers(parts(inline(b"a draft", thought=True), inline(picture())))

    assert gemini.draw(MODEL, "a fox") == picture()


def test_the_content_says_what_a_picture_is_and_not_its_mime_type(api: GeminiApi) -> None:
    api.answers(parts(inline(picture(), mime_type="image/svg+xml")))

    assert images.generate(prompts.brief("a fox", None, "seed")).content_type == "image/png"


@pytest.mark.parametrize(
    "body",
    [
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        {"candidates": [{"finishReason": "IMAGE_SAFETY"}]},
        parts({"text": "I cannot draw that."}, finish_reason="NO_IMAGE"),
    ],
)
def test_a_refusal_is_final(api: GeminiApi, body: object) -> None:
    api.answers(body)

    with pytest.raises(ImageFailed, match=r"^the image model refused this$"):
        images.generate(prompts.brief("something forbidden", None, "seed"))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"candidates": []},
        {"candidates": [None]},
        parts(),
        parts({"text": "a fox"}),
        parts(inline(b"")),
        parts({"text": "said too much"}, finish_reason="MAX_TOKENS"),
    ],
)
def test_an_answer_without_a_picture_is_final(api: GeminiApi, body: object) -> None:
    api.answers(body)

    with pytest.raises(ImageFailed, match=r"^the image model answered without a picture$"):
        images.generate(prompts.brief("a fox", None, "seed"))


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Sign in to the hotel's network</body></html>",
        b"\xff\xfe\x00",
        b'{"candidates": [',
        b"5",
        b'{"candidates": 5}',
        b'{"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "!"}}]}}]}',
    ],
)
def test_an_answer_that_is_not_the_apis_is_final(api: GeminiApi, body: bytes) -> None:
    api.answer = Response(200, body)

    with pytest.raises(ImageFailed, match=r"^the image model answered with something that cannot be read$"):
        images.generate(prompts.brief("a fox", None, "seed"))


def test_an_empty_body_is_final(api: GeminiApi) -> None:
    with pytest.raises(ImageFailed):
        images.generate(prompts.brief("a fox", None, "seed"))


@pytest.mark.parametrize(
    "junk",
    [b"hello", b"<html>", b"<svg onload='alert(1)'/>", b"\x89PNG\r\n\x1a\n" + b"x" * 200],
)
def test_bytes_that_are_no_picture_are_final(api: GeminiApi, junk: bytes) -> None:
    api.answers(parts(inline(junk)))

    with pytest.raises(ImageFailed):
        images.generate(prompts.brief("a fox", None, "seed"))


def test_an_answer_larger_than_any_picture_is_cut_off(api: GeminiApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemini, "MAXIMUM_ANSWER_BYTES", 1000)
    api.answer = Response(200, b" " * 1001)

    with pytest.raises(ImageFailed, match=r"^the image model answered with too large a file$"):
        images.generate(prompts.brief("a fox", None, "seed"))


def test_a_packed_answer_is_refused_since_it_could_unpack_to_anything(api: GeminiApi) -> None:
    api.answer = Response(200, b"\x1f\x8b\x08\x00", {"Content-Encoding": "gzip"})

    with pytest.raises(ImageFailed):
        images.generate(prompts.brief("a fox", None, "seed"))

    assert api.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_an_overloaded_model_is_asked_once_and_may_be_asked_again_later(api: GeminiApi, status: int) -> None:
    api.answers(error(status, "RESOURCE_EXHAUSTED"), status)

    with pytest.raises(ImageUnavailable):
        images.generate(prompts.brief("a fox", None, "seed"))

    assert len(api.requests) == 1


def test_an_answer_that_wants_to_be_continued_is_not(api: GeminiApi) -> None:
    candidate = {"content": {"parts": [{"text": "to be"}]}, "finishReason": "CONTINUATION", "continuationToken": "dG8="}
    api.answers({"candidates": [candidate]})

    with pytest.raises(ImageFailed):
        images.generate(prompts.brief("a fox", None, "seed"))

    assert len(api.requests) == 1


def test_an_error_page_instead_of_json_is_worth_another_attempt(api: GeminiApi) -> None:
    api.answer = Response(502, b"<html>Bad Gateway</html>")

    with pytest.raises(ImageUnavailable):
        images.generate(prompts.brief("a fox", None, "seed"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, error(400, "INVALID_ARGUMENT", details=[{"reason": "API_KEY_INVALID"}])),
        (400, error(400, "FAILED_PRECONDITION")),
        (401, error(401, "UNAUTHENTICATED")),
        (403, error(403, "PERMISSION_DENIED")),
        (404, error(404, "NOT_FOUND")),
        (302, {}),
    ],
)
def test_what_we_configured_wrongly_is_worth_another_attempt_and_an_alert(
    api: GeminiApi, status: int, body: object, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers(body, status)

    with pytest.raises(ImageUnavailable):
        images.generate(prompts.brief("a fox", None, "seed"))

    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["alert"], line["event"], line["code"]) == (True, "image-model-misconfigured", status)


def test_a_request_that_the_model_will_never_take_is_final(api: GeminiApi) -> None:
    api.answers(error(400, "INVALID_ARGUMENT"), 400)

    with pytest.raises(ImageFailed):
        images.generate(prompts.brief("a fox", None, "seed"))


def test_neither_logs_nor_reasons_hold_the_prompt_or_the_key(
    api: GeminiApi, capsys: pytest.CaptureFixture[str]
) -> None:
    for status, body in [
        (200, {}),
        (429, error(429, "X")),
        (400, error(400, "INVALID_ARGUMENT")),
        (403, error(403, "Y")),
    ]:
        api.answers(body, status)
        with pytest.raises((ImageFailed, ImageUnavailable)) as failure:
            images.generate(prompts.brief("my secret fox", "its den", "seed"))
        assert "fox" not in str(failure.value)

    logged = capsys.readouterr().out
    assert logged
    assert not any(word in logged for word in ("fox", "den", "a-key"))


def test_a_port_where_nothing_listens_is_worth_another_attempt(api: GeminiApi, monkeypatch: pytest.MonkeyPatch) -> None:
    api.stop()

    with pytest.raises(ImageUnavailable):
        images.generate(prompts.brief("a fox", None, "seed"))


class Misbehaving(socketserver.BaseRequestHandler):
    """Answers as its server was told to, until the client goes away or the server stops."""

    server: "MisbehavingServer"

    def handle(self) -> None:
        self.request.recv(65536)
        if self.server.behaviour != "silence":
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        if self.server.behaviour == "an early end":
            return
        while not self.server.over.wait(0.05):
            if self.server.behaviour == "a byte now and then":
                try:
                    self.request.sendall(b" ")
                except OSError:
                    return


class MisbehavingServer(socketserver.ThreadingTCPServer):
    def __init__(self, behaviour: str) -> None:
        super().__init__(("127.0.0.1", 0), Misbehaving)
        self.behaviour = behaviour
        self.over = threading.Event()


@pytest.mark.parametrize("behaviour", ["silence", "a byte now and then", "an early end"])
def test_an_answer_without_its_end_is_given_up_and_worth_another_attempt(
    behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gemini, "TIMEOUT_SECONDS", 0.3)
    with MisbehavingServer(behaviour) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        use(monkeypatch, f"http://127.0.0.1:{server.server_address[1]}")
        try:
            with pytest.raises(ImageUnavailable):
                images.generate(prompts.brief("a fox", None, "seed"))
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
            forget()


def test_without_a_key_the_configuration_is_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "", key="")

    with pytest.raises(config.ConfigurationError, match="GEMINI_API_KEY"):
        images.generate(prompts.brief("a fox", None, "seed"))

    forget()
