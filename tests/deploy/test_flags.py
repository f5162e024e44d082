"""Needs nothing. Every flag of every kind of thing that is deployed, literally: a weaker one is another text."""

import functools
import json
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.manifest import FUNCTIONS
from tests.deploy import planted_deployments
from tests.deploy.deployment import PROJECT, PYTHON, ROOT, Deployment, sources
from tests.deploy.planted_deployments import Weakened

pytestmark = pytest.mark.threat(118)

ROBOTS = "demo-guilder.iam.gserviceaccount.com"
URL = "https://us-central1-demo-guilder.cloudfunctions.net"
EVERY_FUNCTION = [
    "--gen2",
    "--source=.",
    f"--build-service-account=projects/demo-guilder/serviceAccounts/guilder-build@{ROBOTS}",
    "--docker-repository=projects/demo-guilder/locations/us-central1/repositories/guilder",
    "--region=us-central1",
    "--project=demo-guilder",
    "--serve-all-traffic-latest-revision",
    "--quiet",
]
TRIGGER = [
    "--no-allow-unauthenticated",
    "--ingress-settings=internal-only",
    "--retry",
    "--trigger-location=us-central1",
    f"--trigger-service-account=guilder-trigger@{ROBOTS}",
    "--trigger-event-filters=type=google.cloud.firestore.document.v1.written",
    "--trigger-event-filters=database=(default)",
]
EVERYBODY = ["--trigger-http", "--allow-unauthenticated", "--ingress-settings=all"]
WITH_A_TOKEN = ["--trigger-http", "--no-allow-unauthenticated", "--ingress-settings=all"]


@dataclass(frozen=True)
class Plan:
    """What a dry run prints, and where it ran."""

    text: str
    folder: Path

    def commands(self, beginning: str) -> list[list[str]]:
        """The words behind this beginning, of each command that has it."""
        words = beginning.split()
        return [command[len(words) :] for command in commands_of(self.text) if command[: len(words)] == words]


@functools.cache
def commands_of(plan: str) -> list[list[str]]:
    lines = (line.rpartition(" | ")[2] for line in plan.splitlines() if not line.startswith("#"))
    return [words_of(line) for line in lines]


@functools.cache
def words_of(line: str) -> list[str]:
    """Most lines are the same in all plans, and ``shlex`` is slow."""
    return shlex.split(line)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Of nobody who is logged in: as for an empty project."""
    return Plan(Deployment(logins=()).run("--dry-run").stdout, ROOT)


def function(plan: Plan, name: str) -> list[str]:
    """The flags of the function, without those that carry settings or a fingerprint."""
    (found,) = (words for words in plan.commands("gcloud functions deploy") if words[0] == name)
    changing = ("--set-env-vars=", "--update-labels=", "--set-secrets=", "--runtime=")
    return [word for word in found[1:] if not word.startswith(changing)]


def test_a_public_function_is_everybodys_to_call(plan: Plan) -> None:
    assert sorted(function(plan, "tip")) == sorted(
        [
            *EVERY_FUNCTION,
            "--entry-point=tip",
            "--memory=512Mi",
            "--cpu=1",
            "--concurrency=20",
            "--min-instances=0",
            "--max-instances=50",
            "--timeout=30s",
            f"--service-account=guilder-runtime@{ROBOTS}",
            "--trigger-http",
            "--allow-unauthenticated",
            "--ingress-settings=all",
        ]
    )


def test_a_service_is_called_with_a_token(plan: Plan) -> None:
    assert sorted(function(plan, "audit-balances")) == sorted(
        [
            *EVERY_FUNCTION,
            "--entry-point=audit_balances",
            "--memory=512Mi",
            "--cpu=1",
            "--concurrency=1",
            "--min-instances=0",
            "--max-instances=1",
            "--timeout=540s",
            f"--service-account=guilder-runtime@{ROBOTS}",
            "--trigger-http",
            "--no-allow-unauthenticated",
            "--ingress-settings=all",
        ]
    )


def test_a_trigger_is_reached_from_inside_only(plan: Plan) -> None:
    assert sorted(function(plan, "count-likes")) == sorted(
        [
            *EVERY_FUNCTION,
            *TRIGGER,
            "--entry-point=count_likes",
            "--memory=512Mi",
            "--cpu=1",
            "--concurrency=20",
            "--min-instances=0",
            "--max-instances=20",
            "--timeout=60s",
            f"--service-account=guilder-runtime@{ROBOTS}",
            "--trigger-event-filters-path-pattern=document=likes/{likeId}",
        ]
    )


def test_all_functions_of_a_kind_are_deployed_like_that_one(plan: Plan) -> None:
    callers = {
        "public": EVERYBODY,
        "stripe": EVERYBODY,
        "tasks": WITH_A_TOKEN,
        "scheduler": WITH_A_TOKEN,
        "firestore": TRIGGER,
    }
    for it in FUNCTIONS.values():
        path = [f"--trigger-event-filters-path-pattern=document={it.path}"] if it.path else []
        own = [
            f"--entry-point={it.name}",
            f"--memory={it.memory}",
            f"--cpu={it.cpu}",
            f"--concurrency={it.requests}",
            f"--min-instances={it.min}",
            f"--max-instances={it.max}",
            f"--timeout={it.timeout}s",
            f"--service-account=guilder-{it.account}@{ROBOTS}",
        ]
        wanted = sorted([*EVERY_FUNCTION, *callers[it.caller], *path, *own])
        assert sorted(function(plan, it.url_name)) == wanted, it.name


def test_the_environment_of_a_function_is_this(plan: Plan) -> None:
    (words,) = (words for words in plan.commands("gcloud functions deploy") if words[0] == "tip")
    (variables,) = (word for word in words if word.startswith("--set-env-vars="))
    given = dict(pair.split("=", 1) for pair in variables.removeprefix("--set-env-vars=^;^").split(";"))

    assert given["INTERNAL_URL"] == URL
    assert given["INVOKER_EMAIL"] == f"guilder-invoker@{ROBOTS}"
    assert given["STRIPE_LIVEMODE"] == "false"
    assert given["CORS_ORIGINS"] == "https://demo-guilder.web.app,https://demo-guilder.firebaseapp.com"


def test_the_database_is_protected_and_can_be_taken_back_to_any_minute(plan: Plan) -> None:
    assert plan.commands("gcloud firestore databases create") == [
        [
            "--database=(default)",
            "--project=demo-guilder",
            "--location=us-central1",
            "--type=firestore-native",
            "--delete-protection",
            "--enable-pitr",
        ]
    ]


def test_backups_are_made_every_day_and_kept_for_two_weeks(plan: Plan) -> None:
    assert plan.commands("gcloud firestore backups schedules create") == [
        ["--database=(default)", "--project=demo-guilder", "--recurrence=daily", "--retention=14d"]
    ]


def test_what_expires_is_deleted(plan: Plan) -> None:
    collections = {words[1].partition("=")[2] for words in plan.commands("gcloud firestore fields ttls update")}

    assert {"webhookEvents", "audits", "reconciliations", "adminDays", "meters"} <= collections
    for words in plan.commands("gcloud firestore fields ttls update"):
        assert [words[0], *words[2:]] == [
            "expiresAt",
            "--enable-ttl",
            "--async",
            "--database=(default)",
            "--project=demo-guilder",
        ]


def test_the_bucket_is_uniform_and_keeps_nothing_that_was_deleted(plan: Plan) -> None:
    assert plan.commands("gcloud storage buckets create") == [
        [
            "gs://demo-guilder-media",
            "--project=demo-guilder",
            "--location=us-central1",
            "--uniform-bucket-level-access",
            "--no-public-access-prevention",
            "--soft-delete-duration=0",
        ]
    ]
    assert plan.commands("gcloud storage buckets update")[0] == [
        "gs://demo-guilder-media",
        "--cors-file=deploy/bucket-cors.json",
        "--lifecycle-file=deploy/bucket-lifecycle.json",
        "--update-labels=guilder=made",
    ]


def test_unpublished_pictures_are_kept_for_thirty_days(plan: Plan) -> None:
    lifecycle = json.loads((plan.folder / "deploy" / "bucket-lifecycle.json").read_text())

    assert lifecycle == {
        "rule": [
            {"action": {"type": "Delete"}, "condition": {"age": 30, "matchesPrefix": ["private/"]}},
            {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}},
        ]
    }


def test_everybody_may_read_single_published_pictures_and_nothing_else(plan: Plan) -> None:
    public = [line for line in plan.text.splitlines() if "allUsers" in line or "allAuthenticatedUsers" in line]

    assert public == [
        "gcloud storage managed-folders add-iam-policy-binding gs://demo-guilder-media/published/ --member=allUsers "
        "--role=roles/storage.legacyObjectReader"
    ]


def test_jobs_call_with_a_token_for_exactly_their_function(plan: Plan) -> None:
    jobs = {words[0]: words[1:] for words in plan.commands("gcloud scheduler jobs create http")}

    schedules = {
        "sweep-generations": "*/5 * * * *",
        "audit-balances": "0 * * * *",
        "audit-balances-full": "40 3 * * 0",
    }
    assert set(schedules) <= set(jobs)
    for name, words in jobs.items():
        function, body = (name.removesuffix("-full"), '{"full": true}') if name.endswith("-full") else (name, "{}")
        assert [word for word in words if not word.startswith(("--description=", "--schedule="))] == [
            "--location=us-central1",
            "--project=demo-guilder",
            "--time-zone=Etc/UTC",
            f"--uri={URL}/{function}",
            "--http-method=POST",
            f"--message-body={body}",
            f"--oidc-service-account-email=guilder-invoker@{ROBOTS}",
            f"--oidc-token-audience={URL}/{function}",
            "--attempt-deadline=600s",
            "--max-retry-attempts=2",
            "--headers=Content-Type=application/json",
        ]
    for name, schedule in schedules.items():
        assert f"--schedule={schedule}" in jobs[name]


def test_the_queues_are_bounded(plan: Plan) -> None:
    queues = {words[0]: words[1:] for words in plan.commands("gcloud tasks queues create")}

    where = ["--location=us-central1", "--project=demo-guilder"]
    assert queues["generations"] == [
        *where,
        "--max-dispatches-per-second=50",
        "--max-concurrent-dispatches=100",
        "--max-attempts=20",
        "--min-backoff=0.5s",
        "--max-backoff=30s",
    ]
    assert queues["likes"] == [
        *where,
        "--max-dispatches-per-second=500",
        "--max-concurrent-dispatches=200",
        "--max-attempts=10",
        "--min-backoff=0.5s",
        "--max-backoff=30s",
    ]


def test_secrets_come_on_standard_input_and_the_functions_take_the_latest(plan: Plan) -> None:
    for words in plan.commands("gcloud secrets create"):
        assert words[1:] == ["--replication-policy=automatic", "--project=demo-guilder"]
    for words in plan.commands("gcloud secrets versions add"):
        assert words[1:] == ["--data-file=-", "--project=demo-guilder"]
    assert "--set-secrets=" in plan.text
    for words in plan.commands("gcloud functions deploy"):
        for secrets in (word for word in words if word.startswith("--set-secrets=")):
            pairs = [pair.partition("=") for pair in secrets.removeprefix("--set-secrets=").split(",")]
            assert all(value == f"{name.lower().replace('_', '-')}:latest" for name, _, value in pairs)


def test_images_are_cleaned_up_and_three_of_each_are_kept(plan: Plan) -> None:
    where = ["guilder", "--location=us-central1", "--project=demo-guilder"]

    assert plan.commands("gcloud artifacts repositories set-cleanup-policies") == [
        [*where, "--policy=deploy/image-cleanup.json", "--no-dry-run"]
    ]
    assert json.loads((plan.folder / "deploy" / "image-cleanup.json").read_text()) == [
        {"name": "keep-three", "action": {"type": "Keep"}, "mostRecentVersions": {"keepCount": 3}},
        {
            "name": "delete-others",
            "action": {"type": "Delete"},
            "condition": {"tagState": "any", "olderThan": "1d"},
        },
    ]


def test_who_writes_to_firestore_is_logged(plan: Plan) -> None:
    assert (
        "gcloud projects get-iam-policy demo-guilder --format=json | python3 -m deploy.audit_logs | "
        "gcloud projects set-iam-policy demo-guilder /dev/stdin"
    ) in plan.text.splitlines()


def test_the_budget_tells_at_half_at_nine_tenths_and_at_all_of_it(plan: Plan) -> None:
    assert plan.commands("gcloud billing budgets create") == [
        [
            "--billing-account=BILLING_ACCOUNT",
            "--display-name=Guilder demo-guilder",
            "--filter-projects=projects/demo-guilder",
            "--budget-amount=200USD",
            "--threshold-rule=percent=0.5",
            "--threshold-rule=percent=0.9",
            "--threshold-rule=percent=1.0",
        ]
    ]


def test_what_builds_reads_sources_only_and_writes_images_and_logs_only(plan: Plan) -> None:
    account = f"--member=serviceAccount:guilder-build@{ROBOTS}"
    sources = 'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")'

    assert [words for words in plan.commands("gcloud projects add-iam-policy-binding") if account in words] == [
        ["demo-guilder", account, "--role=roles/logging.logWriter", "--condition=None"],
        [
            "demo-guilder",
            account,
            "--role=roles/storage.objectViewer",
            f"--condition=expression={sources},title=guilder",
        ],
    ]
    assert plan.commands("gcloud artifacts repositories add-iam-policy-binding") == [
        [
            "guilder",
            "--location=us-central1",
            "--project=demo-guilder",
            account,
            "--role=roles/artifactregistry.writer",
        ]
    ]


@pytest.mark.threat(93)
def test_no_client_may_delete_its_user(plan: Plan) -> None:
    (words,) = plan.commands("curl --silent --show-error --request PATCH")

    assert words[words.index("--data") + 1] == '{"client":{"permissions":{"disabledUserDeletion":true}}}'
    assert words[-1] == (
        "https://identitytoolkit.googleapis.com/admin/v2/projects/demo-guilder/config"
        "?updateMask=client.permissions.disabledUserDeletion"
    )


# -- the tests above notice ------------------------------------------------------------------------------------------


def plan_of_a_copy(weakened: Sequence[Weakened], folder: Path) -> Plan:
    """The dry run of a copy with the weaker texts in it, of nobody who has any program."""
    root = sources(folder)
    for each in weakened:
        path = root / each.file
        text = path.read_text()
        assert text.count(each.strong) == 1, f"{each.name}: the text that is weakened is there once"
        path.write_text(text.replace(each.strong, each.weak))
    done = subprocess.run(
        [PYTHON, "-m", "deploy", "--project", PROJECT, "--dry-run"],
        cwd=root,
        env={"BUDGET": "200USD"},
        capture_output=True,
        text=True,
        check=True,
    )
    return Plan(done.stdout, root)


def noticed(plan: Plan) -> set[str]:
    """The tests that fail."""
    failing = set()
    for name in {weakened.caught_by for weakened in planted_deployments.PLANTED}:
        try:
            globals()[name](plan)
        except AssertionError:
            failing.add(name)
    return failing


@pytest.mark.parametrize("weakened", planted_deployments.rounds(), ids=lambda several: several[0].name)
def test_what_is_weakened_is_noticed_by_the_test_of_it_and_by_no_other(
    weakened: list[Weakened], tmp_path: Path
) -> None:
    found = noticed(plan_of_a_copy(weakened, tmp_path))

    assert {each.name for each in weakened if each.caught_by not in found} == set(), "nobody noticed"
    assert {planted_deployments.subject(name) for name in found} == {each.subject for each in weakened}


def test_a_copy_that_is_not_weakened_is_not_noticed(tmp_path: Path) -> None:
    assert noticed(plan_of_a_copy([], tmp_path)) == set()
