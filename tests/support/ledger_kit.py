"""The ledger of a project for tests: accounts to begin with, lines, and the invariants that always hold."""

import contextlib
import datetime
import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from shared.cloud.clients import STORE, store
from shared.cloud.commits import DELETED_FIELD
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.grant import signup_bonus
from shared.ledger.purchase import Purchase
from shared.money import crediting, ledger_lines, wallets
from tests.support.people import Person

Fields = dict[str, Any]

CREDITS = ("purchase", "subscription_grant", "auto_reload", "signup_bonus", "tip_received", "admin_credit")
"""What is credited for the first time; a refund and a reinstatement bring back what was."""

ALL_SECONDS = 60
"""For a read of a whole collection, which nothing in the product does at once."""

GONE = DELETED_FIELD
NEW_YEAR = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


def account(bonus: int = 0, purchased: int = 0, earned: int = 0, person: Person | None = None) -> Person:
    """Returns a person, a new one unless given, with an account of these funds."""
    person = person or Person()
    welcome = signup_bonus(person.user_id, bonus, "phoenix@1") if bonus else None
    crediting.open_wallet(person.user_id, welcome)
    if purchased:
        session = f"cs_{uuid.uuid4().hex}"
        crediting.credit(
            Purchase(session, None, person.user_id, "starter", purchased, 499, "usd", "phoenix@1").entry(),
            paid_order(person.user_id, session, purchased),
        )
    if earned:
        grant = f"grant_{uuid.uuid4().hex}"
        crediting.credit(
            Entry(grant, person.user_id, "signup_bonus", Funds(earned=earned), {}, "phoenix@1", fingerprint="")
        )
    return person


def paid_order(user_id: str, session_id: str, tokens: int) -> ledger_lines.ExtraWrite:
    """The order that a purchase is of, as far as the audit looks at it."""
    order = store().collection("orders").document(session_id)
    fields = {
        "userId": user_id,
        "tokens": tokens,
        "status": "paid",
        "package": "starter",
        "amount": 499,
        "currency": "usd",
        "economy": "phoenix@1",
    }
    return lambda batch: batch.put(order, fields)


def funds(person: Person) -> Funds:
    """What the person's wallet holds."""
    wallet = wallets.get(person.user_id)
    assert wallet is not None, f"{person.user_id} has no wallet"
    return wallet.funds


def balance(person: Person) -> int:
    """Returns the balance of the person's wallet."""
    return funds(person).total


def lines(person: Person | None = None) -> dict[str, Fields]:
    """Returns the ledger lines of one person or of all, by id."""
    found = {
        document.id: document.to_dict() or {}
        for document in store().collection("transactions").stream(timeout=ALL_SECONDS)
    }
    return {line_id: line for line_id, line in found.items() if person is None or line["userId"] == person.user_id}


def change(person: Person, **fields: object) -> None:
    """Changes fields of the wallet in a way that the product never does."""
    store().collection("users").document(person.user_id).update(fields, **STORE)


def fields(person: Person) -> Fields:
    """The wallet as it is stored."""
    return store().collection("users").document(person.user_id).get(**STORE).to_dict() or {}


def put_back(person: Person, wallet: Fields) -> None:
    """Stores the wallet as it was."""
    store().collection("users").document(person.user_id).set(wallet, **STORE)


def write_lines(
    person: Person,
    count: int,
    name: str = "line",
    type: str = "admin_credit",  # noqa: A002 - as the field is called
    amount: Callable[[int], int] = lambda _: 1,
    start: datetime.datetime = NEW_YEAR,
    apart: datetime.timedelta = SECOND,
    details: Fields | None = None,
) -> None:
    """Writes lines ``<name>0000`` and so on into the ledger, and moves no token."""
    for numbers in _batches(count):
        batch = store().batch()
        for n in numbers:
            batch.create(
                store().collection("transactions").document(f"{name}{n:04}"),
                {
                    "userId": person.user_id,
                    "type": type,
                    "amount": amount(n),
                    "funds": {"bonus": 0, "purchased": 0, "earned": amount(n)},
                    "timestamp": start + n * apart,
                    "details": details or {},
                    "economy": "phoenix@1",
                    "fingerprint": "",
                },
            )
        batch.commit(**STORE)


def write_posts(person: Person, count: int, name: str = "post", start: datetime.datetime = NEW_YEAR) -> None:
    """Writes posts ``<name>000`` and so on, a second apart."""
    for numbers in _batches(count):
        batch = store().batch()
        for n in numbers:
            batch.create(store().collection("posts").document(f"{name}{n:03}"), post_fields(person, start + n * SECOND))
        batch.commit(**STORE)


def post_fields(person: Person, created_at: datetime.datetime = NEW_YEAR) -> Fields:
    """A post with one picture."""
    url = "https://media.example/p/0"
    picture = {"url": f"{url}.png", "thumbUrl": f"{url}-480.webp", "width": 768, "height": 768, "color": "#336699"}
    return {
        "userId": person.user_id,
        "author": {"displayName": "Ada", "photoUrl": None},
        "type": "image",
        "media": [picture],
        "mediaUrl": f"{url}.png",
        "caption": "A lighthouse",
        "likeCount": 0,
        "createdAt": created_at,
    }


def like(person: Person, post_id: str) -> None:
    """Writes a like as the person's client would."""
    fields = {"userId": person.user_id, "postId": post_id, "createdAt": NEW_YEAR}
    store().collection("likes").document(f"{person.user_id}_{post_id}").set(fields, **STORE)


def post_by(person: Person, post_id: str | None = None) -> str:
    """The id of a new post."""
    post_id = post_id or uuid.uuid4().hex
    store().collection("posts").document(post_id).set(post_fields(person), **STORE)
    return post_id


@contextlib.contextmanager
def nothing_moves() -> Iterator[None]:
    """Fails unless every wallet and every ledger line is the same after the block as before it."""
    before = _documents("users"), lines()
    yield
    assert (_documents("users"), lines()) == before


def assert_books_balance(project: str) -> None:
    """Fails unless every wallet of the project is the sum of its lines and of its funds, none of which is below zero.

    The lifetime totals have to follow from the lines too, and the two lines of every tip to sum to zero.
    """
    assert store().project == project
    users, ledger_lines = _documents("users"), lines()
    assert {line["userId"] for line in ledger_lines.values()} <= set(users), "a line belongs to nobody"
    for line_id, line in ledger_lines.items():
        assert line["amount"] == sum(line["funds"].values()), line_id
        if line["type"] == "tip_sent":
            assert line["amount"] + ledger_lines[line_id.removesuffix("_sent") + "_received"]["amount"] == 0, line_id
        if line["type"] == "tip_received":
            assert line_id.removesuffix("_received") + "_sent" in ledger_lines, line_id
    for user_id, wallet in users.items():
        own = [line for line in ledger_lines.values() if line["userId"] == user_id]
        assert wallet["tokenBalance"] == sum(wallet["funds"].values()) == _sum(own), user_id
        for fund, tokens in wallet["funds"].items():
            assert tokens == sum(line["funds"][fund] for line in own), (user_id, fund)
            assert tokens >= 0, (user_id, fund)
        assert wallet["totalTokensPurchased"] == _sum(own, "purchase", "subscription_grant", "auto_reload"), user_id
        assert wallet["totalTokensSpent"] == -_sum(own, "generation_spend", "refund"), user_id
        assert wallet["totalTokensEarned"] == _sum(own, "tip_received"), user_id
        assert wallet["totalTokensCredited"] == _sum(own, *CREDITS), user_id


def _batches(count: int) -> Iterator[tuple[int, ...]]:
    numbers = iter(range(count))
    while batch := tuple(itertools.islice(numbers, 400)):
        yield batch


def _sum(own: list[Fields], *types: str) -> int:
    return sum(line["amount"] for line in own if not types or line["type"] in types)


def _documents(collection: str) -> dict[str, Fields]:
    return {
        document.id: document.to_dict() or {} for document in store().collection(collection).stream(timeout=ALL_SECONDS)
    }
