"""Needs Node with firebase-tools, whose superstatic serves a site with our firebase.json as Firebase Hosting does."""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from local.net.ports import HOST
from local.net.process import StartError
from local.site import packages, pages
from local.site.hosting import Hosting
from tests.support import site_kit

TIMEOUT_SECONDS = 30
STORED = {"Cache-Control": "public, max-age=0, s-maxage=10"}

MAILS = {
    "oobCodes": [
        {"email": "<b>@example.com", "requestType": "PASSWORD_RESET", "oobLink": "http://127.0.0.1:1/?mode=reset&x=1"},
        {"email": "ada@example.com", "requestType": "VERIFY_EMAIL", "oobLink": "http://127.0.0.1:1/?mode=verify"},
    ]
}


class Functions(BaseHTTPRequestHandler):
    """Stands in for the functions and for the Auth emulator."""

    def do_GET(self) -> None:
        self._answer(200, MAILS if "/oobCodes" in self.path else {"path": self.path})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(402, {"body": body, "key": self.headers["Idempotency-Key"]})

    def _answer(self, status: int, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **STORED}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def functions() -> Iterator[str]:
    with ThreadingHTTPServer((HOST, 0), Functions) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"{HOST}:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def hosting(functions: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosting]:
    root = site_kit.make(tmp_path_factory.mktemp("site"))
    hosting = Hosting(0, f"http://{functions}", "demo-guilder", functions, f"{HOST}:8080", root / "log", root)
    hosting.start()
    yield hosting
    hosting.stop()


def get(hosting: Hosting, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{hosting.url}{path}", headers=headers, timeout=TIMEOUT_SECONDS)


def title(answer: httpx.Response) -> str:
    return answer.text.partition("<title>")[2].partition("<")[0]


@pytest.mark.parametrize("target", ["//", "///", "//[", "/%", "*", "http://example.com/", "/" + "a" * 9_000])
def test_a_target_that_is_no_address_does_not_stop_it(hosting: Hosting, target: str) -> None:
    with contextlib.closing(http.client.HTTPConnection(HOST, hosting.port, timeout=TIMEOUT_SECONDS)) as stranger:
        stranger.request("GET", target)
        assert stranger.getresponse().status in (200, 404, 500)

    assert get(hosting, "/").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "page"),
    [
        ("/", 200, "index"),
        ("/post?id=abc", 200, "post"),
        ("/p/abc", 200, "post"),
        ("/u/abc", 200, "creator"),
        ("/tokens/success?session_id=cs_1", 200, "tokens/success"),
        ("/tokens/cancel", 200, "tokens/cancel"),
        ("/settings", 200, "settings"),
        ("/nope", 404, "404"),
        ("/p", 404, "404"),
        ("/p/a/b", 404, "404"),
        ("/u/", 404, "404"),
        ("/api/nope", 404, "404"),
        ("/api", 404, "404"),
        ("/%2e%2e/firebase.json", 404, "404"),
    ],
)
def test_a_page_is_at_its_address_and_what_is_none_is_404(hosting: Hosting, path: str, status: int, page: str) -> None:
    answer = get(hosting, path)

    assert (answer.status_code, title(answer)) == (status, page)
    assert answer.headers["Cache-Control"] == "no-cache"
    for header in ("Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "X-Content-Type-Options"):
        assert answer.headers[header], header


@pytest.mark.parametrize(("path", "to"), [("/post.html", "/post"), ("/settings/", "/settings"), ("/index.html", "/")])
def test_a_page_has_one_address(hosting: Hosting, path: str, to: str) -> None:
    answer = get(hosting, path)

    assert (answer.status_code, answer.headers["Location"]) == (301, to)


def test_what_has_its_content_in_its_name_is_kept_for_ever_and_nothing_else(hosting: Hosting) -> None:
    chunk, tree = get(hosting, "/_next/static/chunks/a1.js"), get(hosting, "/post/__next._tree.txt")

    assert (chunk.headers["Cache-Control"], chunk.headers["Content-Encoding"]) == (
        "public, max-age=31536000, immutable",
        "gzip",
    )
    assert (tree.status_code, tree.headers["Cache-Control"]) == (200, "no-cache")
    assert get(hosting, "/_next/static/chunks/gone.js").status_code == 404


def test_what_is_for_functions_reaches_them_and_comes_back_as_they_said_it(hosting: Hosting) -> None:
    read = get(hosting, "/api/get-feed?limit=12&cursor=a%2Fb")
    written = httpx.post(
        f"{hosting.url}/api/tip", json={"amount": 5}, headers={"Idempotency-Key": "k1"}, timeout=TIMEOUT_SECONDS
    )

    assert (read.status_code, read.json()) == (200, {"path": "/api/get-feed?limit=12&cursor=a%2Fb"})
    assert read.headers["Cache-Control"] == STORED["Cache-Control"]
    assert written.status_code == 402
    assert (json.loads(written.json()["body"]), written.json()["key"]) == ({"amount": 5}, "k1")


def test_functions_that_do_not_answer_are_said_to(functions: str, tmp_path: Path) -> None:
    hosting = Hosting(0, f"http://{HOST}:1", "demo-guilder", f"{HOST}:1", "", tmp_path / "log", site_kit.make(tmp_path))
    hosting.start()
    try:
        assert get(hosting, "/api/get-catalog").status_code == 502
        assert get(hosting, "/__/local/mail").status_code == 503
        with pytest.raises(StartError, match=rf"Port {hosting.port} \(web\) is taken\. .+ set PORT\."):
            Hosting(hosting.port, "", "", "", "", tmp_path / "log2", tmp_path).start()
    finally:
        hosting.stop()


def test_the_pages_are_told_their_project_and_its_emulators(hosting: Hosting, functions: str) -> None:
    answer = get(hosting, "/site.json")

    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.json()["firebase"]["projectId"] == "demo-guilder"
    assert answer.json()["emulators"] == {"auth": functions, "firestore": f"{HOST}:8080"}


def test_the_policy_of_scripts_is_the_deployed_one_and_opens_this_machine_for_data_alone(hosting: Hosting) -> None:
    rules = json.loads((site_kit.ROOT / "firebase.json").read_text(encoding="utf-8"))["hosting"]["headers"]
    deployed = next(
        header["value"] for rule in rules for header in rule["headers"] if header["key"] == "Content-Security-Policy"
    )
    local = get(hosting, "/").headers["Content-Security-Policy"]

    for directive in ("connect-src", "img-src"):
        assert f"{directive} http://{HOST}:* " in local
    assert local.replace(f" http://{HOST}:*", "") == deployed


def test_the_mails_that_nobody_sends_are_listed_the_newest_first_as_text(hosting: Hosting) -> None:
    page = get(hosting, "/__/local/mail")

    assert page.status_code == 200
    assert page.text.index("ada@example.com") < page.text.index("&#60;b&#62;@example.com")
    assert '<a href="http://127.0.0.1:1/?mode=reset&#38;x=1">Choose a new password</a>' in page.text
    assert get(hosting, "/__/local/mail", Host="evil.example").status_code == 403


# -- the build of the pages ------------------------------------------------------------------------------------------


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which an npm that makes pages, or fails where ``fail`` stands beside it, notes what it was told."""
    programs, noted = tmp_path / "bin", tmp_path / "noted"
    programs.mkdir()
    program = programs / "npm"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {noted}\n[ -e {tmp_path}/fail ] && {{ echo "no such thing"; exit 1; }}\n'
        "mkdir -p web/out web/node_modules\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return noted


@pytest.fixture
def unbuilt(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "web" / "app").mkdir(parents=True)
    (root / "web" / "app" / "page.tsx").write_text("1")
    (root / "web" / "package-lock.json").write_text("{}")
    return root


def built(root: Path, npm: Path) -> list[str]:
    """What npm was told by one more build."""
    npm.write_text("")
    pages.build(root, root / "log", lambda _: None)
    return [line.split(" ")[2] for line in npm.read_text().splitlines()]


def test_pages_are_built_when_they_are_missing_or_their_sources_changed_and_installed_for_once(
    unbuilt: Path, npm: Path
) -> None:
    assert built(unbuilt, npm) == ["ci", "run"]
    assert built(unbuilt, npm) == []

    (unbuilt / "web" / "app" / "page.tsx").write_text("2")
    assert built(unbuilt, npm) == ["run"]
    (unbuilt / "web" / "package-lock.json").write_text("{ }")
    assert built(unbuilt, npm) == ["ci", "run"]
    (unbuilt / "web" / "out" / ".built").unlink()
    assert built(unbuilt, npm) == ["run"]
    (unbuilt / "web" / "node_modules" / "one.js").write_text("installed")
    (unbuilt / "web" / "e2e").mkdir()
    (unbuilt / "web" / "e2e" / "buy.spec.ts").write_text("a journey")
    assert built(unbuilt, npm) == []


def test_a_build_that_fails_is_said_with_its_words_and_tried_again(unbuilt: Path, npm: Path, tmp_path: Path) -> None:
    (tmp_path / "fail").touch()
    with pytest.raises(StartError, match=r"could not be built(.|\n)*no such thing"):
        built(unbuilt, npm)
    (tmp_path / "fail").unlink()

    assert built(unbuilt, npm) == ["ci", "run"]


def test_a_clone_without_a_web_app_has_none_to_build(unbuilt: Path, tmp_path: Path) -> None:
    assert not packages.has_web_app(unbuilt)
    assert packages.has_web_app(site_kit.make(tmp_path / "site"))


def test_without_npm_one_sentence_says_what_is_missing(unbuilt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(StartError, match=r"There is no npm, .+ Node\.js: https://nodejs\.org"):
        pages.build(unbuilt, unbuilt / "log", print)
