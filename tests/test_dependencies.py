"""Needs nothing: what ships is pinned and fits together, and a committed secret fails the check."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9]+\])?==\d[\w.]*")

pytestmark = pytest.mark.threat(90)


def test_everything_that_ships_is_pinned_to_one_version() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()

    assert [line for line in lines if not PINNED.fullmatch(line)] == []


def test_every_tool_is_pinned_to_one_version() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]

    assert [tool for tool in tools if not PINNED.fullmatch(tool)] == []


def test_what_is_installed_fits_together() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "secret",
    ["sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "AKIA" + "IOSFODNN7EXAMPLA", "-----BEGIN RSA " + "PRIVATE KEY-----"],
    ids=["a Stripe key", "a cloud key", "a private key"],
)
def test_a_committed_secret_fails_the_check(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f'KEY = "{secret}"\n')
    hook = Path(sys.executable).with_name("detect-secrets-hook")

    done = subprocess.run(
        [hook, "--disable-plugin", "KeywordDetector", file], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert "Potential secrets" in done.stdout
