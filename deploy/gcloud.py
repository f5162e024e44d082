"""What a deployment looks at and changes, with the programs gcloud, firebase and curl.

``Gcloud`` is the only way there: a deployment runs the commands that change something, a dry run prints them. What is
looked at is looked at by both, but for a dry run of somebody who is not logged in.
"""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from deploy.answers import Unanswered, found
from deploy.role_bindings import Binding, Policy
from deploy.settings import Settings, Stopped

PATIENCE_SECONDS = 180
BETWEEN_TRIES_SECONDS = 10
REQUEST_SECONDS = 30  # for a cold start and the answer


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program did."""

    status: int
    output: str
    errors: str = ""

    @property
    def said(self) -> str:
        return "\n".join(filter(None, (self.output.strip(), self.errors.strip())))


class Programs:
    """The programs on PATH. They run in the folder of the sources, and no secret is in their environment."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        tools = root / ".local" / "tools" / "node_modules" / ".bin"
        self._root = root
        self._environment = {**environment, "PATH": f"{environment.get('PATH', '')}:{tools}"}

    def has(self, name: str) -> bool:
        return shutil.which(name, path=self._environment["PATH"]) is not None

    def run(self, command: Sequence[str], given: str = "") -> Ran:
        """Runs the command with ``given`` on its standard input."""
        try:
            done = subprocess.run(  # noqa: S603 - no shell reads it
                command,
                input=given,
                cwd=self._root,
                env=self._environment,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as failure:
            return Ran(127, "", str(failure))
        return Ran(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, text: str) -> None:
        """Writes a file in the folder of the sources."""
        (self._root / name).write_text(text, encoding="utf-8")


class Gcloud:
    """``looking`` says whether the project can be looked at."""

    def __init__(self, settings: Settings, programs: Programs) -> None:
        self.settings = settings
        self.programs = programs
        self.looking = False
        self.access_token = ""
        self.granted: set[Binding] = set()  # the roles that this deployment gives
        self.policies: dict[str, Policy] = {}  # what the resources of these roles say, by resource

    # -- what is printed ---------------------------------------------------------------------------------------------

    def step(self, title: str) -> None:
        say(f"\n# {title}" if self.settings.dry_run else f"\n== {title}")

    def note(self, text: str) -> None:
        self.tell(text.splitlines(), indented=0)

    def tell(self, lines: Iterable[str], indented: int = 2) -> None:
        """Lines that belong to the step; in a plan they are comments."""
        for line in lines:
            say(f"{'# ' if self.settings.dry_run else '   '}{' ' * indented}{line}".rstrip())

    def print_command(self, *commands: Sequence[str]) -> None:
        """The commands as one line, each feeding the next, that a shell reads back as the same."""
        say(" | ".join(map(quoted, commands)))

    def print_request(self, method: str, url: str, body: str) -> None:
        """The request as a line that a shell reads, with the token of whoever pastes it."""
        say(f"{token_on_stdin('access')} | {quoted(self._curl(method, url, body))}")

    # -- looking -----------------------------------------------------------------------------------------------------

    def exists(self, *command: str) -> bool:
        """Whether the command finds what it looks for; nothing is found where nobody can look."""
        return self.looking and self.programs.run(command).status == 0

    def value(self, *command: str) -> str:
        """What the command prints; nothing where it fails."""
        if not self.looking:
            return ""
        ran = self.programs.run(command)
        return ran.output.rstrip("\n") if ran.status == 0 else ""

    def value_json(self, *command: str, nothing: Any) -> Any:
        """The JSON that the command prints, or ``nothing``."""
        return json.loads(self.value(*command, "--format=json") or json.dumps(nothing))

    def answer(self, *command: str) -> str:
        """What the command prints, where the deployment cannot continue without an answer.

        Raises:
            Stopped: the command fails.
        """
        if not self.looking:
            return ""
        ran = self.programs.run(command)
        if ran.status != 0:
            raise failed(command, ran)
        return ran.output.rstrip("\n")

    def answer_json(self, *command: str, nothing: Any) -> Any:
        """The same as JSON, or ``nothing`` where nobody can look."""
        return json.loads(self.answer(*command, "--format=json") or json.dumps(nothing))

    def ask(self, what: str, method: str, url: str, body: str = "") -> dict[str, Any] | None:
        """The answer of a service of Google's; None where there is nothing. ``what`` is asked for.

        Raises:
            Stopped: it cannot be said whether there is something.
        """
        try:
            return found(self._request(method, url, body).output)
        except Unanswered as refusal:
            raise Stopped(f"{what} cannot be read: {refusal}") from None

    # -- changing ----------------------------------------------------------------------------------------------------

    def change(self, what: str, *command: str, given: str = "") -> None:
        """Runs a command that changes something, or prints it. ``what`` says what it does.

        Raises:
            Stopped: the command fails.
        """
        if self.settings.dry_run:
            self.print_command(command)
            return
        say(f" + {what}")
        ran = self.programs.run(command, given)
        if ran.status != 0:
            raise failed(command, ran)

    def write(self, what: str, name: str, text: str) -> None:
        """Writes a file that goes out with what is deployed. ``what`` says what it does.

        Raises:
            Stopped: it cannot be written.
        """
        say(f" + {what}")
        try:
            self.programs.write(name, text)
        except OSError as failure:
            raise Stopped(f"{name} cannot be written: {failure}") from None

    def change_soon(self, what: str, *command: str) -> None:
        """The same, tried for some minutes: what was made a moment ago is not known everywhere at Google yet.

        Raises:
            Stopped: the command still fails after these minutes.
        """
        if self.settings.dry_run:
            self.print_command(command)
            return
        say(f" + {what}")
        ran = self.until_it_works(lambda: self.programs.run(command))
        if ran.status != 0:
            raise failed(command, ran)

    def change_by_request(self, what: str, url: str, body: str, method: str = "PATCH") -> None:
        """Changes what is at the URL of a service of Google's, as soon as that knows of it.

        Raises:
            Stopped: the service still refuses after some minutes.
        """
        if self.settings.dry_run:
            self.print_request(method, url, body)
            return
        say(f" + {what}")

        def attempt() -> Ran:
            answer = self._request(method, url, body).output
            try:
                return Ran(0, answer) if found(answer) is not None else Ran(1, answer)
            except Unanswered as refusal:
                return Ran(1, "", str(refusal))

        ran = self.until_it_works(attempt)
        if ran.status != 0:
            raise Stopped(f"{url} refuses: {ran.said}")

    def until_it_works(self, attempt: Callable[[], Ran]) -> Ran:
        """The first attempt that works, or the last one that was made."""
        give_up = monotonic() + PATIENCE_SECONDS
        ran = attempt()
        while ran.status != 0 and monotonic() < give_up:
            self.note(f"Not yet, trying again: {ran.said.partition(chr(10))[0]}")
            self.wait(BETWEEN_TRIES_SECONDS)
            ran = attempt()
        return ran

    def wait(self, seconds: float) -> None:
        sleep(seconds)

    def grant(self, member: str, role: str, group: str, resource: str, *where: str, condition: str = "") -> None:
        """Binds the role at the resource, whose commands are ``gcloud GROUP ...``; under the condition, if there is
        one."""
        at = ("gcloud", *group.split())
        if self.looking:
            policy = self.value_json(*at, "get-iam-policy", resource, *where, nothing={})
            name = f"{group} {resource}"
            self.policies[name] = Policy(quoted((*at, "remove-iam-policy-binding", resource, *where)), policy)
            self.granted.add(Binding(name, member, role))
            if is_bound(policy, member, role, condition):
                return
        flags = []
        if condition:
            flags = [f"--condition=expression={condition},title=guilder"]
        elif group == "projects":
            flags = ["--condition=None"]  # gcloud asks otherwise, once a policy has conditions
        self.change_soon(
            f"Grant {role} at {resource} to {member.removeprefix('serviceAccount:').partition('@')[0]}.",
            *(*at, "add-iam-policy-binding", resource, *where, f"--member={member}", f"--role={role}", *flags),
        )

    # -- requests ----------------------------------------------------------------------------------------------------

    def _request(self, method: str, url: str, body: str) -> Ran:
        """The token comes on standard input, where no list of processes shows it."""
        return self.programs.run(self._curl(method, url, body), bearer(self.access_token))

    def _curl(self, method: str, url: str, body: str) -> list[str]:
        command = ["curl", "--silent", "--show-error", "--request", method, "--header", "@-"]
        command += ["--header", f"X-Goog-User-Project: {self.settings.project}"]
        command += ["--connect-timeout", "10", "--max-time", str(REQUEST_SECONDS), "--write-out", "\\n%{http_code}\\n"]
        if body:
            command += ["--header", "Content-Type: application/json", "--data", body]
        return [*command, url]


def say(text: str) -> None:
    """In one write, because functions are deployed in parallel."""
    print(f"{text}\n", end="", flush=True)


def quoted(command: Sequence[str]) -> str:
    """The command as a line of a shell; of a flag only the value is in quotes, which gcloud's linter wants."""
    return " ".join(map(_quoted, command))


def _quoted(argument: str) -> str:
    name, equals, value = argument.partition("=")
    if argument.startswith("--") and value:
        return f"{name}{equals}{_quoted(value)}"
    return shlex.quote(argument).replace("'\"'\"'", r"'\''")


def bearer(token: str) -> str:
    return f"Authorization: Bearer {token}\n" if token else ""


def token_on_stdin(kind: str) -> str:
    """What a plan prints before a command that reads a token of this kind as a header."""
    return f"gcloud auth print-{kind}-token | sed 's/^/Authorization: Bearer /'"


def variable_on_stdin(name: str) -> str:
    """What a plan prints before a command that reads the value of a secret."""
    return f'printf %s "${name}"'


def failed(command: Sequence[str], ran: Ran) -> Stopped:
    """What the program said goes to standard error, as it is."""
    print(ran.said, file=sys.stderr, flush=True)
    return Stopped(f"this command failed: {quoted(command)}")


def is_bound(policy: dict[str, Any], member: str, role: str, condition: str) -> bool:
    """Whether the policy binds the two under exactly this condition, or without one."""
    return any(
        binding["role"] == role
        and member in binding["members"]
        and binding.get("condition", {}).get("expression", "") == condition
        for binding in policy.get("bindings", [])
    )
