"""Needs nothing. What the modules of deploy/ decide from what Google says, without a deployment around them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy import (
    answers,
    audit_logs,
    bucket,
    budget,
    database,
    fingerprints,
    image_repository,
    live_functions,
    live_hosting,
    live_rules,
    role_bindings,
    sign_in,
)

ROOT = Path(__file__).resolve().parents[2]
OURS = "match /databases/{database}/documents {\n    match /users/{uid} {\n      allow read: if mine();\n    }\n}\n"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ('{"a": 1}\n200\n', {"a": 1}),
        ('{"error": {"code": 404}}\n404\n', None),
        ('{"error": {"details": [{"reason": "SERVICE_DISABLED"}]}}\n403\n', None),
    ],
)
def test_an_answer_is_a_body_or_nothing(answer: str, body: dict[str, int] | None) -> None:
    assert answers.found(answer) == body


@pytest.mark.parametrize("answer", ["", "\n000\n", "<html>\n200\n", '{"error": {"message": "no"}}\n403\n', "{}\n500\n"])
def test_an_answer_that_says_nothing_is_not_taken_for_nothing(answer: str) -> None:
    with pytest.raises(answers.Unanswered):
        answers.found(answer)


@pytest.mark.parametrize(
    ("live", "released", "kind"),
    [
        (None, "", "none"),
        (OURS, "", "same"),
        ("match /a/{id} {\n allow read, write: if false;\n}", "", "none"),
        ("match /a/{id} {\n // allow read: if true;\n}", "", "none"),
        ("match /a/{id} {\n allow read: if true;\n}", "", "theirs"),
        ("match /a/{id} {\n allow read;\n}", "", "theirs"),
        (OURS.replace("mine()", "true"), "", "theirs"),
        (OURS.replace("mine()", "true"), "of what was released here", "ours"),
        (OURS.replace("{uid}", "{id}").replace("mine()", "true"), "of what was released here", "ours"),
        (OURS + "match /a/{id} { allow read: if true; }", "of what was released here", "theirs"),
        (OURS.replace("/users/{uid}", "/{all=**}"), "of what was released here", "theirs"),
        (OURS + "// older", fingerprints.of_text(OURS + "// older"), "ours"),
    ],
)
def test_whose_the_live_rules_are(live: str | None, released: str, kind: str) -> None:
    assert live_rules.compare(live, OURS, released).kind == kind


def test_a_difference_of_rules_says_what_goes_and_what_comes() -> None:
    verdict = live_rules.compare(OURS.replace("/users/", "/people/"), OURS, "")

    assert "-    match /people/{uid} {" in verdict.difference
    assert "+    match /users/{uid} {" in verdict.difference
    assert verdict.lacking == ("/users/{}",)


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        (None, "none"),
        ({}, "none"),
        ({"release": {"type": "SITE_DISABLE"}}, "none"),
        ({"release": {"message": "Guilder abc"}}, "same"),
        ({"release": {"message": "Guilder older"}}, "ours"),
        ({"release": {"type": "ROLLBACK"}}, "theirs"),
        ({"release": {"message": "our summer sale"}}, "theirs"),
    ],
)
def test_whose_the_live_site_is(channel: dict[str, Any] | None, kind: str) -> None:
    assert live_hosting.compare(channel, "abc").kind == kind


def test_of_many_files_that_would_go_the_first_are_named() -> None:
    lines = live_hosting.going([f"/{number:02}.html" for number in range(30)], ["/00.html"])

    assert lines[0] == "- /00.html (another takes its place)"
    assert lines[-1] == "- and 10 more"
    assert len(lines) == 21


def test_functions_of_ours_carry_our_label() -> None:
    found: list[dict[str, Any]] = [
        {"name": "projects/p/locations/r/functions/tip", "labels": {"guilder": "1"}},
        {"name": "projects/p/locations/r/functions/generate"},
        {"name": "projects/p/locations/r/functions/theirs"},
    ]

    assert live_functions.foreign(found, ["generate", "tip"]) == ["generate"]


def test_settings_of_a_bucket_are_the_same_in_any_order_and_without_what_is_empty() -> None:
    cors = json.loads((ROOT / "deploy" / "bucket-cors.json").read_text())
    lifecycle = json.loads((ROOT / "deploy" / "bucket-lifecycle.json").read_text())
    rules = [rule | {"condition": rule["condition"] | {"daysSinceNoncurrentTime": None}} for rule in lifecycle["rule"]]
    held = {"labels": {"guilder": "made"}, "cors_config": cors, "lifecycle_config": {"rule": rules[::-1]}}

    assert bucket.is_set(held, cors, lifecycle)
    assert not bucket.is_set(held | {"labels": {}}, cors, lifecycle)
    assert not bucket.is_set(held | {"lifecycle_config": None}, cors, lifecycle)
    rules[0]["condition"]["age"] = 3650
    assert not bucket.is_set(held, cors, lifecycle)


@pytest.mark.parametrize("member", ["allUsers", "allAuthenticatedUsers"])
def test_a_bucket_that_everybody_may_do_something_with_is_public(member: str) -> None:
    assert bucket.public({"bindings": [{"role": "roles/x", "members": ["user:a@b.c", member]}]}) == [
        f"{member} has roles/x"
    ]
    assert bucket.public({"bindings": [{"role": "roles/x", "members": ["user:a@b.c"]}]}) == []


@pytest.mark.parametrize(
    ("schedules", "decision"),
    [
        ([], "create"),
        ([{"name": "b/w", "weeklyRecurrence": {}, "retention": "8467200s"}], "create"),
        ([{"name": "b/d", "dailyRecurrence": {}, "retention": "86400s"}], "d"),
        ([{"name": "b/d", "dailyRecurrence": {}, "retention": "1209600s"}], "kept"),
        ([{"name": "b/d", "dailyRecurrence": {}, "retention": "1814400s"}], "kept"),
    ],
)
def test_backups_are_daily_and_long_enough(schedules: list[dict[str, Any]], decision: str) -> None:
    assert database.backups(schedules, "14d") == decision


def test_our_collections_are_those_that_have_a_rule_and_a_row_in_the_document() -> None:
    ours = database.ours((ROOT / "firestore.rules").read_text())
    documented = re.findall(r"^\| `(\w+)/\{", (ROOT / "docs" / "data.md").read_text(), re.MULTILINE)

    assert ours == set(documented)
    assert database.foreign(["users", "recipes", "likes"], (ROOT / "firestore.rules").read_text()) == ["recipes"]


@pytest.mark.parametrize(
    ("configs", "are_on"),
    [
        ([], False),
        ([{"service": "datastore.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}]}], False),
        ([{"service": "datastore.googleapis.com", "auditLogConfigs": [{"logType": "DATA_WRITE"}]}], True),
        ([{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_WRITE"}]}], True),
        (
            [
                {
                    "service": "datastore.googleapis.com",
                    "auditLogConfigs": [{"logType": "DATA_WRITE", "exemptedMembers": ["serviceAccount:a@b.c"]}],
                }
            ],
            False,
        ),
    ],
)
def test_writes_of_everybody_are_logged(configs: list[dict[str, Any]], are_on: bool) -> None:
    policy = {"etag": "x", "bindings": [{"role": "roles/owner", "members": ["user:a@b.c"]}], "auditConfigs": configs}

    assert audit_logs.are_on(policy) == are_on
    after = audit_logs.switched_on(policy)
    assert audit_logs.are_on(after)
    assert {key: after[key] for key in ("etag", "bindings")} == {key: policy[key] for key in ("etag", "bindings")}


def test_a_policy_that_was_not_read_whole_is_not_written_back() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.audit_logs"],
        cwd=ROOT,
        input='{"bindings": []}',
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    ("changed", "amount", "decision"),
    [
        ({}, "200USD", "same"),
        ({}, "200", "same"),
        ({}, "200EUR", "b/1"),
        ({}, "250USD", "b/1"),
        ({"thresholdRules": [{"thresholdPercent": 1.0}]}, "200USD", "b/1"),
        ({"displayName": "another"}, "200USD", "create"),
    ],
)
def test_the_budget_is_compared(changed: dict[str, Any], amount: str, decision: str) -> None:
    held = {
        "name": "b/1",
        "displayName": "Guilder p",
        "amount": {"specifiedAmount": {"currencyCode": "USD", "units": "200"}},
        "thresholdRules": [{"thresholdPercent": percent} for percent in (1.0, 0.5, 0.9)],
    }

    assert budget.decide([held | changed], "Guilder p", amount, "") == decision
    if decision == "same":
        assert budget.decide([held | changed], "Guilder p", amount, "projects/p/notificationChannels/1") == "b/1"


def test_a_repository_that_only_tries_to_clean_up_is_not_set() -> None:
    wanted = json.loads((ROOT / "deploy" / "image-cleanup.json").read_text())
    held = {
        "cleanupPolicies": {
            "keep-three": {"id": "keep-three", "action": "KEEP", "mostRecentVersions": {"keepCount": 3}},
            "delete-others": {
                "id": "delete-others",
                "action": "DELETE",
                "condition": {"tagState": "ANY", "olderThan": "86400s"},
            },
        }
    }

    assert image_repository.is_set(held, wanted)
    assert not image_repository.is_set(held | {"cleanupPolicyDryRun": True}, wanted)
    assert not image_repository.is_set({}, wanted)


def test_roles_that_were_given_and_those_of_strangers_are_not_too_many() -> None:
    reader, stranger = (f"serviceAccount:{name}@p.iam.gserviceaccount.com" for name in ("guilder-reader", "other"))
    given = role_bindings.Binding("projects p", reader, "roles/viewer")
    policy = {
        "bindings": [
            {"role": "roles/viewer", "members": [reader, stranger]},
            {"role": "roles/editor", "members": [reader, stranger, "allUsers"]},
        ]
    }

    assert role_bindings.unexpected("p", "projects p", policy, {given}) == [
        role_bindings.Binding("projects p", "allUsers", "roles/editor"),
        role_bindings.Binding("projects p", reader, "roles/editor"),
    ]


@pytest.mark.parametrize(
    ("config", "switched_on"),
    [
        ({}, []),
        ({"signIn": {"email": {"enabled": True, "passwordRequired": True}}}, ["email"]),
        ({"signIn": {"email": {"enabled": True, "passwordRequired": False}}}, []),
        ({"client": {"permissions": {"disabledUserSignup": True}}}, []),
        ({"client": {"permissions": {"disabledUserDeletion": True}}}, ["kept"]),
    ],
)
def test_what_is_switched_on_for_sign_in(config: dict[str, Any], switched_on: list[str]) -> None:
    assert sign_in.switched_on(config) == switched_on


def test_what_deploys_needs_nothing_but_python() -> None:
    modules = [f"deploy.{path.stem}" for path in (ROOT / "deploy").glob("*.py")]
    subprocess.run(
        [sys.executable, "-IS", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {', '.join(modules)}"],
        check=True,
    )
