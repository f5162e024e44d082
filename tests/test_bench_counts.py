"""Needs the Firestore emulator, which it starts for itself: what each operation costs, counted as `make bench` does."""

from collections.abc import Iterator

import pytest

from bench import counts, stage
from bench.reasons import REASONS
from bench.rows import Row, unexplained


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    """The rows of every exact count."""
    with stage.running() as cloud:
        yield counts.measure(cloud)


def test_every_count_reaches_its_goal_or_has_a_written_reason(rows: list[Row]) -> None:
    assert unexplained(rows, REASONS) == []


@pytest.mark.parametrize(
    ("operation", "rpcs", "reads", "writes"),
    [
        ("credit a purchase", 2, 1, 4),
        ("duplicate of a purchase", 2, 1, 1),
        ("spend", 2, 1, 3),
        ("spend, refused", 1, 1, 0),
        ("tip", 2, 2, 4),
        ("like, request side", 1, 1, 1),
        ("recount of a post's likes", 4, 3, 1),
        ("history, second page of 20", 1, 20, 0),
        ("feed of 50 with like status", 2, 100, 0),
    ],
)
def test_an_operation_costs_what_it_did(rows: list[Row], operation: str, rpcs: int, reads: int, writes: int) -> None:
    assert [row.ours for row in rows if row.operation == operation][:3] == [rpcs, reads, writes]


@pytest.mark.parametrize(
    ("operation", "rpcs", "reads", "writes"),
    [
        ("credit a purchase", 5, 2, 2),
        ("spend", 6, 2, 3),
        ("tip", 7, 3, 4),
        ("like, request side", 3, 1, 2),
        ("history, second page of 20", 1, 40, 0),
        ("feed of 50 with like status", 51, 100, 0),
    ],
)
def test_the_baseline_is_the_design_it_stands_for(
    rows: list[Row], operation: str, rpcs: int, reads: int, writes: int
) -> None:
    assert [row.seed_style for row in rows if row.operation == operation][:3] == [rpcs, reads, writes]
