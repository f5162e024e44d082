"""Needs the local Stripe, and a recording stand-in for gcloud, firebase and curl.

Where there is a gcloud, its own linter reads every command that was recorded.
"""

import hashlib
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from deploy import functions, gcloud
from deploy.gcloud import quoted
from local.stripe.server import StripeServer
from shared.manifest import FUNCTIONS
from tests.deploy.deployment import PROJECT, PYTHON, ROOT, SECRETS, Deployment, plan_lines, same_plan, sources
from tests.deploy.gcloud_stand_in import ACCESS_TOKEN, IDENTITY_TOKEN, PROGRAMS

LINT_SECONDS = 300
LINTED = ROOT / ".local" / "linted-commands"
QUESTIONS = 6
SILENT = ["503 text/html"] * QUESTIONS


@pytest.fixture
def deployment() -> Deployment:
    """A project where nothing is yet."""
    return Deployment()


@dataclass(frozen=True)
class Later:
    """A run after many things had changed, and what Stripe's catalog says when it is asked for again."""

    deployment: Deployment
    catalog_again: str


@pytest.fixture(scope="module")
def later(first: Deployment) -> Later:
    """A secret was rotated, another deleted, a deployment had failed, alerts got an address, and Stripe its prices."""
    deployment = first.copied()
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
            cwd=ROOT,
            env={"STRIPE_API_BASE": stripe.url},
            input=SECRETS["STRIPE_SECRET_KEY"],
            capture_output=True,
            text=True,
            check=True,
        )
    return Later(deployment, again.stdout)


# -- running it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("logins", [(), ("gcloud", "firebase")])
def test_the_plan_is_what_the_first_run_does_and_asks(first: Deployment, logins: tuple[str, ...]) -> None:
    plan = same_plan(plan_lines(Deployment(logins).run("--dry-run").stdout, PROGRAMS))
    changes, questions = same_plan(first.changes), same_plan(first.questions)

    assert sorted(plan) == sorted([*changes, *questions])
    # In the same order, but for what is done in parallel.
    in_parallel = ("gcloud functions deploy", "gcloud run services", "curl")
    assert [line for line in plan if not line.startswith(in_parallel)] == [
        line for line in changes if not line.startswith(in_parallel)
    ]


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
        "guilder_phoenix_starter_499_usd_50",
        "guilder_phoenix_popular_999_usd_110",
        "guilder_phoenix_pro_1999_usd_250",
        "guilder_phoenix_creator_4999_usd_700",
        "guilder_phoenix_plus_999_usd_month_130",
        "guilder_phoenix_studio_1999_usd_month_280",
        "guilder_phoenix_atelier_3999_usd_month_0",
    ]
    assert re.findall(r"kept (\S+) (price_\S+)", later.catalog_again) == made


def test_only_deploys_the_functions_it_names(changed: Deployment) -> None:
    (changed.root / "economies" / "phoenix.toml").write_text("# changed\n")
    changed.run("--only", "tip,stripe_webhook")

    assert sorted(change.split()[3] for change in changed.changes) == ["stripe-webhook", "tip"]


def test_a_function_that_cannot_be_deployed_is_named_and_no_other_is_begun_after_it(changed: Deployment) -> None:
    (changed.root / "shared" / "log.py").write_text("# changed\n")
    state = changed.state
    del state["account"]["guilder-runtime"]
    changed.state = state
    with patch.object(gcloud, "PATIENCE_SECONDS", 0), patch.object(functions, "IN_PARALLEL", 1):
        done = changed.run("--only", "audit_balances,get_post,tip", check=False)

    assert done.status == 1
    assert "NOT_FOUND: account guilder-runtime" in done.stderr
    assert "this command failed: gcloud functions deploy audit-balances" in done.stderr
    assert "these functions could not be deployed: audit-balances." in done.stderr
    assert [change.split()[3] for change in changed.changes] == ["audit-balances"]
    assert changed.questions == []


def test_a_rollback_serves_what_was_served_before_the_last_deployment(changed: Deployment) -> None:
    (changed.root / "shared" / "log.py").write_text("# broken\n")
    changed.run("--only", "tip,get_wallet")
    done = changed.run("--rollback", "--only", "tip,get_feed")

    assert [change.split()[3:6] for change in changed.changes] == [
        ["update-traffic", "tip", "--to-revisions=tip-00001=100"]
    ]
    assert "get-feed has served nothing before" in done.stdout
    changed.run("--rollback", "--only", "tip")
    assert changed.changes == [], "a second rollback moves nothing"


def test_destroying_asks_twice_and_takes_no_other_answer(deployed: Deployment) -> None:
    for typed in ("", "yes\n", f"{PROJECT}\n", f"{PROJECT}\nyes\n"):
        done = deployed.run("--destroy", typed=typed, check=False)
        assert done.status != 0
        assert deployed.changes == []


def test_destroying_leaves_nothing_that_was_made(later: Later) -> None:
    deployed = later.deployment.copied()
    deployed.run("--destroy", typed=f"{PROJECT}\ndelete the ledger\n")

    kinds = ("account", "bucket", "queue", "secret", "database", "function", "job", "metric", "alert", "channel")
    assert {kind: deployed.state[kind] for kind in kinds} == {kind: {} for kind in kinds}


# -- the site --------------------------------------------------------------------------------------------------------


def test_the_site_is_told_which_project_it_belongs_to_and_no_more(first: Deployment) -> None:
    told = json.loads((first.root / "web" / "out" / "site.json").read_text())

    assert told == {
        "firebase": {
            "apiKey": "web-api-key",
            "authDomain": "demo-guilder.firebaseapp.com",
            "projectId": "demo-guilder",
            "appId": "1:123456789012:web:0",
        }
    }
    assert "/site.json" in first.state["hosting"]["live"]["files"]


def test_a_changed_page_is_built_and_released_and_nothing_else_is(changed: Deployment) -> None:
    (changed.root / "web" / "app" / "page.tsx").write_text("// changed")
    changed.run()

    assert [change.split()[:4] for change in changed.changes] == [
        ["npm", "--prefix", "web", "ci"],
        ["npm", "--prefix", "web", "run"],
        ["npm", "--prefix", "web", "run"],
        ["firebase", "apps:sdkconfig", "WEB", "--json"],
        ["firebase", "deploy", "--only", "hosting"],
    ]


def test_what_is_built_or_installed_in_the_web_app_is_no_source_of_it(changed: Deployment) -> None:
    for name in ("out/index.html", "node_modules/next/index.js", ".next/trace", "client/dist/index.js", "e2e/a.ts"):
        (changed.root / "web" / name).parent.mkdir(parents=True, exist_ok=True)
        (changed.root / "web" / name).write_text("changed")
    changed.run()

    assert changed.changes == []


def test_without_npm_nothing_is_changed_unless_the_site_stays_as_it_is(deployment: Deployment) -> None:
    deployment.programs -= {"npm"}
    done = deployment.run(check=False)
    assert (done.status, deployment.changes) == (1, [])
    assert "Node.js 20 or newer" in done.stderr

    deployment.run("--skip", "hosting")
    assert "hosting" not in [change.split()[3] for change in deployment.changes if change.startswith("firebase deploy")]


def test_a_project_without_a_web_app_stops_before_the_site_and_is_told(deployment: Deployment) -> None:
    done = deployment.run("--skip", "auth", check=False)

    assert done.status == 1
    assert "There are no WEB apps" in done.stderr
    assert "live" not in deployment.state["hosting"]


# -- whether it answers ----------------------------------------------------------------------------------------------


def test_every_function_is_asked_whether_it_answers_and_so_is_hosting(first: Deployment) -> None:
    asked = {question.rpartition("/")[2] for question in first.questions}

    of_site = [question.rpartition("//")[2] for question in first.questions if ".web.app/" in question]
    assert asked == {name.replace("_", "-") for name in FUNCTIONS} | {"", "x", "nope", "site.json"}
    assert of_site == [f"demo-guilder.web.app/{path}" for path in ("api/get-catalog", "", "p/x", "nope", "site.json")]
    assert all("--connect-timeout 10 --max-time 30" in question for question in first.questions)


def test_the_webhook_is_asked_nothing_that_counts_as_a_failed_call_of_stripe(first: Deployment) -> None:
    (question,) = (question for question in first.questions if question.endswith("/stripe-webhook"))

    assert "--request OPTIONS" in question


def test_what_answers_late_is_asked_again_and_nothing_else_is(deployed: Deployment) -> None:
    deployed.state = deployed.state | {"answers": {"tip": ["503 text/html", "000 "]}}
    done = deployed.run("--only", "tip,get_feed")

    assert sorted(question.rpartition("/")[2] for question in deployed.questions) == ["get-feed", "tip", "tip", "tip"]
    assert "Not yet, asking again: tip" in done.stdout


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

    assert done.status == 1
    named = re.findall(r"^   ([a-z_]+) +(\d.*)$", done.stderr, re.MULTILINE)
    assert {name.replace("_", "-"): answer for name, answer in named} == BROKEN
    assert f"./deploy.sh --project {PROJECT} --region us-central1 --rollback --only {functions}\n" in done.stderr
    asked = Counter(question.rpartition("/")[2] for question in deployed.questions)
    assert asked == dict.fromkeys(BROKEN, QUESTIONS) | {"get-post": 1}


def test_a_worker_that_fails_behind_its_door_is_named(deployed: Deployment) -> None:
    answers = ["403 text/html", "500 text/html"] * QUESTIONS  # to nobody, then to who deploys
    deployed.state = deployed.state | {"answers": {"run-generation": answers}}
    done = deployed.run("--only", "run_generation", check=False)

    assert done.status == 1
    assert re.search("run_generation +500 text/html", done.stderr)


def test_a_worker_that_keeps_who_deploys_out_too_is_believed(deployed: Deployment) -> None:
    deployed.state = deployed.state | {"answers": {"run-generation": ["403 text/html"] * (2 * QUESTIONS)}}

    deployed.run("--only", "run_generation")


def test_a_rollback_that_does_not_help_is_said_and_no_second_one_is_suggested(deployed: Deployment) -> None:
    deployed.state = deployed.state | {"answers": {"tip": SILENT}}
    done = deployed.run("--rollback", "--only", "tip", check=False)

    assert done.status == 1
    assert "tip" in done.stderr
    assert "--rollback" not in done.stderr


# -- what it refuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (["--region", "nowhere"], {}, "is not a region"),
        (["--economy", "gone"], {}, "there is no file economies/gone.toml"),
        (["--only", "tip,gone"], {}, "there is no function named gone"),
        (["--quickly"], {}, "there is no argument --quickly"),
        (["--env-file", "gone"], {}, "there is no file gone"),
        ([], {"STRIPE_SECRET_KEY": "sk_live_canary"}, "moves real money"),
        ([], {"STRIPE_SECRET_KEY": "sk_test_canary", "STRIPE_LIVEMODE": "true"}, "is a test key"),
        ([], {"STRIPE_SECRET_KEY": "pk_test_canary"}, "is not a secret key"),
        ([], {"STRIPE_LIVEMODE": "maybe"}, "must be true or false"),
        ([], {"CORS_ORIGINS": "https://a.example; https://b.example"}, "CORS_ORIGINS must not contain"),
        ([], {"AUDIT_SCHEDULE": "hourly"}, "AUDIT_SCHEDULE must be five fields of cron"),
        (["--rollback", "--destroy"], {}, "different things"),
        (["--destroy", "--only", "tip"], {}, "does not go with --only"),
        (["--with-stripe", "--only", "tip"], {}, "goes with a whole deployment"),
        (["--with-stripe", "--rollback"], {}, "goes with a whole deployment"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_looked_at(
    deployment: Deployment, arguments: list[str], settings: dict[str, str], sentence: str
) -> None:
    done = deployment.run(*arguments, settings=settings, check=False)

    assert (done.status, deployment.calls) == (1, [])
    assert sentence in done.stderr
    assert "canary" not in done.stderr


def test_missing_tools_are_all_named_with_where_to_get_them(deployment: Deployment) -> None:
    deployment.programs = set()
    done = deployment.run(check=False)

    assert (done.status, deployment.calls) == (1, [])
    assert "https://cloud.google.com/sdk/docs/install" in done.stderr
    assert "npm install -g firebase-tools" in done.stderr
    assert "https://curl.se/download.html" in done.stderr


@pytest.mark.parametrize(("logins", "sentence"), [((), "run gcloud auth login"), (("gcloud",), "run firebase login")])
def test_a_missing_login_stops_it_before_it_changes_anything(logins: tuple[str, ...], sentence: str) -> None:
    deployment = Deployment(logins)
    done = deployment.run(check=False)

    assert sentence in done.stderr
    assert (done.status, deployment.changes) == (1, [])


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
    assert (done.status, deployment.changes) == (1, [])


@pytest.mark.parametrize("name", ["cursor-secret", "identity-secret"])
def test_a_secret_that_is_there_but_cannot_be_read_is_not_made_up_anew(deployed: Deployment, name: str) -> None:
    state = deployed.state
    state["secret"][name]["unreadable"] = True
    deployed.state = state
    done = deployed.run(settings={}, check=False)

    assert done.status == 1
    assert f"the secret {name} is there, but you cannot read it" in done.stderr
    assert deployed.changes == []


def test_a_secret_that_nobody_gives_is_asked_for_by_name(deployment: Deployment) -> None:
    done = deployment.run(settings={}, check=False)

    assert done.status == 1
    assert "STRIPE_SECRET_KEY is neither set nor in Secret Manager" in done.stderr


def test_a_command_that_fails_stops_it_and_says_what_failed(deployment: Deployment) -> None:
    deployment.state = deployment.state | {"refused": {"tasks queues create likes": 1}}
    done = deployment.run(check=False)

    assert done.status == 1
    assert "PERMISSION_DENIED: the caller does not have permission" in done.stderr
    assert "this command failed: gcloud tasks queues create likes" in done.stderr
    assert deployment.state["function"] == {}


def test_what_is_not_known_everywhere_at_google_yet_is_tried_again(deployment: Deployment) -> None:
    policy = "projects add-iam-policy-binding demo-guilder"
    deployment.state = deployment.state | {"refused": {policy: 2}}
    done = deployment.run()

    assert done.stdout.count("Not yet, trying again: ERROR: PERMISSION_DENIED") == 2
    assert len([change for change in deployment.changes if policy in change]) == 9 + 2


def test_what_google_refuses_for_minutes_stops_it(deployment: Deployment) -> None:
    deployment.state = deployment.state | {"refused": {"projects add-iam-policy-binding demo-guilder": 1_000}}
    with patch.object(gcloud, "monotonic", itertools.count(step=60).__next__):
        done = deployment.run(check=False)

    assert done.status == 1
    assert len([change for change in deployment.changes if "add-iam" in change]) == 3
    assert "this command failed: gcloud projects add-iam-policy-binding demo-guilder" in done.stderr


def test_an_env_file_is_data_that_the_environment_overrules(tmp_path: Path) -> None:
    deployment = Deployment(root=sources(tmp_path))
    lines = [
        "# a comment",
        "",
        'CORS_ORIGINS="https://app.example"',
        "MEDIA_BUCKET=from-the-file",
        "IMAGE_MODEL=$(touch${IFS}ran)",
        "STRIPE_SECRET_KEY=sk_test_canary",
    ]
    (deployment.root / f".env.{PROJECT}").write_text("\n".join(lines))
    settings = {"MEDIA_BUCKET": "from-the-environment"}
    plan = deployment.run("--dry-run", "--allow-test-sales", settings=settings).stdout

    assert ";CORS_ORIGINS=https://app.example;MEDIA_BUCKET=from-the-environment;" in plan
    assert ";IMAGE_MODEL=$(touch${IFS}ran);" in plan
    assert not (deployment.root / "ran").exists()
    assert "canary" not in plan


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("STRIPE_KEY=sk_test_canary", "STRIPE_KEY is not a setting"),
        ("sk_test_canary", "is not NAME=value"),
        ("sk test=canary", "is not NAME=value"),
    ],
)
def test_an_unknown_line_of_an_env_file_is_refused_without_being_repeated(
    deployment: Deployment, tmp_path: Path, line: str, sentence: str
) -> None:
    (tmp_path / "settings").write_text(f"{line}\n")
    done = deployment.run("--env-file", str(tmp_path / "settings"), check=False)

    assert (done.status, deployment.calls) == (1, [])
    assert sentence in done.stderr
    assert "canary" not in done.stderr


# -- gcloud knows better ---------------------------------------------------------------------------------------------


def shape(command: str) -> tuple[object, ...]:
    """The same for two commands that differ in names and values only."""
    words = shlex.split(command)
    plain = [word for word in words if not word.startswith("--")]
    path = [word for word in plain[:6] if re.fullmatch("[a-z-]+", word) and word.replace("-", "_") not in FUNCTIONS]
    return len(plain), *path[: len(plain) - 1], frozenset(word.partition("=")[0] for word in words if word not in plain)


def linted(commands: list[str], folder: Path) -> list[tuple[str, str]]:
    """What gcloud thinks of the commands: each with its error, which is empty where there is none."""
    (folder / "commands.json").write_text(json.dumps([{"command_string": command} for command in commands]))
    done = subprocess.run(
        ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={folder / 'commands.json'}"],
        env={**os.environ, "CLOUDSDK_CONFIG": str(folder / "gcloud")},
        capture_output=True,
        text=True,
        timeout=LINT_SECONDS,
        check=True,
    )
    results = json.loads(done.stdout)
    return [
        (result["command_string"], "" if result["success"] else result["error_message"] or "wrong")
        for result in results
    ]


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="there is no gcloud here to lint the commands with")
def test_gcloud_knows_every_command_and_flag(first: Deployment, later: Later, tmp_path: Path) -> None:
    """It takes its time, so it is not asked again about the same commands before another gcloud is installed."""
    planned = (Deployment().run(*what, "--dry-run").stdout for what in ((), ("--rollback",), ("--destroy",)))
    commands = [line for text in planned for line in plan_lines(text, ("gcloud",))]
    commands += [quoted(call) for run in (first, later.deployment) for call in run.calls if call[0] == "gcloud"]
    runbook = re.sub(r"\bP\b", PROJECT, re.sub(r"\bR\b", "us-central1", (ROOT / "docs" / "operations.md").read_text()))
    commands += re.findall(r"gcloud [a-z]+ [^`\n]+", runbook)
    shapes = {shape(command): command for command in commands}
    assert len(shapes) > 50
    program = Path(str(shutil.which("gcloud"))).resolve()
    known = hashlib.sha256(repr((sorted(map(repr, shapes)), program, program.stat().st_mtime)).encode()).hexdigest()
    if LINTED.exists() and LINTED.read_text() == known:
        return

    wrong = "gcloud functions deploy tip --gen2 --entry-pont=tip"
    results = linted([*shapes.values(), wrong], tmp_path)
    assert len(results) == len(shapes) + 1
    assert [command for command, error in results if error] == [wrong], results
    LINTED.parent.mkdir(exist_ok=True)
    LINTED.write_text(known)
