"""Needs the functions-framework script, for functions made by the test behind the real main.py, and the emulator."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from local.net.ports import free_port
from shared import manifest_row
from shared.cloud import clients
from shared.cloud.clients import connect_store, store
from shared.cold_start import WORKER_BOOT_ERROR
from shared.manifest import FUNCTIONS
from tests.support import functions
from tests.support.framework import START_SECONDS, served
from tests.support.target import eventually

ROOT = Path(__file__).resolve().parents[2]

ANSWERS = """
import flask

def greet(_request: flask.Request) -> flask.Response:
    return flask.Response("good day", 200)
"""

WAITS = """
import pathlib, time
here = pathlib.Path(__file__).parent
(here / "begun").touch()
while not (here / "gate").exists():
    time.sleep(0.01)
"""

STEP = """
import pathlib
from shared import cold_start
from shared.config import ConfigurationError

def step() -> None:
    {step}

cold_start.prepare(step)
"""


def app(folder: Path, source: str) -> Path:
    """A folder with the real main.py and one function, ``greet``."""
    shutil.copy2(ROOT / "main.py", folder)
    for name in ("shared", "economies"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "functions").mkdir()
    table = manifest_row.FILE.read_text(encoding="utf-8").replace("[functions.get_catalog]", "[functions.greet]")
    (folder / "functions" / "manifest.toml").write_text(table, encoding="utf-8")
    (folder / "functions" / "greet.py").write_text(source, encoding="utf-8")
    return folder


def test_a_function_listens_before_it_is_loaded_and_answers_once_it_is(tmp_path: Path) -> None:
    folder = app(tmp_path, WAITS + ANSWERS)

    with served("greet", folder, {}) as function, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(function.status)
        eventually((folder / "functions" / "begun").exists)
        assert not answer.done()
        (folder / "functions" / "gate").touch()

        assert answer.result(START_SECONDS) == 200


def test_a_function_is_loaded_without_waiting_for_a_request(tmp_path: Path) -> None:
    folder = app(tmp_path, WAITS + ANSWERS)

    with served("greet", folder, {}):
        eventually((folder / "functions" / "begun").exists)
        (folder / "functions" / "gate").touch()


def test_steps_are_taken_without_waiting_for_a_request(tmp_path: Path) -> None:
    step = STEP.format(step='pathlib.Path(__file__).with_name("taken").touch()')

    with served("greet", app(tmp_path, step + ANSWERS), {}):
        eventually((tmp_path / "functions" / "taken").exists)


@pytest.mark.parametrize(
    ("source", "error", "detail"),
    [
        ("import a_library_that_is_not_there" + ANSWERS, "ModuleNotFoundError", "No module named"),
        ("nothing_of_that_name = 1", "AttributeError", "has no attribute 'greet'"),
        (
            STEP.format(step='raise ConfigurationError("PRICES is no number.")') + ANSWERS,
            "ConfigurationError",
            "PRICES",
        ),
    ],
    ids=["cannot be imported", "is not there", "is configured wrongly"],
)
def test_a_function_that_cannot_work_ends_its_process_and_says_why(
    tmp_path: Path, source: str, error: str, detail: str
) -> None:
    with served("greet", app(tmp_path, source), {}) as function:
        printed, _ = function.process.communicate(timeout=START_SECONDS)

    assert function.process.returncode == WORKER_BOOT_ERROR
    line = next(json.loads(line) for line in printed.splitlines() if line.startswith("{"))
    assert (line["event"], line["function"], line["error"]) == ("function-not-loaded", "greet", error)
    assert (line["severity"], line["alert"]) == ("ERROR", True)
    assert detail in line["detail"]


def test_a_step_that_fails_leaves_the_function_at_work(tmp_path: Path) -> None:
    folder = app(tmp_path, STEP.format(step='raise OSError("no route")') + ANSWERS)

    with served("greet", folder, {}) as function:
        assert function.process.stdout is not None
        line = json.loads(function.process.stdout.readline())
        assert function.status() == 200

    assert line == {
        "severity": "WARNING",
        "message": "warm-up-failed function=greet step=step error=OSError",
        "event": "warm-up-failed",
        "function": "greet",
        "step": "step",
        "error": "OSError",
    }


def test_nothing_that_a_function_needs_is_imported_before_it_listens() -> None:
    """What is measured as the cold start to listening, told by what it consists of."""
    script = (
        "import json, os, sys\n"
        "import functions_framework\n"
        "framework = set(sys.modules)\n"
        "import main\n"
        "for name in sys.argv[1:]: getattr(main, name)\n"
        "print(json.dumps(sorted(set(sys.modules) - framework)))\n"
    )

    printed = subprocess.run(
        [sys.executable, "-c", script, *FUNCTIONS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=True,
    ).stdout

    imported = {name for name in json.loads(printed) if name.split(".")[0] not in sys.stdlib_module_names}
    small = {
        "cold_start",
        "config",
        "edge",
        "edge.entry_points",
        "edge.framework",
        "edge.request_bodies",
        "errors",
        "log",
        "manifest_row",
    }
    assert imported == {"main", "shared"} | {f"shared.{name}" for name in small}


def test_the_functions_that_take_events_are_those_that_are_made_as_triggers() -> None:
    made = {name for name in functions.ALL if "@events.trigger" in (ROOT / "functions" / f"{name}.py").read_text()}

    assert made == functions.TRIGGERS


@pytest.mark.usefixtures("project")
def test_firestore_is_connected_before_it_is_needed() -> None:
    connect_store()

    seen: list[grpc.ChannelConnectivity] = []
    channel = store()._firestore_api.transport.grpc_channel
    channel.subscribe(seen.append)
    eventually(lambda: bool(seen))
    channel.unsubscribe(seen.append)
    assert seen[0] is grpc.ChannelConnectivity.READY


@pytest.mark.usefixtures("fresh_settings")
def test_a_firestore_that_cannot_be_reached_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-guilder")
    monkeypatch.setattr(clients, "STORE_TIMEOUT_SECONDS", 0.2)

    with pytest.raises(grpc.FutureTimeoutError):
        connect_store()
