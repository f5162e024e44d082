"""A gcloud, a firebase and a curl that only remember: what they were called with, and what there would be now.

``StandIn`` takes the place of the programs in a deployment that runs in a test's own process. For deploy.sh there are
programs on PATH: each is a few lines of bash that hand their arguments to the same ``StandIn``. It knows the commands
that a deployment uses and refuses others, and, as Google does, to make what exists or change what does not. What is
deployed answers as Cloud Run and our functions would, unless ``state["answers"]`` says otherwise.
"""

import json
import re
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.gcloud import Programs, Ran
from local.net.ports import HOST
from tests.deploy import google_rest_stand_in as rest

Flags = dict[str, list[str]]
State = dict[str, dict[str, Any]]  # resources by kind, then by name

ACCOUNT = "someone@example.com"
IDENTITY_TOKEN = "identity-token-canary"
ACCESS_TOKEN = "access-token-canary"
PROJECT_NUMBER = "123456789012"

PROGRAMS = ("gcloud", "firebase", "curl", "npm")

WEB_CONFIG = {
    "projectId": "demo-guilder",
    "appId": "1:123456789012:web:0",
    "storageBucket": "demo-guilder.firebasestorage.app",
    "apiKey": "web-api-key",
    "authDomain": "demo-guilder.firebaseapp.com",
    "messagingSenderId": "123456789012",
}
PAGES = ("index", "post", "creator", "404")
"""What the web app is built to here."""


PROGRAM = """\
#!/bin/bash
exec 3<>"/dev/tcp/127.0.0.1/$STAND_IN_PORT"
case " $* " in *" --data-file=- "* | *" @- "* | *" /dev/stdin "*) IFS= read -r -d '' given ;; esac
printf '%s\\0' {name} "$(declare -px)" "$given" "$#" "$@" >&3
read -r status <&3
if ((status)); then cat <&3 >&2; else cat <&3; fi
exit "$status"
"""
"""What stands on PATH: sends its name, environment, standard input and arguments, and does as it is told."""

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
    ("monitoring", "dashboards"): "dashboard",
    ("projects",): "project",
    ("artifacts", "repositories"): "repository",
    ("billing", "budgets"): "budget",
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


@dataclass(frozen=True)
class Call:
    """One call of a program; ``given`` is what it was given on standard input, if it reads that."""

    program: str
    arguments: list[str]
    environment: str
    given: str
    folder: Path

    @property
    def command(self) -> list[str]:
        return [self.program, *self.arguments]


class StandIn(Programs):
    """What the programs remember, and their answers. ``programs`` are those that there are."""

    def __init__(self, root: Path, state: State) -> None:
        super().__init__(root, {"PATH": "/usr/bin:/bin"})
        self.state, self.calls, self.programs = state, list[Call](), set(PROGRAMS)
        self._folder = root
        self._lock = threading.Lock()  # the functions are deployed in parallel

    def has(self, name: str) -> bool:
        return name in self.programs

    def run(self, command: Sequence[str], given: str = "") -> Ran:
        """What the command does here; cp, sed and rm are the real ones."""
        program, *arguments = command
        if program not in PROGRAMS:
            return super().run(command, given)
        status, said = self._answer(Call(program, arguments, "", given, self._folder))
        return Ran(status, "" if status else f"{said}\n", said if status else "")

    @contextmanager
    def listening(self) -> Iterator[int]:
        """The port that ``PROGRAM`` calls, until the block ends."""
        stand_in = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                program, environment, given, count = (_field(self.rfile) for _ in range(4))
                arguments = [_field(self.rfile) for _ in range(int(count))]
                call = Call(program, arguments, environment, given, stand_in._folder)
                status, said = stand_in._answer(call)
                self.wfile.write(f"{status}\n{said}\n".encode())

        class Server(socketserver.ThreadingTCPServer):
            request_queue_size = 128  # every function is asked at once

        with Server((HOST, 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield server.server_address[1]
            finally:
                server.shutdown()
                thread.join()

    def _answer(self, call: Call) -> tuple[int, str]:
        with self._lock:
            self.calls.append(call)
            programs = {"gcloud": gcloud, "firebase": firebase, "curl": curl, "npm": npm}
            try:
                return 0, programs[call.program](call, self.state)
            except Refused as refusal:
                return 1, f"ERROR: {refusal}"


def _field(stream: Any) -> str:
    """The next field, which a NUL ends."""
    text = bytearray()
    while (byte := stream.read(1)) not in (b"", b"\0"):
        text += byte
    return text.decode()


def gcloud(call: Call, state: State) -> str:
    """What the command prints."""
    words, flags = parse(call.arguments)
    if state["refused"].get(" ".join(words)):  # so many times
        state["refused"][" ".join(words)] -= 1
        raise Refused("PERMISSION_DENIED: the caller does not have permission")
    match words:
        case ["auth", "list"]:
            return str(state["login"].get("gcloud", ""))
        case ["auth", "print-identity-token"]:
            return IDENTITY_TOKEN
        case ["auth", "print-access-token"]:
            if not state["login"].get("gcloud"):
                raise Refused("You do not currently have an active account selected.")
            return ACCESS_TOKEN
        case ["billing", "projects", "describe", name]:
            if "AccountName" in flags["format"][0]:
                return "billingAccounts/BILLING_ACCOUNT"
            return str(state["billing"].get(name, True))
        case ["projects", "set-iam-policy", name, "/dev/stdin"]:
            policy = json.loads(call.given)
            if policy["etag"] != etag(state, f"project {name}"):
                raise Refused("ABORTED: there were concurrent policy changes")
            state["policy"][f"project {name}"] = policy["bindings"]
            state["audit_configs"] = {config["service"]: config for config in policy["auditConfigs"]}
            return json.dumps(policy)
        case ["artifacts", "repositories", "set-cleanup-policies", name]:
            policies = json.loads((call.folder / flags["policy"][0]).read_text())
            found(state, "repository", name).update(policies=policies, dry_run="no-dry-run" not in flags)
            return ""
        case ["services", "list"]:
            return "\n".join(state["api"])
        case ["services", "enable", *apis]:
            state["api"] |= dict.fromkeys(apis, True)
            return ""
        case ["secrets", "versions", "access", "latest"]:
            secret = found(state, "secret", flags["secret"][0])
            if secret.get("unreadable"):
                raise Refused("PERMISSION_DENIED: secretmanager.versions.access")
            return str(secret["versions"][-1])
        case ["secrets", "versions", "list", name]:
            return str(len(found(state, "secret", name)["versions"]) or "")
        case ["secrets", "versions", "add", name]:
            found(state, "secret", name)["versions"].append(call.given)
            return ""
        case ["firestore", "fields", "ttls", "list"]:
            return str(state["ttl"].get(flags["collection-group"][0], ""))
        case ["firestore", "fields", "ttls", "update", field]:
            state["ttl"][flags["collection-group"][0]] = field
            return ""
        case ["storage", "ls", path]:
            found(state, "bucket", path.removesuffix("/").rpartition("/")[0])
            return path
        case ["storage", "rm", path] if path.endswith("/"):
            return ""
        case ["storage", "rm", bucket]:
            found(state, "bucket", bucket)
            del state["bucket"][bucket]
            return ""
        case ["storage", "managed-folders", "list", bucket]:
            names = (name.removeprefix(f"{bucket}/") for name in state["folder"] if name.startswith(f"{bucket}/"))
            return "\n".join(names)
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
            return resource(kind, words[length], words[length + 1 :], flags, state, call.folder)
    raise Refused(f"unknown command: {words}")


def resource(kind: str, verb: str, names: list[str], flags: Flags, state: State, folder: Path) -> str:
    name = names[0] if names else flags["database"][0] if "database" in flags else ""
    if kind in ("channel", "alert", "dashboard") and verb == "create":
        name = f"projects/p/{kind}/{len(state[kind]) + 1}"
    if kind == "budget" and verb == "create":
        name = f"billingAccounts/{flags['billing-account'][0]}/budgets/{len(state[kind]) + 1}"
    if kind == "backup":
        name = flags.get("backup-schedule", [f"schedule-{len(state[kind]) + 1}"])[0]
    if (kind, verb) == ("function", "list") and "cloudfunctions.googleapis.com" not in state["api"]:
        raise Refused("Cloud Functions API has not been used in the project before or it is disabled.")
    if verb == "list" and flags.get("format") == ["json"]:
        return json.dumps([as_json(kind, known, state[kind][known], folder) for known in state[kind]])
    if verb == "list":
        return "\n".join(listed(kind, known, state[kind][known], flags) for known in state[kind]).strip()
    if verb == "create":
        if name in state[kind]:
            raise Refused(f"ALREADY_EXISTS: {kind} {name}")
        state[kind][name] = {"versions": [], "policy": []}
    if verb == "get-iam-policy":
        # A policy is there even where we keep no resource: a project's.
        policy = {"bindings": state["policy"].get(f"{kind} {name}", []), "etag": etag(state, f"{kind} {name}")}
        if kind == "project" and state["audit_configs"]:
            policy["auditConfigs"] = list(state["audit_configs"].values())
        return json.dumps(policy)
    if verb == "add-iam-policy-binding":
        if kind != "project":
            found(state, kind, name)
        binding: dict[str, Any] = {"role": flags["role"][0], "members": [flags["member"][0]]}
        condition = flags.get("condition", ["None"])[0]
        if condition != "None":
            expression, _, title = condition.removeprefix("expression=").rpartition(",title=")
            binding["condition"] = {"expression": expression, "title": title}
        state["policy"].setdefault(f"{kind} {name}", []).append(binding)
        return ""
    known = found(state, kind, name)
    if verb == "delete":
        del state[kind][name if name in state[kind] else name.partition("@")[0]]
    elif verb in ("create", "update"):
        labels = known.get("labels", {}) | pairs(flags, "labels", "update-labels", "user-labels", "update-user-labels")
        known |= {flag: values[-1] for flag, values in flags.items()} | {"labels": labels}
        known |= {flag: values for flag, values in flags.items() if flag.endswith("threshold-rule")}
        if "config-from-file" in flags:
            known |= json.loads((folder / flags["config-from-file"][0]).read_text())
        if "policy-from-file" in flags:
            json.loads((folder / flags["policy-from-file"][0]).read_text())
    elif verb == "describe" and flags.get("format") == ["json"]:
        return json.dumps(as_json(kind, name, known, folder))
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
    function["state"] = "ACTIVE"
    function["public"] = "allow-unauthenticated" in flags
    function["ingress"] = flags["ingress-settings"][0]
    service = state["service"].setdefault(name, {})
    service["serving"] = f"{name}-{function['revision']:05}"


def etag(state: State, resource: str) -> str:
    return f"etag-{len(json.dumps(state['policy'].get(resource, [])))}"


def as_json(kind: str, name: str, known: dict[str, Any], folder: Path) -> Any:
    """What ``--format=json`` prints of it, in the form that Google answers in."""
    match kind:
        case "bucket":
            return as_bucket(known, folder)
        case "database":
            is_protected, is_recovered = "delete-protection" in known, "enable-pitr" in known
            return {
                "type": known.get("type", "firestore-native").upper().replace("-", "_"),
                "deleteProtectionState": f"DELETE_PROTECTION_{'ENABLED' if is_protected else 'DISABLED'}",
                "pointInTimeRecoveryEnablement": f"POINT_IN_TIME_RECOVERY_{'ENABLED' if is_recovered else 'DISABLED'}",
            }
        case "backup":
            days = int(known["retention"].removesuffix("d"))
            recurrence: dict[str, Any] = {f"{known['recurrence']}Recurrence": {}}
            return {"name": f"projects/p/backupSchedules/{name}", "retention": f"{days * 86_400}s"} | recurrence
        case "repository":
            policies = (policy | {"id": policy["name"]} for policy in known.get("policies", []))
            plain = {
                policy["id"]: {
                    "id": policy["id"],
                    "action": policy["action"]["type"].upper(),
                    **({"mostRecentVersions": policy["mostRecentVersions"]} if "mostRecentVersions" in policy else {}),
                    **({"condition": {"tagState": "ANY", "olderThan": "86400s"}} if "condition" in policy else {}),
                }
                for policy in policies
            }
            return {"name": name, "cleanupPolicies": plain, "cleanupPolicyDryRun": known.get("dry_run", False)}
        case "budget":
            units, currency = re.findall(r"(\d+)([A-Z]*)", known["budget-amount"])[0]
            percents = known.get("add-threshold-rule") or known["threshold-rule"]
            return {
                "name": name,
                "displayName": known["display-name"],
                "amount": {"specifiedAmount": {"currencyCode": currency or "USD", "units": units}},
                "thresholdRules": [{"thresholdPercent": float(text.partition("=")[2])} for text in percents],
                "notificationsRule": {
                    "monitoringNotificationChannels": [
                        known[flag]
                        for flag in ("notifications-rule-monitoring-notification-channels",)
                        if flag in known
                    ]
                },
            }
        case "function":
            return {"name": f"projects/p/locations/us-central1/functions/{name}", "labels": known.get("labels", {})}
    return known


def as_bucket(known: dict[str, Any], folder: Path) -> dict[str, Any]:
    files = {
        name: json.loads((folder / known[flag]).read_text())
        for name, flag in (("cors_config", "cors-file"), ("lifecycle_config", "lifecycle-file"))
        if flag in known
    }
    is_open = "no-public-access-prevention" in known
    return {
        "uniform_bucket_level_access": "uniform-bucket-level-access" in known,
        "public_access_prevention": "inherited" if is_open else "enforced",
        "labels": known.get("labels", {}),
        **files,
    }


def described(kind: str, known: dict[str, Any], flags: Flags) -> str:
    asked = flags.get("format", [""])[0]
    if kind == "queue":  # in the forms that Google answers in
        first = float(known["min-backoff"].rstrip("s"))
        limits = known["max-concurrent-dispatches"], known["max-attempts"], f"{first:.3f}s", known["max-backoff"]
        return " ".join((f"{float(known['max-dispatches-per-second'])}", *limits))
    if "(state,labels.guilder)" in asked:
        return f"{known['state']} {known['labels']['guilder']}"
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
    if kind == "channel" and not any(
        f'"{text}"' in wanted for text in (known["display-name"], known["channel-labels"].partition("=")[2])
    ):
        return ""
    if kind == "alert":
        if f'"{known["labels"]["guilder"]}"' not in wanted:
            return ""
        return f"{name} {known['labels']['config']}" if "config" in flags["format"][0] else name
    return name or "listed"


def firebase(call: Call, state: State) -> str:
    """What the command prints."""
    words, _ = parse(call.arguments)
    match words:
        case ["projects:list"]:
            if not state["login"].get("firebase"):
                raise Refused("Failed to authenticate, have you run firebase login?")
        case ["apps:list", *_] | ["hosting:sites:get", *_]:
            found(state, "firebase", "project")
        case ["projects:addfirebase", _]:
            state["firebase"]["project"] = True
        case ["deploy", "firestore:rules", *_]:
            state["rules"]["live"] = (call.folder / "firestore.rules").read_text()
        case ["deploy", "firestore:indexes", *_]:
            state["firebase"]["indexes"] = True
        case ["deploy", "auth", *_]:
            state["auth"]["signIn"] = {"email": {"enabled": True, "passwordRequired": True}}
            state["firebase"]["app"] = True  # as firebase-tools does where there is none
        case ["apps:sdkconfig", "WEB", *_]:
            if not state["firebase"].get("app"):
                raise Refused("There are no WEB apps associated with this Firebase project")
            return json.dumps({"status": "success", "result": {"sdkConfig": WEB_CONFIG}})
        case ["deploy", "hosting", *_]:
            message = call.arguments[call.arguments.index("--message") + 1]
            files = sorted((call.folder / "web" / "out").glob("*"))
            state["hosting"]["live"] = {"message": message, "files": [f"/{file.name}" for file in files]}
        case ["hosting:disable", *_]:
            del state["firebase"]["project"]
            state["hosting"].pop("live", None)
        case _:
            raise Refused(f"unknown command: {words}")
    return ""


def npm(call: Call, state: State) -> str:
    """What the command prints. A build makes pages, as the real one does."""
    words, _ = parse(call.arguments)
    match words:
        case ["web", "ci"] | ["web", "run", "budget"]:
            pass
        case ["web", "run", "build"]:
            out = call.folder / "web" / "out"
            out.mkdir(exist_ok=True)
            for page in PAGES:
                (out / f"{page}.html").write_text("<!doctype html>")
        case _:
            raise Refused(f"unknown command: {words}")
    return ""


def site(url: str, state: State) -> str:
    """Status and type of what Firebase Hosting answers, of what is not the API."""
    files, path = state["hosting"].get("live", {}).get("files", []), url.partition(".web.app")[2]
    if path == "/site.json" and path in files:
        return "200 application/json"
    page = {"/": "/index.html", "/p/x": "/post.html"}.get(path, "")
    return "200 text/html; charset=utf-8" if page in files else "404 text/html; charset=utf-8"


def curl(call: Call, state: State) -> str:
    """Status and type of what the address in the last argument answers, or what a service of Google's answers."""
    if "googleapis.com" in call.arguments[-1]:
        if call.given.strip() != f"Authorization: Bearer {ACCESS_TOKEN}":
            raise Refused("no token")
        return rest.answer(call.arguments, state)
    if ".web.app/" in call.arguments[-1] and "/api/" not in call.arguments[-1]:
        return site(call.arguments[-1], state)
    name = call.arguments[-1].rpartition("/")[2]
    function = state["function"].get(name)
    if function is None:
        return "404 text/html"
    if state["answers"].get(name):
        return str(state["answers"][name].pop(0))
    if function["ingress"] == "internal-only":
        return "404 text/html"
    if not function["public"]:
        may_call = f"Authorization: Bearer {IDENTITY_TOKEN}" in call.given
        return "401 application/problem+json" if may_call else "403 text/html; charset=UTF-8"
    if "OPTIONS" in call.arguments:
        return "204 "
    if name in ("get-catalog", "get-feed"):
        return "200 application/json"
    return "422 application/problem+json" if name in ("get-post", "get-profile") else "401 application/problem+json"


def pairs(flags: Flags, *names: str) -> dict[str, str]:
    """``A=1,B=2`` of the flags of these names."""
    items = [item for name in names for value in flags.get(name, []) for item in value.split(",")]
    return dict(item.partition("=")[::2] for item in items)


def found(state: State, kind: str, name: str) -> Any:
    for known in (name, name.partition("@")[0]):  # accounts are made by name and known by address
        if known in state[kind]:
            return state[kind][known]
    raise Refused(f"NOT_FOUND: {kind} {name}")
