"""Roles of our accounts, or of everybody, that the deployment did not give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PUBLIC = ("allUsers", "allAuthenticatedUsers")


@dataclass(frozen=True, order=True, slots=True)
class Binding:
    """Somebody holds a role at a resource."""

    resource: str
    member: str
    role: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Who holds what at a resource, as gcloud tells it, and the beginning of the command that takes a role away."""

    remove: str
    bindings: Mapping[str, Any]


def unexpected(project: str, resource: str, policy: Mapping[str, Any], wanted: set[Binding]) -> list[Binding]:
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


def too_many(project: str, wanted: set[Binding], policies: Mapping[str, Policy]) -> Iterator[str]:
    """Two lines for each role too many: what it is, and the command that takes it away."""
    for resource, policy in sorted(policies.items()):
        for binding in unexpected(project, resource, policy.bindings, wanted):
            name = binding.member.removeprefix("serviceAccount:").partition("@")[0]
            yield f"{name} has {binding.role} at {resource}, which no deployment gave it. Take it away with:"
            yield f"  {policy.remove} --member={binding.member} --role={binding.role}"
