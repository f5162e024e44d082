"""Needs the Firestore emulator. Every small error in the rules must be noticed by the matrix."""

import pytest

from local.google.firestore_emulator import FirestoreEmulator
from local.parts import RULES
from tests.rules import coverage, mutants
from tests.rules.coverage import Expression
from tests.rules.matrix import IDENTITIES, rows
from tests.rules.trial import Trial, by_collection

MATRIX = rows()
TEXT = RULES.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def expressions(firestore_emulator: FirestoreEmulator) -> list[Expression]:
    """Those of the rules, after the whole matrix."""
    with Trial(firestore_emulator, TEXT) as trial:
        parts = []
        for rows_of_one in by_collection(MATRIX):
            for row in rows_of_one:
                for identity in IDENTITIES:
                    trial.differs(row, identity)
            parts.append(trial.take_coverage())
        return coverage.together(parts)


def test_every_condition_of_the_rules_comes_out_true_and_false(expressions: list[Expression]) -> None:
    assert coverage.gaps(expressions) == []


def test_every_small_error_in_the_rules_is_noticed_by_the_matrix(
    firestore_emulator: FirestoreEmulator, expressions: list[Expression]
) -> None:
    survivors = mutants.survivors(firestore_emulator, mutants.mutants(TEXT, expressions), MATRIX)

    assert [(mutant.line, mutant.text) for mutant in survivors] == []


def test_what_is_excused_as_equivalent_exists(expressions: list[Expression]) -> None:
    assert set(mutants.EQUIVALENT) <= {mutant.text for mutant in mutants.mutants(TEXT, expressions)}
    assert set(coverage.EQUIVALENT) <= {expression.text for expression in expressions}


def test_a_matrix_without_likes_leaves_mutants_unnoticed(
    firestore_emulator: FirestoreEmulator, expressions: list[Expression]
) -> None:
    liking = [mutant for mutant in mutants.mutants(TEXT, expressions) if "email_verified !=" in mutant.text]
    without_likes = [row for row in MATRIX if row.collection == "audits"]

    assert len(liking) == 1
    assert mutants.survivors(firestore_emulator, liking, without_likes) == liking
