"""Needs firebase-tools as `make tools` installs them; no service."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import needs

ROOT = Path(__file__).resolve().parents[2]
FIREBASE_TOOLS = ROOT / ".local" / "tools" / "node_modules" / "firebase-tools"
GOOD = {"node": "v20.1.0", "java": 'openjdk version "21.0.1" 2023-10-17', "npm": "10"}


def check(folder: Path, programs: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """What ``python -m local.needs`` says where exactly these programs are, each with what it says of its version."""
    for name, says in programs.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
        program.chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "local.needs"],
        cwd=ROOT,
        env={"PATH": str(folder), "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_is_new_enough_is_not_mentioned(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"node": "v18.19.1"}, "Guilder needs Node.js 20 or newer; found: 18.19.1 ("),
        ({"java": 'openjdk version "17.0.15"'}, "Guilder needs Java 21 or newer; found: 17.0.15 ("),
        ({"java": 'java version "1.8.0_392"'}, "Guilder needs Java 21 or newer; found: 1.8.0 ("),
        ({"java": "No Java runtime present"}, "Guilder needs Java 21 or newer; found: none ("),
    ],
)
def test_what_is_too_old_is_named_with_the_version_that_was_found(
    tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    done = check(tmp_path, GOOD | changed)

    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("program", "name"), [("node", "Node.js 20"), ("java", "Java 21"), ("npm", "npm")])
def test_what_is_missing_is_named(tmp_path: Path, program: str, name: str) -> None:
    done = check(tmp_path, {each: says for each, says in GOOD.items() if each != program})

    assert done.returncode == 1
    assert f"Guilder needs {name}" in done.stderr
    assert "found: none" in done.stderr


def test_the_emulator_of_gcloud_runs_on_an_older_java(tmp_path: Path) -> None:
    jar = tmp_path / "sdk" / "platform" / "cloud-firestore-emulator" / "cloud-firestore-emulator.jar"
    jar.parent.mkdir(parents=True)
    jar.touch()

    done = check(tmp_path, GOOD | {"java": 'openjdk version "11.0.2"'}, CLOUDSDK_ROOT=str(tmp_path / "sdk"))

    assert (done.returncode, done.stderr) == (0, "")


def test_make_looks_before_it_installs(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    for path in (ROOT / "Makefile", *ROOT.glob("requirements*.txt")):
        shutil.copy2(path, clone)
    shutil.copytree(ROOT / "local", clone / "local")
    (tmp_path / "bin").mkdir()
    check(tmp_path / "bin", GOOD | {"node": "v16.0.0"})
    for program in ("sh", "cat", "cut", "cksum", "make"):
        (tmp_path / "bin" / program).symlink_to(shutil.which(program) or "")

    done = subprocess.run(
        ["make", "demo", f"PYTHON={sys.executable}"],
        cwd=clone,
        env={"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "Guilder needs Node.js 20 or newer; found: 16.0.0" in done.stderr
    assert not (clone / ".venv").exists()


def test_what_is_said_to_be_needed_is_what_firebase_tools_need() -> None:
    engines = json.loads((FIREBASE_TOOLS / "package.json").read_text())["engines"]["node"]
    their_java = (FIREBASE_TOOLS / "lib" / "emulator" / "commandUtils.js").read_text()
    readme = (ROOT / "README.md").read_text()

    assert min(map(int, re.findall(r">=(\d+)", engines))) == needs.NODE_NEEDED == 20
    assert "MIN_SUPPORTED_JAVA_MAJOR_VERSION = 21;" in their_java
    assert "Node.js 20 or newer" in readme
    assert "Java 21 or newer" in readme
