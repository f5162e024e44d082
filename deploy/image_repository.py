"""Whether the repository of images cleans up as it should."""

import re
from typing import Any

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

Json = dict[str, Any]


def is_set(repository: Json, wanted: list[Json]) -> bool:
    """Whether the policies are these, and really delete."""
    held = repository.get("cleanupPolicies", {})
    return not repository.get("cleanupPolicyDryRun") and {_plain(policy) for policy in held.values()} == {
        _plain(policy | {"id": policy["name"]}) for policy in wanted
    }


def _plain(policy: Json) -> tuple[object, ...]:
    """The same for the form of the file and the form that Google answers in."""
    action = policy["action"]
    condition = policy.get("condition", {})
    return (
        policy["id"],
        str(action["type"] if isinstance(action, dict) else action).upper(),
        int(policy.get("mostRecentVersions", {}).get("keepCount", 0)),
        str(condition.get("tagState", "")).upper(),
        _seconds(str(condition.get("olderThan", "0s"))),
    )


def _seconds(duration: str) -> int:
    number, unit = re.findall(r"^(\d+)([smhd])$", duration)[0]
    return int(number) * SECONDS[unit]
