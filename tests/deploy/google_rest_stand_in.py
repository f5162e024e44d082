"""The services of Google that a deployment asks without gcloud: rules, Hosting, sign-in and collections.

Each answers from what there would be in the project now, and its status in a line of its own, as ``rest`` in deploy.sh
asks curl for.
"""

import json
import re
from typing import Any

State = dict[str, dict[str, Any]]

ROUTES = (
    ("GET", r"firebaserules\.googleapis\.com/v1/projects/[\w-]+/releases/cloud\.firestore", "release"),
    ("GET", r"firebaserules\.googleapis\.com/v1/projects/[\w-]+/rulesets/live", "ruleset"),
    ("GET", r"firebasehosting\.googleapis\.com/v1beta1/sites/[\w-]+/channels/live", "channel"),
    ("GET", r"firebasehosting\.googleapis\.com/v1beta1/sites/p/versions/live/files\?pageSize=1000", "files"),
    ("GET", r"identitytoolkit\.googleapis\.com/admin/v2/projects/[\w-]+/config", "auth"),
    ("PATCH", r"identitytoolkit\.googleapis\.com/admin/v2/projects/[\w-]+/config\?updateMask=.*", "set_auth"),
    ("POST", r"identitytoolkit\.googleapis\.com/v1/projects/[\w-]+/accounts:lookup", "lookup"),
    ("POST", r"identitytoolkit\.googleapis\.com/v1/projects/[\w-]+/accounts:update", "set_user"),
    ("GET", r"identitytoolkit\.googleapis\.com/v1/projects/[\w-]+/accounts:batchGet\?maxResults=1000.*", "users"),
    ("POST", r"firestore\.googleapis\.com/v1/projects/[\w-]+/databases/\(default\)/documents:.*", "collections"),
)


def answer(arguments: list[str], state: State) -> str:
    """The body and the status."""
    method = arguments[arguments.index("--request") + 1]
    address = arguments[-1].removeprefix("https://")
    data = arguments[arguments.index("--data") + 1] if "--data" in arguments else ""
    if address.endswith("&nextPageToken=2"):
        data = "2"
    name = next((name for verb, path, name in ROUTES if verb == method and re.fullmatch(path, address)), "")
    body, status = _answer(name, data, state)
    return f"{json.dumps(body)}\n{status}"


def _answer(name: str, data: str, state: State) -> tuple[dict[str, Any], int]:
    refused = state["answers"].get(name)
    if refused:
        return {"error": refused}, int(refused["code"])
    match name:
        case "release" if "live" in state["rules"]:
            return {"rulesetName": "projects/p/rulesets/live"}, 200
        case "ruleset":
            return {"source": {"files": [{"name": "firestore.rules", "content": state["rules"]["live"]}]}}, 200
        case "channel" if "live" in state["hosting"]:
            live = state["hosting"]["live"]
            version = {"name": "sites/p/versions/live", "status": "FINALIZED"}
            release = {"version": version, "message": live["message"], "releaseUser": {"email": "them@example.com"}}
            return {"release": release | {"releaseTime": "2026-11-01T12:00:00Z", "type": "DEPLOY"}}, 200
        case "files":
            return {"files": [{"path": path, "status": "ACTIVE"} for path in state["hosting"]["live"]["files"]]}, 200
        case "auth" if state["auth"]:
            return state["auth"], 200
        case "set_auth":
            state["auth"] |= json.loads(data)
            return state["auth"], 200
        case "lookup":
            (email,) = json.loads(data)["email"]
            found = [user for user in state["user"].values() if user["email"] == email]
            return ({"users": found} if found else {"kind": "identitytoolkit#GetAccountInfoResponse"}), 200
        case "set_user":
            changes = json.loads(data)
            state["user"][changes["localId"]] |= changes
            return {"localId": changes["localId"]}, 200
        case "users":  # in two pages
            users = sorted(state["user"].values(), key=lambda user: str(user["localId"]))
            return ({"users": users[2:]} if data else {"users": users[:2], "nextPageToken": "2"}), 200
        case "collections":
            return {"collectionIds": sorted(state["collection"])}, 200
    return {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}, 404
