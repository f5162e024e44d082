"""Needs the Firestore emulator. Every query of the product is run, and has to find its index in the file."""

import ast
import datetime
import itertools
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.firestore_v1.types import StructuredAggregationQuery, StructuredQuery

from shared import clock
from shared.art import generations, worker
from shared.billing import attention, missed_objects, open_pages, orders, subscriptions, unfinished
from shared.billing.reconciliation_checkpoint import CatchUp, Place
from shared.billing.reconciliation_tally import Tally
from shared.cloud import checkpoint, pages, sums
from shared.cloud.clients import STORE, store
from shared.cloud.queries import Aggregation, Query, fetch, measure
from shared.ledger import subscription
from shared.ledger.benefits import Access, Held
from shared.ledger.tip import Tip
from shared.money import benefit_fields, expiry, freezing, history, payments, rebuilding, reversals, summaries
from shared.money.audit import ledger, moved, walks
from shared.money.history import Window
from shared.operators import actions
from shared.people import explanations
from shared.social import authors, counters, likes, posts
from tests.support import indexes, ledger_kit
from tests.support.client_queries import CLIENT_QUERIES
from tests.support.indexes import Need, need_of
from tests.support.people import Person

SHARED = Path(history.__file__).parents[1]
DATA = (SHARED.parent / "docs" / "data.md").read_text(encoding="utf-8")
ADA = Person("ada")
OFFER = {"userId": "ada", "status": "open", "amount": 499, "currency": "usd", "order": "r2", "steps": 1}
JANUARY = Window(ledger_kit.NEW_YEAR, ledger_kit.NEW_YEAR + datetime.timedelta(days=31))

AROUND = {"collection_group", "find_nearest", "list_documents", "on_snapshot", "stream"}
"""Ways to ask Firestore that nobody records here."""

SEAM = ("clients.py", "queries.py")
"""Where every query of the product is sent from."""

Site = tuple[str, str]
"""A module of shared/ and the function in it that asks Firestore."""


def totals_of_everybody() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "TOTALS_AGREE", "never counted")
        walks.run_whole()


def debts_of_everybody() -> None:
    account = ledger_kit.account(bonus=10)
    ledger_kit.change(account, debt=1)
    walks.run_whole()


def lines_of_nobody() -> None:
    ledger_kit.write_lines(Person("nobody"), 1, name="of nobody")
    assert walks.run_whole().count(ledger.HAS_ORPHANS)


def orders_one_by_one() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moved, "ORDERS", "never counted")
        patch.setattr(checkpoint, "PAGE", 1)
        walks.run()


def audit_in_parts() -> None:
    """The audit where every sum but the smallest takes too long, and pages have to be read one by one."""
    refused = set[str]()

    def slow(aggregation: Aggregation, *given: Any) -> dict[str, float]:
        measured = measure(aggregation, *given)  # what is asked is recorded, whatever becomes of it
        query = aggregation.query
        filtered = {path for path, _, _ in query.filters}
        is_everything_of_ada = query.collection == "transactions" and ("userId", "==", "ada") in query.filters
        if "userId" not in filtered or (is_everything_of_ada and "timestamp" not in filtered):
            raise DeadlineExceeded("too slow")  # type: ignore[no-untyped-call]  # as the library has it
        return measured

    def one_by_one(query: Query, *given: Any) -> Any:
        found = fetch(query, *given)
        if not query.selected:
            refused.add("a page")
            raise DeadlineExceeded("too slow")  # type: ignore[no-untyped-call]  # as the library has it
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "measure", slow)
        patch.setattr(checkpoint, "fetch", one_by_one)
        walks.run_whole()
    assert refused


def unfinished_in_pages() -> None:
    """The lists of what can still change, from their beginnings and from within."""
    period = {"userId": "ada", "status": "active", "periodEnd": ledger_kit.NEW_YEAR}
    order = {**OFFER, "createdAt": ledger_kit.NEW_YEAR, "reversalOpen": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unfinished, "PAGE", 1)
        patch.setattr(unfinished, "_look", lambda _listed, _document: False)
        store().collection("orders").document("cs_2").set(order, **STORE)
        store().collection("subscriptions").document("sub_1").set(period, **STORE)
        unfinished.look_again(Place(), Tally(lambda: None))


def catch_up_in_pages() -> None:
    """The subscriptions that a catch-up looks at, from their beginning and from within."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(missed_objects, "PAGE", 1)
        patch.setattr(missed_objects, "_done", lambda catch_up, *_given: catch_up)
        store().collection("subscriptions").document("sub_1").set({"userId": "ada", "status": "active"}, **STORE)
        catch_up = CatchUp(ledger_kit.NEW_YEAR, ledger_kit.NEW_YEAR, listed="subscriptions")
        missed_objects.settle(catch_up, Tally(lambda: None))


def expiry_in_pages() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expiry, "PAGE", 1)
        patch.setattr(expiry, "_booked", lambda _account: 0)
        store().collection("users").document("ada").set({"nextExpiry": 20260101}, merge=True, **STORE)
        expiry.book()


def close_pages_of_plans() -> None:
    paid: Any = types.SimpleNamespace(user_id="ada", is_subscription=True, status="paid")
    open_pages.close_others(paid)


def subscriptions_of_a_user() -> None:
    """Those that one of them is compared with: none is as this one was read."""
    said = subscription.as_said(
        subscription.Said(
            "sub_9",
            "ben",
            "cus_1",
            "active",
            "price_1",
            ledger_kit.NEW_YEAR,
            ledger_kit.NEW_YEAR,
            None,
            False,
            None,
            None,
        ),
        None,
    )
    subscriptions._of_user(subscriptions._Kept(), said)


QUERIES: dict[str, Callable[[], object]] = {
    "history": lambda: history.page("ada", 20, None, None, Window()),
    "history of a type": lambda: history.page("ada", 20, None, "purchase", Window()),
    "history in a window": lambda: history.page("ada", 20, None, None, JANUARY),
    "history of a type in a window": lambda: history.page("ada", 20, None, "purchase", JANUARY),
    "history, second page": lambda: history.page(
        "ada", 2, history.page("ada", 2, None, None, Window()).next_cursor, None, Window()
    ),
    "statement": lambda: list(history.statement("ada", Window())),
    "statement of a window": lambda: list(history.statement("ada", JANUARY)),
    "statistics": lambda: summaries.summary("ada", Window()),
    "statistics of a window": lambda: summaries.summary("ada", JANUARY),
    "lines of an order": lambda: explanations.of_id("ada", "cs_1"),
    "an order by a key": lambda: explanations.of_key("ada", "create_checkout", "k1"),
    "feed": lambda: posts.page(20, None, None),
    "feed, second page": lambda: posts.page(2, posts.page(2, None, None).next_cursor, None),
    "feed of one": lambda: posts.page(20, None, "ada"),
    "feed of one, second page": lambda: posts.page(2, posts.page(2, None, "ada").next_cursor, "ada"),
    "posts to update": lambda: authors.update("ada", 5, 1, None),
    "posts to update, second page": lambda: authors.update("ada", 5, 1, "post000"),
    "likes of one among posts": lambda: likes.liked_by("ada", ["post000", "post001"]),
    "likes of a post": lambda: likes.recount("post000"),
    "removal of likes": lambda: likes.remove_all("post000"),
    "posts of a user": lambda: posts.recount("ada"),
    "an order by our reference": lambda: orders.with_reference("r1"),
    "an order by its payment": lambda: orders.with_payment("pi_1"),
    "orders that give access": lambda: benefit_fields.heir(
        "ada", "cs_9", Held(access=Access(ledger_kit.NEW_YEAR, "cs_9"))
    ),
    "pages of plans that are open": close_pages_of_plans,
    "what is unfinished": unfinished_in_pages,
    "subscriptions of a catch-up": catch_up_in_pages,
    "subscriptions of a user": subscriptions_of_a_user,
    "orders that owe": lambda: reversals.work_off("ada"),
    "grants that wait": lambda: actions.page_of_waiting(20, None),
    "grants that wait, second page": lambda: actions.page_of_waiting(
        2, pages.cursor_after("attention/grants", ledger_kit.NEW_YEAR, "a1")
    ),
    "orders that are parked": lambda: attention.page_of_parked(20, None),
    "orders that are parked, second page": lambda: attention.page_of_parked(
        2, pages.cursor_after("attention/parked", ledger_kit.NEW_YEAR, "cs_1")
    ),
    "orders that are disputed": lambda: attention.page_of_disputed(20, None),
    "orders of a user": lambda: attention.of_user("ada", 20),
    "wallets that are frozen": lambda: freezing.page_of_frozen(20, None),
    "wallets some of whose tokens are over": expiry_in_pages,
    "a wallet to rebuild": lambda: rebuilding.look("ada", clock.monotonic() + 60),
    "generations that got stuck": worker.sweep,
    "images that wait": lambda: generations.unsettled_images("ada"),
    "audit of what moved": walks.run,
    "audit of everything": walks.run_whole,
    "audit of debts": debts_of_everybody,
    "audit of lines of nobody": lines_of_nobody,
    "audit of orders one by one": orders_one_by_one,
    "audit of totals": totals_of_everybody,
    "audit of what is too slow": audit_in_parts,
    "audit of counters": counters.run,
}


class Recorder:
    """What was asked of Firestore, and from where."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.needs: list[Need] = []
        self.sites: set[Site] = set()
        api = store()._firestore_api
        run_query, run_aggregation_query = api.run_query, api.run_aggregation_query

        def record_query(request: Any, **options: Any) -> Any:
            self._record(_part(request, "structured_query"), None)
            return run_query(request=request, **options)

        def record_aggregation(request: Any, **options: Any) -> Any:
            aggregation = _part(request, "structured_aggregation_query")
            self._record(aggregation.structured_query, aggregation)
            return run_aggregation_query(request=request, **options)

        monkeypatch.setattr(api, "run_query", record_query)
        monkeypatch.setattr(api, "run_aggregation_query", record_aggregation)

    def _record(self, query: StructuredQuery, aggregation: StructuredAggregationQuery | None) -> None:
        self.needs.append(need_of(query, aggregation))
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            path = Path(frame.f_code.co_filename)
            if not path.is_relative_to(SHARED) or path.name in SEAM:
                continue
            if not frame.f_code.co_name.startswith("<"):
                self.sites.add((path.relative_to(SHARED).as_posix(), frame.f_code.co_name))
                return


def _part(request: Any, name: str) -> Any:
    return request[name] if isinstance(request, dict) else getattr(request, name)


@pytest.fixture
def recorder(project: str, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Records in a project where every query finds something."""
    ledger_kit.account(bonus=10, person=ADA)
    ledger_kit.write_lines(ADA, 4)
    ledger_kit.write_posts(ADA, 4)
    ledger_kit.like(ADA, "post000")
    store().collection("profiles").document("ada").set({"postCount": 4}, **STORE)
    store().collection("orders").document("cs_1").set(OFFER, **STORE)
    store().collection("checkoutKeys").document("checkout_k1_ada").set({"order": "r2"}, **STORE)
    return Recorder(monkeypatch)


Asked = dict[str, list[Need]]
"""What each of the queries needs."""

ASKED: Asked = {}
SITES: set[Site] = set()


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> Asked:
    """Of all queries, which the first test to want it runs one after the other; ``SITES`` are where they came from."""
    if not ASKED:
        recorder: Recorder = request.getfixturevalue("recorder")
        found = {}
        for name, ask in QUERIES.items():
            recorder.needs = []
            ask()
            found[name] = recorder.needs
        ASKED.update(found)
        SITES.update(recorder.sites)
    return ASKED


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_finds_its_index(asked: Asked, name: str) -> None:
    file = indexes.read()

    assert asked[name]
    assert [need for need in asked[name] if not file.serve(need)] == []


@pytest.mark.parametrize("need", CLIENT_QUERIES.values(), ids=list(CLIENT_QUERIES))
def test_a_list_that_clients_are_told_to_make_finds_its_index(need: Need) -> None:
    assert indexes.read().serve(need)


def test_every_list_that_clients_are_told_to_make_is_in_their_table() -> None:
    told = re.search(r"(?s)## Lists that clients make themselves\n(.*?)\n## ", DATA)

    assert told is not None
    assert set(re.findall(r"(?m)^\| ([^|]+?) \| `", told.group(1))) == set(CLIENT_QUERIES)


def test_the_web_clients_queries_are_lists_that_clients_are_told_to_make() -> None:
    text = (Path(__file__).parents[1] / "rules" / "web" / "queries.test.js").read_text(encoding="utf-8")
    asked = set(re.findall(r'collection\(\w+, "(\w+)"\), where\("(\w+)", "=="', text))

    assert asked
    assert asked <= {(need.collection, path) for need in CLIENT_QUERIES.values() for path in need.equal}


def test_no_query_of_the_product_was_forgotten_here(asked: Asked) -> None:
    assert sites() == SITES


def test_no_query_goes_another_way_than_through_the_clients_module() -> None:
    for path in SHARED.rglob("*.py"):
        assert not methods_called(path) & {
            "stream",
            "collection_group",
            "find_nearest",
            "on_snapshot",
            "list_documents",
        }, path.name


def test_every_composite_index_serves_a_query(asked: Asked) -> None:
    needs = [*itertools.chain(*asked.values()), *CLIENT_QUERIES.values()]
    idle = [
        (group, fields)
        for group, fields in indexes.read().composite
        if not any(n.is_composite and n.collection == group and n.is_met_by(fields) for n in needs)
    ]
    assert idle == []


def test_a_ledger_line_carries_only_the_indexes_that_a_query_uses(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10, purchased=5), ledger_kit.account()
    payments.pay(Tip("tip_k1_x", ada.user_id, ben.user_id, 4, "phoenix@1", "f"))
    fields = {name for line in ledger_kit.lines().values() for name in line}

    overrides = indexes.read().overrides

    assert [name for name in fields if overrides.get(("transactions", name)) != []] == []


def test_a_payment_writes_no_index_entry_of_a_wallet_that_has_moved_that_day(project: str) -> None:
    ada, ben = ledger_kit.account(bonus=10), ledger_kit.account()
    before = wallet(ada)
    payments.pay(Tip("tip_k1_x", ada.user_id, ben.user_id, 4, "phoenix@1", "f"))

    changed = {name for name, value in wallet(ada).items() if before.get(name) != value}

    assert changed == {"tokenBalance", "funds", "marks"}
    assert [name for name in changed if indexes.read().overrides.get(("users", name)) != []] == []


@pytest.mark.parametrize(
    ("collection", "field", "directions"),
    [
        ("transactions", "timestamp", []),
        ("likes", "createdAt", []),
        ("generations", "createdAt", []),
        ("generations", "updatedAt", []),
        ("webhookEvents", "updatedAt", []),
        ("posts", "createdAt", ["DESCENDING"]),
        ("generations", "prompt", []),
        ("orders", "url", []),
    ],
)
def test_what_always_grows_and_what_nobody_looks_up_is_not_indexed(
    collection: str, field: str, directions: list[str]
) -> None:
    assert indexes.read().overrides[collection, field] == directions


GROWING = re.compile(r"(At|Time|Until|_at)$|^timestamp$")
"""Fields whose values only grow, by their names."""

FEW_VALUES = {"currency", "economy", "feature", "package", "publish", "status", "type"}

GROWING_ENDS = {
    ("adminActions", ("status", "createdAt")): "the desk lists grants that wait by it; people write these",
    ("orders", ("status", "createdAt")): "the desk lists parked orders by it; orders are few",
    ("orders", ("paidAt",)): "the audit looks at what was paid since the last one; orders are paid far more rarely",
    ("posts", ("createdAt",)): "the feed of everyone is read by it; about 500 new posts a second are what it limits",
}
"""Every index that new documents are written to the end of, which takes about 500 writes a second, and why it exists.

https://firebase.google.com/docs/firestore/best-practices#hotspots
"""


def growing_ends(file: indexes.Indexes, fields: set[tuple[str, str]]) -> set[tuple[str, tuple[str, ...]]]:
    """The indexes that begin with a growing field, or have it right after fields of few values."""
    single = {
        (collection, (path,))
        for collection, path in fields
        if GROWING.search(path) and file.overrides.get((collection, path)) != []
    }
    paths = [(collection, tuple(path for path, _ in index)) for collection, index in file.composite]
    return single | {
        (collection, index)
        for collection, index in paths
        if GROWING.search(next((path for path in index if path not in FEW_VALUES), ""))
    }


def fields_of_the_data() -> set[tuple[str, str]]:
    """Every collection's fields, as docs/data.md lists them."""
    section = DATA.split("## Collections")[1].split("\n## ")[0]
    rows = re.findall(r"(?m)^\| `(\w+)/[^|]*\| ([^|]+)\|", section)
    return {(collection, path) for collection, text in rows for path in re.findall(r"`(\w+)", text)}


def test_every_index_that_grows_at_its_end_has_a_reason() -> None:
    fields = fields_of_the_data()

    assert {("posts", "createdAt"), ("webhookEvents", "expiresAt"), ("audits", "readTime")} <= fields
    assert growing_ends(indexes.read(), fields) == set(GROWING_ENDS)


@pytest.mark.parametrize(
    ("index", "grows"),
    [
        (("createdAt",), True),
        (("status", "updatedAt"), True),
        (("status", "type", "timestamp", "userId"), True),
        (("userId", "createdAt"), False),
        (("status", "userId", "createdAt"), False),
        (("status",), False),
    ],
)
def test_a_growing_end_is_seen(index: tuple[str, ...], grows: bool) -> None:
    file = indexes.Indexes(composite=[("t", tuple((path, "ASCENDING") for path in index))], overrides={})

    assert growing_ends(file, set()) == ({("t", index)} if grows else set())
    assert growing_ends(indexes.Indexes([], {}), {("t", "leaseUntil"), ("t", "userId")}) == {("t", ("leaseUntil",))}


def test_the_file_names_nothing_twice() -> None:
    file = indexes.read()
    text = indexes.FILE.read_text(encoding="utf-8")

    assert len(set(file.composite)) == len(file.composite)
    assert text.count('"indexes": [') == len(file.overrides) + 1


# -- what an index has to be, by itself --------------------------------------------------------------------------

BY_USER_AND_TIME = (("userId", "ASCENDING"), ("timestamp", "DESCENDING"))


@pytest.mark.parametrize(
    ("need", "served"),
    [
        (Need("t", frozenset({"userId"}), (("timestamp", "DESCENDING"),), frozenset()), True),
        (Need("t", frozenset({"userId"}), (("timestamp", "ASCENDING"),), frozenset()), False),
        (Need("t", frozenset({"userId", "type"}), (("timestamp", "DESCENDING"),), frozenset()), False),
        (Need("t", frozenset({"userId"}), (("timestamp", "DESCENDING"),), frozenset({"amount"})), False),
        (Need("u", frozenset({"userId"}), (("timestamp", "DESCENDING"),), frozenset()), False),
        (Need("t", frozenset({"userId"}), (), frozenset()), False),
        (Need("t", frozenset({"type"}), (), frozenset()), True),
        (Need("t", frozenset({"type", "economy"}), (), frozenset()), True),
        (Need("t", frozenset({"type", "userId"}), (), frozenset()), False),
        (Need("t", frozenset(), (("timestamp", "DESCENDING"),), frozenset()), True),
        (Need("t", frozenset(), (("timestamp", "ASCENDING"),), frozenset()), False),
        (Need("t", frozenset(), (), frozenset()), True),
    ],
)
def test_an_index_serves_exactly_its_query(need: Need, served: bool) -> None:
    file = indexes.Indexes(
        composite=[("t", BY_USER_AND_TIME)],
        overrides={("t", "userId"): [], ("t", "timestamp"): ["DESCENDING"]},
    )

    assert file.serve(need) is served


def sites() -> set[Site]:
    """Every function of shared/ that calls ``fetch``, ``aggregate`` or ``measure``."""
    return {
        (path.relative_to(SHARED).as_posix(), function.name)
        for path in SHARED.rglob("*.py")
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef) and path.name not in SEAM
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("fetch", "fetch_all", "aggregate", "measure")
    }


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def methods_called(path: Path) -> set[str]:
    """The names of methods that the module calls."""
    return {
        node.func.attr
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def wallet(person: Person) -> ledger_kit.Fields:
    return store().collection("users").document(person.user_id).get(**STORE).to_dict() or {}
