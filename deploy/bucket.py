"""Whether a bucket may hold our pictures, and whether it is set as ours is; gcloud's JSON comes on standard input.

    gcloud storage buckets describe gs://B --format=json | python3 -m deploy.bucket refusals
    gcloud storage buckets get-iam-policy gs://B --format=json | python3 -m deploy.bucket public
    gcloud storage buckets describe gs://B --format=json | python3 -m deploy.bucket settings CORS LIFECYCLE

The first two print why it may not, a line for each reason; the last prints ``same`` or ``differ``.
"""

import json
import sys
from pathlib import Path
from typing import Any

from deploy.answers import given

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


def main(arguments: list[str]) -> int:
    found = given({})
    match arguments:
        case ["refusals"]:
            print("\n".join(refusals(found)))
        case ["public"]:
            print("\n".join(public(found)))
        case ["settings", cors, lifecycle]:
            wanted = (json.loads(Path(path).read_text(encoding="utf-8")) for path in (cors, lifecycle))
            print("same" if is_set(found, *wanted) else "differ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
