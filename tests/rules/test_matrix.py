"""Needs the Firestore emulator (Java)."""

import re
from collections.abc import Iterator

import pytest

from local.google.firestore_emulator import FirestoreEmulator
from local.parts import RULES
from tests.rules.matrix import Row, rows
from tests.rules.trial import Trial

COLLECTIONS = {
    "users",
    "profiles",
    "transactions",
    "posts",
    "generations",
    "likes",
    "orders",
    "subscriptions",
    "webhookEvents",
    "audits",
    "checkpoints",
    "reconciliations",
    "bonusClaims",
    "adminActions",
    "adminDays",
    "meters",
    "checkouts",
    "checkoutKeys",
    "offers",
}
MATRIX = rows()
CODE = re.sub(r"^\s*//.*", "", RULES.read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.fixture(scope="module")
def trial(firestore_emulator: FirestoreEmulator) -> Iterator[Trial]:
    with Trial(firestore_emulator, RULES.read_text(encoding="utf-8")) as seeded:
        yield seeded


@pytest.mark.threat(18, 19, 20, 21, 22, 23, 25, 27)
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.name)
def test_each_client_may_do_what_the_matrix_says_and_a_refusal_changes_nothing(trial: Trial, row: Row) -> None:
    assert trial.complaints(row) == []


@pytest.mark.threat(26)
def test_the_rules_name_every_collection() -> None:
    assert set(re.findall(r"match /(\w+)/\{\w+\} \{", CODE)) == COLLECTIONS


@pytest.mark.threat(26)
@pytest.mark.parametrize("collection", [*sorted(COLLECTIONS), "secrets"])
def test_every_operation_is_tried_on_every_collection_and_on_one_that_no_rule_names(collection: str) -> None:
    tried = {operation for row in MATRIX if row.collection == collection for operation in operations(row)}

    assert tried >= {
        "get",
        "list",
        "list without a limit",
        "list over the limit",
        "collection group",
        "create",
        "update",
        "delete",
        "transform",
    }


@pytest.mark.threat(28)
def test_a_request_costs_one_read_of_the_rules_at_most() -> None:
    assert re.findall(r"\b(?:get|exists|getAfter|existsAfter)\(/", CODE) == ["exists(/"]


@pytest.mark.threat(27)
def test_the_rules_look_at_no_custom_claim() -> None:
    claims = set(re.findall(r"request\.auth\.token\.([\w.]+)", CODE))

    assert claims == {"email_verified", "firebase.sign_in_provider"}


@pytest.mark.threat(25)
def test_no_rule_matches_a_whole_subtree() -> None:
    assert "**" not in CODE


def test_the_compiler_warns_of_nothing(firestore_emulator: FirestoreEmulator, project: str) -> None:
    assert firestore_emulator.put_rules(project, RULES.read_text(encoding="utf-8")) == []


def operations(row: Row) -> Iterator[str]:
    """What the row's request asks for."""
    body = row.request.body or {}
    match row.request.path.rpartition(":")[2]:
        case "runQuery":
            asked = body["structuredQuery"]
            limit = asked.get("limit")
            if asked["from"][0]["allDescendants"]:
                yield "collection group"
            elif limit is None:
                yield "list without a limit"
            else:
                yield "list" if limit <= 100 else "list over the limit"
        case "commit":
            for write in body["writes"]:
                if write.get("updateTransforms"):
                    yield "transform"
                if "delete" in write:
                    yield "delete"
                elif write.get("currentDocument") == {"exists": False}:
                    yield "create"
                elif "updateMask" in write:
                    yield "update"
        case "runAggregationQuery" | "batchGet":
            pass
        case path:
            yield "get" if "?" not in path else "listing"
