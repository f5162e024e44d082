"""Needs the Firestore emulator. The rules are what the matrix says, and it notices every error in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local import sampling
from local.google.firestore_emulator import FirestoreEmulator
from local.parts import RULES
from tests.rules import coverage, mutants
from tests.rules.coverage import Expression
from tests.rules.matrix import Row, rows
from tests.rules.trial import try_out

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
TEXT = RULES.read_text(encoding="utf-8")
CODE = re.sub(r"^\s*//.*", "", TEXT, flags=re.MULTILINE)


@dataclass(frozen=True)
class Tried:
    """What became of the whole matrix: the complaints about each row, and the expressions of the rules."""

    complaints: list[list[str]]
    expressions: list[Expression]


@pytest.fixture(scope="module")
def tried(firestore_emulator: FirestoreEmulator) -> Tried:
    return Tried(*try_out(firestore_emulator, TEXT, MATRIX))


@pytest.mark.threat(18, 19, 20, 21, 22, 23, 25, 27)
@pytest.mark.parametrize("number", range(len(MATRIX)), ids=[row.name for row in MATRIX])
def test_each_client_may_do_what_the_matrix_says_and_a_refusal_changes_nothing(tried: Tried, number: int) -> None:
    assert tried.complaints[number] == []


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


# -- nothing in the rules is there for nothing -------------------------------------------------------------------


def test_every_condition_of_the_rules_comes_out_true_and_false(tried: Tried) -> None:
    assert coverage.gaps(tried.expressions) == []


@pytest.mark.deep
def test_every_small_error_in_the_rules_is_noticed_by_the_matrix(
    firestore_emulator: FirestoreEmulator, tried: Tried
) -> None:
    sampled = sampling.part(mutants.mutants(TEXT, tried.expressions), 3, "errors in the rules")

    survivors = mutants.survivors(firestore_emulator, sampled, MATRIX)

    assert [(mutant.line, mutant.text) for mutant in survivors] == []


def test_what_is_excused_as_equivalent_exists(tried: Tried) -> None:
    assert set(mutants.EQUIVALENT) <= {mutant.text for mutant in mutants.mutants(TEXT, tried.expressions)}
    assert set(coverage.EQUIVALENT) <= {expression.text for expression in tried.expressions}


def test_a_matrix_without_likes_leaves_mutants_unnoticed(firestore_emulator: FirestoreEmulator, tried: Tried) -> None:
    liking = [mutant for mutant in mutants.mutants(TEXT, tried.expressions) if "email_verified !=" in mutant.text]
    without_likes = [row for row in MATRIX if row.collection == "audits"]

    assert len(liking) == 1
    assert mutants.survivors(firestore_emulator, liking, without_likes) == liking


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
