"""Needs Java, Node with firebase-tools, and free ports: `make demo` and `make dev` as a newcomer runs them."""

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

from local.ports import free_port
from tests.target import eventually

ROOT = Path(__file__).resolve().parent.parent
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


def test_a_step_that_does_not_hold_fails_the_demo_and_says_which() -> None:
    with _run("local.demo", LOCAL_IMAGE_FAIL_WORD="no-area-holds-this") as demo:
        output, _ = demo.communicate(timeout=120)

    assert demo.returncode == 1, output
    assert "demo: failed at: one of four areas fails" in output


@pytest.fixture
def dev_ports() -> dict[str, str]:
    names = ("PORT", "FIRESTORE_PORT", "AUTH_PORT", "STORAGE_PORT", "TASKS_PORT", "STRIPE_PORT", "SCHEDULER_PORT")
    return {name: str(free_port()) for name in names}


@pytest.fixture
def dev(dev_ports: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with _run("local.dev", **dev_ports) as process:
        yield process
        process.kill()


def test_dev_says_where_everything_is_and_leaves_nothing_behind(
    dev: subprocess.Popen[str], dev_ports: dict[str, str]
) -> None:
    eventually(lambda: ENDPOINTS.exists() or dev.poll() is not None, timeout_seconds=60)
    endpoints = json.loads(ENDPOINTS.read_text())

    assert endpoints["gateway"] == f"http://127.0.0.1:{dev_ports['PORT']}"
    assert endpoints["firestore"] == f"127.0.0.1:{dev_ports['FIRESTORE_PORT']}"
    assert {"projectId", "auth", "stripe", "storage", "tasks", "webhookSecret"} < endpoints.keys()
    with urllib.request.urlopen(f"{endpoints['gateway']}/api/get-catalog", timeout=30) as answer:
        assert json.load(answer)["unit"] == "token"

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


def test_a_taken_port_is_one_sentence_that_names_its_variable(dev_ports: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(dev_ports["STRIPE_PORT"])))
        taken.listen()
        with _run("local.dev", **dev_ports) as dev:
            output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 1
    sentence = f"dev: Port {dev_ports['STRIPE_PORT']} (stripe) is taken: stop what listens there or set STRIPE_PORT."
    assert output.strip() == sentence


def test_a_live_key_is_refused_by_the_local_cloud(dev_ports: dict[str, str]) -> None:
    with _run("local.dev", **dev_ports, STRIPE_SECRET_KEY="sk_live_x") as dev:
        output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 1
    assert "no test key" in output


def test_a_missing_java_is_one_sentence_that_says_what_to_do(tmp_path: Path, dev_ports: dict[str, str]) -> None:
    for program in ("sh", "cat"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    with _run("local.dev", **dev_ports, PATH=str(tmp_path), JAVA_HOME="") as dev:
        output, _ = dev.communicate(timeout=60)

    assert dev.returncode == 1
    assert re.search(r"needs Java \d+ or newer; found: none", output)
    assert "Traceback" not in output
