"""Needs the Firestore emulator."""

import datetime
import random
from collections import defaultdict
from typing import Any

import pytest

from local.costs.meter import metered
from shared.cloud.clients import STORE, store
from shared.ledger.entries import ENTRY_TYPES, types_in
from tests.support import api, ledger_kit
from tests.support.ledger_kit import NEW_YEAR, SECOND, write_lines
from tests.support.people import Person

ADA = Person("ada")


@pytest.fixture(autouse=True)
def account(project: str) -> None:
    ledger_kit.account(person=ADA)


def stats(person: Person = ADA, **query: Any) -> Any:
    answer = api.get("get_stats", by=person, **query)
    assert answer.status == 200, answer
    return answer.body


def test_what_was_earned_spent_and_bought_counts_as_the_lifetime_totals_do(project: str) -> None:
    write_lines(ADA, 2, name="buy", type="purchase", amount=lambda _: 110)
    write_lines(ADA, 3, name="spend", type="generation_spend", amount=lambda _: -5)
    write_lines(ADA, 1, name="refund", type="refund", amount=lambda _: 5)
    write_lines(ADA, 1, name="sent", type="tip_sent", amount=lambda _: -7)
    write_lines(ADA, 1, name="received", type="tip_received", amount=lambda _: 4)
    write_lines(ADA, 1, name="back", type="clawback", amount=lambda _: -36)

    assert stats() == {
        "from": None,
        "to": None,
        "types": [
            {"type": "purchase", "count": 2, "amount": 220},
            {"type": "generation_spend", "count": 3, "amount": -15},
            {"type": "refund", "count": 1, "amount": 5},
            {"type": "tip_sent", "count": 1, "amount": -7},
            {"type": "tip_received", "count": 1, "amount": 4},
            {"type": "clawback", "count": 1, "amount": -36},
        ],
        "earned": 4,
        "spent": 10,
        "bought": 220,
    }


def test_who_has_no_line_has_no_types(project: str) -> None:
    assert stats() == {"from": None, "to": None, "types": [], "earned": 0, "spent": 0, "bought": 0}


def test_the_window_is_answered_as_moments_in_utc(project: str) -> None:
    body = stats(from_="2026-01-01", to="2026-01-01T02:00:00+01:00")

    assert [datetime.datetime.fromisoformat(body[name]) for name in ("from", "to")] == [
        NEW_YEAR,
        NEW_YEAR + datetime.timedelta(hours=1),
    ]


def test_a_window_of_long_ago_is_answered_with_four_digits_of_its_year(project: str) -> None:
    body = stats(from_="0011-04-05", to="0681-04-06T20:08:48.5Z")

    assert (body["from"], body["to"]) == ("0011-04-05T00:00:00.000000Z", "0681-04-06T20:08:48.500000Z")


def test_lines_of_zero_tokens_are_counted(project: str) -> None:
    write_lines(ADA, 2, type="clawback", amount=lambda _: 0)

    assert stats()["types"] == [{"type": "clawback", "count": 2, "amount": 0}]


def test_statistics_are_those_of_a_walk_over_all_lines_in_windows_on_every_border(project: str) -> None:
    dice = random.Random("statistics")  # noqa: S311 - repeatable, not a secret
    other = ledger_kit.account()
    write_lines(other, 5, name="other")
    for entry_type in ENTRY_TYPES:  # ten of a type within some seconds, of random amounts
        for second in (0, dice.randrange(5)):
            amounts = [dice.randrange(-(10**12), 10**12) for _ in range(5)]
            name = f"{entry_type}{second}_{dice.random()}"
            write_lines(ADA, 5, name, entry_type, amounts.__getitem__, NEW_YEAR + second * SECOND, 2 * SECOND)
    moments = [None, *(NEW_YEAR + n * SECOND for n in (0, 3, 4, 8, 13)), NEW_YEAR + SECOND / 10**6]
    lines = ledger_kit.lines(ADA).values()

    for start, end in [(dice.choice(moments), dice.choice(moments)) for _ in range(8)]:
        walked: dict[str, list[int]] = defaultdict(list)
        for line in lines:
            if (start is None or line["timestamp"] >= start) and (end is None or line["timestamp"] < end):
                walked[line["type"]].append(line["amount"])
        window = {"from_": start, "to": end}
        given: dict[str, Any] = {name: at.isoformat() for name, at in window.items() if at is not None}
        body = stats(ADA, **given)

        assert {each["type"]: (each["count"], each["amount"]) for each in body["types"]} == {
            kind: (len(amounts), sum(amounts)) for kind, amounts in walked.items()
        }
        assert body["earned"] == sum(walked["tip_received"])
        assert body["spent"] == -sum(walked["generation_spend"]) - sum(walked["refund"])
        assert body["bought"] == sum(sum(walked[kind]) for kind in types_in("totalTokensPurchased"))


def test_they_cost_one_read_of_the_account_and_one_aggregation_a_type(project: str) -> None:
    write_lines(ADA, 3)

    with metered() as cost:
        stats()

    assert dict(cost.calls) == {"BatchGetDocuments": 1, "RunAggregationQuery": 14}
    assert (cost.reads, cost.writes) == (15, 0)


@pytest.mark.parametrize("amount", [1.0, 0.5], ids=["a float", "half a token"])
def test_what_is_no_whole_number_is_not_summed(project: str, amount: float) -> None:
    write_lines(ADA, 2, type="purchase")
    store().collection("transactions").document("line0001").update({"amount": amount}, **STORE)

    assert api.get("get_stats", by=ADA).problem == (503, "wallet-inconsistent")


@pytest.mark.threat(30)
def test_who_is_frozen_and_owes_sees_them_too(project: str) -> None:
    write_lines(ADA, 1, type="purchase")
    ledger_kit.change(ADA, frozen={"audit": NEW_YEAR}, debt=5)

    assert stats()["bought"] == 1


@pytest.mark.parametrize(
    ("person", "query", "problem"),
    [
        (None, {}, (401, "unauthenticated")),
        (Person(provider="anonymous"), {}, (403, "anonymous-not-allowed")),
        (Person("a/b"), {}, (403, "forbidden")),
        (Person("stranger"), {}, (404, "no-such-account")),
        (ADA, {"from_": "yesterday"}, (422, "invalid-request")),
        (ADA, {"to": "2026-02-30"}, (422, "invalid-request")),
        (ADA, {"from_": ""}, (422, "invalid-request")),
        (ADA, {"type": "purchase"}, (422, "invalid-request")),
        (ADA, {"userId": "ada"}, (422, "invalid-request")),
    ],
)
def test_refusals(project: str, person: Person | None, query: dict[str, Any], problem: tuple[int, str]) -> None:
    with ledger_kit.nothing_moves():
        assert api.get("get_stats", by=person, **query).problem == problem
