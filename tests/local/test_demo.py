"""Needs Java, Node with firebase-tools, and free ports: `make demo`, `dev` and `show` as a newcomer runs them.

One cloud is started for all of it, and once more with the state that it left.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from local import cloud, dev, user
from local.cloud import Endpoints
from local.demo import __main__ as demo
from local.demo.client import AppUser
from local.demo.stage import StepFailed, check
from local.demo.story import Story
from local.net.ports import free_port
from local.parts import ROOT
from local.show import __main__ as show
from local.show import gallery
from local.show.scene import ADA, PEOPLE, PICTURES, TIPS, Tip
from local.state import State
from tests.support import site_kit
from tests.support.target import eventually

FOLDER = ROOT / ".local" / "test-dev"
"""Where this cloud keeps its state, so that a developer's stays as it is."""

DEV = """
import pathlib, sys
from local import cloud
cloud.FOLDER = pathlib.Path(sys.argv[1])
from local import dev
dev.SITE = cloud.FOLDER / "site"
sys.exit(dev.main())
"""

SHOP = {
    "CHECKOUT_SUCCESS_URL": "http://127.0.0.1:3000/thanks?session={CHECKOUT_SESSION_ID}",
    "CHECKOUT_CANCEL_URL": "http://127.0.0.1:3000/shop",
}
EMAIL = "me@example.com"
TIMEOUT_SECONDS = 60

Capture = pytest.CaptureFixture[str]


def free_ports() -> dict[str, str]:
    names = (
        "PORT",
        "GATEWAY_PORT",
        "FIRESTORE_PORT",
        "AUTH_PORT",
        "STORAGE_PORT",
        "TASKS_PORT",
        "STRIPE_PORT",
        "SCHEDULER_PORT",
    )
    return {name: str(free_port()) for name in names}


@dataclass(frozen=True)
class Dev:
    """`make dev` while it runs."""

    process: "subprocess.Popen[str]"
    ports: dict[str, str]
    endpoints: Endpoints

    def interrupt(self) -> str:
        """Ends it as Ctrl-C does; all that it printed."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=TIMEOUT_SECONDS)[0]


@pytest.fixture(scope="module")
def running() -> Iterator[Dev]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    site_kit.make(FOLDER / "site")
    ports, file = free_ports(), FOLDER / "endpoints.json"
    process = subprocess.Popen(
        [sys.executable, "-c", DEV, str(FOLDER)],
        cwd=ROOT,
        env={**os.environ, **ports, **SHOP},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        eventually(lambda: file.exists() or process.poll() is not None, timeout_seconds=180)
        assert process.poll() is None, process.communicate()[0]
        yield Dev(process, ports, Endpoints(**json.loads(file.read_text())))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=TIMEOUT_SECONDS)


def test_the_demo_plays_the_whole_story_and_ends_with_its_verdict(
    running: Dev, monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.setattr(cloud, "running", lambda *_given, **_named: contextlib.nullcontext(running.endpoints))
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "demo")
    monkeypatch.setenv("COLUMNS", "100")  # whatever the terminal is in which the tests run

    status = demo.main()

    output = capsys.readouterr()
    assert status == 0, output.err
    assert output.out.rstrip().splitlines()[-1] == "demo: ok · 42 ledger lines · 0 discrepancies"
    for told in (
        "credited once",
        "33 of 110 tokens are taken back",
        "he owes 34",
        "the dispute is won",
        "the plan is past due",
        "Stripe tries again after three days",
        "75 more for the 5.00 USD of difference",
        "one reload buys 110 for 9.99 USD, once",
        "she gets a link",
        "Ben's ledger",
    ):
        assert told in output.out
    assert len(re.findall(r"(?m)^  auto_reload  ", output.out)) == 1
    assert len(re.findall(r"good until \d+ \w+$", output.out, re.MULTILINE)) == 2
    assert max(map(len, output.out.splitlines())) <= 100


def test_dev_says_where_everything_is(running: Dev) -> None:
    endpoints = json.loads((FOLDER / "endpoints.json").read_text())

    assert endpoints["web"] == f"http://127.0.0.1:{running.ports['PORT']}"
    assert endpoints["gateway"] == f"http://127.0.0.1:{running.ports['GATEWAY_PORT']}"
    assert endpoints["firestore"] == f"127.0.0.1:{running.ports['FIRESTORE_PORT']}"
    assert {"projectId", "auth", "stripe", "storage", "tasks", "webhookSecret"} < endpoints.keys()
    for origin in (endpoints["web"], endpoints["gateway"]):
        with urllib.request.urlopen(f"{origin}/api/get-catalog", timeout=30) as answer:
            assert json.load(answer)["unit"] == "token"
    with urllib.request.urlopen(f"{endpoints['web']}/site.json", timeout=30) as answer:
        assert json.load(answer)["emulators"] == {"auth": endpoints["auth"], "firestore": endpoints["firestore"]}


def test_the_show_fills_the_gallery_once_also_where_it_was_interrupted(
    running: Dev, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def fail(_people: gallery.People, _posts: gallery.Posts, tip: Tip) -> None:
        check(tip != TIPS[2], "the third tip is sent", "it was interrupted")
        send(_people, _posts, tip)

    send = gallery._send
    monkeypatch.setattr(gallery, "_send", fail)
    with pytest.raises(StepFailed, match="the third tip is sent"):
        gallery.fill(running.endpoints, lambda _: None)
    monkeypatch.undo()
    monkeypatch.setattr(dev, "main", lambda when_up: when_up(running.endpoints) or 0)
    outputs = []
    for _ in range(2):
        assert show.main() == 0
        outputs.append(capsys.readouterr().out)

    assert "24 pictures are in the gallery" in outputs[0]
    assert "The gallery is as it was left." in outputs[1]
    assert f"sign in as Ada: {running.endpoints.web}/sign-in\n  e-mail    ada@example.com\n" in outputs[1]
    listed = requests.get(f"{running.endpoints.web}/api/get-feed?limit=50", timeout=TIMEOUT_SECONDS).json()["posts"]
    likes = {post["caption"]: post["likeCount"] for post in listed if post["caption"]}
    assert {picture.caption: len(picture.liked_by) for picture in PICTURES}.items() <= likes.items()
    assert sum(post["author"]["displayName"] in {person.name for person in PEOPLE} for post in listed) == 24

    ada = AppUser("Ada", running.endpoints)
    ada.sign_up(next(person.email for person in PEOPLE if person.id == ADA), cloud.PASSWORD)
    types = [line["type"] for line in ada.get("list-transactions", limit=100).body["transactions"]]
    assert {each: types.count(each) for each in types} == {
        "signup_bonus": 1,
        "purchase": 1,
        "generation_spend": 6,
        "tip_sent": 2,
        "tip_received": 3,
    }
    assert balance(ada) == 10 + 110 - 40 - 15 + 25
    assert ada.get("get-profile", userId=ada.user_id).body["bio"].startswith("Weather")


def test_a_user_is_led_to_a_checkout_that_returns_to_the_shop_and_finds_everything_after_a_restart(
    running: Dev, monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.setattr(user, "ENDPOINTS", FOLDER / "endpoints.json")
    monkeypatch.setenv("EMAIL", EMAIL)
    outputs = []
    for _ in range(2):  # the second time the same user is signed in again
        assert user.main() == 0
        outputs.append(capsys.readouterr().out)
    uids = {uid for output in outputs for uid in re.findall(r"uid (\w+)\) and has 10 tokens", output)}
    assert len(uids) == 1

    # The lines that it prints are run as they stand there.
    [token] = re.findall(r"(?m)^TOKEN=.+$", outputs[-1])
    lines = outputs[-1].replace("\\\n", " ")
    wallet, checkout = re.findall(r"(?m)^  (curl .+)$", lines)
    got = subprocess.check_output(["sh", "-c", f"{token}\n{wallet} -s"], text=True, timeout=TIMEOUT_SECONDS)
    assert json.loads(got)["tokenBalance"] == 10
    got = subprocess.check_output(["sh", "-c", f"{token}\n{checkout} -s"], text=True, timeout=TIMEOUT_SECONDS)
    order = json.loads(got)
    assert 'href="http://127.0.0.1:3000/shop"' in requests.get(order["url"], timeout=TIMEOUT_SECONDS).text
    assert pay(order["url"]).startswith("http://127.0.0.1:3000/thanks?session=cs_test_")

    administrator = AppUser("root", running.endpoints)
    administrator.sign_up(running.endpoints.administrator["email"], running.endpoints.administrator["password"])
    assert administrator.user_id == running.endpoints.administrator["userId"]
    assert administrator.get("list-attention", kind="parked").body["items"] == []
    me = signed_in(running.endpoints)
    eventually(lambda: balance(me) == 60, TIMEOUT_SECONDS)
    accepted = me.post("generate", {"feature": "image", "prompt": "a lighthouse"})
    assert accepted.status == 202
    eventually(lambda: accepted.body["generationId"] in posts(running.endpoints), TIMEOUT_SECONDS)
    before = posts(running.endpoints)

    output = running.interrupt()
    assert running.process.returncode == 0, output
    site = f"http://127.0.0.1:{running.ports['PORT']}"
    assert re.search(rf"(?m)^\n  The site +{site}/\n", output)
    assert re.search(rf"API +{site}/api/<function>\n", output)
    assert "curl" in output
    assert not (FOLDER / "endpoints.json").exists()
    for port in running.ports.values():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(port)))

    ports = cloud.Ports(gateway=int(running.ports["GATEWAY_PORT"]), storage=int(running.ports["STORAGE_PORT"]))
    monkeypatch.undo()
    with cloud.running(ports, {}, lambda _: None, folder=tmp_path, state=State(FOLDER / "state")) as endpoints:
        assert endpoints.administrator["userId"] == administrator.user_id
        again = signed_in(endpoints)
        assert again.user_id == me.user_id
        assert again.post("open-account", {}).body["tokenBalance"] == 55
        assert posts(endpoints) == before
        for url in before.values():
            assert requests.get(url, timeout=TIMEOUT_SECONDS).status_code == 200
        old = again.post("confirm-checkout", {"sessionId": order["sessionId"]})
        assert (old.status, old.body["status"]) == (200, "paid")
        another = again.post("create-checkout", {"package": "starter"}).body
        pay(another["url"])
        confirmed = again.post("confirm-checkout", {"sessionId": another["sessionId"]})
        assert (confirmed.status, confirmed.body["status"]) == (200, "paid")
        assert balance(again) == 105
        types = [line["type"] for line in again.get("list-transactions").body["transactions"]]
        assert sorted(types) == ["generation_spend", "purchase", "purchase", "signup_bonus"]


def signed_in(endpoints: Endpoints) -> AppUser:
    person = AppUser("me", endpoints)
    person.sign_up(EMAIL, cloud.PASSWORD)
    return person


def pay(page: str) -> str:
    """Pays on the page of the checkout; where it leads."""
    form = {"card": "4242424242424242", "email": EMAIL}
    paid = requests.post(f"{page}/complete", data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
    assert paid.status_code == 303
    return paid.headers["Location"]


def balance(person: AppUser) -> int:
    return int(person.get("get-wallet").body["tokenBalance"])


def posts(endpoints: Endpoints) -> dict[str, str]:
    """Every post, and where its picture is."""
    listed = requests.get(f"{endpoints.gateway}/api/get-feed", timeout=TIMEOUT_SECONDS).json()["posts"]
    return {post["id"]: post["mediaUrl"] for post in listed}


# -- what stops it before or as it starts ------------------------------------------------------------------------------


@pytest.fixture
def play_dev(monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs `make dev`, which is expected not to start: its exit status, and what it printed."""

    def play(**environment: str) -> tuple[int, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(cloud, "FOLDER", tmp_path)
        monkeypatch.setattr(dev, "SITE", site_kit.make(tmp_path / "site"))
        monkeypatch.setattr(signal, "signal", lambda *_: None)
        status = dev.main()
        output = capsys.readouterr()
        return status, output.out + output.err

    return play


def test_a_step_that_does_not_hold_fails_the_demo_and_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    def play(story: Story) -> dict[str, object]:
        story.stage.tell("the first step holds")
        check(False, "one of four areas fails", "four pictures")
        raise AssertionError("the story is over")

    monkeypatch.setattr(
        Story, "__init__", lambda story, _cloud, show: setattr(story, "stage", SimpleNamespace(tell=show))
    )
    monkeypatch.setattr(Story, "play", play)
    monkeypatch.setattr(cloud, "running", lambda *_given, **_named: contextlib.nullcontext())
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "demo")

    assert demo.main() == 1
    output = capsys.readouterr()
    assert "the first step holds" in output.out
    assert "demo: failed at: one of four areas fails - but: four pictures" in output.err


def test_a_taken_port_is_one_sentence_that_names_its_variable(play_dev: Callable[..., tuple[int, str]]) -> None:
    ports = free_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(ports["STRIPE_PORT"])))
        taken.listen()
        status, output = play_dev(**ports)

    assert status == 1
    sentence = f"dev: Port {ports['STRIPE_PORT']} (stripe) is taken."
    assert output.strip() == f"{sentence} Stop the program that listens there, or set STRIPE_PORT."


def test_two_parts_on_one_port_are_named_before_anything_starts(play_dev: Callable[..., tuple[int, str]]) -> None:
    ports = free_ports()
    status, output = play_dev(**ports | {"AUTH_PORT": ports["STORAGE_PORT"]})

    assert status == 1
    port = ports["STORAGE_PORT"]
    assert output.strip() == f"dev: Port {port} is for both auth (AUTH_PORT) and storage (STORAGE_PORT)."


def test_a_user_without_a_cloud_is_told_to_start_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.setattr(user, "ENDPOINTS", tmp_path / "endpoints.json")
    monkeypatch.setenv("EMAIL", EMAIL)

    assert user.main() == 1
    assert (
        capsys.readouterr().err.strip()
        == "user: the local cloud is not running. Run `make dev` in another terminal first."
    )


def test_a_live_key_is_refused_by_the_local_cloud(play_dev: Callable[..., tuple[int, str]]) -> None:
    status, output = play_dev(**free_ports(), STRIPE_SECRET_KEY="sk_live_x")

    assert status == 1
    assert "is not a test key" in output


def test_a_missing_java_is_one_sentence_that_says_what_to_do(
    play_dev: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for program in ("sh", "cat"):
        (programs / program).symlink_to(f"/bin/{program}")

    status, output = play_dev(**free_ports(), PATH=str(programs), JAVA_HOME="")

    assert status == 1
    assert re.search(r"needs Java \d+ or newer; found: none", output)
    assert "Traceback" not in output
