"""Needs bash; firebase-tools' schema where they are installed. Nothing leaves this machine."""

import inspect
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy import functions, settings, web_app
from deploy.settings import Stopped
from local import parts
from local.google.proto_time import span
from shared.cloud import checkpoint, queue
from shared.manifest import FUNCTIONS, STRIPE_EVENTS
from tests.deploy.deployment import ROOT, SECRETS, Deployment, plan_lines, sources
from tests.support.functions import READ

PAID_MODEL = {"IMAGE_MODEL": "gemini-3.1-flash-image"}
SCHEMA = ".local/tools/node_modules/firebase-tools/schema/firebase-config.json"


@pytest.fixture
def deployment() -> Deployment:
    """A project where nothing is yet."""
    return Deployment()


@pytest.fixture(scope="module")
def plan() -> str:
    """What a dry run prints, with secrets in its environment."""
    return Deployment(logins=()).run("--dry-run").stdout


def function_commands(plan: str) -> dict[str, list[str]]:
    commands = [shlex.split(line) for line in plan_lines(plan) if line.startswith("gcloud functions deploy ")]
    return {command[3].replace("-", "_"): command for command in commands}


# -- the functions ---------------------------------------------------------------------------------------------------


def test_every_function_is_deployed_once_in_the_order_of_names(plan: str) -> None:
    deployed = [line.split()[3] for line in plan_lines(plan) if line.startswith("gcloud functions deploy ")]

    assert deployed == sorted(name.replace("_", "-") for name in FUNCTIONS)


def test_hosting_sends_every_public_function_to_its_service_and_no_other() -> None:
    hosting = json.loads((ROOT / "firebase.json").read_text())["hosting"]
    public = {it.url_name for it in FUNCTIONS.values() if not it.is_internal}

    services = {each["source"]: each["run"]["serviceId"] for each in hosting["rewrites"] if "run" in each}
    assert services == {f"/api/{name}": name for name in public}


def test_shared_addresses_of_posts_and_people_are_pages_and_no_other_address_is_made_one() -> None:
    hosting = json.loads((ROOT / "firebase.json").read_text())["hosting"]

    assert [each for each in hosting["rewrites"] if "run" not in each] == [
        {"source": "/p/*", "destination": "/post.html"},
        {"source": "/u/*", "destination": "/creator.html"},
    ]
    assert hosting["rewrites"][-2:] == [each for each in hosting["rewrites"] if "run" not in each]
    assert (hosting["public"], hosting["cleanUrls"], hosting["trailingSlash"]) == (web_app.OUT, True, False)


def test_every_function_gets_the_variables_it_refuses_to_start_without(plan: str) -> None:
    for name, command in function_commands(plan).items():
        given = " ".join(part for part in command if part.startswith(("--set-env-vars=", "--set-secrets=")))
        names = set(re.findall(r"[=;^,]([A-Z_]+)=", given))
        assert {"GOOGLE_CLOUD_PROJECT", "ECONOMY", *FUNCTIONS[name].required} - {"GEMINI_API_KEY"} <= names, name


def test_a_secret_is_given_only_to_functions_that_require_it(plan: str) -> None:
    for name, command in function_commands(plan).items():
        secrets = {part for part in command if part.startswith("--set-secrets=")}
        given = set(re.findall(r"([A-Z_]+)=", "".join(secrets)))
        assert given == set(FUNCTIONS[name].secrets) - {"GEMINI_API_KEY"}, name


def test_the_image_models_key_is_asked_for_and_given_when_the_model_needs_one(deployment: Deployment) -> None:
    plan = deployment.run("--dry-run", "--allow-test-sales", settings=PAID_MODEL).stdout

    assert "gcloud secrets create gemini-api-key" in plan
    assert "--set-secrets=GEMINI_API_KEY=gemini-api-key:latest" in function_commands(plan)["run_generation"]


def grants(plan: str) -> set[tuple[str, str, str]]:
    """Who holds which role, and where."""
    found = set()
    for words in map(shlex.split, plan_lines(plan)):
        if "add-iam-policy-binding" in words:
            flags = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
            member = flags["member"].removeprefix("serviceAccount:").partition("@")[0]
            place = words[words.index("add-iam-policy-binding") + 1].partition("@")[0]
            found.add((member, flags["role"].removeprefix("roles/"), place))
    return found


def test_every_account_holds_what_its_functions_need_and_nothing_else(deployment: Deployment) -> None:
    plan = deployment.run("--dry-run", "--allow-test-sales", settings=PAID_MODEL).stdout
    project, bucket, published = "demo-guilder", "gs://demo-guilder-media", "gs://demo-guilder-media/published/"

    assert grants(plan) == {
        ("guilder-reader", "datastore.viewer", project),
        ("guilder-reader", "firebaseauth.viewer", project),
        ("guilder-reader", "storage.objectViewer", bucket),
        ("guilder-reader", "iam.serviceAccountTokenCreator", "guilder-reader"),
        ("guilder-reader", "secretmanager.secretAccessor", "cursor-secret"),
        ("guilder-runtime", "datastore.user", project),
        ("guilder-runtime", "firebaseauth.viewer", project),
        ("guilder-runtime", "storage.objectUser", bucket),
        ("guilder-runtime", "cloudtasks.enqueuer", "generations"),
        ("guilder-runtime", "cloudtasks.enqueuer", "likes"),
        ("guilder-runtime", "cloudtasks.enqueuer", "authors"),
        ("guilder-runtime", "cloudtasks.enqueuer", "reloads"),
        ("guilder-payments", "cloudtasks.enqueuer", "reloads"),
        ("guilder-payments", "iam.serviceAccountUser", "guilder-invoker"),
        ("guilder-runtime", "cloudtasks.viewer", "generations"),
        ("guilder-runtime", "iam.serviceAccountUser", "guilder-invoker"),
        ("guilder-runtime", "secretmanager.secretAccessor", "gemini-api-key"),
        ("guilder-runtime", "secretmanager.secretAccessor", "identity-secret"),
        ("guilder-payments", "secretmanager.secretAccessor", "identity-secret"),
        ("guilder-payments", "datastore.user", project),
        ("guilder-payments", "firebaseauth.viewer", project),
        ("guilder-payments", "secretmanager.secretAccessor", "stripe-secret-key"),
        ("guilder-payments", "secretmanager.secretAccessor", "stripe-webhook-secret"),
        ("guilder-invoker", "run.invoker", "audit-balances"),
        ("guilder-invoker", "run.invoker", "audit-counters"),
        ("guilder-invoker", "run.invoker", "expire-tokens"),
        ("guilder-invoker", "run.invoker", "reconcile-payments"),
        ("guilder-invoker", "run.invoker", "recount-likes"),
        ("guilder-invoker", "run.invoker", "run-generation"),
        ("guilder-invoker", "run.invoker", "run-reload"),
        ("guilder-invoker", "run.invoker", "sweep-generations"),
        ("guilder-invoker", "run.invoker", "sweep-pictures"),
        ("guilder-invoker", "run.invoker", "update-author"),
        ("guilder-trigger", "run.invoker", "count-likes"),
        ("guilder-trigger", "run.invoker", "propagate-profile"),
        ("guilder-trigger", "run.invoker", "tidy-post"),
        ("guilder-trigger", "eventarc.eventReceiver", project),
        ("guilder-build", "logging.logWriter", project),
        ("guilder-build", "storage.objectViewer", project),
        ("guilder-build", "artifactregistry.writer", "guilder"),
        ("allUsers", "storage.legacyObjectReader", published),
    }


def test_functions_that_only_read_run_as_an_account_that_can_write_nothing() -> None:
    readers = {it.name for it in FUNCTIONS.values() if it.account == "reader"}

    assert readers == READ


def test_functions_that_know_stripes_secrets_run_as_an_account_of_their_own() -> None:
    payers = {it.name for it in FUNCTIONS.values() if it.account == "payments"}

    assert payers == {name for name, it in FUNCTIONS.items() if "STRIPE_SECRET_KEY" in it.secrets}


def test_the_local_queues_have_the_retries_of_the_deployed_ones(plan: str) -> None:
    deployed = {}
    for words in map(shlex.split, plan_lines(plan)):
        if words[1:4] == ["tasks", "queues", "create"]:
            flags = dict(word[2:].split("=", 1) for word in words[5:])
            seconds = (float(flags[name].rstrip("s")) for name in ("min-backoff", "max-backoff"))
            deployed[words[4]] = (int(flags["max-attempts"]), *seconds)

    assert deployed == {
        queue.name.rpartition("/")[2]: (
            queue.retry_config.max_attempts,
            span(queue.retry_config.min_backoff).total_seconds(),
            span(queue.retry_config.max_backoff).total_seconds(),
        )
        for queue in parts.queues("demo")
    }


def test_the_scheduled_functions_are_called_at_their_times(plan: str) -> None:
    jobs = {
        words[5].replace("-", "_"): next(word for word in words if word.startswith("--schedule="))
        for words in map(shlex.split, plan_lines(plan))
        if words[1:5] == ["scheduler", "jobs", "create", "http"]
    }

    assert jobs == {
        "sweep_generations": "--schedule=*/5 * * * *",
        "sweep_pictures": "--schedule=30 3 * * *",
        "audit_balances": "--schedule=0 * * * *",
        "audit_balances_full": "--schedule=40 3 * * 0",
        "audit_counters": "--schedule=30 * * * *",
        "expire_tokens": "--schedule=5 * * * *",
        "reconcile_payments": "--schedule=20 * * * *",
    }


def test_a_call_ends_before_the_function_is_stopped_and_that_before_its_caller_gives_up(plan: str) -> None:
    seconds = {it.name: it.timeout for it in FUNCTIONS.values()}
    (deadline,) = set(re.findall(r"--attempt-deadline=(\d+)s", plan))
    scheduled = {name for name in FUNCTIONS if f"jobs create http {name.replace('_', '-')} " in plan}
    tasks = inspect.signature(queue.add).parameters["deadline_seconds"].default

    for name in ("audit_balances", "audit_counters"):
        # A page may be under way, of things that each take as long as they may.
        assert seconds[name] >= checkpoint.RUN_SECONDS + checkpoint.EXAMINATION_SECONDS + 20
    assert all(seconds[name] <= int(deadline) for name in scheduled)
    assert all(it.timeout <= tasks for it in FUNCTIONS.values() if it.queue)


# -- the plan --------------------------------------------------------------------------------------------------------


def test_a_dry_run_of_nobody_looks_at_nothing_says_so_and_prints_no_secret() -> None:
    deployment = Deployment(logins=())
    done = deployment.run("--dry-run", "--with-stripe")

    assert deployment.calls == [["gcloud", "auth", "print-access-token"]]
    assert "NOTHING WAS LOOKED AT" in done.stdout
    for secret in SECRETS.values():
        assert secret not in done.stdout + done.stderr


def test_a_dry_run_needs_neither_tools_nor_settings(deployment: Deployment) -> None:
    deployment.programs = set()
    done = deployment.run("--dry-run", settings={})

    assert deployment.calls == []
    assert plan_lines(done.stdout)


def test_the_plan_is_comments_and_commands_that_bash_reads(plan: str) -> None:
    commands = [line for line in plan.splitlines() if line and not line.startswith("#")]

    assert all(re.match(r"(gcloud|firebase|printf|python3|curl|npm) ", line) for line in commands)
    subprocess.run(["bash", "-n"], input="\n".join(commands), text=True, check=True)


def test_changed_source_is_a_new_fingerprint_of_every_function_and_of_nothing_else(plan: str, tmp_path: Path) -> None:
    changed = Deployment(logins=(), root=sources(tmp_path))
    with (changed.root / "shared" / "log.py").open("a") as source:
        source.write("# changed\n")
    lines = set(plan.splitlines()) ^ set(changed.run("--dry-run").stdout.splitlines())

    assert {line.split()[3] for line in lines} == {it.url_name for it in FUNCTIONS.values()}
    assert all(line.startswith("gcloud functions deploy ") for line in lines)


def test_indexes_come_before_the_functions_that_need_them_and_hosting_after_what_it_calls(plan: str) -> None:
    order = [line for line in plan_lines(plan) if " deploy " in line]
    functions = [place for place, line in enumerate(order) if line.startswith("gcloud functions deploy ")]
    indexes, hosting = (
        next(place for place, line in enumerate(order) if f"--only {what}" in line) for what in ("firestore", "hosting")
    )

    assert indexes < min(functions)
    assert max(functions) < hosting
    assert next(place for place, line in enumerate(order) if "--only auth" in line) < hosting
    lines = plan.splitlines()
    first, last = (
        next(place for place, line in enumerate(lines) if part in line) for part in ("apps:sdkconfig", "--only hosting")
    )
    assert first < last
    assert "# Its answer is written to web/out/site.json." in lines[first:last]


def test_a_dry_run_prints_the_plan_also_for_a_name_that_no_project_can_have() -> None:
    given = settings.read(["--project", "demo", "--dry-run"], SECRETS, ROOT)

    assert given.project == "demo"
    with pytest.raises(Stopped, match="name the project"):
        settings.read(["--project", "demo"], SECRETS, ROOT)
    with pytest.raises(Stopped, match="name the project"):
        settings.read(["--project", "demo; rm", "--dry-run"], SECRETS, ROOT)


def kind(command: str) -> str:
    """What the command does, without to what."""
    words = command.rpartition(" | ")[2].split()
    if "--only" in words:
        return f"firebase deploy {words[words.index('--only') + 1]}"
    if words[:3] == ["python3", "-m", "deploy.stripe_catalog"]:
        return "stripe_catalog"
    verb = next((place for place, word in enumerate(words) if word in VERBS), 0)
    return " ".join(words[1 : verb + 1]) or words[0]


VERBS = {
    "add",
    "add-iam-policy-binding",
    "apps:sdkconfig",
    "create",
    "deploy",
    "enable",
    "projects:addfirebase",
    "set-cleanup-policies",
    "set-iam-policy",
    "update",
}


def test_kinds_of_things_are_made_in_this_order() -> None:
    everything = SECRETS | {"ALERT_EMAIL": "ops@example.com"}
    plan = Deployment(logins=()).run("--dry-run", "--with-stripe", settings=everything).stdout
    kinds = [kind(line) for line in plan.splitlines() if line and not line.startswith("#")]

    assert list(dict.fromkeys(kinds)) == [
        "services enable",
        "projects:addfirebase",
        "iam service-accounts create",
        "projects add-iam-policy-binding",
        "iam service-accounts add-iam-policy-binding",
        "projects set-iam-policy",
        "secrets create",
        "secrets add-iam-policy-binding",
        "secrets versions add",
        "stripe_catalog",
        "storage buckets create",
        "storage buckets update",
        "storage managed-folders create",
        "storage managed-folders add-iam-policy-binding",
        "storage buckets add-iam-policy-binding",
        "tasks queues create",
        "tasks queues add-iam-policy-binding",
        "firestore databases create",
        "firestore backups schedules create",
        "firestore fields ttls update",
        "firebase deploy firestore:indexes",
        "firebase deploy firestore:rules",
        "artifacts repositories create",
        "artifacts repositories set-cleanup-policies",
        "artifacts repositories add-iam-policy-binding",
        "functions deploy",
        "run services update",
        "run services add-iam-policy-binding",
        "scheduler jobs create",
        "logging metrics create",
        "beta monitoring channels create",
        "alpha monitoring policies create",
        "monitoring dashboards create",
        "billing budgets create",
        "firebase deploy auth",
        "curl",
        "npm",
        "apps:sdkconfig",
        "firebase deploy hosting",
    ]


def test_the_plan_tells_the_webhook_and_the_events_that_the_function_takes(plan: str) -> None:
    assert "https://us-central1-demo-guilder.cloudfunctions.net/stripe-webhook" in plan
    subjects = "checkout|charge|refund|payment_intent|payment_method|customer|invoice"
    assert re.findall(rf"^# +((?:{subjects})\.[a-z_.]+)$", plan, re.MULTILINE) == list(STRIPE_EVENTS)


def test_another_region_is_another_region_everywhere(deployment: Deployment) -> None:
    plan = deployment.run("--dry-run", "--region=europe-west1").stdout

    assert "us-central1" not in plan.replace("s/us-central1/europe-west1/", "")
    assert "--config firebase.europe-west1.json" in plan


# -- tools that know better ------------------------------------------------------------------------------------------


def test_what_is_fingerprinted_is_what_is_uploaded() -> None:
    uploaded = re.findall(r"^!/([\w.]+)", (ROOT / ".gcloudignore").read_text(), re.MULTILINE)

    assert sorted(functions.UPLOADED) == sorted(uploaded)


def test_hosting_sends_security_headers_with_every_answer() -> None:
    rule, *others = json.loads((ROOT / "firebase.json").read_text())["hosting"]["headers"]
    headers = {header["key"]: header["value"] for header in rule["headers"]}

    assert rule["source"] == "**"
    assert {header["key"] for other in others for header in other["headers"]} == {"Cache-Control"}
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert {name: policy[name] for name in ("default-src", "object-src", "base-uri", "frame-ancestors")} == {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.skipif(not (ROOT / SCHEMA).exists(), reason="firebase-tools are not installed; make tools installs them")
def test_firebase_json_is_what_firebase_tools_accept() -> None:
    check = """
        const Ajv = require("./node_modules/ajv");
        const [schema, config] = process.argv.slice(1).map((path) => require(path));
        const ajv = new (Ajv.default ?? Ajv)({ allowUnionTypes: true, strict: false, validateFormats: false });
        if (!ajv.validate(schema, config)) { console.error(ajv.errorsText()); process.exit(1); }
    """
    subprocess.run(
        ["node", "-e", check, str(ROOT / SCHEMA), str(ROOT / "firebase.json")], cwd=ROOT / ".local/tools", check=True
    )
