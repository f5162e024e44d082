"""Needs the Firestore emulator, the local Stripe, Cloud Tasks and storage. Counts each row of the runbook's costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from local.costs import prices
from local.costs.meter import metered
from shared.cloud.clients import STORE, store
from tests.support import api, ledger_kit, reload_kit, subscription_kit, triggers
from tests.support.cloud_kit import Cloud, checkout, deliver, document, generate, open_account
from tests.support.generation_kit import ImageModel
from tests.support.people import Person

Counted = tuple[int, int]
"""Billed reads and writes."""


@contextmanager
def counting(into: list[Counted]) -> Iterator[None]:
    with metered() as cost:
        yield
    into.append((cost.reads, cost.writes))


def purchase(cloud: Cloud, counted: list[Counted]) -> None:
    session = checkout(open_account())
    assert cloud.pay(session["url"]) == 303
    event = cloud.event("completed", session["sessionId"])
    with counting(counted):
        assert deliver(event).status == 200


def tip(_cloud: Cloud, counted: list[Counted]) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    with counting(counted):
        assert api.post("tip", {"recipientId": ben.user_id, "amount": 4}, by=ada, key="k1").status == 200


def generation(cloud: Cloud, counted: list[Counted]) -> None:
    ada = open_account()
    with counting(counted):
        generation_id = generate(ada)
        assert cloud.run(generation_id).status == 200
        post = document(f"posts/{generation_id}")  # read by the test: taken off below
        assert triggers.deliver("tidy_post", f"posts/{generation_id}", None, post).status == 200
    reads, writes = counted.pop()
    counted.append((reads - 1, writes))


def like(cloud: Cloud, counted: list[Counted]) -> None:
    post, ada = ledger_kit.post_by(Person()), Person()
    fields = {"userId": ada.user_id, "postId": post, "createdAt": ledger_kit.NEW_YEAR}
    with counting(counted):
        # As the client's own write, which goes past this process, and the rules' look at the post for it.
        store().document(f"likes/{ada.user_id}_{post}").create(fields, **STORE)
        assert store().document(f"posts/{post}").get(**STORE).exists
        assert triggers.deliver("count_likes", f"likes/{ada.user_id}_{post}", None, fields).status == 200
        assert cloud.call("recount_likes", {"postId": post, "windowSeconds": 1}).body == {"changed": True}


def wallet(_cloud: Cloud, counted: list[Counted]) -> None:
    ada = ledger_kit.account(bonus=10)
    with counting(counted):
        assert api.get("get_wallet", by=ada).status == 200


def lines(_cloud: Cloud, counted: list[Counted]) -> None:
    ada = ledger_kit.account()
    ledger_kit.write_lines(ada, 60)
    with counting(counted):
        assert len(api.get("list_transactions", by=ada, limit=20).body["transactions"]) == 20


def feed(_cloud: Cloud, counted: list[Counted]) -> None:
    ada = Person()
    ledger_kit.write_posts(Person(), 60)
    for n in (40, 50, 59):
        ledger_kit.like(ada, f"post{n:03}")
    with counting(counted):
        assert sum(post["liked"] for post in api.get("get_feed", by=ada, limit=50).body["posts"]) == 3


def feed_of_a_stranger(_cloud: Cloud, counted: list[Counted]) -> None:
    ledger_kit.write_posts(Person(), 60)
    with counting(counted):
        assert len(api.get("get_feed", limit=50).body["posts"]) == 50


def audited(cloud: Cloud, counted: list[Counted]) -> None:
    """What one wallet more costs, whatever an audit costs by itself."""
    ledger_kit.account(bonus=10)
    totals: list[Counted] = []
    with counting(totals):
        assert cloud.call("audit_balances", {"full": True}).body["wallets"] == 1
    ledger_kit.account(bonus=10)
    with counting(totals):
        assert cloud.call("audit_balances", {"full": True}).body["wallets"] == 2
    (reads, writes), (more_reads, more_writes) = totals
    counted.append((more_reads - reads, more_writes - writes))


def renewal(cloud: Cloud, counted: list[Counted]) -> None:
    """Every event that Stripe sends of a month that was paid."""
    shop = subscription_kit.shop(cloud)
    ada = subscription_kit.subscribed(shop)
    before = {event["id"] for event in shop.events()}
    ada.renew()
    events = [event for event in shop.events() if event["id"] not in before]
    assert len(events) == PRICED["renewal of a plan, by the webhook"].requests
    with counting(counted):
        subscription_kit.hear(events)
    assert ada.grants == [300, 300]


def auto_reload(cloud: Cloud, counted: list[Counted]) -> None:
    ada = reload_kit.reloading(cloud)
    with counting(counted):
        assert ada.outcome() == "paid"
        assert len(reload_kit.deliver_events(cloud, "payment_intent.succeeded")) == 1


def expired(cloud: Cloud, counted: list[Counted]) -> None:
    """What one wallet more costs, whatever a call costs by itself."""
    totals: list[Counted] = []
    for wallets in (1, 2):
        for _ in range(wallets):
            lots = {"lots": {"purchased": {"until_20260101": 10}}, "nextExpiry": 20260101}
            ledger_kit.change(ledger_kit.account(purchased=10), **lots)
        with counting(totals):
            assert cloud.call("expire_tokens").body["wallets"] == wallets
    (reads, writes), (more_reads, more_writes) = totals
    counted.append((more_reads - reads, more_writes - writes))


PRICED = {operation.name: operation for operation in prices.OPERATIONS}

OPERATIONS: dict[str, Callable[[Cloud, list[Counted]], None]] = {
    "purchase, by the webhook": purchase,
    "renewal of a plan, by the webhook": renewal,
    "auto-reload": auto_reload,
    "tip": tip,
    "generation of one picture": generation,
    "like, alone in its second": like,
    "wallet": wallet,
    "page of 20 ledger lines": lines,
    "feed of 50, signed in": feed,
    "feed of 50, signed out": feed_of_a_stranger,
    "wallet audited, with up to 1 000 lines": audited,
    "wallet whose tokens of a day are over": expired,
}


@pytest.mark.parametrize("operation", prices.OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_reads_and_writes_what_its_cost_is_computed_from(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, operation: prices.Operation
) -> None:
    ImageModel(monkeypatch)
    counted: list[Counted] = []

    OPERATIONS[operation.name](cloud, counted)

    assert counted == [(operation.reads, operation.writes)]
