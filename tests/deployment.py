"""deploy.sh in a folder of its own, with stand-ins for gcloud and firebase on its PATH."""

import functools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests import gcloud_stand_in

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("deploy", "economies", "functions", "public", "shared")
FILES = ("deploy.sh", "firebase.json", "firestore.rules", "main.py", "requirements.txt")
PROJECT = "demo-guilder"
SECRETS = {
    "STRIPE_SECRET_KEY": "sk_test_canary1",
    "STRIPE_WEBHOOK_SECRET": "whsec_canary2",
    "CURSOR_SECRET": "canary3",
    "GEMINI_API_KEY": "canary4",
}
RUN_SECONDS = 120
PYTHON = os.path.realpath(sys.executable)  # not the virtual environment's: the script needs no package


class Deployment:
    """deploy.sh in a folder of its own, on a PATH where gcloud and firebase are stand-ins."""

    def __init__(self, folder: Path, logins: tuple[str, ...] = ("gcloud", "firebase"), source: Path = ROOT) -> None:
        self.folder = folder / "guilder"
        self.folder.mkdir(parents=True)
        for name in FOLDERS:
            shutil.copytree(source / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy2(source / name, self.folder / name)
        self._stand_in = folder / "stand-in"
        bin_folder = self._stand_in / "bin"
        bin_folder.mkdir(parents=True)
        for program in ("gcloud", "firebase"):
            path = bin_folder / program
            command = [PYTHON, "-I", "-S", gcloud_stand_in.__file__, program]
            path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
            path.chmod(0o755)
        (bin_folder / "python3").symlink_to(PYTHON)
        kinds = (*gcloud_stand_in.KINDS.values(), "api", "ttl", "policy", "firebase", "login")
        state: dict[str, dict[str, object]] = {kind: {} for kind in kinds}
        state["project"][PROJECT] = {}
        state["login"] = dict.fromkeys(logins, gcloud_stand_in.ACCOUNT)
        self.state = state
        self.path = f"{bin_folder}:/usr/bin:/bin"

    @property
    def state(self) -> dict[str, dict[str, object]]:
        """What there would be in the project now: resources by kind, then by name."""
        state: dict[str, dict[str, object]] = json.loads((self._stand_in / "state.json").read_text())
        return state

    @state.setter
    def state(self, state: dict[str, dict[str, object]]) -> None:
        (self._stand_in / "state.json").write_text(json.dumps(state))

    def run(
        self, *arguments: str, settings: Mapping[str, str] = SECRETS, typed: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """One run for the project; ``typed`` is what comes on standard input."""
        (self._stand_in / "calls.jsonl").write_text("")
        done = subprocess.run(
            ["bash", "deploy.sh", "--project", PROJECT, *arguments],
            cwd=self.folder,
            env={"PATH": self.path, "HOME": str(self.folder), "STAND_IN_FOLDER": str(self._stand_in), **settings},
            input=typed,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        self.output = done.stdout + done.stderr
        assert not check or done.returncode == 0, self.output
        return done

    @property
    def calls(self) -> list[list[str]]:
        """The commands of the last run."""
        return [call["command"] for call in self._calls()]

    @property
    def changes(self) -> list[str]:
        """Those of them that change something, as one line each."""
        return [shlex.join(call) for call in self.calls if not is_look(call)]

    @property
    def everything_programs_saw(self) -> str:
        """Command lines and environments of the last run."""
        return (self._stand_in / "calls.jsonl").read_text()

    def _calls(self) -> list[dict[str, list[str]]]:
        return [json.loads(line) for line in (self._stand_in / "calls.jsonl").read_text().splitlines()]


def readable(command: list[str]) -> str:
    """The command as one line, with the value of a flag in quotes and not its name, as gcloud's linter wants it."""
    parts = (part.partition("=") if part.startswith("--") else (part, "", "") for part in command)
    return " ".join(
        f"{name}{equals}{shlex.quote(value)}" if equals else shlex.quote(name) for name, equals, value in parts
    )


LOOKS = {"list", "describe", "access", "get-iam-policy", "projects:list", "apps:list", "hosting:sites:get"}


def is_look(command: list[str]) -> bool:
    """Whether the command only reads."""
    return bool(LOOKS & set(command))


def plan_lines(output: str) -> list[str]:
    """The gcloud and firebase commands of a dry run, without what feeds them."""
    lines = [line.partition(" | ")[2] if " | gcloud" in line else line for line in output.splitlines()]
    return [line for line in lines if line.startswith(("gcloud ", "firebase "))]


def table() -> dict[str, list[str]]:
    """The rows of deploy.sh's table of functions: caller to the last column, by name."""
    text = re.search(r"^FUNCTIONS='\n(.*?)^'", (ROOT / "deploy.sh").read_text(), re.MULTILINE | re.DOTALL)
    assert text is not None
    return {row.split()[0]: row.split()[1:] for row in text[1].splitlines()}


@functools.cache
def deployed_once(session_folder: Path) -> Deployment:
    """One that ran once in this session. Left as it is; tests change copies."""
    deployment = Deployment(session_folder / "deployed")
    deployment.run()
    return deployment
