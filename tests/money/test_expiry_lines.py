"""Needs nothing: what explains a line by which tokens ended, or end later than they were to."""

import datetime
from typing import Any

import pytest

from shared.money.audit import explanations
from shared.money.audit.explanations import Unexplained

NEW_YEAR = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
COMMON: dict[str, Any] = {
    "userId": "ada",
    "type": "expiry",
    "timestamp": NEW_YEAR,
    "economy": "phoenix@1",
    "fingerprint": "",
}
FUND_AND_DAY = {"fund": "bonus", "day": 20251222}

BOOKED: tuple[str, dict[str, Any]] = (
    "expiry_ada_bonus_20251222",
    COMMON
    | {
        "amount": -7,
        "funds": {"bonus": -7, "purchased": 0, "earned": 0},
        "lots": {"bonus": {"until_20251222": -7}},
        "details": FUND_AND_DAY,
    },
)
POSTPONED: tuple[str, dict[str, Any]] = (
    "expiry_ada_bonus_20251222_postponed",
    COMMON
    | {
        "amount": 0,
        "funds": {"bonus": 0, "purchased": 0, "earned": 0},
        "lots": {"bonus": {"until_20251222": -7, "until_20260108": 7}},
        "details": FUND_AND_DAY,
    },
)


def explained(line_id: str, fields: dict[str, Any]) -> None:
    assert explanations.counterparts(explanations.parsed(line_id, fields)) == ()


@pytest.mark.parametrize("line", [BOOKED, POSTPONED], ids=["booked", "postponed"])
def test_an_expiry_of_one_lot_explains_itself(line: tuple[str, dict[str, Any]]) -> None:
    explained(*line)


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        (BOOKED, {"details": {"fund": "bonus", "day": 20251223}}),
        (BOOKED, {"details": {"fund": "purchased", "day": 20251222}}),
        (BOOKED, {"details": {"fund": "earned", "day": 20251222}}),
        (BOOKED, {"details": {"fund": "bonus", "day": "20251222"}}),
        (BOOKED, {"details": {"fund": "bonus"}}),
        (BOOKED, {"userId": "ben"}),
        (BOOKED, {"lots": {}}),
        (BOOKED, {"lots": {"bonus": {"until_20251222": -6}}}),
        (BOOKED, {"lots": {"bonus": {"until_20251223": -7}}}),
        (BOOKED, {"lots": {"bonus": {"until_20251222": -6, "until_20251223": -1}}}),
        (BOOKED, {"lots": {"bonus": {"until_20251222": -7}, "purchased": {"until_20251222": -7}}}),
        (BOOKED, {"amount": 7, "funds": {"bonus": 7, "purchased": 0, "earned": 0}}),
        (BOOKED, {"amount": 0, "funds": {"bonus": 0, "purchased": 0, "earned": 0}}),
        (POSTPONED, {"lots": {"bonus": {"until_20251222": -7, "until_20260108": 8}}}),
        (POSTPONED, {"lots": {"bonus": {"until_20251222": 7, "until_20260108": -7}}}),
        (POSTPONED, {"lots": {"bonus": {"until_20251222": -7}, "purchased": {"until_20260108": 7}}}),
        (POSTPONED, {"lots": POSTPONED[1]["lots"] | {"purchased": {"until_20251222": -7, "until_20260108": 7}}}),
        (POSTPONED, {"amount": -7, "funds": {"bonus": -7, "purchased": 0, "earned": 0}}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value)[:60],
)
def test_any_other_expiry_is_unexplained(line: tuple[str, dict[str, Any]], changes: dict[str, Any]) -> None:
    with pytest.raises(Unexplained):
        explained(line[0], line[1] | changes)
