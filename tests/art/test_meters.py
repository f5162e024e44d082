"""Needs the Firestore emulator."""

import datetime
import threading
from typing import Any

import pytest

from local.costs.meter import metered
from shared import clock
from shared.art import meters
from shared.errors import BudgetUsedUp
from tests.support.cloud_kit import documents
from tests.support.concurrently import concurrently
from tests.support.economy_kit import limit
from tests.support.generation_kit import alerts

FREE, PAID = True, False

STARTED = 1_000.0
"""On the monotonic clock. Ten seconds after a moment with a fraction can be a little less than ten."""


def today() -> int:
    return clock.today()


def asked(is_free: bool) -> bool:
    """Whether the model may be called."""
    try:
        meters.count(is_free)
    except BudgetUsedUp:
        return False
    return True


def counts(kind: str) -> int:
    """What the meter's shards counted today, those refused included."""
    found = documents("meters").items()
    return sum(meter["count"] for name, meter in found if name.startswith(f"{today()}_{kind}_"))


@pytest.mark.parametrize("budget", [8, 15, 16, 17, 100, 10_000])
def test_the_shares_of_the_shards_add_up_to_the_budget_and_differ_by_one_at_most(budget: int) -> None:
    shares = [meters.share(budget, shard) for shard in range(meters.SHARDS)]

    assert sum(shares) == budget
    assert max(shares) - min(shares) <= 1


def test_a_picture_that_is_paid_counts_in_everybodys_meter_and_a_free_one_in_both(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, provider_images_per_day=100, free_images_per_day=50)

    assert asked(PAID)
    assert (counts("all"), counts("free")) == (1, 0)
    assert asked(FREE)
    assert (counts("all"), counts("free")) == (2, 1)


def test_a_meter_is_kept_for_thirty_days(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, provider_images_per_day=100)

    meters.count(PAID)

    ((name, meter),) = documents("meters").items()
    assert name.rpartition("_")[0] == f"{today()}_all"
    assert datetime.timedelta(days=29) < meter["expiresAt"] - clock.now() <= datetime.timedelta(days=30)


def test_without_budgets_nothing_is_counted(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch)

    meters.count(FREE)

    assert documents("meters") == {}


@pytest.mark.threat(67, 68)
def test_of_a_thousand_farmed_accounts_twenty_five_workers_make_exactly_as_many_pictures_as_the_budget_says(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, free_images_per_day=60, provider_images_per_day=100)
    own = threading.local()  # what an instance learns, it learns alone

    def learnt_alone() -> dict[Any, Any]:
        if not hasattr(own, "learnt"):
            own.learnt = {}
        found: dict[Any, Any] = own.learnt
        return found

    monkeypatch.setattr(meters, "_all_learnt", learnt_alone)

    allowed = concurrently(25, lambda _: sum(asked(FREE) for _ in range(40)))

    assert sum(allowed) == 60
    assert sum(asked(PAID) for _ in range(45)) == 40


@pytest.mark.threat(68)
def test_who_pays_goes_on_when_the_free_budget_is_used_up_and_what_it_refuses_uses_up_nothing_else(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, provider_images_per_day=20, free_images_per_day=8)

    assert [asked(FREE) for _ in range(12)] == [True] * 8 + [False] * 4
    assert counts("all") == 8
    assert [asked(PAID) for _ in range(13)] == [True] * 12 + [False]


def test_one_instance_tells_a_person_once_a_day_that_a_budget_is_used_up(
    project: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limit(monkeypatch, provider_images_per_day=8)
    assert [asked(PAID) for _ in range(10)] == [True] * 8 + [False] * 2
    assert alerts(capsys) == ["budget-used-up"]

    meters._all_learnt.cache_clear()  # another instance
    assert not asked(PAID)

    assert alerts(capsys) == []


def test_an_instance_that_knows_a_budget_to_be_used_up_asks_nothing(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, provider_images_per_day=8)
    assert [asked(PAID) for _ in range(9)] == [True] * 8 + [False]
    before = documents("meters")

    assert not asked(PAID)

    assert documents("meters") == before


def test_the_next_day_has_its_budget_again(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, provider_images_per_day=8)
    assert [asked(PAID) for _ in range(9)] == [True] * 8 + [False]
    tomorrow = clock.now() + datetime.timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)

    assert asked(PAID)


def test_the_refusal_says_when_the_day_ends(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, provider_images_per_day=8)
    noon = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    for _ in range(8):
        meters.count(PAID)

    with pytest.raises(BudgetUsedUp) as refusal:
        meters.count(PAID)

    assert refusal.value.extensions == {"resetsAt": datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)}
    assert refusal.value.retry_after_seconds == 12 * 3600 + 1


# -- what is known without asking ------------------------------------------------------------------------------------


def is_known(is_free: bool, has_reason: bool = False) -> bool:
    try:
        meters.require_not_used_up(is_free, has_reason)
    except BudgetUsedUp:
        return True
    return False


def test_what_was_learnt_is_believed_for_ten_seconds(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, provider_images_per_day=100, free_images_per_day=8)
    monkeypatch.setattr(clock, "monotonic", lambda: STARTED)
    assert not is_known(FREE)
    assert [asked(FREE) for _ in range(9)] == [True] * 8 + [False]

    assert (is_known(FREE), is_known(PAID)) == (True, False)
    monkeypatch.setattr(clock, "monotonic", lambda: STARTED + 10)
    assert not is_known(FREE)


def test_who_has_a_reason_looks_once_in_ten_seconds_and_counts_nothing(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, provider_images_per_day=8)
    monkeypatch.setattr(clock, "monotonic", lambda: STARTED)
    for _ in range(7):
        meters.count(PAID)
    meters._all_learnt.cache_clear()  # another instance
    assert not is_known(PAID, has_reason=True)
    meters.count(PAID)

    assert not is_known(PAID, has_reason=True)
    monkeypatch.setattr(clock, "monotonic", lambda: STARTED + 10)
    with metered() as cost:
        assert is_known(PAID, has_reason=True)

    assert (cost.rpcs, cost.reads, cost.writes) == (1, 16, 0)
    assert counts("all") == 8
