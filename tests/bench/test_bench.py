"""Needs nothing: the benchmark's own arithmetic, and what it shows of a goal that is missed."""

import json
from collections import Counter
from pathlib import Path

import pytest

from bench import comparison, index_entries, report
from bench.clients import Run, percentile, run
from bench.rows import Goal, Row, at_least, at_most, exactly, to_json, unexplained
from bench.tables import Section, by_function, terminal
from bench.throughput import median_ratio

ROOT = Path(__file__).resolve().parents[2]

REACHED = Row("tip", "RPCs", 2, 7, 2, at_most(2))
MISSED = Row("tip", "reads", 3, 3, 1, at_most(2))
NO_GOAL = Row("tip", "p50", 0.5, 1)


def test_a_row_that_misses_its_goal_is_not_ok() -> None:
    assert (REACHED.ok, MISSED.ok, NO_GOAL.ok) == (True, False, None)


@pytest.mark.parametrize(
    ("goal", "below", "at", "above"),
    [(at_most(2), True, True, False), (at_least(2), False, True, True), (exactly(2), False, True, False)],
)
def test_a_goal_holds_on_its_own_side_and_where_it_is_met(goal: Goal, below: bool, at: bool, above: bool) -> None:
    assert [goal.holds(seen) for seen in (1.99, 2, 2.01)] == [below, at, above]


def test_a_reason_is_written_once_and_named_by_its_number_wherever_it_holds() -> None:
    also = Row("spend", "reads", 3, 2, 1, at_most(2))
    reasons = {MISSED.key: "what pays and who is paid are read", also.key: "what pays and who is paid are read"}

    assert unexplained([REACHED, MISSED, also], reasons) == []
    assert terminal([Section("Costs", [REACHED, MISSED, also])], reasons).splitlines() == [
        "Costs",
        "",
        "operation  metric  ours  seed style  limit  goal",
        "---------  ------  ----  ----------  -----  ----  ----------",
        "tip        RPCs       2           7      2  <= 2  ok",
        "           reads      3           3      1  <= 2  missed (1)",
        "spend      reads      3           2      1  <= 2  missed (1)",
        "",
        "Missed, because",
        "",
        "(1) what pays and who is paid are read",
    ]


def test_a_missed_goal_without_a_reason_is_named() -> None:
    assert unexplained([REACHED, MISSED, NO_GOAL], {}) == [MISSED]
    assert "missed (unexplained)" in terminal([Section("Costs", [MISSED])], {})


def test_a_grid_shows_once_the_goals_and_limits_that_its_lines_share() -> None:
    rows = [
        Row("cold start of tip", "listening, x bare", 1.25, None, 1, at_most(1.1)),
        Row("cold start of tip", "first answer, x bare", 2.25, None, 2, at_most(2.4)),
        Row("cold start of tip, no .pyc", "first answer, x bare", 9.5, None, 2),
        Row("cold start of get_catalog", "listening, x bare", 1, None, 1, at_most(1.1)),
        Row("cold start of get_catalog", "first answer, x bare", 1.5, None, 1),
    ]

    assert terminal([Section("Cold", rows, by_function)], {rows[0].key: "imports"}).splitlines()[2:9] == [
        "             listening  first answer  limit  first answer, no .pyc",
        "-----------  ---------  ------------  -----  ---------------------  ----------",
        "goal           <= 1.10       <= 2.40",
        "limit                1                                           2",
        "tip               1.25          2.25      2                   9.50  missed (1)",
        "get_catalog          1          1.50      1                         ok",
        "",
    ]


def test_the_json_is_a_list_of_rows_with_the_same_members() -> None:
    assert json.loads(to_json([MISSED, NO_GOAL], {MISSED.key: "a reason"})) == [
        {
            "operation": "tip",
            "metric": "reads",
            "ours": 3,
            "seed_style": 3,
            "limit": 1,
            "goal": "<= 2",
            "ok": False,
            "reason": "a reason",
        },
        {
            "operation": "tip",
            "metric": "p50",
            "ours": 0.5,
            "seed_style": 1,
            "limit": None,
            "goal": None,
            "ok": None,
            "reason": None,
        },
    ]


def test_two_trees_stand_side_by_side_and_what_the_base_does_not_tell_is_left_out() -> None:
    ours, base = {("tip", "RPCs"): 2.0, ("replay", "RPCs"): 3.0}, {("tip", "RPCs"): 7.0, ("like", "RPCs"): 1.0}

    assert comparison.told(comparison.side_by_side("Costs", [ours, base])).splitlines() == [
        "Costs",
        "",
        "operation  metric  ours  base",
        "---------  ------  ----  ----",
        "tip        RPCs       2     7",
        "replay     RPCs       3",
    ]


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    values = [float(number) for number in range(100, 0, -1)]

    assert [percentile(values, percent) for percent in (0, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([7.0], 50) == 7


def test_a_ratio_is_the_median_over_rounds_of_which_each_is_a_ratio() -> None:
    def took(seconds: float) -> Run:
        return Run([seconds], seconds, Counter())

    pairs = [(took(1), took(2)), (took(1), took(4)), (took(1), took(100))]

    assert median_ratio(pairs, lambda each: each.throughput) == 4


def test_every_call_of_every_client_is_counted_and_its_errors_by_their_names() -> None:
    def fail() -> None:
        raise KeyError("none")

    seen = run([[lambda: None, fail], [fail, lambda: None]])

    assert len(seen.latencies) == 4
    assert seen.errors == {"KeyError": 2}


def test_a_field_is_indexed_both_ways_unless_an_override_says_otherwise() -> None:
    line = {"userId": "ada", "funds": {"bonus": 1, "earned": 2}}

    assert index_entries.entries(line, {}) == 9  # the name; the user, the map and its two members, both ways
    without = {"fieldOverrides": [{"collectionGroup": "transactions", "fieldPath": "funds", "indexes": []}]}
    assert index_entries.entries(line, without) == 3


def test_a_composite_index_holds_a_line_that_has_all_its_fields() -> None:
    def index(*paths: str) -> dict[str, object]:
        return {"collectionGroup": "transactions", "fields": [{"fieldPath": path} for path in paths]}

    indexes = {"indexes": [index("userId", "__name__"), index("userId", "missing")]}

    assert index_entries.entries({"userId": "ada"}, indexes) == 4


def test_the_index_file_gives_a_ledger_line_only_what_queries_use() -> None:
    (row,) = index_entries.measure(ROOT / "firestore.indexes.json")

    assert (row.ours, row.ok) == (7, True)


def test_the_numbers_of_a_document_are_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")

    for _ in range(2):
        report.replace_numbers(document, [Section("Costs", [MISSED])], {MISSED.key: "a reason"}, "today")

    assert document.read_text(encoding="utf-8").splitlines() == [
        "before",
        "<!-- numbers: begin -->",
        "",
        "today",
        "",
        "### Costs",
        "",
        "| operation | metric | ours | seed style | limit | goal |  |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
        "| tip | reads | 3 | 3 | 1 | <= 2 | **missed (1)** |",
        "",
        "### Missed, because",
        "",
        "1. a reason",
        "",
        "<!-- numbers: end -->",
        "after",
    ]


def test_a_document_that_lost_its_marks_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("by hand\n", encoding="utf-8")

    with pytest.raises(ValueError, match="has no"):
        report.replace_numbers(document, [], {}, "today")

    assert document.read_text(encoding="utf-8") == "by hand\n"
