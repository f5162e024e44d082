"""Needs nothing. The pages in ``public/``, as the local gateway serves them in Firebase Hosting's place."""

import json
import re
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from local.site import hosting
from tests.support.api import GATEWAY

ROOT = Path(__file__).resolve().parents[2]
HOSTING = json.loads((ROOT / "firebase.json").read_text(encoding="utf-8"))["hosting"]


def get(path: str) -> TestResponse:
    return Client(GATEWAY).get(path)


@pytest.mark.parametrize(
    ("path", "file", "content_type"),
    [
        ("/tokens/success?session_id=cs_1", "tokens/success.html", "text/html"),
        ("/tokens/cancel", "tokens/cancel.html", "text/html"),
        ("/tokens/success.js", "tokens/success.js", "text/javascript"),
        ("/style.css", "style.css", "text/css"),
    ],
)
def test_the_gateway_serves_what_is_deployed_with_the_headers_of_hosting(
    path: str, file: str, content_type: str
) -> None:
    answer = get(path)

    assert (answer.status_code, answer.mimetype) == (200, content_type)
    assert answer.get_data() == (ROOT / "public" / file).read_bytes()
    assert answer.headers["Content-Security-Policy"] == HOSTING["headers"][0]["headers"][0]["value"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/tokens/success.html", "/tokens/", "/../firebase.json", "/.env", "/404"])
def test_nothing_else_is_served(path: str) -> None:
    assert get(path).status_code == 404


def test_the_pages_carry_no_script_of_their_own_and_load_nothing_from_elsewhere() -> None:
    for file in (ROOT / "public").rglob("*.html"):
        page = file.read_text(encoding="utf-8")
        assert re.findall(r"<script(?![^>]*\ssrc=)", page) == [], file
        assert re.findall(r"\son\w+=", page) == [], file
        assert [url for url in re.findall(r'(?:src|href)="([^"]+)"', page) if not re.match(r"/(?!/)", url)] == [], file


def test_everything_that_the_pages_load_is_there() -> None:
    for file in (ROOT / "public").rglob("*.html"):
        for url in re.findall(r'(?:src|link rel="stylesheet" href)="([^"]+)"', file.read_text(encoding="utf-8")):
            assert get(url).status_code == 200, (file, url)


def test_the_sdk_is_the_one_that_the_rules_are_tested_with() -> None:
    tested = json.loads((ROOT / "tests" / "rules" / "web" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    page = (ROOT / "public" / "tokens" / "success.html").read_text(encoding="utf-8")

    assert set(re.findall(r"/__/firebase/([^/]+)/", page)) == {tested["firebase"]}


def test_nothing_local_is_deployed() -> None:
    deployed = [file.read_text(encoding="utf-8") for file in (ROOT / "public").rglob("*.*")]

    assert [text for text in deployed if re.search(r"_local|127\.0\.0\.1|localhost|emulator", text)] == []


def test_the_local_configuration_leads_to_the_auth_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-guilder")

    assert get("/__/firebase/init.json").json == {
        "apiKey": "local",
        "projectId": "demo-guilder",
        "authEmulator": "http://127.0.0.1:9099",
    }


def test_the_pages_have_the_headers_of_firebase_json() -> None:
    assert {name for name, _ in hosting.headers()} >= {"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy"}
