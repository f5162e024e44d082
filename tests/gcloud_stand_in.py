"""A gcloud and a firebase that do nothing but remember: what they were called with, and what there would be now.

Run as a program under either name, with STAND_IN_FOLDER naming where ``calls.jsonl`` and ``state.json`` lie. It knows
the commands that deploy.sh uses and refuses others, and, as Google does, to make what exists or change what does not.
"""

import fcntl
import json
import os
import sys
from pathlib import Path
from typing import Any

Flags = dict[str, list[str]]
State = dict[str, dict[str, Any]]  # resources by kind, then by name

ACCOUNT = "someone@example.com"
PROJECT_NUMBER = "123456789"

CREATE = {"create", "addfirebase"}
KINDS = {
    ("iam", "service-accounts"): "account",
    ("storage", "buckets"): "bucket",
    ("storage", "managed-folders"): "folder",
    ("tasks", "queues"): "queue",
    ("secrets",): "secret",
    ("firestore", "databases"): "database",
    ("firestore", "backups", "schedules"): "backup",
    ("functions",): "function",
    ("run", "services"): "service",
    ("scheduler", "jobs"): "job",
    ("logging", "metrics"): "metric",
    ("beta", "monitoring", "channels"): "channel",
    ("alpha", "monitoring", "policies"): "alert",
    ("projects",): "project",
}


class Refused(Exception):
    """What the real tool would end with an error for."""


def parse(arguments: list[str]) -> tuple[list[str], Flags]:
    words, flags = [], {}  # type: list[str], Flags
    for argument in arguments:
        if argument.startswith("--"):
            name, _, value = argument[2:].partition("=")
            flags.setdefault(name, []).append(value)
        else:
            words.append(argument)
    return words, flags


def gcloud(words: list[str], flags: Flags, state: State) -> str:
    """What the command prints."""
    match words:
        case ["auth", "list"]:
            return str(state["login"].get("gcloud", ""))
        case ["billing", "projects", "describe", _]:
            return "True"
        case ["services", "list"]:
            return "\n".join(state["api"])
        case ["services", "enable", *apis]:
            state["api"] |= dict.fromkeys(apis, True)
            return ""
        case ["secrets", "versions", "access", "latest"]:
            return str(found(state, "secret", flags["secret"][0])["versions"][-1])
        case ["secrets", "versions", "list", name]:
            return str(len(found(state, "secret", name)["versions"]))
        case ["secrets", "versions", "add", name]:
            found(state, "secret", name)["versions"].append(sys.stdin.read())
            return ""
        case ["firestore", "fields", "ttls", "list"]:
            return str(state["ttl"].get(flags["collection-group"][0], ""))
        case ["firestore", "fields", "ttls", "update", field]:
            state["ttl"][flags["collection-group"][0]] = field
            return ""
        case ["storage", "rm", bucket]:
            found(state, "bucket", bucket)
            del state["bucket"][bucket]
            return ""
        case ["functions", "deploy", name]:
            deploy(name, flags, state)
            return ""
        case ["run", "services", "update-traffic", name]:
            found(state, "service", name)["serving"] = flags["to-revisions"][0].partition("=")[0]
            return ""
        case ["scheduler", "jobs", verb, "http", name]:
            words = ["scheduler", "jobs", verb, name]
    for length in (3, 2, 1):
        kind = KINDS.get(tuple(words[:length]))
        if kind is not None:
            return resource(kind, words[length], words[length + 1 :], flags, state)
    raise Refused(f"unknown command: {words}")


def resource(kind: str, verb: str, names: list[str], flags: Flags, state: State) -> str:
    name = names[0] if names else flags["database"][0] if "database" in flags else ""
    if kind in ("channel", "alert") and verb == "create":
        name = f"projects/p/{kind}/{len(state[kind]) + 1}"
    if verb == "list":
        return "\n".join(listed(kind, known, state[kind][known], flags) for known in state[kind]).strip()
    if verb == "create":
        if name in state[kind]:
            raise Refused(f"ALREADY_EXISTS: {kind} {name}")
        state[kind][name] = {"versions": [], "policy": []}
    if verb == "get-iam-policy":
        # A policy is there even where we keep no resource: a project's.
        return json.dumps({"bindings": state["policy"].get(f"{kind} {name}", [])})
    if verb == "add-iam-policy-binding":
        if kind != "project":
            found(state, kind, name)
        binding = {"role": flags["role"][0], "members": [flags["member"][0]]}
        state["policy"].setdefault(f"{kind} {name}", []).append(binding)
        return ""
    known = found(state, kind, name)
    if verb == "delete":
        del state[kind][name if name in state[kind] else name.partition("@")[0]]
    elif verb in ("create", "update"):
        labels = known.get("labels", {}) | pairs(flags, "labels", "update-labels", "user-labels", "update-user-labels")
        known |= {flag: values[-1] for flag, values in flags.items()} | {"labels": labels}
        if "config-from-file" in flags:
            known |= json.loads(Path(flags["config-from-file"][0]).read_text())
        if "policy-from-file" in flags:
            json.loads(Path(flags["policy-from-file"][0]).read_text())
    elif verb == "describe":
        return described(kind, known, flags)
    else:
        raise Refused(f"unknown command: {kind} {verb}")
    return ""


def deploy(name: str, flags: Flags, state: State) -> None:
    for secret in pairs(flags, "set-secrets").values():
        if not found(state, "secret", secret.partition(":")[0])["versions"]:
            raise Refused(f"Secret {secret} was not found")
    account = flags["service-account"][0].partition("@")[0]
    found(state, "account", account if account in state["account"] else flags["service-account"][0])
    function = state["function"].setdefault(name, {"labels": {}, "revision": 0})
    function["revision"] += 1
    function["labels"] |= pairs(flags, "update-labels")
    service = state["service"].setdefault(name, {})
    service["serving"] = f"{name}-{function['revision']:05}"


def described(kind: str, known: dict[str, Any], flags: Flags) -> str:
    asked = flags.get("format", [""])[0]
    if kind == "queue":  # in the forms that Google answers in
        first = float(known["min-backoff"].rstrip("s"))
        limits = known["max-concurrent-dispatches"], known["max-attempts"], f"{first:.3f}s", known["max-backoff"]
        return " ".join((f"{float(known['max-dispatches-per-second'])}", *limits))
    if "labels." in asked:
        return str(known.get("labels", {}).get(asked.partition("labels.")[2].rstrip(")"), ""))
    if "startup-cpu-boost" in asked:
        return "true" if "cpu-boost" in known else ""
    if "revisionName" in asked:
        return str(known.get("serving", ""))
    plain = {"value(description)": "description", "value(filter)": "filter", "value(locationId)": "location"}
    return str(known.get(plain.get(asked, ""), "described"))


def listed(kind: str, name: str, known: dict[str, Any], flags: Flags) -> str:
    wanted = flags.get("filter", [""])[0]
    if kind == "channel" and known["channel-labels"].partition("=")[2] not in wanted:
        return ""
    if kind == "alert":
        if f'"{known["labels"]["guilder"]}"' not in wanted:
            return ""
        return f"{name} {known['labels']['config']}" if "config" in flags["format"][0] else name
    return name or "listed"


def firebase(words: list[str], _flags: Flags, state: State) -> str:
    match words:
        case ["projects:list"]:
            if not state["login"].get("firebase"):
                raise Refused("Failed to authenticate, have you run firebase login?")
        case ["apps:list", *_] | ["hosting:sites:get", *_]:
            found(state, "firebase", "project")
        case ["projects:addfirebase", _]:
            state["firebase"]["project"] = True
        case ["deploy", targets, *_]:
            state["firebase"][targets] = True
        case ["hosting:disable", *_]:
            del state["firebase"]["project"]
        case _:
            raise Refused(f"unknown command: {words}")
    return ""


def pairs(flags: Flags, *names: str) -> dict[str, str]:
    """``A=1,B=2`` of the flags of these names."""
    items = [item for name in names for value in flags.get(name, []) for item in value.split(",")]
    return dict(item.partition("=")[::2] for item in items)


def found(state: State, kind: str, name: str) -> Any:
    for known in (name, name.partition("@")[0]):  # accounts are made by name and known by address
        if known in state[kind]:
            return state[kind][known]
    raise Refused(f"NOT_FOUND: {kind} {name}")


def main(program: str, arguments: list[str]) -> int:
    folder = Path(os.environ["STAND_IN_FOLDER"])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the functions are deployed in parallel
        with (folder / "calls.jsonl").open("a") as calls:
            calls.write(
                json.dumps({"command": [program, *arguments], "environment": sorted(os.environ.values())}) + "\n"
            )
        state = json.loads((folder / "state.json").read_text())
        words, flags = parse(arguments)
        try:
            sys.stdout.write((gcloud if program == "gcloud" else firebase)(words, flags, state) + "\n")
        except Refused as refusal:
            sys.stderr.write(f"ERROR: {refusal}\n")
            return 1
        (folder / "state.json").write_text(json.dumps(state, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
