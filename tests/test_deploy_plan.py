"""Infrastructure: bash and shellcheck; gcloud's own linter where there is a gcloud. Nothing leaves this machine."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import main
from local import cloud, gateway
from local.proto_time import span
from shared import config
from tests.deployment import ROOT, SECRETS, Deployment, deployed_once, plan_lines, readable, table

LINT_SECONDS = 300
SCHEMA = ".local/tools/node_modules/firebase-tools/schema/firebase-config.json"


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A project where nothing is yet."""
    return Deployment(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One that ran once."""
    return deployed_once(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def plan(first: Deployment, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a dry run prints, with secrets in its environment."""
    return Deployment(tmp_path_factory.mktemp("plan"), source=first.folder).run("--dry-run").stdout


def function_commands(plan: str) -> dict[str, list[str]]:
    commands = [shlex.split(line) for line in plan_lines(plan) if line.startswith("gcloud functions deploy ")]
    return {command[3].replace("-", "_"): command for command in commands}


# -- the table -------------------------------------------------------------------------------------------------------


def test_the_table_of_functions_is_that_of_main() -> None:
    assert sorted(table()) == sorted(main.FUNCTIONS)


def test_functions_that_google_calls_are_private_and_all_others_public() -> None:
    private = {name for name, row in table().items() if row[0] != "public"}

    assert private == gateway.INTERNAL


def test_triggers_listen_to_the_paths_that_the_local_cloud_listens_to() -> None:
    assert {name: row[-1] for name, row in table().items() if row[0] == "trigger"} == cloud.TRIGGERS


def test_hosting_sends_every_public_function_to_its_service_and_no_other() -> None:
    hosting = json.loads((ROOT / "firebase.json").read_text())["hosting"]
    public = {name.replace("_", "-") for name, row in table().items() if row[0] == "public"}

    assert {rewrite["source"]: rewrite["run"]["serviceId"] for rewrite in hosting["rewrites"]} == {
        f"/api/{name}": name for name in public
    }


def test_every_function_gets_the_variables_it_refuses_to_start_without(plan: str) -> None:
    for name, command in function_commands(plan).items():
        given = " ".join(part for part in command if part.startswith(("--set-env-vars=", "--set-secrets=")))
        names = set(re.findall(r"[=;^,]([A-Z_]+)=", given))
        assert {"GOOGLE_CLOUD_PROJECT", "ECONOMY", *config.REQUIRED_BY.get(name, ())} <= names, name


def test_a_secret_is_given_only_to_functions_that_require_it(plan: str) -> None:
    for name, command in function_commands(plan).items():
        secrets = {part for part in command if part.startswith("--set-secrets=")}
        given = set(re.findall(r"([A-Z_]+)=", "".join(secrets)))
        assert given == set(SECRETS) & set(config.REQUIRED_BY.get(name, ())), name


def test_the_image_models_key_is_asked_for_and_given_when_the_model_needs_one(deployment: Deployment) -> None:
    plan = deployment.run("--dry-run", settings={"IMAGE_MODEL": "gemini-3.1-flash-image"}).stdout

    assert "gcloud secrets create gemini-api-key" in plan
    assert "--set-secrets=GEMINI_API_KEY=gemini-api-key:latest" in function_commands(plan)["run_generation"]


def test_nobody_reaches_a_private_function_without_a_token_and_everybody_a_public_one(plan: str) -> None:
    for name, command in function_commands(plan).items():
        is_public = table()[name][0] == "public"
        assert ("--allow-unauthenticated" in command) == is_public
        assert ("--no-allow-unauthenticated" in command) != is_public


def test_firestore_triggers_are_retried_and_call_as_their_own_account(plan: str) -> None:
    for name, path in cloud.TRIGGERS.items():
        command = function_commands(plan)[name]
        assert "--retry" in command
        assert f"--trigger-event-filters-path-pattern=document={path}" in command
        assert "--trigger-service-account=guilder-trigger@demo-guilder.iam.gserviceaccount.com" in command
    others = [command for name, command in function_commands(plan).items() if name not in cloud.TRIGGERS]
    assert all("--retry" not in command for command in others)


def test_each_internal_service_may_be_called_by_one_account(plan: str) -> None:
    callers = {
        words[4].replace("-", "_"): words[-2].partition(":")[2].partition("@")[0]
        for words in map(shlex.split, plan_lines(plan))
        if words[1:4] == ["run", "services", "add-iam-policy-binding"]
    }

    assert callers == {
        "audit_balances": "guilder-invoker",
        "count_likes": "guilder-trigger",
        "recount_likes": "guilder-invoker",
        "run_generation": "guilder-invoker",
        "sweep_generations": "guilder-invoker",
        "tidy_post": "guilder-trigger",
    }


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
        for queue in cloud._queues()
    }


def test_the_scheduled_functions_are_those_of_the_local_cloud(plan: str) -> None:
    jobs = {
        words[5].replace("-", "_"): next(word for word in words if word.startswith("--schedule="))
        for words in map(shlex.split, plan_lines(plan))
        if words[1:5] == ["scheduler", "jobs", "create", "http"]
    }

    assert jobs == {"sweep_generations": "--schedule=*/5 * * * *", "audit_balances": "--schedule=0 * * * *"}
    assert cloud.SCHEDULE_SECONDS == {"sweep_generations": 300.0, "audit_balances": 3600.0}


# -- the plan --------------------------------------------------------------------------------------------------------


def test_a_dry_run_calls_nothing_and_prints_no_secret(deployment: Deployment) -> None:
    done = deployment.run("--dry-run", "--with-stripe")

    assert deployment.calls == []
    for secret in SECRETS.values():
        assert secret not in done.stdout + done.stderr


def test_a_dry_run_needs_neither_tools_nor_settings(tmp_path: Path) -> None:
    alone = Deployment(tmp_path)
    for program in ("gcloud", "firebase"):
        (tmp_path / "stand-in" / "bin" / program).unlink()
    alone.path = f"{tmp_path / 'stand-in' / 'bin'}:/bin"

    assert plan_lines(alone.run("--dry-run", settings={}).stdout)


def test_the_plan_is_comments_and_commands_that_bash_reads(plan: str) -> None:
    commands = [line for line in plan.splitlines() if line and not line.startswith("#")]

    assert all(re.match(r"(gcloud|firebase|printf|python3) ", line) for line in commands)
    subprocess.run(["bash", "-n"], input="\n".join(commands), text=True, check=True)


def test_the_plan_is_what_the_first_run_does(plan: str, first: Deployment) -> None:
    planned = [shlex.join(shlex.split(line)) for line in plan_lines(plan)]

    # A function's fingerprint holds the versions of its secrets, which are numbered when they are stored.
    done = [re.sub("guilder=[0-9a-f]{40}", "guilder=...", line) for line in first.changes]
    assert sorted(done) == sorted(re.sub("guilder=[0-9a-f]{40}", "guilder=...", line) for line in planned)


def test_the_plan_tells_the_webhook_and_the_events_that_the_function_takes(plan: str) -> None:
    handled = re.findall(r'case "(checkout\.[a-z_.]+)":', (ROOT / "functions" / "stripe_webhook.py").read_text())

    assert "https://us-central1-demo-guilder.cloudfunctions.net/stripe-webhook" in plan
    assert re.findall(r"^# +(checkout\.[a-z_.]+)$", plan, re.MULTILINE) == handled


def test_another_region_is_another_region_everywhere(deployment: Deployment) -> None:
    plan = deployment.run("--dry-run", "--region=europe-west1").stdout

    assert "us-central1" not in plan.replace("s/us-central1/europe-west1/", "")
    assert "--config firebase.europe-west1.json" in plan


# -- tools that know better ------------------------------------------------------------------------------------------


def test_shellcheck_and_bash_find_nothing_wrong_with_the_script() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    subprocess.run([shellcheck, "--severity=style", "deploy.sh"], cwd=ROOT, check=True)
    subprocess.run(["bash", "-n", "deploy.sh"], cwd=ROOT, check=True)


def shape(command: str) -> tuple[object, ...]:
    """The same for two commands that differ in names and values only."""
    words = shlex.split(command)
    plain = [word for word in words if not word.startswith("--")]
    path = [word for word in plain[:6] if re.fullmatch("[a-z-]+", word) and word.replace("-", "_") not in table()]
    return len(plain), *path[: len(plain) - 1], frozenset(word.partition("=")[0] for word in words if word not in plain)


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="there is no gcloud here to lint the commands with")
def test_gcloud_knows_every_command_and_flag(plan: str, first: Deployment, deployment: Deployment) -> None:
    with_mail = deployment.run("--dry-run", settings={"ALERT_EMAIL": "ops@example.com"}).stdout
    plans = (plan, with_mail, *(deployment.run(what, "--dry-run").stdout for what in ("--rollback", "--destroy")))
    commands = [line for text in plans for line in plan_lines(text) if line.startswith("gcloud ")]
    commands += [readable(call) for call in first.calls if call[0] == "gcloud"]
    listed = deployment.folder / "commands.json"
    shapes = {shape(command): command for command in commands}
    listed.write_text(json.dumps([{"command_string": command} for command in shapes.values()]))

    linted = subprocess.run(
        ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={listed}"],
        env={**os.environ, "CLOUDSDK_CONFIG": str(deployment.folder / "gcloud")},
        capture_output=True,
        text=True,
        timeout=LINT_SECONDS,
        check=True,
    )
    results = json.loads(linted.stdout)
    assert len(results) == len(shapes) > 50
    assert [(result["command_string"], result["error_message"]) for result in results if not result["success"]] == []


def test_the_linter_is_no_yes_man(tmp_path: Path) -> None:
    if shutil.which("gcloud") is None:
        pytest.skip("there is no gcloud here")
    command = "gcloud functions deploy tip --gen2 --entry-pont=tip"
    linted = subprocess.run(
        ["gcloud", "meta", "lint-gcloud-commands", f"--command-string={command}"],
        env={**os.environ, "CLOUDSDK_CONFIG": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LINT_SECONDS,
        check=True,
    )

    assert [result["success"] for result in json.loads(linted.stdout)] == [False]


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
