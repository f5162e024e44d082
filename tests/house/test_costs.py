"""Needs the Firestore emulator. Exact counts of round trips and of billed reads and writes; never a time."""

from collections.abc import Callable, Sequence

import pytest

from local.costs.meter import Cost, metered
from shared.cloud.clients import STORE, store
from shared.errors import InsufficientTokens
from shared.ledger.generation import Spend
from shared.ledger.purchase import Purchase
from shared.money import crediting, payments
from tests.support import api, ledger_kit
from tests.support.people import Person


def counted(cost: Cost) -> tuple[int, int, int]:
    """Round trips, billed reads, billed writes."""
    assert cost.deletes == 0
    return cost.rpcs, cost.reads, cost.writes


def spend(person: Person, cost: int, generation: str = "g1") -> payments.Receipt:
    job = store().collection("generations").document(generation)
    payment = Spend(generation, person.user_id, "image", 1, cost, "phoenix@1", "f")
    return payments.pay(payment, lambda batch, _: batch.create(job, {"status": "queued"}))


def test_a_tip_is_two_round_trips_two_reads_and_four_writes(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    with metered() as cost:
        assert api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1").status == 200

    assert counted(cost) == (2, 2, 4)


def test_a_tip_for_a_post_reads_the_post_too(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    body = {"recipientId": ben.user_id, "amount": 4, "postId": ledger_kit.post_by(ben)}

    with metered() as cost:
        assert api.post("tip", body, by=ada, key="k1").status == 200

    assert counted(cost) == (2, 3, 4)


def test_a_spend_with_its_document_is_two_round_trips_one_read_and_three_writes(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    with metered() as cost:
        spend(ada, 5)

    assert counted(cost) == (2, 1, 3)


def test_a_spend_that_is_refused_for_lack_of_tokens_is_one_read(project: str) -> None:
    ada = ledger_kit.account(bonus=10)
    spend(ada, 5, "other")

    with metered() as cost, pytest.raises(InsufficientTokens):
        spend(ada, 6)

    assert counted(cost) == (1, 1, 0)


def test_a_tip_that_is_refused_for_lack_of_tokens_reads_both_wallets_and_nothing_else(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    with metered() as cost:
        assert api.post("tip", {"recipientId": ben.user_id, "amount": 11}, by=ada, key="k1").status == 402

    assert counted(cost) == (1, 2, 0)


def test_a_request_that_is_refused_by_its_shape_costs_nothing(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    with metered() as cost:
        assert api.post("tip", {"recipientId": "ben", "amount": 0}, by=ada, key="k1").status == 422
        assert api.post("tip", {"recipientId": "ben", "amount": 4}, by=ada).status == 400
        assert api.post("tip", {"recipientId": "ben", "amount": 4}, key="k1").status == 401

    assert counted(cost) == (0, 0, 0)


def test_a_credit_is_one_round_trip_without_a_read(project: str) -> None:
    ada = ledger_kit.account()
    order = store().collection("orders").document("cs_1")
    order.set({"status": "open"}, **STORE)
    entry = Purchase("cs_1", None, ada.user_id, "starter", 50, 499, "usd", "phoenix@1").entry()

    with metered() as cost:
        crediting.credit(entry, lambda batch: batch.update(order, {"status": "paid"}))

    assert counted(cost) == (1, 0, 3)


def test_a_credit_that_was_made_before_writes_nothing(project: str) -> None:
    ada = ledger_kit.account()
    entry = Purchase("cs_1", None, ada.user_id, "starter", 50, 499, "usd", "phoenix@1").entry()
    crediting.credit(entry)

    with metered() as cost, pytest.raises(crediting.AlreadyRecorded):
        crediting.credit(entry)

    assert counted(cost) == (1, 0, 0)


@pytest.mark.parametrize("depth", [0, 1, 4], ids=["first", "second", "fifth"])
def test_a_page_of_twenty_lines_costs_twenty_reads_however_deep_it_lies(project: str, depth: int) -> None:
    ada = Person()
    ledger_kit.write_lines(ada, 120)
    query: dict[str, object] = {"limit": 20}
    for _ in range(depth):
        query["cursor"] = api.get("list_transactions", ada, None, **query).body["nextCursor"]

    with metered() as cost:
        answer = api.get("list_transactions", ada, None, **query)

    assert len(answer.body["transactions"]) == 20
    assert counted(cost) == (1, 20, 0)


@pytest.mark.parametrize(
    ("limit", "liked", "expected"),
    [
        (20, [59, 58, 40], (2, 20 + 3, 0)),
        (20, [], (2, 20 + 1, 0)),  # a query that finds nothing is billed as one read
        (50, [59, 58, 40], (3, 50 + 3 + 1, 0)),
        (50, [59, 30, 29, 10], (3, 50 + 4, 0)),
        (50, range(60), (3, 50 + 50, 0)),
    ],
)
def test_like_status_costs_what_the_caller_likes(
    project: str, limit: int, liked: Sequence[int], expected: tuple[int, int, int]
) -> None:
    ada, ben = Person(), Person()
    ledger_kit.write_posts(ben, 60)
    for n in liked:
        ledger_kit.like(ada, f"post{n:03}")
        ledger_kit.like(ben, f"post{n:03}")

    with metered() as cost:
        answer = api.get("get_feed", by=ada, limit=limit)

    assert [post["id"] for post in answer.body["posts"]] == [f"post{n:03}" for n in range(59, 59 - limit, -1)]
    assert [post["id"] for post in answer.body["posts"] if post["liked"]] == [
        f"post{n:03}" for n in range(59, 59 - limit, -1) if n in liked
    ]
    assert counted(cost) == expected


def test_a_feed_for_somebody_signed_out_is_one_round_trip(project: str) -> None:
    ledger_kit.write_posts(Person(), 60)

    with metered() as cost:
        api.get("get_feed", limit=50)

    assert counted(cost) == (1, 50, 0)


def test_an_export_reads_every_line_once_and_sums_what_lies_before_its_window(project: str) -> None:
    ada = ledger_kit.account()
    ledger_kit.write_lines(ada, 1100)

    with metered() as whole:
        api.get("export_transactions", by=ada)
    with metered() as window:
        api.get("export_transactions", by=ada, from_="2026-01-01T00:18:10Z")

    # The wallet, and pages of 500, 500 and 100 lines.
    assert counted(whole) == (4, 1101, 0)
    # The wallet, a sum over 1 090 lines, and one page of 10.
    assert counted(window) == (3, 13, 0)


def test_a_wallet_is_one_read(project: str) -> None:
    ada = ledger_kit.account(bonus=10)

    with metered() as cost:
        api.get("get_wallet", by=ada)

    assert counted(cost) == (1, 1, 0)


def test_an_account_that_is_open_is_one_round_trip(project: str) -> None:
    ada = Person()
    with metered() as first:
        api.post("open_account", by=ada)
    with metered() as again:
        api.post("open_account", by=ada)

    # Wallet, bonus and the mailbox's claim are looked for and written with the profile, then read as they were written.
    assert counted(first) == (3, 6, 4)
    assert counted(again) == (1, 3, 0)


MONEY: dict[str, Callable[[Person, Person], object]] = {
    "tip": lambda ada, ben: api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1"),
    "refused tip": lambda ada, ben: api.post("tip", {"recipientId": ben.user_id, "amount": 99}, by=ada, key="k1"),
    "spend": lambda ada, _: spend(ada, 5),
    "account": lambda _, __: api.post("open_account", by=Person()),
    "credit": lambda ada, _: crediting.credit(
        Purchase("cs_1", None, ada.user_id, "starter", 50, 499, "usd", "phoenix@1").entry()
    ),
}


@pytest.mark.parametrize("path", MONEY)
def test_no_path_of_money_begins_a_transaction(project: str, path: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()

    with metered() as cost:
        MONEY[path](ada, ben)

    assert set(cost.calls) <= {"BatchGetDocuments", "Commit"}
