"""Needs the Firestore emulator. Origins that look like the one that is allowed, at every function."""

import http.client

import pytest

from local.gateway import path_of
from local.openapi.model import operations
from tests.support import api
from tests.support.cloud_kit import TIMEOUT_SECONDS
from tests.support.people import Person

ALLOWED = "https://guilder.example"

METHODS = {operation.name: operation.method for operation in operations()}

ATTACKS = {
    "wildcard": "*",
    "null": "null",
    "suffix": "https://guilder.example.evil.io",
    "suffix without a dot": "https://guilder.exampleevil.io",
    "prefix": "https://evilguilder.example",
    "in the path": "https://evil.io/https://guilder.example",
    "in the query": "https://evil.io?https://guilder.example",
    "subdomain": "https://sub.guilder.example",
    "parent": "https://example",
    "another scheme": "http://guilder.example",
    "no scheme": "guilder.example",
    "another port": "https://guilder.example:8443",
    "the usual port": "https://guilder.example:443",
    "upper case": "HTTPS://GUILDER.EXAMPLE",
    "a capital": "https://Guilder.example",
    "trailing dot": "https://guilder.example.",
    "trailing slash": "https://guilder.example/",
    "userinfo in front": "https://guilder.example@evil.io",
    "userinfo behind": "https://evil.io@guilder.example",
    "userinfo and port": "https://guilder.example:443@evil.io",
    "backslash": "https://evil.io\\@guilder.example",
    "hash": "https://evil.io#guilder.example",
    "two in one": "https://guilder.example, https://evil.io",
    "two in one, the other way": "https://evil.io,https://guilder.example",
    "two with a space": "https://guilder.example https://evil.io",
    "twice the same": "https://guilder.example,https://guilder.example",
    "look-alike": "https://guilder.example\u0301".encode().decode("latin-1"),
    "as a pattern": "https://guilder-example",
    "file": "file://",
    "extension": "chrome-extension://guilder.example",
    "nothing": "",
}


def cors_headers(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower().startswith("access-control-")}


@pytest.mark.threat(85)
@pytest.mark.parametrize("origin", ATTACKS.values(), ids=list(ATTACKS))
@pytest.mark.parametrize("function", ["get_wallet", "tip", "stripe_webhook", "run_generation"])
def test_no_other_origin_is_let_in_by_an_answer_or_a_preflight(project: str, function: str, origin: str) -> None:
    preflight = {"Access-Control-Request-Method": METHODS[function], "Access-Control-Request-Headers": "authorization"}

    answer = api.call(METHODS[function], function, {"Origin": origin, "Content-Type": "application/json"})
    before = api.call("OPTIONS", function, {"Origin": origin, **preflight})

    assert answer.status in (400, 401)
    assert cors_headers(answer.headers) == {}
    assert "Access-Control-Allow-Origin" not in before.headers
    assert "Access-Control-Allow-Credentials" not in before.headers
    for headers in (answer.headers, before.headers):
        assert "Origin" in headers["Vary"]


@pytest.mark.threat(85)
@pytest.mark.parametrize("function", sorted(METHODS))
def test_the_one_origin_is_named_and_never_a_wildcard_or_with_credentials(project: str, function: str) -> None:
    cookie = {"Origin": ALLOWED, "Cookie": "session=1", "Content-Type": "application/json"}
    asked = {"Access-Control-Request-Method": METHODS[function]}

    for answer in (
        api.call(METHODS[function], function, cookie),
        api.call(METHODS[function], function, {**cookie, "Authorization": f"Bearer {Person().token}"}),
        api.call("OPTIONS", function, {**cookie, **asked}),
        api.call("DELETE", function, cookie),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert "*" not in "".join(cors_headers(answer.headers).values())
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers


@pytest.mark.threat(85)
@pytest.mark.parametrize("origins", [(ALLOWED, "https://evil.io"), ("https://evil.io", ALLOWED), (ALLOWED, ALLOWED)])
def test_of_several_origin_headers_none_is_believed(project: str, gateway_url: str, origins: tuple[str, str]) -> None:
    connection = http.client.HTTPConnection(gateway_url.removeprefix("http://"), timeout=TIMEOUT_SECONDS)
    try:
        connection.putrequest("GET", path_of("get_catalog"))
        for origin in origins:
            connection.putheader("Origin", origin)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()

    assert answer.status == 200
    assert answer.getheader("Access-Control-Allow-Origin") is None
