"""Roles of our accounts, or of everybody, that nobody asked deploy.sh for.

    python3 -m deploy.role_bindings PROJECT GRANTS FOLDER

GRANTS is a file with a line for each role that a deployment gives: resource, member and role, with tabs between. FOLDER
holds the policies of the resources as deploy.sh found them: the first line of each is the resource, the second the
command that takes a role there away, the rest is gcloud's JSON. Prints a line and a command for each role too many, and
ends with an error if there is one.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PUBLIC = ("allUsers", "allAuthenticatedUsers")


@dataclass(frozen=True, order=True, slots=True)
class Binding:
    """Somebody holds a role at a resource."""

    resource: str
    member: str
    role: str


def unexpected(project: str, resource: str, policy: dict[str, Any], wanted: set[Binding]) -> list[Binding]:
    """What our accounts, and everybody, hold at the resource without having been given it."""
    held = {
        Binding(resource, member, binding["role"])
        for binding in policy.get("bindings", [])
        for member in binding["members"]
        if member in PUBLIC or _is_ours(member, project)
    }
    return sorted(held - wanted)


def _is_ours(member: str, project: str) -> bool:
    return member.startswith("serviceAccount:guilder-") and member.endswith(f"@{project}.iam.gserviceaccount.com")


def too_many(project: str, grants: str, folder: Path) -> Iterator[str]:
    wanted = {Binding(*line.split("\t")) for line in grants.splitlines()}
    for path in sorted(folder.iterdir()):
        resource, command, policy = path.read_text(encoding="utf-8").split("\n", 2)
        for binding in unexpected(project, resource, json.loads(policy.strip() or "{}"), wanted):
            name = binding.member.removeprefix("serviceAccount:").partition("@")[0]
            yield f"{name} has {binding.role} at {resource}, which it was not given here. Take it away:"
            yield f"  {command} --member={binding.member} --role={binding.role}"


def main(project: str, grants: str, folder: str) -> int:
    lines = list(too_many(project, Path(grants).read_text(encoding="utf-8"), Path(folder)))
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
