"""deploy.sh in a folder of its own, with stand-ins for gcloud, firebase and curl on its PATH."""

import copy
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tests.deploy.gcloud_stand_in import ACCOUNT, KINDS, PROGRAM, PROGRAMS, Call, StandIn

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("deploy", "economies", "functions", "public", "shared")
FILES = ("deploy.sh", "firebase.json", "firestore.indexes.json", "firestore.rules", "main.py", "requirements.txt")
PROJECT = "demo-guilder"
SECRETS = {
    "STRIPE_SECRET_KEY": "sk_test_canary1",
    "STRIPE_WEBHOOK_SECRET": "whsec_canary2",
    "CURSOR_SECRET": "canary3",
    "IDENTITY_SECRET": "canary5",
    "GEMINI_API_KEY": "canary4",
}
RUN_SECONDS = 120
TABLE = re.compile(r"(?<=^FUNCTIONS='\n).*?(?=^')", re.MULTILINE | re.DOTALL)
PYTHON = os.path.realpath(sys.executable)  # not the virtual environment's: the script needs no package


class Deployment:
    """deploy.sh in a folder of its own, on a PATH where what reaches Google is a stand-in and waiting takes no time."""

    def __init__(self, folder: Path, logins: tuple[str, ...] = ("gcloud", "firebase"), source: Path = ROOT) -> None:
        self.folder = folder / "guilder"
        self.folder.mkdir(parents=True)
        for name in FOLDERS:
            shutil.copytree(source / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy2(source / name, self.folder / name)
        bin_folder = folder / "bin"
        bin_folder.mkdir(parents=True)
        for program in PROGRAMS:
            path = bin_folder / program
            path.write_text(PROGRAM.format(name=program))
            path.chmod(0o755)
        (bin_folder / "sleep").symlink_to("/bin/true")
        (bin_folder / "python3").symlink_to(PYTHON)
        kinds = (*KINDS.values(), "api", "ttl", "policy", "audit_configs", "firebase", "login", "billing", "answers")
        kinds += ("rules", "hosting", "auth", "collection")
        state: dict[str, dict[str, Any]] = {kind: {} for kind in kinds}
        state["project"][PROJECT] = {}
        state["login"] = dict.fromkeys(logins, ACCOUNT)
        self.state = state
        self.path = f"{bin_folder}:/usr/bin:/bin"
        self._calls: list[Call] = []

    @property
    def state(self) -> dict[str, dict[str, Any]]:
        """What there would be in the project now: resources by kind, then by name. A copy."""
        return copy.deepcopy(self._state)

    @state.setter
    def state(self, state: dict[str, dict[str, Any]]) -> None:
        self._state = copy.deepcopy(state)

    def narrow_to(self, functions: Collection[str]) -> None:
        """Leaves these rows of the table, and a metric and an alert: the others are the same, and take their time."""
        for folder in ("alerts", "metrics"):
            for path in sorted((self.folder / "deploy" / folder).glob("*.json"))[1:]:
                path.unlink()
        script = self.folder / "deploy.sh"
        text = script.read_text()
        rows = "".join(row for row in TABLE.findall(text)[0].splitlines(True) if row.split()[0] in functions)
        script.write_text(TABLE.sub(lambda _: rows, text))

    def run(
        self, *arguments: str, settings: Mapping[str, str] = SECRETS, typed: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """One run for the project; ``typed`` is what comes on standard input."""
        stand_in = StandIn(self.folder, self._state)
        with stand_in.listening() as port:
            done = subprocess.run(
                ["bash", "deploy.sh", "--project", PROJECT, *arguments],
                cwd=self.folder,
                env={
                    "PATH": self.path,
                    "HOME": str(self.folder),
                    "STAND_IN_PORT": str(port),
                    "BUDGET": "200USD",
                    **settings,
                },
                input=typed,
                capture_output=True,
                text=True,
                timeout=RUN_SECONDS,
                check=False,
            )
        self._calls = stand_in.calls
        self.output = done.stdout + done.stderr
        assert not check or done.returncode == 0, self.output
        return done

    @property
    def calls(self) -> list[list[str]]:
        """The commands of the last run."""
        return [call.command for call in self._calls]

    @property
    def questions(self) -> list[str]:
        """What was asked of what is deployed, as one line each."""
        return [shlex.join(call) for call in self.calls if call[0] == "curl" and "googleapis.com" not in call[-1]]

    @property
    def changes(self) -> list[str]:
        """The commands that change something, as one line each."""
        return [shlex.join(call) for call in self.calls if not is_look(call)]

    @property
    def everything_programs_saw(self) -> str:
        """Command lines and environments of the last run."""
        return "\n".join(f"{shlex.join(call.command)}\n{call.environment}" for call in self._calls)


def readable(command: list[str]) -> str:
    """The command as one line, with the value of a flag in quotes and not its name, as gcloud's linter wants it."""
    parts = (part.partition("=") if part.startswith("--") else (part, "", "") for part in command)
    return " ".join(
        f"{name}{equals}{shlex.quote(value)}" if equals else shlex.quote(name) for name, equals, value in parts
    )


LOOKS = {
    "list",
    "describe",
    "access",
    "get-iam-policy",
    "projects:list",
    "apps:list",
    "hosting:sites:get",
    "print-identity-token",
    "print-access-token",
    "ls",
}


def is_look(command: list[str]) -> bool:
    """Whether the command only reads."""
    return (command[0] == "curl" and "PATCH" not in command) or bool(LOOKS & set(command))


def plan_lines(output: str, programs: tuple[str, ...] = ("gcloud", "firebase")) -> list[str]:
    """The commands of a dry run that are these programs', without what feeds them."""
    lines = [line.rpartition(" | ")[2] for line in output.splitlines()]
    return [line for line in lines if line.startswith(tuple(f"{program} " for program in programs))]


def same_plan(commands: list[str]) -> list[str]:
    """The commands in a form and an order in which two runs can be compared."""
    plain = (shlex.join(shlex.split(command)) for command in commands)
    # A function's fingerprint holds the versions of its secrets, which are numbered when they are stored.
    return sorted(re.sub("guilder=[0-9a-f]{40}", "guilder=...", command) for command in plain)


def table() -> dict[str, list[str]]:
    """The rows of deploy.sh's table of functions: account and caller to the last column, by name."""
    text = TABLE.search((ROOT / "deploy.sh").read_text())
    assert text is not None
    return {row.split()[0]: row.split()[1:] for row in text[0].splitlines()}
