"""Infrastructure: bash, the local Stripe, and recording stand-ins for gcloud, firebase and curl on PATH.

Where there is a gcloud, its own linter reads every command that they recorded.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.stripe.server import StripeServer
from tests.deploy.deployment import PROJECT, PYTHON, ROOT, SECRETS, Deployment, plan_lines, readable, same_plan, table
from tests.deploy.gcloud_stand_in import ACCESS_TOKEN, IDENTITY_TOKEN, PROGRAMS

LINT_SECONDS = 300
QUESTIONS = 6
SILENT = ["503 text/html"] * QUESTIONS


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A project where nothing is yet."""
    return Deployment(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One that ran once. Left as it is; tests change copies."""
    deployment = Deployment(tmp_path_factory.mktemp("first"))
    deployment.run()
    return deployment


def copy_of(deployment: Deployment, folder: Path) -> Deployment:
    copy = Deployment(folder, source=deployment.folder)
    copy.state = deployment.state
    return copy


@pytest.fixture
def deployed(first: Deployment, tmp_path: Path) -> Deployment:
    """One that ran once."""
    return copy_of(first, tmp_path)


@dataclass(frozen=True)
class Later:
    """A run after many things had changed, and what Stripe's catalog says when it is asked for again."""

    deployment: Deployment
    catalog_again: str


@pytest.fixture(scope="module")
def later(first: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Later:
    """A secret was rotated, another deleted, a deployment had failed, alerts got an address, and Stripe its prices."""
    deployment = copy_of(first, tmp_path_factory.mktemp("later"))
    state = deployment.state
    del state["secret"]["cursor-secret"], state["secret"]["identity-secret"]
    state["function"]["tip"]["state"] = "FAILED"
    deployment.state = state
    with StripeServer() as stripe:
        deployment.run(
            "--with-stripe",
            settings={
                "STRIPE_WEBHOOK_SECRET": "whsec_new",
                "ALERT_EMAIL": "ops@example.com",
                "STRIPE_API_BASE": stripe.url,
            },
        )
        again = subprocess.run(
            [PYTHON, "-m", "deploy.stripe_catalog", "economies/phoenix.toml"],
            cwd=deployment.folder,
            env={"STRIPE_API_BASE": stripe.url},
            input=SECRETS["STRIPE_SECRET_KEY"],
            capture_output=True,
            text=True,
            check=True,
        )
    return Later(deployment, again.stdout)


# -- running it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("logins", [(), ("gcloud", "firebase")])
def test_the_plan_is_what_the_first_run_does_and_asks(
    first: Deployment, tmp_path: Path, logins: tuple[str, ...]
) -> None:
    plan = Deployment(tmp_path, logins).run("--dry-run").stdout

    assert same_plan(plan_lines(plan, PROGRAMS)) == same_plan([*first.changes, *first.questions])


def test_the_plan_after_a_deployment_changes_nothing(deployed: Deployment) -> None:
    plan = deployed.run("--dry-run")

    assert plan_lines(plan.stdout) == []
    assert "It was compared with what is there now" in plan.stdout
    assert deployed.changes == []


def test_a_second_run_changes_nothing_and_needs_no_secret_again(deployed: Deployment) -> None:
    before = deployed.state
    deployed.run(settings={})

    assert deployed.changes == []
    assert deployed.state == before


def test_secrets_reach_secret_manager_and_no_command_line_environment_or_output(first: Deployment) -> None:
    stored = {name: secret["versions"] for name, secret in first.state["secret"].items()}
    assert stored == {
        "stripe-secret-key": ["sk_test_canary1"],
        "stripe-webhook-secret": ["whsec_canary2"],
        "cursor-secret": ["canary3"],
        "identity-secret": ["canary5"],
    }
    for secret in (*SECRETS.values(), IDENTITY_TOKEN, ACCESS_TOKEN):
        assert secret not in first.everything_programs_saw
        assert secret not in first.output


def test_a_secret_that_only_the_functions_know_is_made_up_where_none_is_given(later: Later) -> None:
    secrets = later.deployment.state["secret"]
    made = [version for name in ("cursor-secret", "identity-secret") for version in secrets[name]["versions"]]

    assert [re.fullmatch("[0-9a-f]{64}", secret) is not None for secret in made] == [True, True]
    assert made[0] != made[1]


def test_a_later_run_changes_what_is_no_longer_as_it_should_be_and_nothing_else(later: Later) -> None:
    without_flags = (re.sub(r" (--|projects/).*", "", change) for change in later.deployment.changes)

    assert Counter(without_flags) == {
        "gcloud secrets create cursor-secret": 1,
        "gcloud secrets versions add cursor-secret": 1,
        "gcloud secrets create identity-secret": 1,
        "gcloud secrets versions add identity-secret": 1,
        "gcloud secrets versions add stripe-webhook-secret": 1,
        "gcloud functions deploy stripe-webhook": 1,
        "gcloud functions deploy tip": 1,
        "gcloud beta monitoring channels create": 1,
        "gcloud alpha monitoring policies update": 7,
        "gcloud billing budgets update billingAccounts/BILLING_ACCOUNT/budgets/1": 1,
    }


def test_alerts_go_to_the_address_that_is_set(later: Later) -> None:
    alerts = later.deployment.state["alert"].values()

    assert {alert["set-notification-channels"] for alert in alerts} == {"projects/p/channel/1"}


def test_stripe_prices_are_made_once(later: Later) -> None:
    made = re.findall(r"made (\S+) (price_\S+)", later.deployment.output)

    assert [key for key, _ in made] == [
        "guilder_phoenix_starter_499_usd",
        "guilder_phoenix_popular_999_usd",
        "guilder_phoenix_pro_1999_usd",
        "guilder_phoenix_creator_4999_usd",
    ]
    assert re.findall(r"kept (\S+) (price_\S+)", later.catalog_again) == made


def test_only_deploys_the_functions_it_names(deployed: Deployment) -> None:
    (deployed.folder / "economies" / "phoenix.toml").write_text("# changed\n")
    deployed.run("--only", "tip,stripe_webhook")

    assert sorted(change.split()[3] for change in deployed.changes) == ["stripe-webhook", "tip"]


def test_a_rollback_serves_what_was_served_before_the_last_deployment(deployed: Deployment) -> None:
    (deployed.folder / "shared" / "log.py").write_text("# broken\n")
    deployed.run("--only", "tip,get_wallet")
    done = deployed.run("--rollback", "--only", "tip,get_feed")

    assert [change.split()[3:6] for change in deployed.changes] == [
        ["update-traffic", "tip", "--to-revisions=tip-00001=100"]
    ]
    assert "get-feed has served nothing before" in done.stdout
    deployed.run("--rollback", "--only", "tip")
    assert deployed.changes == [], "a second rollback moves nothing"


def test_destroying_asks_twice_and_takes_no_other_answer(deployed: Deployment) -> None:
    for typed in ("", "yes\n", f"{PROJECT}\n", f"{PROJECT}\nyes\n"):
        done = deployed.run("--destroy", typed=typed, check=False)
        assert done.returncode != 0
        assert deployed.changes == []


def test_destroying_leaves_nothing_that_was_made(later: Later, tmp_path: Path) -> None:
    deployed = copy_of(later.deployment, tmp_path)
    deployed.run("--destroy", typed=f"{PROJECT}\ndelete the ledger\n")

    kinds = ("account", "bucket", "queue", "secret", "database", "function", "job", "metric", "alert", "channel")
    assert {kind: deployed.state[kind] for kind in kinds} == {kind: {} for kind in kinds}


# -- whether it answers ----------------------------------------------------------------------------------------------


def test_every_function_is_asked_whether_it_answers_and_so_is_hosting(first: Deployment) -> None:
    asked = {question.rpartition("/")[2] for question in first.questions}

    assert asked == {name.replace("_", "-") for name in table()}
    assert [question for question in first.questions if question.endswith("//demo-guilder.web.app/api/get-catalog")]
    assert all("--connect-timeout 10 --max-time 30" in question for question in first.questions)


def test_the_webhook_is_asked_nothing_that_counts_as_a_failed_call_of_stripe(first: Deployment) -> None:
    (question,) = (question for question in first.questions if question.endswith("/stripe-webhook"))

    assert "--request OPTIONS" in question


def test_what_answers_late_is_asked_again_and_nothing_else_is(deployed: Deployment) -> None:
    deployed.state = deployed.state | {"answers": {"tip": ["503 text/html", "000 "]}}
    done = deployed.run("--only", "tip,get_feed")

    assert sorted(question.rpartition("/")[2] for question in deployed.questions) == ["get-feed", "tip", "tip", "tip"]
    assert "not yet: tip" in done.stdout


BROKEN = {
    "generate": "500 application/problem+json",  # it fails
    "get-catalog": "401 application/problem+json",  # everybody's, and asks who it is
    "get-feed": "503 application/problem+json",  # without Firestore
    "get-wallet": "401 text/html",  # somebody else's answer
    "publish-post": "403 text/html",  # nobody may call it
    "run-generation": "401 application/problem+json",  # everybody may call it
    "stripe-webhook": "500 text/html",
    "tidy-post": "400 text/html",  # everybody may call it
    "tip": "503 text/html",  # it does not start
}


def test_what_does_not_answer_as_it_should_is_named_with_what_it_said_and_the_way_back(deployed: Deployment) -> None:
    deployed.state = deployed.state | {"answers": {name: [answer] * QUESTIONS for name, answer in BROKEN.items()}}
    functions = ",".join(name.replace("-", "_") for name in BROKEN)
    done = deployed.run("--only", f"{functions},get_post", check=False)

    assert done.returncode == 1
    named = re.findall(r"^   ([a-z_]+) +(\d.*)$", done.stderr, re.MULTILINE)
    assert {name.replace("_", "-"): answer for name, answer in named} == BROKEN
    assert f"./deploy.sh --project {PROJECT} --region us-central1 --rollback --only {functions}\n" in done.stderr
    asked = Counter(question.rpartition("/")[2] for question in deployed.questions)
    assert asked == dict.fromkeys(BROKEN, QUESTIONS) | {"get-post": 1}


def test_a_worker_that_fails_behind_its_door_is_named(deployed: Deployment) -> None:
    answers = ["403 text/html", "500 text/html"] * QUESTIONS  # to nobody, then to who deploys
    deployed.state = deployed.state | {"answers": {"run-generation": answers}}
    done = deployed.run("--only", "run_generation", check=False)

    assert done.returncode == 1
    assert re.search("run_generation +500 text/html", done.stderr)


def test_a_worker_that_keeps_who_deploys_out_too_is_believed(deployed: Deployment) -> None:
    deployed.state = deployed.state | {"answers": {"run-generation": ["403 text/html"] * (2 * QUESTIONS)}}

    deployed.run("--only", "run_generation")


def test_a_rollback_that_does_not_help_is_said_and_no_second_one_is_suggested(deployed: Deployment) -> None:
    deployed.state = deployed.state | {"answers": {"tip": SILENT}}
    done = deployed.run("--rollback", "--only", "tip", check=False)

    assert done.returncode == 1
    assert "tip" in done.stderr
    assert "--rollback" not in done.stderr


# -- what it refuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (["--region", "nowhere"], {}, "is no region"),
        (["--economy", "gone"], {}, "there is no file economies/gone.toml"),
        (["--only", "tip,gone"], {}, "there is no function named gone"),
        (["--quickly"], {}, "unknown argument --quickly"),
        (["--env-file", "gone"], {}, "there is no file gone"),
        ([], {"STRIPE_SECRET_KEY": "sk_live_canary"}, "moves real money"),
        ([], {"STRIPE_SECRET_KEY": "sk_test_canary", "STRIPE_LIVEMODE": "true"}, "is a test key"),
        ([], {"STRIPE_SECRET_KEY": "pk_test_canary"}, "is no secret key"),
        ([], {"STRIPE_LIVEMODE": "maybe"}, "must be true or false"),
        ([], {"CORS_ORIGINS": "https://a.example; https://b.example"}, "CORS_ORIGINS must not hold"),
        ([], {"AUDIT_SCHEDULE": "hourly"}, "AUDIT_SCHEDULE is five fields of cron"),
        (["--rollback", "--destroy"], {}, "two different things"),
        (["--destroy", "--only", "tip"], {}, "does not go with --only"),
        (["--with-stripe", "--only", "tip"], {}, "goes with a whole deployment"),
        (["--with-stripe", "--rollback"], {}, "goes with a whole deployment"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_looked_at(
    deployment: Deployment, arguments: list[str], settings: dict[str, str], sentence: str
) -> None:
    done = deployment.run(*arguments, settings=settings, check=False)

    assert (done.returncode, deployment.calls) == (1, [])
    assert sentence in done.stderr
    assert "canary" not in done.stderr


def test_missing_tools_are_all_named_with_where_to_get_them(deployment: Deployment) -> None:
    for program in PROGRAMS:
        (Path(deployment.path.partition(":")[0]) / program).unlink()
    tools = Path(deployment.path.partition(":")[0])
    for tool in ("bash", "sed", "dirname", "mktemp", "rm", "tr", "cat", "grep", "mkdir"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    deployment.path = str(tools)
    done = deployment.run(check=False)

    assert done.returncode == 1
    assert "https://cloud.google.com/sdk/docs/install" in done.stderr
    assert "npm install -g firebase-tools" in done.stderr
    assert "https://curl.se/download.html" in done.stderr


@pytest.mark.parametrize(("logins", "sentence"), [((), "run gcloud auth login"), (("gcloud",), "run firebase login")])
def test_a_missing_login_stops_it_before_it_changes_anything(
    tmp_path: Path, logins: tuple[str, ...], sentence: str
) -> None:
    deployment = Deployment(tmp_path, logins)
    done = deployment.run(check=False)

    assert sentence in done.stderr
    assert (done.returncode, deployment.changes) == (1, [])


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ({"project": {}}, f"gcloud projects create {PROJECT}"),
        ({"billing": {PROJECT: False}}, "has no billing account"),
    ],
)
def test_a_project_that_is_not_there_or_not_paid_for_stops_it_before_it_changes_anything(
    deployment: Deployment, lacking: dict[str, dict[str, object]], sentence: str
) -> None:
    deployment.state = deployment.state | lacking
    done = deployment.run(check=False)

    assert sentence in done.stderr
    assert (done.returncode, deployment.changes) == (1, [])


@pytest.mark.parametrize("name", ["cursor-secret", "identity-secret"])
def test_a_secret_that_is_there_but_cannot_be_read_is_not_made_up_anew(deployed: Deployment, name: str) -> None:
    state = deployed.state
    state["secret"][name]["unreadable"] = True
    deployed.state = state
    done = deployed.run(settings={}, check=False)

    assert done.returncode == 1
    assert f"the secret {name} is there, but you cannot read it" in done.stderr
    assert deployed.changes == []


def test_a_secret_that_nobody_gives_is_asked_for_by_name(deployment: Deployment) -> None:
    done = deployment.run(settings={}, check=False)

    assert done.returncode == 1
    assert "STRIPE_SECRET_KEY is not set, and not in Secret Manager" in done.stderr


def test_a_command_that_fails_stops_it_and_says_what_failed(deployment: Deployment) -> None:
    state = deployment.state
    deployment.state = state | {"queue": {"likes": {}}}
    done = deployment.run(check=False)

    assert done.returncode == 1
    assert "failed: gcloud tasks queues" in done.stderr
    assert deployment.state["function"] == {}


def test_an_env_file_is_data_that_the_environment_overrules(deployment: Deployment) -> None:
    lines = [
        "# a comment",
        "",
        'CORS_ORIGINS="https://app.example"',
        "MEDIA_BUCKET=from-the-file",
        "IMAGE_MODEL=$(touch${IFS}ran)",
        "STRIPE_SECRET_KEY=sk_test_canary",
    ]
    (deployment.folder / f".env.{PROJECT}").write_text("\n".join(lines))
    settings = {"MEDIA_BUCKET": "from-the-environment"}
    plan = deployment.run("--dry-run", "--allow-test-sales", settings=settings).stdout

    assert ";CORS_ORIGINS=https://app.example;MEDIA_BUCKET=from-the-environment;" in plan
    assert ";IMAGE_MODEL=$(touch${IFS}ran);" in plan
    assert not (deployment.folder / "ran").exists()
    assert "canary" not in plan


def test_an_unknown_line_of_an_env_file_is_refused_without_being_repeated(deployment: Deployment) -> None:
    (deployment.folder / "settings").write_text("STRIPE_KEY=sk_test_canary\n")
    done = deployment.run("--env-file", "settings", check=False)

    assert done.returncode == 1
    assert "not a setting: STRIPE_KEY" in done.stderr
    assert "canary" not in done.stderr


# -- gcloud knows better ---------------------------------------------------------------------------------------------


def shape(command: str) -> tuple[object, ...]:
    """The same for two commands that differ in names and values only."""
    words = shlex.split(command)
    plain = [word for word in words if not word.startswith("--")]
    path = [word for word in plain[:6] if re.fullmatch("[a-z-]+", word) and word.replace("-", "_") not in table()]
    return len(plain), *path[: len(plain) - 1], frozenset(word.partition("=")[0] for word in words if word not in plain)


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="there is no gcloud here to lint the commands with")
def test_gcloud_knows_every_command_and_flag(first: Deployment, later: Later, deployment: Deployment) -> None:
    planned = (deployment.run(*what, "--dry-run").stdout for what in ((), ("--rollback",), ("--destroy",)))
    commands = [line for text in planned for line in plan_lines(text, ("gcloud",))]
    commands += [readable(call) for run in (first, later.deployment) for call in run.calls if call[0] == "gcloud"]
    runbook = re.sub(r"\bP\b", PROJECT, re.sub(r"\bR\b", "us-central1", (ROOT / "docs" / "operations.md").read_text()))
    commands += re.findall(r"gcloud [a-z]+ [^`\n]+", runbook)
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
