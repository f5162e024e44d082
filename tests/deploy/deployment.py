"""A deployment, dry or recorded: in this process, or as ./deploy.sh with stand-ins for the programs on its PATH."""

import atexit
import copy
import functools
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from deploy.__main__ import main
from deploy.gcloud import Gcloud
from tests.deploy.gcloud_stand_in import ACCOUNT, KINDS, PROGRAM, PROGRAMS, Call, StandIn

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("deploy", "economies", "functions", "shared")
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
PYTHON = os.path.realpath(sys.executable)  # not the virtual environment's: a deployment needs no package


@dataclass(frozen=True)
class Done:
    """How a run ended, and what it printed."""

    status: int
    stdout: str
    stderr: str


class Deployment:
    """Runs of ``deploy`` for one project; what they make there is kept in ``state``, and waiting takes no time."""

    def __init__(self, logins: tuple[str, ...] = ("gcloud", "firebase"), root: Path | None = None) -> None:
        kinds = (*KINDS.values(), "api", "ttl", "policy", "audit_configs", "firebase", "login", "billing", "answers")
        kinds += ("rules", "hosting", "auth", "user", "collection", "refused")
        state: dict[str, dict[str, Any]] = {kind: {} for kind in kinds}
        state["project"][PROJECT] = {}
        state["login"] = dict.fromkeys(logins, ACCOUNT)
        self.state = state
        self.root = root or unchanged()
        self.programs = set(PROGRAMS)
        self._calls: list[Call] = []

    @property
    def state(self) -> dict[str, dict[str, Any]]:
        """What there would be in the project now: resources by kind, then by name. A copy."""
        return copy.deepcopy(self._state)

    @state.setter
    def state(self, state: dict[str, dict[str, Any]]) -> None:
        self._state = copy.deepcopy(state)

    def copied(self, root: Path | None = None) -> "Deployment":
        """Another one, for what is there now; from the same sources, or from those in ``root``."""
        other = Deployment(root=root or self.root)
        other.state = self.state
        return other

    def run(self, *arguments: str, settings: Mapping[str, str] = SECRETS, typed: str = "", check: bool = True) -> Done:
        """One run for the project; ``typed`` is what comes on standard input."""
        stand_in = StandIn(self.root, self._state)
        stand_in.programs = self.programs
        out, err = io.StringIO(), io.StringIO()
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            patch.object(sys, "stdin", io.StringIO(typed)),
            patch.object(Gcloud, "wait"),
            patch.dict(os.environ, {name: value for name, value in settings.items() if name == "STRIPE_API_BASE"}),
        ):
            environment = {"BUDGET": "200USD", **settings}
            status = main(["--project", PROJECT, *arguments], environment, self.root, stand_in)
        return self._done(stand_in, Done(status, out.getvalue(), err.getvalue()), check)

    def run_script(
        self, folder: Path, *arguments: str, settings: Mapping[str, str] = SECRETS, check: bool = True
    ) -> Done:
        """The same by ./deploy.sh, with the programs in ``folder``."""
        put_on_path(folder)
        stand_in = StandIn(self.root, self._state)
        with stand_in.listening() as port:
            places = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder), "STAND_IN_PORT": str(port)}
            done = subprocess.run(
                [self.root / "deploy.sh", "--project", PROJECT, *arguments],
                cwd=folder,
                env={**places, "BUDGET": "200USD", **settings},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=RUN_SECONDS,
                check=False,
            )
        return self._done(stand_in, Done(done.returncode, done.stdout, done.stderr), check)

    def _done(self, stand_in: StandIn, done: Done, check: bool) -> Done:
        self._calls = stand_in.calls
        self.output = done.stdout + done.stderr
        assert not check or done.status == 0, self.output
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


def sources(folder: Path) -> Path:
    """A copy of all that a deployment reads, for a test that changes some of it."""
    root = folder / "guilder"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy2(ROOT / name, root / name)
    (root / "web" / "app").mkdir(parents=True)
    (root / "web" / "app" / "page.tsx").write_text("// a web app\n")
    return root


@functools.cache
def unchanged() -> Path:
    """A copy that no test changes. A deployment writes the site's pages and its file there."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return sources(Path(folder))


def put_on_path(folder: Path) -> None:
    """Programs that call a stand-in, and a Python without packages."""
    for program in PROGRAMS:
        path = folder / program
        path.write_text(PROGRAM.format(name=program))
        path.chmod(0o755)
    (folder / "python3").symlink_to(PYTHON)


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
    if command[0] == "curl":
        return "PATCH" not in command and not command[-1].endswith(":update")
    return bool(LOOKS & set(command))


def plan_lines(output: str, programs: tuple[str, ...] = ("gcloud", "firebase")) -> list[str]:
    """The commands of a dry run that are these programs', without what feeds them."""
    lines = [line.rpartition(" | ")[2] for line in output.splitlines()]
    return [line for line in lines if line.startswith(tuple(f"{program} " for program in programs))]


def same_plan(commands: list[str]) -> list[str]:
    """The commands in a form in which two runs can be compared."""
    plain = (shlex.join(shlex.split(command)) for command in commands)
    # A function's fingerprint holds the versions of its secrets, which are numbered when they are stored.
    return [re.sub("guilder=[0-9a-f]{40}", "guilder=...", command) for command in plain]
