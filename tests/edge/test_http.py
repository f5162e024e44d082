"""Needs the Firestore emulator. The border: what every function does with a request before and after its own lines."""

import gzip
import io
import json
from typing import Any

import flask
import pytest
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from local.gateway import path_of
from local.openapi.model import operations
from shared.edge import access
from shared.edge.endpoint import View, endpoint
from shared.edge.requests import NoParameters, Query
from tests.support import api, ledger_kit
from tests.support.functions import HTTP, INTERNAL, OPEN_TO_EVERYONE, READ
from tests.support.people import Person

ADA = Person("ada")

FOR_PEOPLE = HTTP - OPEN_TO_EVERYONE - INTERNAL - {"stripe_webhook"}

JSON = {"Content-Type": "application/json"}


def method_of(function: str) -> str:
    return "GET" if function in READ else "POST"


def allowed_of(function: str) -> list[str]:
    return ["GET", "HEAD"] if function in READ else ["POST"]


def signed_in(person: Person = ADA) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines logged since the last call, each one JSON object."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


# -- methods -----------------------------------------------------------------------------------------------------


@pytest.mark.threat(88)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("function", sorted(HTTP))
def test_a_function_answers_one_method(project: str, function: str, method: str) -> None:
    answer = api.call(method, function, {**JSON, **signed_in()}, b"")

    if method == method_of(function):
        assert answer.status != 405
    else:
        assert answer.problem == (405, "method-not-allowed")
        assert answer.body["allowed"] == allowed_of(function)
        assert answer.headers["Allow"] == ", ".join(allowed_of(function))


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://guilder.example"}], ids=["plain", "of an origin"])
@pytest.mark.parametrize("function", sorted(name for name in HTTP if method_of(name) == "GET"))
def test_head_is_answered_as_get_without_the_body(project: str, function: str, headers: dict[str, str]) -> None:
    ledger_kit.account(bonus=10, person=ADA)
    ledger_kit.write_posts(ADA, 1)
    query = {"get_post": "id=post000", "get_profile": "userId=ada", "get_generation": "id=g1"}.get(function, "")
    for identity in ({}, signed_in()):
        seen, got = (
            Client(api.GATEWAY).open(
                path_of(function), method=method, headers={**identity, **headers}, query_string=query
            )
            for method in ("HEAD", "GET")
        )

        assert (seen.status_code, seen.data) == (got.status_code, b"")
        assert seen.headers == got.headers
        assert got.data


@pytest.mark.parametrize("function", sorted(name for name in HTTP if method_of(name) == "POST"))
def test_head_is_refused_where_something_is_done(project: str, function: str) -> None:
    response = Client(api.GATEWAY).head(path_of(function), headers=signed_in())

    assert (response.status_code, response.data) == (405, b"")
    assert response.headers["Allow"] == "POST"


@pytest.mark.threat(88)
@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_makes_another_method_of_it(project: str, header: str) -> None:
    assert api.call("GET", "open_account", {header: "POST", **signed_in()}).status == 405
    assert api.call("POST", "get_wallet", {header: "GET", **JSON, **signed_in()}, b"{}").status == 405


@pytest.mark.threat(89)
def test_what_is_no_function_is_404(project: str) -> None:
    answer = Client(api.GATEWAY).get("/api/debug")

    assert (answer.status_code, answer.json and answer.json["type"]) == (404, "not-found")


@pytest.mark.threat(89)
@pytest.mark.parametrize("function", sorted(INTERNAL & HTTP))
def test_an_internal_function_is_not_under_api_and_answers_no_person(project: str, function: str) -> None:
    assert Client(api.GATEWAY).post(f"/api/{function.replace('_', '-')}").status_code == 404
    assert api.post(function).problem == (401, "unauthenticated")
    assert api.post(function, by=ADA).problem == (401, "unauthenticated")


@pytest.mark.parametrize("function", sorted(FOR_PEOPLE))
def test_a_function_for_people_wants_a_token(project: str, function: str) -> None:
    answer = api.call(method_of(function), function, JSON, b"{}")

    assert answer.problem == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


# -- bodies ------------------------------------------------------------------------------------------------------


@pytest.mark.threat(87)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"{} // done",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'[{"b": 1, "b": 2}]',
        b'{"a": "\xff"}',
        b'"\t"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"[" * 10_000,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"9" * 60_000,
        gzip.compress(b"{}", mtime=0),
    ],
    ids=lambda body: repr(body[:16]),
)
def test_what_is_not_well_formed_json_is_malformed(project: str, body: bytes) -> None:
    assert api.post("open_account", data=body, by=ADA).problem == (400, "malformed")


@pytest.mark.threat(87)
@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"true",
        b"5",
        b'"{}"',
        b'{"a": 1}',
        b'{"": {}}',
        b'{"\\ud800": 1}',
        b'[{"\\ud800": 1}]',
        b'{"a": 1e400}',
    ],
)
def test_well_formed_json_of_another_shape_is_invalid(project: str, body: bytes) -> None:
    answer = api.post("open_account", data=body, by=ADA)

    assert answer.problem == (422, "invalid-request")
    assert all(set(error) == {"field", "detail"} for error in answer.body["errors"])
    assert answer.body["errors"]


def test_no_more_than_twenty_errors_are_listed(project: str) -> None:
    answer = api.post("open_account", {f"field{n}": n for n in range(100)}, by=ADA)

    assert answer.problem == (422, "invalid-request")
    assert len(answer.body["errors"]) == 20


@pytest.mark.threat(87)
@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 413), (10 * 1024 * 1024, 413)])
def test_a_body_may_have_64_kib(project: str, size: int, status: int) -> None:
    answer = api.post("open_account", data=b"{}".ljust(size), by=ADA)

    assert answer.status == status
    if status == 413:
        assert answer.problem == (413, "too-large")


@pytest.mark.threat(87)
@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 413), (1024 * 1024, 413)])
def test_a_body_that_does_not_say_its_length_may_have_64_kib_too(project: str, size: int, status: int) -> None:
    """As gunicorn hands over a chunked request."""
    body = io.BytesIO(b"{}".ljust(size))

    answer = sent({"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})

    assert answer == (status, "too-large" if status == 413 else None)
    assert body.tell() <= 64 * 1024 + 1


@pytest.mark.threat(87)
def test_of_a_body_that_is_too_large_by_its_length_nothing_is_read(project: str) -> None:
    body = io.BytesIO(b"{}".ljust(1024 * 1024))

    assert sent({"wsgi.input": body, "CONTENT_LENGTH": str(1024 * 1024)}) == (413, "too-large")

    assert body.tell() == 0


def test_a_body_that_ends_early_is_malformed(project: str) -> None:
    assert sent({"wsgi.input": io.BytesIO(b"{"), "CONTENT_LENGTH": "2"}) == (400, "malformed")


@pytest.mark.parametrize("length", ["-1", "2.0", "two", "9" * 30])
def test_a_length_that_is_none_is_refused(project: str, length: str) -> None:
    status, _ = sent({"wsgi.input": io.BytesIO(b"{}"), "CONTENT_LENGTH": length})

    assert status in (400, 413)


def sent(environment: dict[str, object]) -> tuple[int, str | None]:
    """Status and problem that ``open_account`` answers to a request of this WSGI environment."""
    headers = [*JSON.items(), *signed_in().items()]
    plain = EnvironBuilder(path_of("open_account"), method="POST", headers=headers).get_environ()
    plain.pop("CONTENT_LENGTH", None)
    chunks, status, _ = run_wsgi_app(api.GATEWAY, plain | environment)
    return int(status.split()[0]), json.loads(b"".join(chunks)).get("type")


@pytest.mark.threat(87)
@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"],
)
def test_a_body_that_is_not_json_by_its_type_is_refused(project: str, kind: str) -> None:
    answer = api.call("POST", "open_account", {"Content-Type": kind, **signed_in()}, b"{}")

    assert answer.problem == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=latin1"]
)
def test_json_may_name_a_charset_and_is_utf_8_all_the_same(project: str, kind: str) -> None:
    assert api.call("POST", "open_account", {"Content-Type": kind, **signed_in()}, b"{}").status == 200


@pytest.mark.threat(87)
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_refused_before_it_is_unpacked(project: str, encoding: str) -> None:
    bomb = gzip.compress(b" " * 10_000_000)

    answer = api.post("open_account", data=bomb, by=ADA, headers={"Content-Encoding": encoding})

    assert answer.problem == (415, "unsupported-media-type")


def test_a_posted_request_takes_no_query_parameters(project: str) -> None:
    answer = api.post("open_account", by=ADA, query="dryRun=1")

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == ["dryRun"]


@pytest.mark.threat(66, 87)
@pytest.mark.parametrize(
    ("function", "field", "text"),
    [
        ("generate", "prompt", ""),
        ("generate", "prompt", " \n "),
        ("generate", "prompt", "a" * 2001),
        ("generate", "prompt", "a\u0000"),
        ("generate", "prompt", "a\u001b[2J"),
        ("generate", "prompt", "a\u0085"),
        ("generate", "prompt", "invoice\u202egnp.exe"),
        ("generate", "prompt", "a\u2066b"),
        ("generate", "prompt", "\ud800"),
        ("generate", "prompt", "\udc00\ud800"),
        ("generate", "caption", "\ud800"),
        ("generate", "caption", "a" * 1001),
        ("generate", "areas", ["\ud800"]),
        ("generate", "areas", ["a" * 81]),
        ("generate", "areas", ["sea", "SEA "]),
        ("generate", "areas", []),
        ("generate", "areas", [str(n) for n in range(9)]),
        ("generate", "areas", "sea"),
        ("generate", "publish", "true"),
        ("generate", "publish", 1),
        ("generate", "feature", "\ud800"),
        ("generate", "feature", "video"),
        ("publish_post", "caption", "a\u0007"),
        ("publish_post", "generationId", "a/b/c"),
        ("publish_post", "generationId", ".."),
        ("publish_post", "generationId", "\ud800"),
    ],
)
def test_text_that_is_no_text_is_refused_by_field(project: str, function: str, field: str, text: object) -> None:
    ledger_kit.account(bonus=10, person=ADA)
    bodies: dict[str, dict[str, object]] = {
        "generate": {"feature": "image", "prompt": "a lighthouse"},
        "publish_post": {"generationId": "g1", "caption": ""},
    }

    with ledger_kit.nothing_moves():
        answer = api.post(function, bodies[function] | {field: text}, by=ADA, key="k1")

    assert answer.problem == (422, "invalid-request")
    assert [error["field"].split(".")[0] for error in answer.body["errors"]] == [field]


@pytest.mark.threat(83)
@pytest.mark.parametrize("text", ["", "a/b", "a/b/c", "..", "__x__", "a" * 129, "a\u0000"])
def test_an_id_that_cannot_be_one_is_refused(project: str, text: str) -> None:
    answer = api.get("get_generation", by=ADA, id=text)

    assert answer.problem == (422, "invalid-request")
    assert answer.body["errors"] == [{"field": "id", "detail": "is not a valid id"}]
    assert answer.body["detail"] == "id: is not a valid id"


# -- headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["create_checkout", "generate", "tip"])
@pytest.mark.parametrize("key", [None, "", "a_b", "a b", "a/b", "é", "k" * 65])
def test_a_function_that_moves_tokens_out_wants_an_idempotency_key(
    project: str, function: str, key: str | None
) -> None:
    assert api.post(function, by=ADA, key=key).problem == (400, "malformed")


def test_the_others_take_no_notice_of_one(project: str) -> None:
    assert api.post("open_account", by=ADA, key="a_b").status == 200


KEPT: dict[str, tuple[dict[str, Any], int]] = {
    "get_catalog": ({}, 300),
    "get_profile": ({"userId": "ada"}, 30),
    "get_post": ({"id": "post000"}, 30),
    "get_feed": ({}, 10),
}
"""The functions whose answers caches may keep, with a query, and for how many seconds."""


def test_an_answer_is_kept_by_no_cache_and_taken_for_nothing_else(project: str) -> None:
    ledger_kit.account(bonus=10, person=ADA)
    for answer in (api.get("get_wallet", by=ADA), api.get("get_wallet"), api.post("open_account", by=ADA)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Vary"] == "Origin"


def test_what_everybody_is_told_without_a_token_is_kept_by_shared_caches_for_a_while(project: str) -> None:
    api.post("open_account", by=ADA)
    ledger_kit.write_posts(ADA, 1)
    for function, (query, seconds) in KEPT.items():
        answer = api.get(function, headers=None, **query)
        assert answer.status == 200, function
        kept = f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}"
        assert answer.headers["Cache-Control"] == kept, function
        assert answer.headers["Vary"] == "Authorization, Origin", function
        assert "Set-Cookie" not in answer.headers


def test_what_is_told_with_a_token_and_every_refusal_is_kept_by_none(project: str) -> None:
    api.post("open_account", by=ADA)
    ledger_kit.write_posts(ADA, 1)
    for function, (query, _) in KEPT.items():
        answers = [
            api.get(function, by=ADA, **query),
            api.get(function, headers={"Authorization": ""}, **query),
            api.get(function, headers=None, **query, nonsense="1"),
            api.post(function),
        ]
        assert [answer.status for answer in answers] == [200, 401, 422, 405], function
        nobody: dict[str, Any] = dict.fromkeys(query, "nobody")
        answers += [api.get(function, headers=None, **nobody)] if nobody else []
        assert {answer.status for answer in answers[4:]} <= {404}
        for answer in answers:
            assert answer.headers["Cache-Control"] == "no-store", function


def test_only_what_is_open_to_everyone_is_kept() -> None:
    assert {it.name: it.contract.cached_seconds for it in operations() if it.contract.cached_seconds} == {
        name: seconds for name, (_, seconds) in KEPT.items()
    }
    assert KEPT.keys() <= OPEN_TO_EVERYONE


# -- origins -----------------------------------------------------------------------------------------------------

ALLOWED = "https://guilder.example"


@pytest.mark.threat(85)
def test_an_origin_on_the_list_is_echoed(project: str) -> None:
    answer = api.get("get_catalog", headers={"Origin": ALLOWED})

    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert answer.headers["Vary"] == "Authorization, Origin"


@pytest.mark.threat(85)
@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://guilder.example.evil.io",
        "https://evil.io/https://guilder.example",
        "https://evilguilder.example",
        "https://sub.guilder.example",
        "http://guilder.example",
        "https://guilder.example:8443",
        "https://guilder.example/",
        "HTTPS://GUILDER.EXAMPLE",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_any_other_origin_is_not(project: str, origin: str, method: str) -> None:
    asked = {"Access-Control-Request-Method": "GET"} if method == "OPTIONS" else {}

    answer = api.call(method, "get_catalog", {"Origin": origin, **asked})

    assert not [
        name for name in answer.headers if name in ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers")
    ]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.threat(85)
@pytest.mark.parametrize("function", sorted(HTTP))
def test_credentials_are_allowed_to_nobody(project: str, function: str) -> None:
    answer = api.call(
        "OPTIONS", function, {"Origin": ALLOWED, "Access-Control-Request-Method": "POST", "Cookie": "session=1"}
    )

    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.threat(85)
def test_a_preflight_is_answered_without_a_token(project: str) -> None:
    asked = {
        "Origin": ALLOWED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }

    answer = api.call("OPTIONS", "tip", asked)

    assert (answer.status, answer.body) == (204, "")
    assert {name: value for name, value in answer.headers.items() if name.startswith("Access-Control")} == {
        "Access-Control-Allow-Origin": ALLOWED,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
        "Access-Control-Max-Age": "3600",
        "Access-Control-Expose-Headers": "Retry-After",
    }


def test_a_refusal_is_readable_for_an_allowed_origin(project: str) -> None:
    answer = api.get("get_wallet", headers={"Origin": ALLOWED})

    assert answer.problem == (401, "unauthenticated")
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED


# -- problems ----------------------------------------------------------------------------------------------------


def test_a_problem_has_the_members_of_rfc_9457(project: str) -> None:
    answer = api.get("get_wallet", by=ADA)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body == {
        "type": "no-such-account",
        "title": "There is no such account",
        "status": 404,
        "detail": "Open an account first: POST /open-account.",
    }


CANARY = "canary-9f3a"


class Words(Query):
    word: str = ""


def served(view: View, method: str = "GET", **request: Any) -> flask.Response:
    """What the endpoint answers to the request."""
    app = flask.Flask("test")
    with app.test_request_context("/", method=method, **request):
        return view(flask.request)


@pytest.mark.threat(86)
def test_an_unforeseen_error_says_nothing_of_the_inside_to_anybody(
    project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @endpoint(Words, access.PUBLIC)
    def breaks(query: Words) -> dict[str, str]:
        raise RuntimeError(f"{CANARY} {query.word}")

    response = served(breaks, query_string={"word": CANARY})

    assert response.status_code == 500
    assert json.loads(response.get_data()) == {
        "type": "internal-error",
        "title": "Something went wrong on our side",
        "status": 500,
        "detail": "The request could not be answered.",
    }
    out, err = capsys.readouterr()
    assert CANARY not in out + err + str(response.headers)
    error, request = (json.loads(line) for line in out.splitlines())
    assert (error["severity"], error["event"], error["error"]) == ("ERROR", "unexpected-error", "RuntimeError")
    assert any(frame.endswith(" breaks") for frame in error["stack"])
    assert (request["severity"], request["event"], request["status"]) == ("ERROR", "request", 500)


def test_an_answer_that_is_no_json_is_an_unforeseen_error_too(project: str) -> None:
    @endpoint(NoParameters, access.PUBLIC)
    def breaks() -> dict[str, object]:
        return {"it": object()}

    assert served(breaks).status_code == 500


# -- the log -----------------------------------------------------------------------------------------------------


@pytest.mark.threat(86)
def test_a_request_is_one_line_with_function_status_and_time(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    api.get("get_catalog")

    (line,) = logged(capsys)
    latency = line.pop("latencyMs")
    assert isinstance(latency, int)
    assert line.pop("message") == f"get_catalog 200 in {latency} ms"
    assert line == {"severity": "INFO", "event": "request", "function": "get_catalog", "status": 200}


def test_the_line_names_the_problem_and_the_trace(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    trace = "0123456789abcdef0123456789abcdef"

    api.get("get_wallet", headers={"X-Cloud-Trace-Context": f"{trace}/1;o=1"})

    (line,) = logged(capsys)
    assert (line["status"], line["problem"]) == (401, "unauthenticated")
    assert line["logging.googleapis.com/trace"] == f"projects/{project}/traces/{trace}"


@pytest.mark.threat(86)
@pytest.mark.parametrize("trace", [f"{CANARY}/1", "../../etc", "0123456789abcdef0123456789abcdeg", ""])
def test_a_trace_that_is_none_is_not_logged(project: str, capsys: pytest.CaptureFixture[str], trace: str) -> None:
    api.get("get_catalog", headers={"X-Cloud-Trace-Context": trace})

    (line,) = logged(capsys)
    assert "logging.googleapis.com/trace" not in line


@pytest.mark.threat(86)
@pytest.mark.parametrize("status", [200, 402, 422])
def test_no_uid_e_mail_prompt_key_or_token_is_logged(
    project: str, capfd: pytest.CaptureFixture[str], status: int
) -> None:
    ada = Person(f"uid-{CANARY}", claims={"email": f"{CANARY}@example.com", "name": CANARY, "picture": CANARY})
    token = ada.token
    capfd.readouterr()
    match status:
        case 200:
            assert api.post("open_account", by=ada).status == 200
        case 402:
            ledger_kit.account(bonus=1, person=ada)
            body = {"feature": "image", "prompt": CANARY, "caption": CANARY, "areas": [CANARY]}
            assert api.post("generate", body, by=ada, key=CANARY).status == 402
        case 422:
            assert api.post("generate", {CANARY: CANARY, "prompt": f"{CANARY}\u0000"}, by=ada, key=CANARY).status == 422

    out, err = capfd.readouterr()
    assert CANARY not in out + err
    assert token.split(".")[1] not in out + err
    (line,) = [json.loads(line) for line in out.splitlines()]
    assert line["status"] == status
    assert len(line["user"]) == 16


@pytest.mark.threat(86)
def test_one_user_has_one_name_in_the_log(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    api.post("open_account", by=ADA)
    api.get("get_wallet", by=ADA)
    api.post("open_account", by=Person("ben"))

    users = [line["user"] for line in logged(capsys)]
    assert users[0] == users[1] != users[2]


@pytest.mark.threat(86)
def test_a_secret_shows_in_no_representation_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.config import read

    names = ("CURSOR_SECRET", "IDENTITY_SECRET", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "GEMINI_API_KEY")
    secrets = dict.fromkeys(names, CANARY)

    assert CANARY not in repr(read(secrets))
    assert CANARY not in str(read(secrets))
