"""Needs Java, Node with firebase-tools, and free ports: `make demo` and `make dev` as a newcomer runs them."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from local import cloud
from local.demo import __main__ as demo
from local.demo.story import Story, _check
from local.net.ports import free_port
from tests.support.target import eventually

ROOT = Path(__file__).resolve().parents[2]
ENDPOINTS = ROOT / ".local" / "endpoints.json"


def _run(module: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_the_demo_plays_the_whole_story_and_ends_with_its_verdict() -> None:
    with _run("local.demo") as demo:
        output, _ = demo.communicate(timeout=120)

    assert demo.returncode == 0, output
    assert output.rstrip().splitlines()[-1] == "demo: ok · 8 ledger lines · 0 discrepancies"
    assert "credited once" in output
    assert "Ben's ledger" in output


def test_a_step_that_does_not_hold_fails_the_demo_and_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def play(story: Story) -> dict[str, object]:
        story.tell("the first step holds")
        _check(False, "one of four areas fails", "four pictures")
        raise AssertionError("the story is over")

    @contextlib.contextmanager
    def running(*_given: object, **_named: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(Story, "__init__", lambda story, _cloud, tell: setattr(story, "tell", tell))
    monkeypatch.setattr(Story, "play", play)
    monkeypatch.setattr(cloud, "running", running)
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "demo")
    monkeypatch.setattr(sys.stdout, "reconfigure", lambda **_named: None, raising=False)

    assert demo.main() == 1
    output = capsys.readouterr()
    assert "the first step holds" in output.out
    assert "demo: failed at: one of four areas fails - but: four pictures" in output.err


@pytest.fixture
def dev_ports() -> dict[str, str]:
    names = ("PORT", "FIRESTORE_PORT", "AUTH_PORT", "STORAGE_PORT", "TASKS_PORT", "STRIPE_PORT", "SCHEDULER_PORT")
    return {name: str(free_port()) for name in names}


def test_a_taken_port_is_one_sentence_that_names_its_variable(dev_ports: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(dev_ports["STRIPE_PORT"])))
        taken.listen()
        with _run("local.dev", **dev_ports) as dev:
            output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 1
    sentence = f"dev: Port {dev_ports['STRIPE_PORT']} (stripe) is taken."
    assert output.strip() == f"{sentence} Stop the program that listens there, or set STRIPE_PORT."


def test_two_parts_on_one_port_are_named_before_anything_starts(dev_ports: dict[str, str]) -> None:
    with _run("local.dev", **dev_ports | {"AUTH_PORT": dev_ports["STORAGE_PORT"]}) as dev:
        output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 1
    port = dev_ports["STORAGE_PORT"]
    assert output.strip() == f"dev: Port {port} is for both auth (AUTH_PORT) and storage (STORAGE_PORT)."


def test_dev_says_where_everything_is_serves_a_user_and_leaves_nothing_behind(dev_ports: dict[str, str]) -> None:
    shop = {
        "CHECKOUT_SUCCESS_URL": "http://127.0.0.1:3000/thanks?session={CHECKOUT_SESSION_ID}",
        "CHECKOUT_CANCEL_URL": "http://127.0.0.1:3000/shop",
    }
    with _run("local.dev", **dev_ports, **shop) as dev:
        try:
            eventually(lambda: ENDPOINTS.exists() or dev.poll() is not None, timeout_seconds=180)
            _says_where_everything_is(dev_ports)
            _leads_to_a_user_and_a_checkout_that_returns_to_the_shop()
        finally:
            dev.send_signal(signal.SIGINT)
            output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 0, output
    assert re.search(r"API +http://127\.0\.0\.1:\d+/api/<function>", output)
    assert "curl" in output
    assert not ENDPOINTS.exists()
    for port in dev_ports.values():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(port)))


def _says_where_everything_is(ports: dict[str, str]) -> None:
    endpoints = json.loads(ENDPOINTS.read_text())

    assert endpoints["gateway"] == f"http://127.0.0.1:{ports['PORT']}"
    assert endpoints["firestore"] == f"127.0.0.1:{ports['FIRESTORE_PORT']}"
    assert {"projectId", "auth", "stripe", "storage", "tasks", "webhookSecret"} < endpoints.keys()
    with urllib.request.urlopen(f"{endpoints['gateway']}/api/get-catalog", timeout=30) as answer:
        assert json.load(answer)["unit"] == "token"


def _leads_to_a_user_and_a_checkout_that_returns_to_the_shop() -> None:
    outputs = []
    for _ in range(2):  # the second time the same user is signed in again
        with _run("local.user", EMAIL="me@example.com") as user:
            outputs.append(user.communicate(timeout=60)[0])
        assert user.returncode == 0, outputs[-1]
    uids = {uid for output in outputs for uid in re.findall(r"uid (\w+)\) and has 10 tokens", output)}
    assert len(uids) == 1
    # The lines that it prints are run as they stand there.
    [token] = re.findall(r"(?m)^TOKEN=.+$", outputs[-1])
    lines = outputs[-1].replace("\\\n", " ")
    wallet, checkout = re.findall(r"(?m)^  (curl .+)$", lines)
    got = subprocess.check_output(["sh", "-c", f"{token}\n{wallet} -s"], text=True, timeout=60)
    assert json.loads(got)["tokenBalance"] == 10
    got = subprocess.check_output(["sh", "-c", f"{token}\n{checkout} -s"], text=True, timeout=60)
    page = json.loads(got)["url"]
    paid = requests.post(
        f"{page}/complete",
        data={"card": "4242424242424242", "email": "me@example.com"},
        allow_redirects=False,
        timeout=30,
    )
    assert paid.headers["Location"].startswith("http://127.0.0.1:3000/thanks?session=cs_test_")
    other = checkout.replace("$(date +%s)", "another")
    got = subprocess.check_output(["sh", "-c", f"{token}\n{other} -s"], text=True, timeout=60)
    assert 'href="http://127.0.0.1:3000/shop"' in requests.get(json.loads(got)["url"], timeout=30).text


def test_a_user_without_a_cloud_is_told_to_start_one() -> None:
    ENDPOINTS.unlink(missing_ok=True)
    with _run("local.user", EMAIL="me@example.com") as user:
        output, _ = user.communicate(timeout=60)

    assert (user.returncode, output.strip()) == (
        1,
        "user: the local cloud is not running. Run `make dev` in another terminal first.",
    )


def test_a_live_key_is_refused_by_the_local_cloud(dev_ports: dict[str, str]) -> None:
    with _run("local.dev", **dev_ports, STRIPE_SECRET_KEY="sk_live_x") as dev:
        output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 1
    assert "is not a test key" in output


def test_a_missing_java_is_one_sentence_that_says_what_to_do(tmp_path: Path, dev_ports: dict[str, str]) -> None:
    for program in ("sh", "cat"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    with _run("local.dev", **dev_ports, PATH=str(tmp_path), JAVA_HOME="") as dev:
        output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 1
    assert re.search(r"needs Java \d+ or newer; found: none", output)
    assert "Traceback" not in output
