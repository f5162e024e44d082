"""Needs the Firestore emulator. Sums that take too long are cut into parts; the slowness is injected at the wire."""

import datetime
import math
import time
from typing import Any

import pytest
from google.api_core.exceptions import DeadlineExceeded

from shared.cloud import documents, sums
from shared.cloud.clients import STORE_TIMEOUT_SECONDS
from shared.cloud.queries import NotWhole, Query, aggregate
from tests.support import ledger_kit
from tests.support.people import Person
from tests.support.wire import Hook, wired

ADA = Person("ada")
FIELDS = ("amount", "funds.earned")


def moment() -> datetime.datetime:
    return documents.get(documents.reference("audits", "running")).read_time


def lines() -> Query:
    return Query("transactions").where("userId", "==", "ada")


def soon() -> float:
    return time.monotonic() + 60


def slower_than(seconds: float) -> Hook:
    """A sum over a longer span of time than that takes too long."""
    slow: Exception = DeadlineExceeded("too slow")  # type: ignore[no-untyped-call]  # as the library has it

    def hook(method: str, request: Any) -> None:
        if method != "RunAggregationQuery":
            return
        filters = request.structured_aggregation_query.structured_query.where.composite_filter.filters
        times = [
            each.field_filter.value.timestamp_value
            for each in filters
            if each.field_filter.field.field_path == "timestamp"
        ]
        if len(times) != 2 or (times[1] - times[0]).total_seconds() > seconds:
            raise slow

    return hook


@pytest.mark.threat(115)
@pytest.mark.parametrize(
    ("seconds", "calls"),
    [(math.inf, 1 + 16), (100, 1 + 16), (5, 1 + 16 + 16 * 16)],
    ids=["where one part is not slow", "one cut", "two cuts"],
)
def test_what_is_too_slow_is_cut_by_time_and_summed(project: str, seconds: float, calls: int) -> None:
    ledger_kit.write_lines(ADA, 1000, amount=lambda n: n)

    with wired(before=slower_than(seconds)) as wire:
        total = sums.by_time(lines(), FIELDS, moment(), soon())

    assert total == {"count": 1000, "amount": 499_500, "funds.earned": 499_500}
    assert wire.count("RunAggregationQuery") == calls


@pytest.mark.threat(115)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_lines_are_cut_as_well(project: str, count: int) -> None:
    ledger_kit.write_lines(ADA, count)

    with wired(before=slower_than(math.inf)):
        if count:
            assert sums.by_time(lines(), FIELDS, moment(), soon())["count"] == count
        else:
            with pytest.raises(DeadlineExceeded):
                sums.by_time(lines(), FIELDS, moment(), soon())


@pytest.mark.threat(115)
def test_how_often_is_asked_is_bounded(project: str) -> None:
    ledger_kit.write_lines(ADA, 20)

    with wired(before=slower_than(0)) as wire, pytest.raises(DeadlineExceeded):
        sums.by_time(lines(), FIELDS, moment(), soon())

    assert wire.count("RunAggregationQuery") == 1 + 1 + 1  # all, the first part, the first part of that


@pytest.mark.threat(115)
def test_nothing_is_asked_any_more_when_the_time_is_up(project: str) -> None:
    ledger_kit.write_lines(ADA, 20)

    with wired() as wire, pytest.raises(DeadlineExceeded):
        sums.by_time(lines(), FIELDS, moment(), time.monotonic() - 1)

    assert wire.count("RunAggregationQuery") == 0


@pytest.mark.threat(115)
def test_a_sum_has_more_time_than_other_calls(project: str) -> None:
    ledger_kit.write_lines(ADA, 20)

    with wired() as wire:
        sums.by_time(lines(), FIELDS, moment(), soon())

    [seconds] = [given for method, given in wire.calls if method == "RunAggregationQuery"]
    assert seconds is not None
    assert seconds > STORE_TIMEOUT_SECONDS


@pytest.mark.threat(115)
@pytest.mark.parametrize("field", [None, "amount"])
def test_the_whole_ledger_is_cut_by_whose_lines_they_are(project: str, field: str | None) -> None:
    for n, name in enumerate(("0a", "4", "Zoe", "ada", "q", "zoe", "ürsel", "名前")):
        ledger_kit.write_lines(Person(name), n + 1, name=f"l{n}-")
    slow: Exception = DeadlineExceeded("too slow")  # type: ignore[no-untyped-call]  # as the library has it

    def whole(method: str, request: Any) -> None:
        if method == "RunAggregationQuery" and '"userId"' not in str(request).partition("order_by")[0]:
            raise slow

    query = Query("transactions")
    with wired(before=whole) as wire:
        total = sums.by_user(query, ("userId", "timestamp"), field, moment(), soon())

    assert total == {"count": 36} | ({"amount": 36} if field else {})
    assert wire.count("RunAggregationQuery") == 1 + 15


@pytest.mark.threat(92)
@pytest.mark.parametrize("amounts", [(0.5,), (0.5, 0.5), (math.nan,), (math.inf,)], ids=str)
def test_what_is_no_whole_number_is_never_cut(project: str, amounts: tuple[float, ...]) -> None:
    ledger_kit.write_lines(ADA, len(amounts), amount=lambda n: amounts[n])  # type: ignore[arg-type, return-value]  # the point

    with pytest.raises(NotWhole):
        aggregate(lines().sum("amount", "amount"))
