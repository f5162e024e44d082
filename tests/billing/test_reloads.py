"""Needs the Firestore emulator, the local Stripe and Cloud Tasks."""

import datetime
import functools
from collections.abc import Callable
from typing import Any

import pytest

from local.costs.meter import metered
from shared import clock
from shared.billing import reloads, stripe_client, stripe_reloads, unfinished
from shared.billing.reconciliation_checkpoint import Place
from shared.billing.reconciliation_tally import Tally
from shared.cloud.clients import store
from shared.config import settings
from shared.money import reload_tasks
from tests.support import api, ledger_kit
from tests.support.cloud_kit import (
    PAYS,
    PAYS_LATER,
    TIMEOUT_SECONDS,
    Cloud,
    balance,
    deliver,
    document,
    generate,
    lines,
    open_account,
    write,
)
from tests.support.concurrently import concurrently
from tests.support.reload_kit import (
    ASKS,
    DIES,
    Reloading,
    deliver_events,
    opened_page,
    reload_orders,
    reloading,
    set_to,
    state,
)
from tests.support.sale_kit import hint
from tests.support.wire import wired

RELOAD = ("auto_reload", 50)
DISPUTES, FAILS_LATER = "4000000000000259", "4000009999990002"


@pytest.fixture
def ada(cloud: Cloud) -> Reloading:
    """Somebody with 19 tokens, who has 50 bought for 4.99 below 20 of them."""
    return reloading(cloud)


def hours_pass(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    span = datetime.timedelta(hours=hours)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + span)


def assert_nothing_is_claimed(ada: Reloading) -> None:
    before = document(f"users/{ada.person.user_id}")
    assert ada.outcome() == "nothing"
    assert document(f"users/{ada.person.user_id}") == before
    assert reload_orders() == {}
    assert ada.intents() == []


# -- who asks ----------------------------------------------------------------------------------------------------------


def test_payments_that_leave_less_than_the_threshold_ask_now_and_for_the_next_minute(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = reloading(cloud, tokens=40)
    noon = datetime.datetime.now(datetime.UTC).replace(second=5)
    monkeypatch.setattr(clock, "now", lambda: noon)

    ada.spend(20)
    assert cloud.queued("reloads") == []  # it has 20: not fewer
    generate(ada.person)
    for _ in range(3):
        ada.spend(1)

    assert len(cloud.queued("reloads")) == 2
    monkeypatch.setattr(clock, "now", lambda: noon + datetime.timedelta(minutes=1))
    ada.spend(1)
    assert len(cloud.queued("reloads")) == 3
    cloud.start_queues(ahead_seconds=180)
    cloud.wait_until_idle()
    assert lines(ada.person).count(RELOAD) == 1


def test_a_payment_after_the_look_of_its_minute_is_looked_at_in_the_next(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = reloading(cloud, tokens=40)
    noon = datetime.datetime.now(datetime.UTC).replace(second=5)
    monkeypatch.setattr(clock, "now", lambda: noon)
    reload_tasks.queue_call(ada.person.user_id)
    cloud.start_queues()
    cloud.wait_until_idle()
    assert reload_orders() == {}  # it was not low yet

    ada.spend(21)

    [task] = cloud.queued("reloads")
    assert task.schedule_time == noon.replace(second=0, microsecond=0) + datetime.timedelta(minutes=1)


def test_right_after_a_reload_the_task_waits_until_the_next_one_may_begin(ada: Reloading) -> None:
    assert ada.outcome() == "paid"

    ada.spend(60)

    [task] = ada.cloud.queued("reloads")
    seconds = task.schedule_time.timestamp() - ada.state["lastAt"].timestamp()
    assert 60 <= seconds < 61


@pytest.mark.parametrize(
    "changes",
    [
        {"autoReload.enabled": False},
        {"autoReload.paused": "declined"},
        {"autoReload": {"enabled": False}},
    ],
)
def test_a_payment_from_a_wallet_that_does_not_reload_asks_for_nothing(ada: Reloading, changes: dict[str, Any]) -> None:
    write(f"users/{ada.person.user_id}", **changes)

    ada.spend(5)

    assert ada.cloud.queued("reloads") == []


def test_a_payment_is_made_also_where_nobody_can_be_asked(ada: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELOADS_QUEUE", "gone")
    settings.cache_clear()

    ada.spend(5)

    assert balance(ada.person) == 14


def test_asking_costs_no_read(ada: Reloading) -> None:
    ben = open_account()
    with metered() as cost:
        answer = api.post("tip", {"recipientId": ben.user_id, "amount": 5}, by=ada.person, key=api.new_key())

    assert answer.status == 200
    assert (cost.reads, cost.writes) == (2, 4)
    assert len(ada.cloud.queued("reloads")) == 1


# -- claimed, charged, settled -----------------------------------------------------------------------------------------


def test_a_reload_buys_the_package_once(ada: Reloading) -> None:
    assert [ada.outcome() for _ in range(3)] == ["paid", "nothing", "nothing"]

    [intent] = ada.intents()
    assert (intent["amount"], intent["currency"], intent["status"]) == (499, "usd", "succeeded")
    assert intent["metadata"] == {
        "app": "guilder",
        "userId": ada.person.user_id,
        "order": ada.id(),
        "reload": ada.id(),
    }
    assert lines(ada.person)[-1] == RELOAD
    assert balance(ada.person) == 69
    line = document(f"transactions/auto_reload_{ada.id()}")
    assert line is not None
    assert line["details"] == {
        "reloadId": ada.id(),
        "paymentIntentId": intent["id"],
        "package": "starter",
        "amount": 499,
        "currency": "usd",
    }
    order = ada.order()
    assert {name: order[name] for name in ("kind", "status", "tokens", "amount", "paid", "paymentIntents")} == {
        "kind": "reload",
        "status": "paid",
        "tokens": 50,
        "amount": 499,
        "paid": 499,
        "paymentIntents": [intent["id"]],
    }
    now = ada.state
    assert (now["seq"], now["spent"], now["failures"], now.get("inFlight")) == (1, 499, 0, None)
    assert now["month"] == int(f"{now['lastAt']:%Y%m}")
    ledger_kit.assert_books_balance(ada.cloud.project)


def test_two_at_once_make_one_charge(ada: Reloading) -> None:
    answers = concurrently(6, lambda _: ada.run())

    assert {answer.status for answer in answers} <= {200, 503}
    assert any(answer.body.get("outcome") == "paid" for answer in answers)
    assert len(ada.intents()) == 1
    assert lines(ada.person).count(RELOAD) == 1
    assert ada.state.get("inFlight") is None


def test_tokens_that_are_spent_at_once_are_bought_again_a_minute_later_and_up_to_the_cap(ada: Reloading) -> None:
    for seq in range(1, 5):
        assert ada.outcome() == "paid"
        ada.spend(50)
        assert ada.outcome() == "nothing"  # too soon
        ada.minute_passes()
        assert ada.state["spent"] == 499 * seq

    assert ada.outcome() == "nothing"  # a fifth one would cost more than 20.00
    assert len(ada.intents()) == 4
    assert set_to(ada.person, monthlyCap=5 * 499).status == 200
    assert ada.outcome() == "paid"  # exactly


def test_a_reload_that_leaves_the_wallet_low_looks_again(cloud: Cloud) -> None:
    ada = reloading(cloud, threshold=100)

    assert ada.outcome() == "paid"

    [task] = cloud.queued("reloads")
    assert task.schedule_time.timestamp() - ada.state["lastAt"].timestamp() >= 60


@pytest.mark.parametrize(
    "changes",
    [
        {"autoReload.enabled": False},
        {"autoReload.paused": "declined"},
        {"autoReload.failures": 3},
        {"autoReload.threshold": 19},
        {"autoReload.package": "gone"},
        {"autoReload.monthlyCap": 498},
        {"autoReload.lastAt": datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)},
        {"frozen": {"operator": ledger_kit.NEW_YEAR}},
        {"debt": 5},
        {"tokenBalance": 18},
    ],
)
def test_what_refuses_a_claim_moves_nothing(ada: Reloading, changes: dict[str, Any]) -> None:
    write(f"users/{ada.person.user_id}", **changes)

    assert_nothing_is_claimed(ada)


def test_a_task_for_somebody_who_is_gone_or_never_had_a_card_is_done(ada: Reloading) -> None:
    assert ada.cloud.call("run_reload", {"userId": "nobody"}).body == {"outcome": "nothing"}
    assert ada.cloud.call("run_reload", {"userId": open_account().user_id}).body == {"outcome": "nothing"}
    assert ada.cloud.call("run_reload", {"userId": "a/b"}).status == 422
    assert api.post("run_reload", {"userId": ada.person.user_id}).status == 401
    assert api.post("run_reload", {"userId": ada.person.user_id}, by=ada.person).status == 401
    assert reload_orders() == {}


def test_a_number_that_was_used_before_the_wallet_was_restored_charges_nobody(ada: Reloading) -> None:
    assert ada.outcome() == "paid"
    ada.spend(60)
    ada.minute_passes()
    write(f"users/{ada.person.user_id}", **{"autoReload.seq": 0})

    assert [ada.outcome() for _ in range(2)] == ["nothing", "paid"]

    assert len(ada.intents()) == 2
    assert ada.order(2)["status"] == "paid"


# -- refused -----------------------------------------------------------------------------------------------------------


def test_a_card_that_is_declined_three_times_pauses_and_the_money_is_free_again(cloud: Cloud) -> None:
    ada = reloading(cloud, DIES)

    for failures in (1, 2, 3):
        assert ada.outcome() == "declined"
        assert ada.outcome() == "nothing"
        ada.minute_passes()
        assert (ada.state["failures"], ada.state["spent"]) == (failures, 0)
        assert ada.order(failures)["status"] == "failed"

    assert ada.state["paused"] == "declined"
    assert ada.outcome() == "nothing"
    assert len(ada.intents()) == 3
    assert balance(ada.person) == 19
    assert set_to(ada.person).status == 200
    assert ada.outcome() == "declined"
    ledger_kit.assert_books_balance(cloud.project)


def test_a_bank_that_wants_the_owner_of_the_card_pauses_with_a_page_to_pay_on(cloud: Cloud) -> None:
    ada = reloading(cloud, ASKS)

    assert ada.outcome() == "action"

    assert (ada.state["paused"], ada.state["spent"], ada.state.get("inFlight")) == ("authentication", 0, None)
    assert ada.order()["status"] == "failed"
    page = ada.state["actionUrl"]
    ada.minute_passes()
    assert ada.outcome() == "action"
    assert ada.state["actionUrl"] == page
    assert len(ada.intents()) == 1
    assert cloud.pay(page, ASKS) == 303
    deliver_events(cloud)
    assert lines(ada.person)[-1] == ("purchase", 50)


def test_a_card_that_is_gone_is_a_decline(ada: Reloading) -> None:
    ada.cloud.stripe_post(f"payment_methods/{ada.state['paymentMethod']}/detach")  # and nobody has told us

    assert ada.outcome() == "declined"

    assert (ada.state["failures"], ada.state["spent"], ada.intents()) == (1, 0, [])


# -- answers that get lost ---------------------------------------------------------------------------------------------


def test_a_charge_whose_answer_stripe_lost_is_found_and_settled(ada: Reloading) -> None:
    ada.cloud.stripe.fail_next(done=True)

    assert ada.outcome() == "paid"

    assert len(ada.intents()) == 1
    assert lines(ada.person).count(RELOAD) == 1


def test_a_charge_of_which_nobody_knows_waits_and_is_given_up_after_23_hours(
    ada: Reloading, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada.cloud.stripe.fail_next()

    assert [ada.outcome() for _ in range(2)] == ["pending", "pending"]
    assert (ada.state["inFlight"], ada.state["spent"]) == (ada.id(), 499)
    hours_pass(monkeypatch, 22.9)
    assert ada.outcome() == "pending"
    hours_pass(monkeypatch, 0.2)

    assert ada.outcome() == "declined"

    assert (ada.state.get("inFlight"), ada.state["spent"], ada.state["failures"]) == (None, 0, 0)
    assert (ada.order()["status"], ada.order()["failure"]) == ("failed", "unresolved")
    assert ada.intents() == []
    assert '"reload-unresolved"' in capsys.readouterr().out


def test_a_charge_that_was_made_is_found_after_23_hours_and_never_made_again(
    ada: Reloading, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(reloads, "settle", _die)
        with pytest.raises(Died):
            reloads.run(ada.person.user_id)
    hours_pass(monkeypatch, 23)
    monkeypatch.setattr(stripe_reloads, "charge", _die)

    assert ada.outcome() == "paid"

    assert len(ada.intents()) == 1
    assert lines(ada.person).count(RELOAD) == 1


class Died(Exception):
    """The instance ends here."""


def _die(*_: object, **__: object) -> Any:
    raise Died


CRASHES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "after the claim": lambda patch: patch.setattr(stripe_reloads, "charge", _die),
    "after the charge": lambda patch: patch.setattr(reloads, "settle", _die),
    "after the settlement": lambda patch: patch.setattr(reload_tasks, "ask", _die),
}


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("card", [PAYS, DIES])
def test_whoever_comes_back_after_a_crash_finishes_what_was_begun(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, crash: str, card: str
) -> None:
    ada = reloading(cloud, card)
    with monkeypatch.context() as patch:
        CRASHES[crash](patch)
        with pytest.raises(Died):
            reloads.run(ada.person.user_id)

    came_to = ada.outcome()

    settled = {PAYS: "paid", DIES: "declined"}[card]
    assert came_to == ("nothing" if crash == "after the settlement" else settled)
    assert len(ada.intents()) == 1
    assert ada.state.get("inFlight") is None
    assert ada.state["spent"] == (499 if card == PAYS else 0)
    assert lines(ada.person).count(RELOAD) == (card == PAYS)
    ledger_kit.assert_books_balance(cloud.project)


def test_a_stripe_that_cannot_be_reached_has_the_task_come_again(
    ada: Reloading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(url: str) -> None:
        monkeypatch.setenv("STRIPE_API_BASE", url)
        settings.cache_clear()
        stripe_client._patient.cache_clear()

    monkeypatch.setattr(stripe_client, "NETWORK_RETRIES", 0)
    at("http://127.0.0.1:9")
    assert ada.run().status == 503
    assert ada.state["inFlight"] == ada.id()
    at(ada.cloud.stripe.url)

    assert ada.outcome() == "paid"

    assert len(ada.intents()) == 1


# -- events ------------------------------------------------------------------------------------------------------------


def charged(ada: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload whose charge was made, and whose answer nobody got."""
    with monkeypatch.context() as crash:
        crash.setattr(reloads, "settle", _die)
        with pytest.raises(Died):
            reloads.run(ada.person.user_id)


@pytest.mark.parametrize(
    ("card", "kind"), [(PAYS, "payment_intent.succeeded"), (DIES, "payment_intent.payment_failed")]
)
def test_an_event_settles_alone_and_whoever_comes_later_finds_it_done(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, card: str, kind: str
) -> None:
    ada = reloading(cloud, card)
    charged(ada, monkeypatch)

    [event] = deliver_events(cloud, kind)
    settled = document(f"users/{ada.person.user_id}"), ada.order()
    deliver({**event, "id": "evt_again"})
    concurrently(3, lambda n: deliver({**event, "id": f"evt_{n}"}))
    ada.outcome()

    assert (document(f"users/{ada.person.user_id}"), ada.order()) == settled
    assert ada.order()["status"] == ("paid" if card == PAYS else "failed")
    assert lines(ada.person).count(RELOAD) == (card == PAYS)
    logged = document(f"webhookEvents/{event['id']}")
    assert logged is not None
    assert (logged["status"], logged["about"]) == ("processed", ada.id())


def test_events_and_answers_at_once_settle_once(ada: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    charged(ada, monkeypatch)
    [event] = [
        each for each in ada.cloud.stripe_get("events?limit=100")["data"] if each["type"] == "payment_intent.succeeded"
    ]

    answers = concurrently(6, lambda n: ada.run() if n % 2 else deliver({**event, "id": f"evt_{n}"}))

    assert {answer.status for answer in answers} <= {200, 503}
    assert lines(ada.person).count(RELOAD) == 1
    assert ada.state["spent"] == 499


def test_a_bank_that_decides_later_is_waited_for(cloud: Cloud) -> None:
    ada = reloading(cloud, PAYS_LATER)
    assert [ada.outcome(), ada.outcome()] == ["pending", "pending"]
    assert ada.state["inFlight"] == ada.id()

    cloud.control_stripe("clock", seconds=3600)
    assert ada.outcome() == "paid"
    deliver_events(cloud, "payment_intent.succeeded")

    assert len(ada.intents()) == 1
    assert lines(ada.person).count(RELOAD) == 1


def test_a_bank_that_wants_its_owner_has_the_page_made_also_by_an_event(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = reloading(cloud, ASKS)
    charged(ada, monkeypatch)

    deliver_events(cloud, "payment_intent.payment_failed")

    assert ada.state["paused"] == "authentication"
    assert "actionUrl" not in ada.state
    cloud.start_queues()
    cloud.wait_until_idle()
    assert ada.state["actionUrl"].startswith(cloud.stripe.url)


def test_payments_of_another_app_and_of_pages_are_ignored(ada: Reloading) -> None:
    intent = {"object": "payment_intent", "id": "pi_1", "last_payment_error": None}
    strangers: list[dict[str, Any]] = [
        {**intent, "metadata": {"app": "other", "reload": ada.id()}},
        {**intent, "metadata": {}},
        {**intent, "metadata": {"app": "guilder", "order": "x"}},
        {**intent, "metadata": {"app": "guilder", "reload": ada.id(), "userId": ada.person.user_id}},  # Stripe has none
    ]
    for number, subject in enumerate(strangers):
        event = {
            "id": f"evt_{number}",
            "object": "event",
            "type": "payment_intent.succeeded",
            "livemode": False,
            "data": {"object": subject},
        }
        assert deliver(event).status == 200
        logged = document(f"webhookEvents/evt_{number}")
        assert logged is not None
        assert logged["status"] == "ignored"
    assert reload_orders() == {}


def test_a_payment_of_a_reload_without_its_order_comes_again(ada: Reloading) -> None:
    assert ada.outcome() == "paid"
    store().document(f"orders/{ada.id()}").delete(timeout=TIMEOUT_SECONDS)
    events = ada.cloud.stripe_get("events?limit=100&type=payment_intent.succeeded")["data"]

    assert [deliver(event).problem for event in events] == [(503, "order-missing")]


# -- off ---------------------------------------------------------------------------------------------------------------


def test_off_while_the_task_waits_claims_nothing(ada: Reloading) -> None:
    ada.spend(1)
    assert len(ada.cloud.queued("reloads")) == 1
    assert set_to(ada.person, enabled=False).body["inFlight"] is None

    ada.cloud.start_queues()
    ada.cloud.wait_until_idle()

    assert reload_orders() == {}
    assert ada.intents() == []


def test_off_after_the_claim_tells_of_it_and_the_tokens_come_and_nothing_follows(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = reloading(cloud, threshold=100)
    charged(ada, monkeypatch)

    off = set_to(ada.person, enabled=False).body

    assert (off["enabled"], off["inFlight"]) == (False, ada.id())
    assert ada.outcome() == "paid"
    assert lines(ada.person)[-1] == RELOAD
    assert set_to(ada.person, enabled=False).body["inFlight"] is None
    ada.minute_passes()
    assert ada.outcome() == "nothing"
    assert cloud.queued("reloads") == []


def test_off_and_a_claim_at_once_are_one_before_the_other(cloud: Cloud) -> None:
    def one_of_both(number: int, ada: Reloading) -> api.Answer:
        return set_to(ada.person, enabled=False) if number else ada.run()

    for _ in range(3):
        ada = reloading(cloud)

        ran, off = concurrently(2, functools.partial(one_of_both, ada=ada))

        assert off.status == 200
        came_to = ran.body["outcome"]
        assert came_to in ("paid", "nothing")
        assert len(ada.intents()) == (came_to == "paid")
        assert state(ada.person)["enabled"] is False


# -- money that goes back ----------------------------------------------------------------------------------------------


def test_a_reload_that_is_refunded_takes_its_tokens_back_and_stays_in_what_was_spent(ada: Reloading) -> None:
    assert ada.outcome() == "paid"
    [intent] = ada.intents()
    ada.cloud.stripe_post("refunds", payment_intent=intent["id"])

    assert deliver(hint(intent["id"])).status == 200

    assert lines(ada.person)[-1] == ("clawback", -50)
    assert (ada.order()["reversed"], ada.order()["taken"]["purchased"], ada.state["spent"]) == (499, 50, 499)
    assert "paused" not in ada.state
    ledger_kit.assert_books_balance(ada.cloud.project)


def test_a_reload_that_is_disputed_pauses_and_a_won_dispute_gives_the_tokens_back(cloud: Cloud) -> None:
    ada = reloading(cloud)
    assert ada.outcome() == "paid"
    [intent] = ada.intents()
    dispute = cloud.control_stripe("disputes", payment_intent=intent["id"])["id"]

    assert deliver(hint(intent["id"], "charge.dispute.created")).status == 200

    assert ada.state["paused"] == "disputed"
    assert lines(ada.person)[-1] == ("clawback", -50)
    ada.minute_passes()
    assert ada.outcome() == "nothing"
    assert set_to(ada.person).body["paused"] is None
    cloud.control_stripe(f"disputes/{dispute}", status="won")
    assert deliver(hint(intent["id"], "charge.dispute.closed")).status == 200
    assert lines(ada.person)[-1] == ("reinstatement", 50)
    assert "paused" not in ada.state  # the same dispute pauses once


def test_a_dispute_that_is_heard_of_before_its_reload_was_settled_settles_it_first(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = reloading(cloud, DISPUTES)
    charged(ada, monkeypatch)
    [intent] = ada.intents()

    statuses = {deliver(hint(intent["id"], "charge.dispute.created")).status for _ in range(2)}

    assert 200 in statuses
    assert lines(ada.person)[-2:] == [RELOAD, ("clawback", -50)]
    assert ada.state["paused"] == "disputed"


# -- what a person has to look at --------------------------------------------------------------------------------------


def test_a_reload_that_is_paid_after_it_was_given_up_is_credited(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = reloading(cloud, DIES)
    assert ada.outcome() == "declined"
    [intent] = ada.intents()
    good = cloud.stripe_post("payment_methods/pm_card_visa/attach", customer=ada.customer)["id"]
    cloud.stripe_post(f"payment_intents/{intent['id']}/confirm", payment_method=good)

    deliver_events(cloud, "payment_intent.succeeded", "payment_intent.payment_failed")

    assert lines(ada.person)[-1] == RELOAD
    assert (ada.order()["status"], ada.state["spent"], ada.state.get("inFlight")) == ("paid", 499, None)
    assert '"reload-unresolved"' in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"amount": 599}, {"currency": "eur"}, {"customer": "cus_x"}])
def test_a_payment_that_differs_from_its_order_is_parked(
    ada: Reloading, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    charged(ada, monkeypatch)
    write(f"orders/{ada.id()}", **change)

    deliver_events(ada.cloud, "payment_intent.succeeded")

    assert ada.order()["status"] == "parked"
    assert ada.order()["parkedReason"] == f"differs from the order: {next(iter(change))}"
    assert (ada.state.get("inFlight"), balance(ada.person)) == (None, 19)


def test_a_payment_of_an_account_that_is_gone_is_parked(ada: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    charged(ada, monkeypatch)
    store().document(f"users/{ada.person.user_id}").delete(timeout=TIMEOUT_SECONDS)

    deliver_events(ada.cloud, "payment_intent.succeeded")

    assert (ada.order()["status"], ada.order()["parkedReason"]) == ("parked", "the account is gone")
    assert document(f"transactions/auto_reload_{ada.id()}") is None


def test_a_frozen_or_senseless_wallet_is_credited_all_the_same(ada: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    charged(ada, monkeypatch)
    write(f"users/{ada.person.user_id}", frozen={"operator": ledger_kit.NEW_YEAR}, **{"autoReload.threshold": "x"})

    deliver_events(ada.cloud, "payment_intent.succeeded")

    assert balance(ada.person) == 69
    assert ada.order()["status"] == "paid"


# -- counts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("card", "writes"), [(PAYS, 3), (DIES, 2)])
def test_a_claim_is_one_read_and_two_writes_and_its_settlement_two_reads_and_few_writes(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, card: str, writes: int
) -> None:
    ada = reloading(cloud, card)

    with wired() as wire, metered() as claim:
        reload_id, _ = reloads._claimed(ada.person.user_id)
    assert (len(wire.calls), claim.reads, claim.writes) == (2, 1, 2)

    order = reloads.find(str(reload_id))
    assert order is not None
    payment = stripe_reloads.charge(order.charge)
    with wired() as wire, metered() as settlement:
        assert reloads.settle(order.id, order.user_id, payment).is_new
    assert (len(wire.calls), settlement.reads, settlement.writes) == (2, 2, writes)


def test_a_settlement_by_an_event_writes_its_log_entry_too(ada: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    charged(ada, monkeypatch)

    with wired() as wire, metered() as cost:
        deliver_events(ada.cloud, "payment_intent.succeeded")

    assert (len(wire.calls), cost.reads, cost.writes) == (2, 2, 4)


# -- reconciliation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crash", ["after the claim", "after the charge"])
def test_reconciliation_finishes_what_was_left_behind_and_leaves_young_ones_alone(
    ada: Reloading, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    with monkeypatch.context() as patch:
        CRASHES[crash](patch)
        with pytest.raises(Died):
            reloads.run(ada.person.user_id)
    tally = Tally(lambda: None)
    assert unfinished.look_again(Place("reloads"), tally) is None
    assert (tally.settled, ada.order()["status"]) == (0, "open")

    hours_pass(monkeypatch, 0.2)
    report = ada.cloud.call("reconcile_payments")

    assert (report.status, report.body["failed"]) == (200, 0)
    assert report.body["settled"] >= 1
    assert (ada.order()["status"], len(ada.intents())) == ("paid", 1)
    assert lines(ada.person).count(RELOAD) == 1
    settled = document(f"users/{ada.person.user_id}")
    assert ada.cloud.call("reconcile_payments").body["settled"] == 0
    assert document(f"users/{ada.person.user_id}") == settled


def test_reconciliation_gives_up_what_nobody_knows(ada: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.cloud.stripe.fail_next()
    assert ada.outcome() == "pending"
    hours_pass(monkeypatch, 23.1)

    assert unfinished.look_again(Place("reloads"), Tally(lambda: None)) is None

    assert (ada.order()["status"], ada.state["spent"], ada.state.get("inFlight")) == ("failed", 0, None)
    assert "reloadOpen" not in ada.order()


def test_reconciliation_hears_of_a_saved_card_and_of_one_that_was_taken_back(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = open_account()
    assert cloud.pay(opened_page(ben)) == 303
    hours_pass(monkeypatch, 0.1)
    assert cloud.call("reconcile_payments").body["failed"] == 0
    assert state(ben)["enabled"] is True

    cloud.stripe_post(f"payment_methods/{state(ben)['paymentMethod']}/detach")
    hours_pass(monkeypatch, 0.1)
    assert cloud.call("reconcile_payments").body["failed"] == 0

    assert state(ben)["enabled"] is False
