"""Whether a bucket may hold our pictures, and whether it is set as ours is."""

import json
from typing import Any

LABEL = "guilder"
PUBLIC = ("allUsers", "allAuthenticatedUsers")

Json = dict[str, Any]


def refusals(bucket: Json) -> list[str]:
    """Why a bucket that is there already may not hold pictures that are nobody's business."""
    reasons = []
    if not bucket.get("uniform_bucket_level_access"):
        reasons.append("objects of it may have access lists of their own: it has no uniform bucket-level access")
    if bucket.get("public_access_prevention") == "enforced":
        reasons.append("it prevents public access, so published pictures could not be seen")
    is_ours = LABEL in bucket.get("labels", {})
    if not is_ours and (bucket.get("lifecycle_config") or bucket.get("cors_config")):
        reasons.append("it has a lifecycle or CORS of its own, which ours would replace")
    return reasons


def public(policy: Json) -> list[str]:
    """Who of everybody may do what in all of it. Our one public grant is at a managed folder, not here."""
    return [
        f"{member} has {binding['role']}"
        for binding in policy.get("bindings", [])
        for member in binding["members"]
        if member in PUBLIC
    ]


def is_set(bucket: Json, cors: Any, lifecycle: Json) -> bool:
    """Whether CORS and lifecycle are these, and a label says whose it is."""
    return (
        _plain(bucket.get("cors_config")) == _plain(cors)
        and _plain((bucket.get("lifecycle_config") or {}).get("rule")) == _plain(lifecycle["rule"])
        and LABEL in bucket.get("labels", {})
    )


def _plain(value: Any) -> Any:
    """Without what is empty, and in an order of its own: Google repeats a setting in other forms than it was given."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items() if part not in (None, [], {})}
    if isinstance(value, list):
        return sorted((_plain(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    return value
