"""A project's IAM policy, with the log of who writes to Firestore switched on and everything else as it was.

gcloud projects get-iam-policy P --format=json | python3 -m deploy.audit_logs
"""

import copy
import json
import sys
from typing import Any

SERVICE = "datastore.googleapis.com"  # what IAM calls Firestore in either mode
LOG_TYPE = "DATA_WRITE"

Json = dict[str, Any]


def are_on(policy: Json) -> bool:
    """Whether writes of everybody are logged."""
    return any(
        config["service"] in (SERVICE, "allServices")
        and kind["logType"] == LOG_TYPE
        and not kind.get("exemptedMembers")
        for config in policy.get("auditConfigs", [])
        for kind in config["auditLogConfigs"]
    )


def switched_on(policy: Json) -> Json:
    """The same policy, ``etag`` included, so that Google refuses it where somebody has changed it meanwhile."""
    policy = copy.deepcopy(policy)
    configs = policy.setdefault("auditConfigs", [])
    config = next((config for config in configs if config["service"] == SERVICE), None)
    if config is None:
        config = {"service": SERVICE, "auditLogConfigs": []}
        configs.append(config)
    others = [kind for kind in config["auditLogConfigs"] if kind["logType"] != LOG_TYPE]
    config["auditLogConfigs"] = [*others, {"logType": LOG_TYPE}]
    return policy


def main() -> int:
    policy = json.loads(sys.stdin.read())
    if "etag" not in policy:
        print("the policy has no etag, so it is not one that was read whole", file=sys.stderr)
        return 1
    print(json.dumps(switched_on(policy), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
