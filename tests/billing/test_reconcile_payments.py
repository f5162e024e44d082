"""Needs the Firestore emulator and the local Stripe. What Stripe knows and no webhook told is made up for."""

import datetime
import json
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from local import sampling
from local.costs.meter import metered
from shared import clock
from shared.billing import (
    fulfilment,
    items,
    missed_objects,
    orders,
    reconciliation,
    stripe_customers,
    stripe_sessions,
    stripe_subscriptions,
    unfinished,
)
from shared.billing.items import Wanted
from shared.billing.reconciliation_tally import Outcome, Tally
from shared.cloud.clients import STORE, store
from shared.cloud.commits import DELETED_FIELD
from shared.errors import Unavailable
from tests.support import api, ledger_kit
from tests.support.api import Answer
from tests.support.cloud_kit import (
    PAYS_LATER,
    Cloud,
    balance,
    checkout,
    deliver,
    document,
    documents,
    open_account,
    write,
)
from tests.support.sale_kit import BONUS, PAID, TOKENS, Sale, assert_debts_add_up, sold, unheard, wallet
from tests.support.subscription_kit import Shop, shop, subscribe, subscribed

CHECKPOINT = "reconciliations/checkpoint"
DAY = datetime.timedelta(days=1)
Alert = tuple[str, Any]


@pytest.fixture
def put_forward(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts the product's clock forward by a span; Stripe's own clock stays."""
    real, ahead = clock.now, [datetime.timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + ahead[0])

    def put(**span: float) -> None:
        ahead[0] += datetime.timedelta(**span)

    return put


@pytest.fixture
def known(cloud: Cloud) -> Cloud:
    """An account that was reconciled just now: what happens in it is too young to be listed."""
    assert reconciled(cloud)["complete"]
    return cloud


@pytest.fixture
def begun(cloud: Cloud, put_forward: Callable[..., None]) -> Cloud:
    """An account that was reconciled before, some minutes ago."""
    assert reconciled(cloud)["complete"]
    put_forward(minutes=2)
    return cloud


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of Stripe, by path."""
    asked: list[str] = []
    send = stripe.RequestsClient.request

    def request(self: Any, method: str, url: str, *given: Any, **named: Any) -> Any:
        asked.append(url.split("/v1/")[1].split("?")[0])
        return send(self, method, url, *given, **named)

    monkeypatch.setattr(stripe.RequestsClient, "request", request)
    return asked


def reconciled(cloud: Cloud, **body: object) -> dict[str, Any]:
    answer = cloud.call("reconcile_payments", body)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


def numbers(answer: dict[str, Any]) -> tuple[int, int, int, int]:
    """Listed, missed, settled, failed."""
    return answer["listed"], answer["missed"], answer["settled"], answer["failed"]


def alerts(capsys: pytest.CaptureFixture[str]) -> list[Alert]:
    """The alerts since the last call: their names, and what they count or are about."""
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(line["event"], line.get("count", line.get("about"))) for line in logged if line.get("alert")]


def books() -> dict[str, Any]:
    """Every wallet and every line."""
    return {name: documents(name) for name in ("users", "transactions")}


def reports() -> list[dict[str, Any]]:
    found = documents("reconciliations")
    return [report for name, report in sorted(found.items()) if name != "checkpoint"]


def set_through(moment: datetime.datetime) -> None:
    """As an operator does in the console."""
    write(CHECKPOINT, through=moment)


def silence(cloud: Cloud, days: int) -> None:
    """Nothing was heard for so long, and Stripe has forgotten the events."""
    cloud.control_stripe("clock", seconds=days * 86400)
    set_through(clock.now() - days * DAY)


# -- what no webhook told --------------------------------------------------------------------------------------------


@pytest.mark.threat(56)
def test_lost_webhooks_are_made_up_for_once(begun: Cloud, capsys: pytest.CaptureFixture[str], put_forward: Any) -> None:
    paid, refunded, disputed = (unheard(begun) for _ in range(3))
    refunded.refund(333)
    disputed.dispute()
    put_forward(minutes=2)
    capsys.readouterr()

    first = reconciled(begun)

    assert [sale.money for sale in (paid, refunded, disputed)] == [(120, 0), (84, 0), (BONUS, 0)]
    assert first["complete"]
    # Three sessions and their payments, two events of the refund, two of the dispute.
    assert first["missed"] == first["listed"] == 10
    assert (first["settled"], first["failed"]) == (5, 0)
    assert alerts(capsys)[-1] == ("webhook-missed", 5)
    assert_debts_add_up(paid, refunded, disputed)

    before = books()
    second = reconciled(begun)

    assert (second["missed"], second["settled"], second["failed"]) == (0, 0, 0)
    assert books() == before
    assert alerts(capsys) == []
    assert [len(report["findings"]) for report in reports()] == [0, 5, 0]
    assert reports()[1]["findings"][0]["finding"] == "settled"
    assert reports()[1]["through"] < reports()[2]["through"]


def test_what_a_webhook_did_is_only_listed(begun: Cloud, put_forward: Any) -> None:
    sale = unheard(begun)
    for event in begun.stripe_get("events")["data"]:
        deliver(event)
    put_forward(minutes=2)
    before = books()

    assert numbers(reconciled(begun)) == (2, 0, 0, 0)

    assert (books(), sale.order["status"]) == (before, "paid")


def test_the_first_call_and_an_operator_list_what_was_made(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    first, refunded = unheard(cloud), sold(cloud)
    refunded.refund(PAID)
    capsys.readouterr()

    answer = reconciled(cloud)

    assert numbers(answer) == (3, 2, 2, 0)
    assert alerts(capsys)[-1] == ("webhook-missed", 2)
    assert (first.money, refunded.money) == ((120, 0), (BONUS, 0))

    second = unheard(cloud)
    assert reconciled(cloud)["settled"] == 0  # younger than a minute, and left to its webhook
    since = reconciled(cloud, since="2026-01-01T00:00:00Z")
    assert (since["settled"], second.money) == (1, (120, 0))
    assert numbers(reconciled(cloud, since="2026-01-01T00:00:00Z"))[1:] == (0, 0, 0)
    assert_debts_add_up(first, second, refunded)


@pytest.mark.threat(56)
def test_after_forty_days_of_silence_what_was_made_is_listed(begun: Cloud, lists: list[str]) -> None:
    paid, refunded, won, failing = unheard(begun), unheard(begun), sold(begun), sold(begun)
    refunded.refund(333)
    dispute = won.dispute()
    won.hear("charge.dispute.created")
    refund = failing.refund(PAID)
    failing.hear("refund.created")
    won.ends(dispute, "won")
    begun.control_stripe(f"refunds/{refund['id']}", status="failed")
    silence(begun, 40)
    lists.clear()

    answer = reconciled(begun)

    assert [sale.money for sale in (paid, refunded, won, failing)] == [(120, 0), (84, 0), (120, 0), (120, 0)]
    assert answer["complete"]
    assert lists[0] == "checkout/sessions"
    assert_debts_add_up(paid, refunded, won, failing)
    before = books()
    assert reconciled(begun, since="2026-01-01T00:00:00Z")["settled"] == 0
    assert books() == before


def test_a_refund_that_fails_long_after_it_was_made_is_found(begun: Cloud, put_forward: Callable[..., None]) -> None:
    sale = sold(begun)
    refund = sale.refund(PAID)
    sale.hear("refund.created")
    begun.control_stripe(f"refunds/{refund['id']}", status="failed")
    put_forward(days=35)
    set_through(clock.now())
    assert (sale.money, "reversalOpen" in sale.order) == ((BONUS, 0), False)

    reconciled(begun, since=(clock.now() - DAY).isoformat())

    assert sale.money == (120, 0)


def test_other_apps_on_the_account_are_passed_over(begun: Cloud, put_forward: Any, cloud: Cloud) -> None:
    session = begun.stripe_post(
        "checkout/sessions",
        **{
            "mode": "payment",
            "success_url": "https://other.example",
            "line_items[0][quantity]": 1,
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": 500,
            "line_items[0][price_data][product_data][name]": "A hat",
            "metadata[app]": "hats",
        },
    )
    begun.pay(session["url"])
    payment = begun.stripe_get(f"checkout/sessions/{session['id']}")["payment_intent"]
    begun.stripe_post("refunds", payment_intent=payment)
    put_forward(minutes=2)
    before = books()

    by_events, by_lists = reconciled(begun), reconciled(begun, since="2026-01-01T00:00:00Z")

    assert numbers(by_events) == (4, 4, 0, 0)
    assert {entry["status"] for entry in documents("webhookEvents").values()} == {"ignored"}
    assert numbers(by_lists) == (1, 0, 0, 0)
    assert (books(), documents("orders")) == (before, {})


def plan(dice: random.Random) -> list[Callable[[Sale], object]]:
    """What becomes of a payment, at random: spending, refunds and disputes."""
    spend, refund = dice.choice([0, 0, 50, 120]), dice.choice([0, 0, 100, 333, PAID])
    end = dice.choice(["won", "lost", "needs_response", "warning_needs_response", None, None])
    acts: list[Callable[[Sale], object]] = []
    if refund:
        status = dice.choice(["succeeded", "succeeded", "pending", "failed"])
        acts.append(lambda sale: sale.refund(refund, status=status))
    if end is not None and end.startswith("warning"):
        acts.append(lambda sale: sale.dispute(status=end))
    elif end is not None:
        acts.append(lambda sale: _disputed(sale, end))
    if spend:
        acts.append(lambda sale: sale.spend(min(spend, balance(sale.buyer))) if balance(sale.buyer) else None)
    return acts


def _disputed(sale: Sale, end: str) -> None:
    dispute = sale.dispute(PAID - 1)
    if end != "needs_response":
        sale.ends(dispute, end)


@pytest.mark.deep
@pytest.mark.threat(42, 50, 51, 52, 56)
@pytest.mark.parametrize("days", sampling.one([0, 40], "days of silence"))
def test_without_any_webhook_the_books_end_as_with_all(cloud: Cloud, put_forward: Any, days: int) -> None:
    count = 1_000 if sampling.ALL else 6
    customer = stripe_customers.create_customer("somebody", 0)
    heard, lost = [], []
    for number in range(count):
        heard.append(quickly_paid(cloud, customer))
        lost.append(quickly_paid(cloud, customer))
        for sale in (heard[-1], lost[-1]):
            for act in plan(random.Random(f"{sampling.SAMPLE}/{number}")):  # noqa: S311 - a test's dice
                act(sale)
    store().document(CHECKPOINT).set({"through": clock.now()}, **STORE)
    about = {sale.payment for sale in heard} | {sale.session_id for sale in heard}
    hear_everything(cloud, about)
    if days:
        silence(cloud, days)
        hear_everything(cloud, about)
    else:
        put_forward(minutes=2)

    while not reconciled(cloud)["complete"]:
        pass

    for one, other in zip(heard, lost, strict=True):
        assert (one.money, wallet(one.buyer)["funds"]) == (other.money, wallet(other.buyer)["funds"])
    assert_debts_add_up(*heard[:5], *lost[:5])
    before = books()
    assert reconciled(cloud)["settled"] == 0
    assert books() == before


def quickly_paid(cloud: Cloud, customer: str) -> Sale:
    """A sale without the functions that lead to it."""
    buyer, name = ledger_kit.account(bonus=BONUS), uuid.uuid4().hex
    item = items.find(Wanted("package", "popular"))
    sale = stripe_sessions.Sale(buyer.user_id, customer, item, None, name)
    session = stripe_sessions.create_session(sale, f"checkout-{name}", 0)
    orders.create(session, buyer.user_id, item.offer, name)
    cloud.pay(session.url)
    payment = cloud.stripe_get(f"checkout/sessions/{session.id}")["payment_intent"]
    return Sale(cloud, buyer, session.id, payment)


def hear_everything(cloud: Cloud, about: set[str]) -> None:
    """Delivers every event about these, as often as it takes."""
    page: dict[str, Any] = {"has_more": True, "data": []}
    events: list[dict[str, Any]] = []
    while page["has_more"]:
        after = f"&starting_after={events[-1]['id']}" if events else ""
        page = cloud.stripe_get(f"events?limit=100{after}")
        events += page["data"]
    for event in reversed(events):
        obj = event["data"]["object"]
        if obj["id"] in about or obj.get("payment_intent") in about:
            assert deliver(event).status == 200


# -- orders that can still change ------------------------------------------------------------------------------------


def make_old(sale: Sale, hours: float) -> None:
    write(f"orders/{sale.session_id}", createdAt=clock.now() - datetime.timedelta(hours=hours))


def test_orders_that_were_not_paid_are_asked_about_after_a_day(
    known: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    young, old, gone, delayed = (unpaid(known) for _ in range(4))
    for sale in (young, gone):
        known.expire(sale.session_id)
    known.pay(document(f"orders/{old.session_id}")["url"])  # type: ignore[index]  # it is there
    known.pay(document(f"orders/{delayed.session_id}")["url"], PAYS_LATER)  # type: ignore[index]  # it is there
    for sale in (old, gone, delayed):
        make_old(sale, 26)
    make_old(young, 24)
    capsys.readouterr()

    reconciled(known)

    states = [sale.order["status"] for sale in (young, old, gone, delayed)]
    assert states == ["open", "paid", "expired", "pending"]
    assert (balance(old.buyer), balance(delayed.buyer)) == (120, BONUS)
    assert alerts(capsys) == [("webhook-missed", 3)]
    known.control_stripe("clock", seconds=3600)
    reconciled(known)
    assert (delayed.order["status"], balance(delayed.buyer)) == ("paid", 120)


def unpaid(cloud: Cloud) -> Sale:
    buyer = open_account()
    return Sale(cloud, buyer, checkout(buyer, "popular")["sessionId"], "")


def test_a_reversal_that_is_open_is_looked_at_without_any_event(
    known: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    sale = sold(known)
    dispute = sale.dispute()
    sale.hear("charge.dispute.created")
    assert sale.money == (BONUS, 0)
    sale.ends(dispute, "won")
    capsys.readouterr()

    assert reconciled(known)["settled"] == 1

    assert (sale.money, "reversalOpen" in sale.order) == ((120, 0), False)
    assert alerts(capsys) == [("webhook-missed", 1)]
    assert_debts_add_up(sale)


# -- what fails ------------------------------------------------------------------------------------------------------


def test_what_fails_hides_nothing_else_and_is_tried_again_for_three_days(
    begun: Cloud, capsys: pytest.CaptureFixture[str], put_forward: Any
) -> None:
    bad, good = unheard(begun), unheard(begun)
    order = bad.order
    store().document(f"orders/{bad.session_id}").delete(**STORE)
    put_forward(minutes=2)
    capsys.readouterr()

    answer = reconciled(begun)

    events = {event["data"]["object"]["id"]: event for event in begun.stripe_get("events")["data"]}
    event = events[bad.session_id]
    assert numbers(answer) == (4, 4, 1, 1)
    assert good.money == (120, 0)
    assert alerts(capsys) == [("reconciliation-failed", event["id"]), ("webhook-missed", 1)]
    assert document(f"webhookEvents/{event['id']}")["error"] == "OrderMissing"  # type: ignore[index]  # it is there
    through = document(CHECKPOINT)["through"]  # type: ignore[index]  # it is there
    assert through.timestamp() == event["created"]

    put_forward(days=2)
    assert reconciled(begun)["failed"] == 1
    store().document(f"orders/{bad.session_id}").set(order, **STORE)
    assert reconciled(begun)["settled"] == 1
    assert bad.money == (120, 0)


def test_what_fails_for_longer_is_told_and_left(
    begun: Cloud, capsys: pytest.CaptureFixture[str], put_forward: Any
) -> None:
    bad = unheard(begun)
    store().document(f"orders/{bad.session_id}").delete(**STORE)
    put_forward(days=4)
    capsys.readouterr()

    assert reconciled(begun)["failed"] == 1

    event = begun.stripe_get("events")["data"][0]["id"]
    assert alerts(capsys) == [("reconciliation-failed", event), ("reconciliation-stuck", event)]
    assert numbers(reconciled(begun)) == (0, 0, 0, 0)


def test_what_fails_among_what_was_made_is_told(begun: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = unheard(begun), unheard(begun)
    store().document(f"orders/{bad.session_id}").delete(**STORE)
    silence(begun, 40)
    capsys.readouterr()

    answer = reconciled(begun)

    assert (answer["settled"], answer["failed"], good.money) == (1, 1, (120, 0))
    assert alerts(capsys) == [
        ("reconciliation-failed", bad.session_id),
        ("reconciliation-stuck", "what was listed"),
        ("webhook-missed", 1),
    ]


def test_one_broken_order_keeps_no_other_from_being_looked_at(known: Cloud) -> None:
    broken, old = unpaid(known), unpaid(known)
    known.expire(old.session_id)
    make_old(old, 26)
    make_old(broken, 27)
    write(f"orders/{broken.session_id}", tokens=DELETED_FIELD)

    answer = reconciled(known)

    assert (answer["failed"], answer["complete"], old.order["status"]) == (1, True, "expired")


def test_a_stripe_that_does_not_answer_is_a_503_and_the_next_call_begins_at_once(
    begun: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_given: Any, **_named: Any) -> Any:
        raise stripe.APIConnectionError("down")  # type: ignore[no-untyped-call]  # as the library has it

    with monkeypatch.context() as patch:
        patch.setattr(stripe.RequestsClient, "request", down)
        patch.setattr(stripe.RequestsClient, "_sleep_time_seconds", lambda *_given, **_named: 0.0)
        assert begun.call("reconcile_payments").problem == (503, "unavailable")

    assert reconciled(begun)["complete"]


# -- one at a time, and for a time -----------------------------------------------------------------------------------


class Crash(BaseException):
    """The instance is gone."""


def test_a_crash_in_the_middle_loses_nothing_and_blocks_for_ten_minutes(
    begun: Cloud, monkeypatch: pytest.MonkeyPatch, put_forward: Any
) -> None:
    sales = [unheard(begun) for _ in range(3)]
    put_forward(minutes=2)
    apply, calls = fulfilment.apply, iter(range(9))

    def crash(event: Any) -> bool:
        if next(calls) == 2:
            raise Crash
        return apply(event)

    with monkeypatch.context() as patch:
        patch.setattr(fulfilment, "apply", crash)
        with pytest.raises(Crash):
            begun.call("reconcile_payments")
    assert [sale.money[0] for sale in sales] == [120, BONUS, BONUS]

    put_forward(minutes=9)
    assert not reconciled(begun)["complete"]
    assert [sale.money[0] for sale in sales] == [120, BONUS, BONUS]
    put_forward(minutes=2)
    assert reconciled(begun)["settled"] == 2
    assert [sale.money[0] for sale in sales] == [120, 120, 120]
    assert_debts_add_up(*sales)


@pytest.mark.parametrize("is_quiet", [True, False], ids=["quiet", "busy"])
def test_of_two_at_once_one_does_nothing(
    begun: Cloud, monkeypatch: pytest.MonkeyPatch, put_forward: Any, is_quiet: bool
) -> None:
    sale = sold(begun) if is_quiet else unheard(begun)
    put_forward(minutes=30 if is_quiet else 2)
    if is_quiet:
        reconciled(begun)
    nested: list[dict[str, Any]] = []
    look_again, apply = unfinished.look_again, fulfilment.apply

    def second(*given: Any) -> Any:
        if not nested:
            nested.append({})
            nested[0] = reconciled(begun)
        return look_again(*given) if is_quiet else apply(*given)

    with monkeypatch.context() as patch:
        if is_quiet:
            patch.setattr(unfinished, "look_again", second)
        else:
            patch.setattr(fulfilment, "apply", second)
        first = reconciled(begun)

    assert sorted([first["complete"], nested[0]["complete"]]) == [False, True]
    assert sale.money == (120, 0)
    assert len(reports()) == (3 if is_quiet else 2)


def test_what_an_operator_sets_meanwhile_stays(begun: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    look_again, moment = unfinished.look_again, clock.now() - 2 * DAY

    def while_somebody_edits(*given: Any) -> Any:
        set_through(moment)
        return look_again(*given)

    with monkeypatch.context() as patch:
        patch.setattr(unfinished, "look_again", while_somebody_edits)
        assert not reconciled(begun)["complete"]

    assert document(CHECKPOINT)["through"] == moment  # type: ignore[index]  # it is there


def take_five_minutes_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has each thing that is settled take so long that a call has time for two."""
    attempt, seconds = Tally.attempt, [0.0]

    def slowly(tally: Tally, *given: Any) -> Outcome:
        seconds[0] += 300
        return attempt(tally, *given)

    monkeypatch.setattr(clock, "monotonic", lambda: seconds[0])
    monkeypatch.setattr(Tally, "attempt", slowly)


@pytest.mark.parametrize("body", [{}, {"since": "2026-01-01T00:00:00Z"}], ids=["events", "lists"])
def test_when_its_time_is_up_the_next_call_continues(
    begun: Cloud, monkeypatch: pytest.MonkeyPatch, put_forward: Any, body: dict[str, str]
) -> None:
    paid, refunded, old = unheard(begun), unheard(begun), unpaid(begun)
    refunded.refund(PAID)
    begun.expire(old.session_id)
    make_old(old, 26)
    make_old(unpaid(begun), 26)
    put_forward(minutes=2)
    take_five_minutes_each(monkeypatch)
    monkeypatch.setattr(unfinished, "PAGE", 1)

    answers = [reconciled(begun, **body)]
    while not answers[-1]["complete"]:
        answers.append(reconciled(begun))

    assert len(answers) > 2
    assert [sale.order["status"] for sale in (paid, refunded, old)] == ["paid", "paid", "expired"]
    assert (paid.money, refunded.money) == ((120, 0), (BONUS, 0))
    fields = document(CHECKPOINT)
    assert fields is not None
    assert set(fields) == {"through", "updatedAt"}


# -- subscriptions -----------------------------------------------------------------------------------------------------


def test_renewals_that_no_webhook_told_of_are_granted(begun: Cloud, put_forward: Any) -> None:
    at = shop(begun)
    ada = subscribe(at)
    ada.renew()
    put_forward(days=40)

    answer = reconciled(begun)

    assert (answer["failed"], ada.grants, ada.summary["status"]) == (0, [300, 300], "active")
    assert reconciled(begun)["settled"] == 0


def test_after_a_long_silence_the_invoices_that_were_made_are_listed(begun: Cloud) -> None:
    at = shop(begun)
    ada, ben = subscribe(at), subscribed(at)
    ben.renew()
    silence(begun, 40)

    answer = reconciled(begun)

    assert answer["failed"] == 0
    assert ada.grants == ben.grants == [300, 300, 300]
    assert numbers(reconciled(begun, since="2026-01-01T00:00:00Z"))[1:] == (0, 0, 0)


def test_a_subscription_whose_period_is_over_is_looked_at_without_any_word(known: Cloud, put_forward: Any) -> None:
    at = shop(known)
    ada = subscribed(at)
    begun = document(CHECKPOINT) or {}
    ada.update(cancel_at_period_end="true")
    ada.renew()
    at.wind(40 * 86400)
    put_forward(days=75)
    set_through(clock.now())

    answer = reconciled(known)

    assert begun["through"] < clock.now()
    assert (answer["settled"], ada.kept["status"], ada.summary["status"]) == (1, "cancelled", "cancelled")


@pytest.fixture
def silent(cloud: Cloud, put_forward: Callable[..., None]) -> Shop:
    """A shop that was reconciled two hours ago: what happens in it is in no list of what Stripe has made since then."""
    at = shop(cloud)
    assert reconciled(cloud)["complete"]
    put_forward(hours=2)
    return at


@pytest.mark.threat(56)
@pytest.mark.parametrize("way", ["first call", "long silence", "since"])
def test_lists_hear_at_once_what_became_of_subscriptions_without_an_invoice(silent: Shop, way: str) -> None:
    ended, ending, switched, standing = (subscribed(silent) for _ in range(4))
    silent.cloud.stripe_delete(f"subscriptions/{ended.id}")
    ending.update(cancel_at_period_end="true")
    item = switched.stripe["items"]["data"][0]["id"]
    switched.update(**{"items[0][id]": item, "items[0][price]": silent.basic, "proration_behavior": "none"})
    write(f"subscriptions/{standing.id}", status="inactive", stripeStatus="paused")
    if way == "first call":
        store().document(CHECKPOINT).delete(**STORE)
    elif way == "long silence":
        set_through(clock.now() - 40 * DAY)
    body = {"since": (clock.now() - DAY).isoformat()} if way == "since" else {}

    answer = reconciled(silent.cloud, **body)

    assert (answer["settled"], answer["failed"], answer["complete"]) == (4, 0, True)
    each = (ended, ending, switched, standing)
    assert [one.summary["status"] for one in each] == ["cancelled", "active", "active", "active"]
    assert [one.kept["status"] for one in each] == ["cancelled", "active", "active", "active"]
    assert [one.kept["cancelAtPeriodEnd"] for one in each] == [False, True, False, False]
    assert [one.summary["plan"] for one in each] == ["pro", "pro", "basic", "pro"]
    before = books()["transactions"]
    assert reconciled(silent.cloud, since="2026-01-01T00:00:00Z")["settled"] == 0
    assert books()["transactions"] == before


def test_a_subscription_that_cannot_be_heard_keeps_no_other_from_it(
    silent: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = sorted((subscribed(silent) for _ in range(4)), key=lambda one: one.id)
    broken, refused, *others = kept
    for one in kept:
        one.update(cancel_at_period_end="true")
    write(f"subscriptions/{broken.id}", customerId=DELETED_FIELD)
    retrieve = stripe_subscriptions.retrieve

    def refuse_one(subscription_id: str) -> Any:
        if subscription_id == refused.id:
            raise Unavailable("The payment provider cannot be reached.")
        return retrieve(subscription_id)

    monkeypatch.setattr(stripe_subscriptions, "retrieve", refuse_one)
    capsys.readouterr()

    answer = reconciled(silent.cloud, since=(clock.now() - DAY).isoformat())

    assert [one.kept["cancelAtPeriodEnd"] for one in others] == [True, True]
    assert (answer["settled"], answer["failed"], answer["complete"]) == (2, 2, True)
    told = alerts(capsys)
    assert [about for name, about in told if name == "reconciliation-failed"] == [broken.id, refused.id]


def test_subscriptions_are_walked_page_by_page_and_call_by_call(silent: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [subscribed(silent) for _ in range(5)]
    looks = [one.kept["looks"] for one in kept]
    for one in kept:
        silent.cloud.stripe_delete(f"subscriptions/{one.id}")
    calls = 1
    take_five_minutes_each(monkeypatch)
    monkeypatch.setattr(missed_objects, "PAGE", 3)

    answer = reconciled(silent.cloud, since=clock.now().isoformat())
    while not answer["complete"]:
        answer, calls = reconciled(silent.cloud), calls + 1

    assert [one.kept["status"] for one in kept] == ["cancelled"] * 5
    assert [one.kept["looks"] for one in kept] == [number + 1 for number in looks]
    assert calls > 2
    assert set(document(CHECKPOINT) or {}) == {"through", "updatedAt"}


# -- the checkpoint, and what a call costs -----------------------------------------------------------------------------


def test_a_quiet_hour_costs_six_calls_of_firestore_and_two_of_stripe(
    begun: Cloud, put_forward: Any, lists: list[str]
) -> None:
    put_forward(hours=1)
    lists.clear()

    with metered() as cost:
        answer = reconciled(begun)

    assert numbers(answer) == (0, 0, 0, 0)
    assert (cost.rpcs, cost.reads, cost.writes) == (6, 5, 2)
    assert lists == ["events"] * 2  # Stripe lists twenty types at once


def test_a_busier_span_is_walked_hour_by_hour(begun: Cloud, put_forward: Any, lists: list[str]) -> None:
    put_forward(hours=5)
    lists.clear()

    assert reconciled(begun)["complete"]

    assert lists == ["events"] * 5 * 2


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({"through": "yesterday"}, "checkout/sessions"),
        ({"catchUp": {"since": 1}, "place": "here", "leaseEnds": True}, "events"),
        ({"through": datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)}, "events"),
    ],
    ids=["no time", "nothing valid", "in the future"],
)
def test_a_checkpoint_that_makes_no_sense_stops_nothing(
    begun: Cloud, lists: list[str], fields: dict[str, Any], first: str
) -> None:
    write(CHECKPOINT, **fields)
    lists.clear()

    answer = reconciled(begun)

    assert answer["complete"]
    assert lists[:1] in ([first], [])
    assert datetime.datetime.fromisoformat(answer["through"]) < clock.now()


@pytest.mark.parametrize("since", [5, True, "yesterday", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", ""])
def test_a_since_that_is_no_moment_is_refused(cloud: Cloud, since: object) -> None:
    unheard(cloud)

    with ledger_kit.nothing_moves():
        refused: Answer = cloud.call("reconcile_payments", {"since": since})

    assert refused.problem == (422, "invalid-request")
    assert documents("reconciliations") == {}


@pytest.mark.parametrize("way", ["webhook", "landing page", "events", "lists"])
def test_a_credit_says_how_long_it_took_by_stripes_own_time(
    begun: Cloud, capsys: pytest.CaptureFixture[str], put_forward: Any, way: str
) -> None:
    sale = unheard(begun)
    put_forward(minutes=5)
    capsys.readouterr()

    if way == "webhook":
        deliver(begun.stripe_get("events")["data"][0])
    elif way == "landing page":
        api.post("confirm_checkout", {"sessionId": sale.session_id}, by=sale.buyer)
    else:
        reconciled(begun, **({} if way == "events" else {"since": "2026-01-01T00:00:00Z"}))

    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (delay,) = [line["delayMs"] for line in logged if line["event"] == "purchase-credited"]
    assert 420_000 <= delay < 480_000  # Stripe's times are whole seconds
    assert sale.money == (TOKENS + BONUS, 0)


def test_nothing_is_older_than_the_first_call_looks_at() -> None:
    assert reconciliation.FIRST > reconciliation.EVENTS_KEPT
