"""Needs Node.js and bash; no service. What is played in the browser is in web/e2e."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import cloud, e2e, pictures, sampling
from local.show import gallery
from local.site import pages

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "The web app's tests need Chromium; on Debian: apt install chromium"
OF_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

Play = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Runs ``make test-web`` without the app and its cloud: its exit status, and what was done, in order."""
    noted = tmp_path / "noted"
    noted.touch()

    def note(what: str) -> None:
        with noted.open("a") as file:
            file.write(f"{what}\n")

    @contextmanager
    def running(_ports: object, environment: dict[str, str], *_given: object, **_named: object) -> Iterator[object]:
        note(f"cloud {environment['ECONOMY']}")
        yield SimpleNamespace(write=lambda path: path.write_text("{}"))

    monkeypatch.setattr(e2e, "FOLDER", tmp_path / "e2e")
    monkeypatch.setattr(cloud, "running", running)
    monkeypatch.setattr(pages, "build", lambda *_: (tmp_path / "e2e").mkdir())
    monkeypatch.setattr(gallery, "fill", lambda *_: note("gallery"))
    monkeypatch.setattr(e2e, "BROWSER", ("true",))
    for variable in ("ECONOMY", "ALL"):
        monkeypatch.delenv(variable, raising=False)

    def play(*arguments: str, failing: str = "") -> tuple[int, list[str]]:
        for name in ("CLIENT", "BUDGET", "VITALS", "JOURNEYS"):
            does = f'echo "$0 $*${{ALL:+, all of them}}" >> {noted}; exit {3 if name == failing else 0}'
            monkeypatch.setattr(e2e, name, ("sh", "-c", does, name.lower()))
        monkeypatch.setattr(sys, "argv", ["e2e", *arguments])
        return e2e.main(), [line.strip() for line in noted.read_text().splitlines()]

    return play


@pytest.mark.parametrize("is_all", [True, False])
def test_everything_is_weighed_measured_and_played_and_some_of_it_under_other_economies(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_all: bool
) -> None:
    monkeypatch.setattr(sampling, "ALL", is_all)

    status, done = play()

    assert status == 0
    assert done[:6] == ["client", "budget", "cloud", "gallery", "vitals", "journeys"]
    others = [line.removeprefix("cloud ") for line in done[6::2]]
    assert set(others) <= set(e2e.ECONOMIES) < {path.stem for path in (ROOT / "economies").glob("*.toml")}
    assert len(others) == (len(e2e.ECONOMIES) if is_all else 1)
    assert done[7::2] == ["journeys"] * len(others)
    assert capsys.readouterr().out.splitlines()[-1].startswith("journeys: ")


@pytest.mark.parametrize(
    ("failing", "last"),
    [("CLIENT", "client"), ("BUDGET", "budget"), ("VITALS", "journeys"), ("JOURNEYS", "journeys")],
)
def test_what_fails_fails_the_whole(play: Play, failing: str, last: str) -> None:
    status, done = play(failing=failing)

    assert (status, done[-1]) == (3, last)


def test_what_is_named_is_played_alone_and_at_every_width(play: Play) -> None:
    assert play("-g", "double click", failing="JOURNEYS") == (3, ["cloud", "journeys -g double click, all of them"])


def test_an_economy_can_be_played_alone(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "yarda")

    assert play() == (0, ["cloud yarda", "journeys"])


@pytest.mark.parametrize("command", [e2e, pictures])
def test_without_a_browser_one_sentence_says_what_to_install(
    command: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "FOLDER", tmp_path / "folder")
    monkeypatch.setattr(sys, "argv", ["command"])
    monkeypatch.setenv("CHROME", str(tmp_path / "none"))

    assert command.main() == 1
    assert capsys.readouterr().err.rstrip().endswith(f": {SENTENCE}")


def test_the_browser_is_the_named_one_or_one_on_the_path(tmp_path: Path) -> None:
    def found(**environment: str) -> str:
        done = subprocess.run(
            e2e.BROWSER, cwd=e2e.WEB, env=os.environ | environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or done.stderr.strip()

    node = shutil.which("node")
    assert node
    (tmp_path / "node").symlink_to(node)
    assert found(CHROME="", PATH=str(tmp_path)) in (SENTENCE, OF_MACOS)
    for name in ("google-chrome", "chromium", "chromium-headless-shell"):  # each is taken rather than those before
        (tmp_path / name).touch()
        assert found(CHROME="", PATH=str(tmp_path)) == str(tmp_path / name)
    assert found(CHROME=str(tmp_path / "google-chrome")) == str(tmp_path / "google-chrome")
    assert found(CHROME=str(tmp_path / "other")) == SENTENCE


# -- what CI runs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("browser", ["there", "installed", "impossible"])
def test_ci_plays_both_halves_and_gets_a_browser_where_there_is_none(tmp_path: Path, browser: str) -> None:
    noted = tmp_path / "noted"
    stands_in = {
        "node": f"[ {browser} = there ]",
        "apt-get": f'echo "apt-get $*" >> {noted}; [ {browser} = installed ]',
        "make": f'echo "make $*" >> {noted}',
        "id": "echo 0",
    }
    for name, does in stands_in.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)

    done = subprocess.run(
        [ROOT / ".ci" / "run"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    did = noted.read_text().splitlines()
    assert did[-2:] == ["make test", "make test-web"]
    assert [line.split()[-1] for line in did[:-2]] == {
        "there": [],
        "installed": ["update", "chromium-headless-shell"],
        "impossible": ["update"],
    }[browser]
    assert ("could not install chromium" in done.stderr) == (browser == "impossible")
