"""Needs a recording stand-in for gcloud, firebase and curl: projects in which something is already."""

import re
from typing import Any

import pytest

from tests.deploy.deployment import PROJECT, ROOT, Deployment

RULES = (ROOT / "firestore.rules").read_text()
THEIR_RULES = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /recipes/{id} {
      allow read: if true;
    }
  }
}
"""
LOCKED_RULES = THEIR_RULES.replace("if true", "if false")
THEIR_SITE = {"message": "", "files": ["/index.html", "/recipes.html"]}


@pytest.fixture
def empty() -> Deployment:
    return Deployment()


def having(deployment: Deployment, **kinds: dict[str, Any]) -> Deployment:
    """The deployment, whose project also has these."""
    state = deployment.state
    for kind, things in kinds.items():
        state[kind] |= things
    deployment.state = state
    return deployment


def firebase_deployments(deployment: Deployment) -> list[str]:
    return [change.split()[3] for change in deployment.changes if change.startswith("firebase deploy ")]


# -- rules and a site that are not ours ------------------------------------------------------------------------------


@pytest.mark.threat(111)
@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_rules_and_a_site_of_another_app_stop_it_and_are_shown_before_anything_changes(
    empty: Deployment, arguments: tuple[str, ...]
) -> None:
    before = having(empty, rules={"live": THEIR_RULES}, hosting={"live": THEIR_SITE}).state
    done = empty.run(*arguments, check=False)

    assert done.status == 1
    assert empty.changes == []
    assert empty.state == before
    assert re.search(r"^#? +-    match /recipes/\{id\} \{$", done.stdout, re.MULTILINE)
    assert re.search(r"^#? +\+    match /users/\{uid\} \{$", done.stdout, re.MULTILINE)
    assert "- /recipes.html\n" in done.stdout
    assert "them@example.com" in done.stdout
    assert "--take-over rules,hosting" in done.stderr
    assert "--skip rules,hosting" in done.stderr


@pytest.mark.threat(111)
def test_what_is_taken_over_is_replaced_and_nothing_else_of_theirs(empty: Deployment) -> None:
    having(empty, rules={"live": THEIR_RULES}, hosting={"live": THEIR_SITE})
    halfway = empty.run("--take-over", "rules", check=False)
    assert halfway.status == 1
    assert "this is not ours: hosting." in halfway.stderr
    assert empty.changes == []

    empty.run("--take-over", "rules,hosting")

    assert empty.state["rules"]["live"] == RULES
    assert empty.state["hosting"]["live"]["message"].startswith("Guilder us-central1-")


@pytest.mark.threat(111)
def test_what_is_skipped_is_left_to_its_owner_and_what_its_rules_lack_is_said(empty: Deployment) -> None:
    having(empty, rules={"live": THEIR_RULES}, hosting={"live": THEIR_SITE})
    done = empty.run("--skip=rules,hosting,auth")

    assert empty.state["rules"]["live"] == THEIR_RULES
    assert empty.state["hosting"]["live"] == THEIR_SITE
    assert empty.state["auth"] == {}
    assert firebase_deployments(empty) == ["firestore:indexes"]
    assert "lacking: /transactions/{}" in done.stdout
    assert not any("web.app" in question for question in empty.questions)
    empty.run("--skip=rules,hosting,auth")
    assert empty.changes == []


@pytest.mark.threat(111)
def test_rules_that_expose_whole_subtrees_are_said_when_they_are_left(empty: Deployment) -> None:
    having(empty, rules={"live": THEIR_RULES.replace("/recipes/{id}", "/{document=**}")})
    done = empty.run("--dry-run", "--skip", "rules")

    assert "exposed: /{=**}" in done.stdout


def test_rules_that_grant_nothing_are_nobodys(empty: Deployment) -> None:
    having(empty, rules={"live": LOCKED_RULES})
    empty.run()

    assert empty.state["rules"]["live"] == RULES


@pytest.mark.threat(111)
def test_a_function_of_another_app_with_a_name_of_ours_stops_it(empty: Deployment) -> None:
    having(empty, function={"tip": {"labels": {"app": "theirs"}}}, api={"cloudfunctions.googleapis.com": True})

    for arguments in ((), ("--only", "tip"), ("--dry-run",)):
        done = empty.run(*arguments, check=False)
        assert done.status == 1
        assert "functions that are not ours have names of ours: tip" in done.stderr
        assert empty.changes == []


def test_a_look_that_is_refused_is_not_taken_for_nothing(empty: Deployment) -> None:
    for name in ("release", "channel"):
        having(empty, answers={name: {"code": 403, "message": "The caller does not have permission"}})
        done = empty.run(check=False)
        assert done.status == 1
        assert "The caller does not have permission" in done.stderr
        assert empty.changes == []


def test_a_service_that_was_never_switched_on_has_released_nothing(empty: Deployment) -> None:
    off = {"code": 403, "message": "has not been used", "details": [{"reason": "SERVICE_DISABLED"}]}
    having(empty, answers={"release": off, "channel": off})
    empty.run()

    assert "firestore:rules" in firebase_deployments(empty)
    assert "hosting" in firebase_deployments(empty)


# -- ours, older or changed by hand ----------------------------------------------------------------------------------


def test_a_new_version_of_our_rules_and_site_goes_out_without_a_question(changed: Deployment) -> None:
    with (changed.root / "firestore.rules").open("a") as rules:
        rules.write("// changed\n")
    with (changed.root / "firebase.json").open("a") as hosting:
        hosting.write("\n")
    changed.run()

    assert firebase_deployments(changed) == ["firestore:rules", "hosting"]
    assert changed.state["rules"]["live"] == RULES + "// changed\n"


@pytest.mark.threat(112)
def test_a_rule_of_ours_that_was_opened_by_hand_is_put_back_and_shown(deployed: Deployment) -> None:
    opened = RULES.replace("allow create, update, delete: if false;", "allow create, update, delete: if true;", 1)
    if opened == RULES:
        opened = re.sub(r"(allow \w+[^:]*: if )[^;]+;", r"\1true;", RULES, count=1)
    assert opened != RULES
    having(deployed, rules={"live": opened})
    done = deployed.run()

    assert deployed.state["rules"]["live"] == RULES
    assert firebase_deployments(deployed) == ["firestore:rules"]
    assert re.search(r"^ +-.*if true;$", done.stdout, re.MULTILINE)


@pytest.mark.threat(111, 112)
def test_rules_that_another_app_released_over_ours_stop_it(deployed: Deployment) -> None:
    having(deployed, rules={"live": THEIR_RULES})
    done = deployed.run(check=False)

    assert "this is not ours: rules." in done.stderr
    assert deployed.changes == []


# -- a database and a bucket that are there already ------------------------------------------------------------------


@pytest.mark.threat(111)
def test_a_database_that_is_there_gets_its_protections_and_daily_backups(empty: Deployment) -> None:
    weekly = {"recurrence": "weekly", "retention": "98d"}
    having(empty, database={"(default)": {"location": "nam5"}}, backup={"theirs": weekly})
    empty.run()

    assert [change for change in empty.changes if "firestore databases" in change] == [
        "gcloud firestore databases update '--database=(default)' --project=demo-guilder "
        "--delete-protection --enable-pitr"
    ]
    (made,) = (change for change in empty.changes if "backups schedules create" in change)
    assert "--recurrence=daily --retention=14d" in made
    empty.run(settings={})
    assert empty.changes == []


@pytest.mark.threat(112)
def test_protection_that_was_switched_off_by_hand_is_switched_on_again(deployed: Deployment) -> None:
    state = deployed.state
    del state["database"]["(default)"]["delete-protection"]
    (schedule,) = state["backup"].values()
    schedule["retention"] = "1d"
    deployed.state = state
    deployed.run()

    without_place = [change.replace(f" --project={PROJECT}", "") for change in deployed.changes]
    assert without_place == [
        "gcloud firestore databases update '--database=(default)' --delete-protection",
        "gcloud firestore backups schedules update '--database=(default)' --backup-schedule=schedule-1 --retention=14d",
    ]


def test_a_database_of_another_kind_is_refused(empty: Deployment) -> None:
    having(empty, database={"(default)": {"type": "datastore-mode"}})
    done = empty.run(check=False)

    assert done.status == 1
    assert "Guilder needs FIRESTORE_NATIVE" in done.stderr


PRIVATE = {"uniform-bucket-level-access": "", "no-public-access-prevention": ""}
OPEN = {"bucket gs://demo-guilder-media": [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]}
OPEN_FOLDER = {
    "folder gs://demo-guilder-media/docs/": [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]
}


@pytest.mark.threat(111)
@pytest.mark.parametrize(
    ("bucket", "more", "reason"),
    [
        ({"no-public-access-prevention": ""}, {}, "it has no uniform bucket-level access"),
        ({"uniform-bucket-level-access": ""}, {}, "it prevents public access"),
        (PRIVATE | {"lifecycle-file": "deploy/bucket-lifecycle.json"}, {}, "a lifecycle or CORS of its own"),
        (PRIVATE, {"policy": OPEN}, "it is open: allUsers has roles/storage.objectViewer"),
        (
            PRIVATE,
            {"policy": OPEN_FOLDER, "folder": {"gs://demo-guilder-media/docs/": {}}},
            "its folder docs/ is open: allUsers has roles/storage.objectViewer",
        ),
    ],
)
def test_a_bucket_that_is_not_private_is_refused_with_the_reason(
    empty: Deployment, bucket: dict[str, str], more: dict[str, Any], reason: str
) -> None:
    having(empty, bucket={"gs://demo-guilder-media": bucket}, **more)
    done = empty.run(check=False)

    assert done.status == 1
    assert reason in done.stderr
    assert [change for change in empty.changes if change.startswith("gcloud storage")] == []


def test_a_private_bucket_that_is_there_is_used_and_remembered_as_somebody_elses(empty: Deployment) -> None:
    having(empty, bucket={"gs://demo-guilder-media": PRIVATE})
    empty.run()

    assert empty.state["bucket"]["gs://demo-guilder-media"]["labels"]["guilder"] == "used"
    empty.run(settings={})
    assert empty.changes == []


@pytest.mark.threat(112)
def test_a_lifecycle_that_was_changed_by_hand_is_put_back(changed: Deployment) -> None:
    (changed.root / "by-hand.json").write_text('{"rule": []}')
    state = changed.state
    state["bucket"]["gs://demo-guilder-media"]["lifecycle-file"] = "by-hand.json"
    changed.state = state
    changed.run()

    assert [change.split()[4] for change in changed.changes] == ["gs://demo-guilder-media"]
    assert "--lifecycle-file=deploy/bucket-lifecycle.json" in changed.changes[0]
    assert "--update-labels=guilder=made" in changed.changes[0]


# -- roles that were opened by hand ----------------------------------------------------------------------------------

READER, RUNTIME = (
    f"serviceAccount:guilder-{name}@demo-guilder.iam.gserviceaccount.com" for name in ("reader", "runtime")
)


@pytest.mark.threat(112)
@pytest.mark.parametrize(
    ("resource", "member", "role", "command"),
    [
        (f"project {PROJECT}", READER, "roles/editor", f"gcloud projects remove-iam-policy-binding {PROJECT}"),
        ("service audit-balances", "allUsers", "roles/run.invoker", "gcloud run services remove-iam-policy-binding"),
        ("secret cursor-secret", RUNTIME, "roles/secretmanager.secretAccessor", "gcloud secrets remove-iam"),
    ],
)
def test_a_role_that_was_opened_by_hand_is_named_and_ends_it_with_an_error(
    deployed: Deployment, resource: str, member: str, role: str, command: str
) -> None:
    state = deployed.state
    state["policy"].setdefault(resource, []).append({"role": role, "members": [member]})
    deployed.state = state
    done = deployed.run(check=False)

    assert done.status == 1
    name = member.removeprefix("serviceAccount:").partition("@")[0]
    assert f"{name} has {role} at " in done.stderr
    assert command in done.stderr
    assert f"--member={member} --role={role}" in done.stderr
    assert deployed.changes == []


def test_roles_of_others_are_their_business(deployed: Deployment) -> None:
    state = deployed.state
    other = {"role": "roles/editor", "members": ["user:owner@example.com", "serviceAccount:theirs@developer.test"]}
    state["policy"][f"project {PROJECT}"].append(other)
    deployed.state = state

    deployed.run()


# -- the log of writes, the budget, and test mode --------------------------------------------------------------------


def test_the_log_of_writes_is_switched_on_beside_the_others(empty: Deployment) -> None:
    theirs = {"service": "storage.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}]}
    reads = {
        "service": "datastore.googleapis.com",
        "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:a@example.com"]}],
    }
    having(empty, audit_configs={"storage.googleapis.com": theirs, "datastore.googleapis.com": reads})
    empty.run()

    assert empty.state["audit_configs"] == {
        "storage.googleapis.com": theirs,
        "datastore.googleapis.com": {
            "service": "datastore.googleapis.com",
            "auditLogConfigs": [*reads["auditLogConfigs"], {"logType": "DATA_WRITE"}],
        },
    }


def test_a_deployment_asks_for_a_budget_or_the_word_none(empty: Deployment) -> None:
    done = empty.run(settings={"BUDGET": ""}, check=False)
    assert (done.status, empty.calls) == (1, [])
    assert "BUDGET is not set" in done.stderr
    assert "BUDGET must be an amount" in empty.run(settings={"BUDGET": "a lot"}, check=False).stderr
    plan = empty.run("--dry-run", settings={"BUDGET": ""}).stdout
    assert "BUDGET is not set: a deployment asks for it." in plan
    assert "billing budgets" not in empty.run("--dry-run", settings={"BUDGET": "none"}).stdout


def test_another_budget_changes_the_one_that_is_there(deployed: Deployment) -> None:
    deployed.run(settings={"BUDGET": "500"})

    (change,) = deployed.changes
    assert "budgets update billingAccounts/BILLING_ACCOUNT/budgets/1 --budget-amount=500" in change
    deployed.run(settings={"BUDGET": "500"})
    assert deployed.changes == []


@pytest.mark.threat(117)
def test_a_model_that_costs_money_is_not_deployed_beside_a_stripe_where_nobody_pays(empty: Deployment) -> None:
    paid = {"IMAGE_MODEL": "gemini-3.1-flash-image"}
    for arguments in ((), ("--dry-run",), ("--only", "tip")):
        done = empty.run(*arguments, settings=paid, check=False)
        assert (done.status, empty.calls) == (1, [])
        assert "4242 4242 4242 4242" in done.stderr
        assert "--allow-test-sales" in done.stderr

    assert empty.run("--dry-run", "--allow-test-sales", settings=paid).status == 0
    live = paid | {"STRIPE_LIVEMODE": "true"}
    assert empty.run("--dry-run", settings=live).status == 0


@pytest.mark.threat(117)
def test_the_last_line_says_that_test_cards_buy_tokens(deployed: Deployment) -> None:
    said = "Stripe is in test mode: anybody buys tokens with the card 4242 4242 4242 4242, and nobody pays."

    assert deployed.run().stdout.splitlines()[-1] == said
    assert deployed.run("--dry-run").stdout.splitlines()[-1] == f"# {said}"
    live = deployed.run("--dry-run", settings={"STRIPE_LIVEMODE": "true"})
    assert "test mode" not in live.stdout


# -- destroying what is ours only ------------------------------------------------------------------------------------

TYPED = f"{PROJECT}\ndelete the ledger\n"


@pytest.mark.threat(111)
@pytest.mark.parametrize(
    ("collections", "label", "reason"),
    [
        ({"users": True, "recipes": True}, "made", "It holds recipes."),
        ({"users": True}, "", "only one that a deployment made for Guilder alone is deleted"),
    ],
)
def test_a_database_that_is_not_ours_alone_outlives_a_destruction(
    deployed: Deployment, collections: dict[str, bool], label: str, reason: str
) -> None:
    state = deployed.state
    state["collection"] = dict(collections)
    state["bucket"]["gs://demo-guilder-media"]["labels"]["database"] = label
    deployed.state = state
    done = deployed.run("--destroy", typed=TYPED)

    assert reason in done.stdout
    assert "(default)" in deployed.state["database"]
    assert "delete-protection" in deployed.state["database"]["(default)"]
    assert not any("firestore databases" in change for change in deployed.changes)
    assert deployed.state["function"] == {}


@pytest.mark.threat(111)
def test_a_bucket_that_was_there_and_a_site_that_is_not_ours_outlive_a_destruction(deployed: Deployment) -> None:
    state = deployed.state
    state["bucket"]["gs://demo-guilder-media"]["labels"]["guilder"] = "used"
    state["hosting"]["live"] = THEIR_SITE
    deployed.state = state
    deployed.run("--destroy", typed=TYPED)

    assert "gs://demo-guilder-media" in deployed.state["bucket"]
    assert deployed.state["hosting"]["live"] == THEIR_SITE
    assert [change for change in deployed.changes if "storage rm" in change] == [
        "gcloud storage rm gs://demo-guilder-media/published/ --recursive --quiet",
        "gcloud storage rm gs://demo-guilder-media/private/ --recursive --quiet",
    ]


@pytest.mark.threat(111)
def test_what_cannot_be_looked_at_is_not_destroyed(deployed: Deployment) -> None:
    having(deployed, answers={"collections": {"code": 403, "message": "no"}})
    done = deployed.run("--destroy", typed=TYPED, check=False)

    assert done.status == 1
    assert "(default)" in deployed.state["database"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--skip", "functions"), "--skip takes rules, hosting and auth"),
        (("--take-over", "auth"), "--take-over takes rules and hosting"),
        (("--take-over=rules", "--skip=rules"), "rules is either skipped or taken over"),
    ],
)
def test_what_can_be_skipped_and_taken_over_is_said(
    empty: Deployment, arguments: tuple[str, ...], sentence: str
) -> None:
    done = empty.run(*arguments, check=False)

    assert (done.status, empty.calls) == (1, [])
    assert sentence in done.stderr
