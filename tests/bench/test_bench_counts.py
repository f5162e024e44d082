"""Needs the Firestore emulator, which it starts for itself: what each operation costs, counted as `make bench` does."""

import dataclasses
from collections.abc import Iterator

import pytest

from bench import auditing, cold_start, counts, deep_pages, deliveries, stage
from bench.reasons import REASONS
from bench.rows import Row, unexplained
from bench.size import QUICK
from bench.stage import Stage, new_project
from local.gateway import path_of
from shared.manifest import FUNCTIONS

SMALL = dataclasses.replace(QUICK, deep_documents=200, audited_lines=300, audited_users=30)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Stage]:
    with stage.running() as running:
        yield running


@pytest.fixture(scope="module")
def rows(cloud: Stage) -> list[Row]:
    """The rows of every operation's cost."""
    return counts.measure(cloud)


def seen(rows: list[Row], *metrics: str) -> dict[str, float]:
    """Ours by operation and metric, of those metrics."""
    return {f"{row.operation}: {row.metric}": row.ours for row in rows if row.metric in metrics}


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
        ("spend, refused by a wallet with 2000 payments", 1.625, 2.25, 0),
        ("replay of a key", 3, 3, 0),
        ("reversal of a purchase", 3, 2, 4),
        ("the same event again", 2, 1, 2),
        ("explanation of a generation", 1, 3, 0),
        ("explanation of an order with two reversals", 2, 4, 0),
        ("spend by a plan", 2, 1, 3),
        ("spend by a pass", 2, 1, 3),
        ("spend by the trial", 2, 1, 3),
        ("wallet", 1, 1, 0),
        ("credit an invoice", 3, 3, 4),
        ("credit an invoice of an upgrade", 3, 4, 4),
        ("claim of a reload", 2, 1, 2),
        ("settlement of a reload", 2, 2, 4),
        ("expiry of two lots", 2, 1, 3),
        ("count of a picture that a bonus pays", 1, 0, 1),
        ("like, request side", 1, 1, 1),
        ("recount of a post's likes", 3, 2, 1),
        ("history, second page of 20", 1, 20, 0),
        ("feed of 20, 3 of them liked", 2, 23, 0),
        ("feed of 50, 3 of them liked", 3, 54, 0),
    ],
)
def test_an_operation_costs_what_it_did(
    rows: list[Row], operation: str, rpcs: float, reads: float, writes: int
) -> None:
    assert [row.ours for row in rows if row.operation == operation][:3] == [rpcs, reads, writes]


@pytest.mark.parametrize(
    ("operation", "rpcs", "reads", "writes"),
    [
        ("credit a purchase", 5, 2, 2),
        ("spend", 6, 2, 3),
        ("tip", 7, 3, 4),
        ("like, request side", 3, 1, 2),
        ("history, second page of 20", 1, 40, 0),
        ("feed of 20, 3 of them liked", 21, 40, 0),
        ("feed of 50, 3 of them liked", 51, 100, 0),
    ],
)
def test_the_baseline_is_the_design_it_stands_for(
    rows: list[Row], operation: str, rpcs: int, reads: int, writes: int
) -> None:
    assert [row.seed_style for row in rows if row.operation == operation][:3] == [rpcs, reads, writes]


def test_a_duplicate_moves_nothing_and_no_payment_begins_a_transaction(rows: list[Row]) -> None:
    assert seen(rows, "token movements", "BeginTransaction", "Rollback") == {
        "duplicate of a purchase: token movements": 0,
        "purchase, spend and tip: BeginTransaction": 0,
        "purchase, spend and tip: Rollback": 0,
    }


def test_every_row_of_a_cost_is_asserted_above(rows: list[Row]) -> None:
    assert len(rows) == 26 * 3 + 3


def test_a_last_page_costs_what_it_holds(cloud: Stage) -> None:
    assert seen(deep_pages.measure(cloud, SMALL), "RPCs", "reads") == {
        "history, last page of 200: RPCs": 1,
        "history, last page of 200: reads": 20,
        "feed, last page of 200: RPCs": 1,
        "feed, last page of 200: reads": 50,
    }


def test_an_audit_reads_each_wallet_and_its_sum_and_finds_what_was_planted_and_nothing_else(cloud: Stage) -> None:
    found = seen(
        auditing.measure(cloud, SMALL),
        "reads",
        "planted faults found",
        "false alarms",
        "false alarms during these",
        "reads for each idle wallet",
        "reads for each that moved",
        "reads more for each new line",
    )

    name = "audit, 300 lines and 30 users"
    assert found == {
        # A wallet and its sum each; where the audit stands, and twice what the last one found; the lines once more,
        # five groups of types, and twice the orders; the three wallets that are frozen, once more.
        f"{name}: reads": 60 + 3 + 8 + 3,
        f"{name}: planted faults found": 3,
        f"{name}: false alarms": 0,
        f"{name}: false alarms during these": 0,
        "hourly audit, 20 wallets: reads for each idle wallet": 0,
        "hourly audit, 20 wallets: reads for each that moved": 2,
        "hourly audit, 20 wallets: reads more for each new line": 1.5,
    }


def test_simultaneous_deliveries_of_paid_sessions_credit_each_of_them_once(cloud: Stage) -> None:
    assert seen(deliveries.measure(cloud, 15), "extra credits", "errors") == {
        "60 deliveries of 15 sessions: extra credits": 0,
        "60 deliveries of 15 sessions: errors": 0,
    }


def test_every_function_answers_what_a_cold_start_asks_of_it(cloud: Stage) -> None:
    project = new_project(cloud)
    port = int(cloud.gateway.rpartition(":")[2])
    requests = cold_start.Requests(cloud, project)
    functions = sorted(name for name, it in FUNCTIONS.items() if not it.is_trigger)

    with stage.serving(cloud, project):  # twice, as rounds follow each other: the audit must not stop what comes later
        answers = [(name, requests.send(name, port, path_of(name))) for name in (*functions, *functions)]

    assert [(name, status) for name, status in answers if status not in cold_start.EXPECTED] == []
