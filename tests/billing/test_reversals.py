"""Needs the Firestore emulator and the local Stripe. What refunds and disputes come to: order, wallet and lines."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from local import sampling
from local.costs.meter import metered
from shared.billing import stripe_client, stripe_reversals, stripe_sessions
from shared.cloud.clients import STORE, store
from shared.cloud.commits import DELETED_FIELD
from shared.ledger.generation import Spend
from shared.ledger.reversal import Reversals
from shared.ledger.tip import Tip
from shared.money import payments, reversals, wallets
from tests.support import api, ledger_kit
from tests.support.audit_kit import audit
from tests.support.cloud_kit import (
    Cloud,
    deliver,
    document,
    documents,
    lines,
    open_account,
    write,
)
from tests.support.concurrently import concurrently, outcome, patiently
from tests.support.generation_kit import alerts
from tests.support.sale_kit import (
    BONUS,
    PAID,
    TOKENS,
    WELCOME,
    Sale,
    assert_debts_add_up,
    hint,
    sold,
    unheard,
    wallet,
)

# -- what must come out ----------------------------------------------------------------------------------------------


@pytest.mark.threat(50)
def test_a_full_refund_takes_all_tokens_and_the_order_stays_paid(cloud: Cloud) -> None:
    sale = sold(cloud)
    sale.refund(PAID)

    assert sale.hear() == 200

    assert sale.moved == [("clawback", -TOKENS)]
    assert sale.money == (BONUS, 0)
    assert (sale.order["status"], sale.order["reversed"], sale.order["due"]) == ("paid", PAID, TOKENS)
    assert_debts_add_up(sale)


@pytest.mark.threat(50)
def test_refunds_in_parts_end_as_one_of_all(cloud: Cloud) -> None:
    sale = sold(cloud)

    for amount in (333, 666):
        sale.refund(amount)
        assert [sale.hear(kind) for kind in ("refund.created", "charge.refunded")] == [200, 200]

    assert sale.moved == [("clawback", -36), ("clawback", -74)]
    assert sale.money == (BONUS, 0)
    assert_debts_add_up(sale)


@pytest.mark.threat(51)
@pytest.mark.parametrize("left", [10, 0])
def test_what_was_spent_is_owed_and_the_next_purchase_pays_it_off(cloud: Cloud, left: int) -> None:
    sale = sold(cloud)
    sale.spend(TOKENS + BONUS - left)
    sale.refund(PAID)
    sale.hear()

    owed = TOKENS - left
    assert sale.moved[1:] == [("clawback", -left)]
    assert (sale.order["owed"], sale.money) == (owed, (0, owed))
    body = {"recipientId": ledger_kit.account().user_id, "amount": 1}
    for refused in (
        api.post("generate", {"feature": "image", "prompt": "x"}, by=sale.buyer, key="k1"),
        api.post("tip", body, by=sale.buyer, key="k2"),
    ):
        assert refused.problem == (402, "tokens-owed")
        assert (refused.body["debt"], refused.body["balance"]) == (owed, 0)

    sold(cloud, sale.buyer)

    assert lines(sale.buyer)[-2:] == [("purchase", TOKENS), ("clawback", -owed)]
    assert sale.money == (left, 0)
    assert document(f"transactions/clawback_{sale.session_id}_2") is not None
    assert_debts_add_up(sale)


@pytest.mark.threat(50)
def test_a_refund_that_fails_gives_back_exactly_what_was_taken(cloud: Cloud) -> None:
    sale = sold(cloud)
    sale.spend(20)
    before = wallet(sale.buyer)["funds"]
    refund = sale.refund(PAID, status="pending")
    sale.hear("refund.created")
    assert sale.order["reversalOpen"] is True

    cloud.control_stripe(f"refunds/{refund['id']}", status="failed")
    sale.hear("refund.failed")

    assert sale.moved[1:] == [("clawback", -100), ("reinstatement", 100)]
    assert wallet(sale.buyer)["funds"] == before
    assert "reversalOpen" not in sale.order
    assert_debts_add_up(sale)


@pytest.mark.threat(51, 52)
def test_a_dispute_takes_when_the_money_leaves_and_gives_back_when_it_is_won(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    sale = sold(cloud)
    sale.spend(50)
    before = wallet(sale.buyer)["funds"]
    dispute = sale.dispute()
    capsys.readouterr()
    sale.hear("charge.dispute.created")
    sale.hear("charge.dispute.funds_withdrawn")

    assert alerts(capsys) == ["dispute-opened"]
    assert (sale.money, sale.order["disputes"]) == ((0, 40), {dispute: "needs_response"})

    sale.ends(dispute, "won")
    for kind in ("closed", "funds_reinstated", "closed"):
        sale.hear(f"charge.dispute.{kind}")

    assert sale.moved[1:] == [("clawback", -70), ("reinstatement", 70)]
    assert wallet(sale.buyer)["funds"] == before
    assert (sale.money, "reversalOpen" in sale.order, "disputeDueBy" in sale.order) == ((70, 0), False, False)
    assert_debts_add_up(sale)


@pytest.mark.threat(51, 52)
def test_a_dispute_that_is_lost_changes_nothing_more_until_its_appeal_is_won(cloud: Cloud) -> None:
    sale = sold(cloud)
    dispute = sale.dispute()
    sale.hear("charge.dispute.created")
    sale.ends(dispute, "lost")
    sale.hear("charge.dispute.closed")
    assert (sale.moved, sale.money) == ([("clawback", -TOKENS)], (BONUS, 0))
    assert (sale.order["lostAt"] is not None, sale.order["reversalOpen"]) == (True, True)

    sale.ends(dispute, "won")
    sale.hear("charge.dispute.updated")

    assert (sale.moved[1:], sale.money) == ([("reinstatement", TOKENS)], (BONUS + TOKENS, 0))
    assert ("lostAt" in sale.order, "reversalOpen" in sale.order) == (False, False)


def test_an_inquiry_takes_nothing_and_alerts(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    sale = sold(cloud)
    sale.dispute(status="warning_needs_response")
    capsys.readouterr()

    assert sale.hear("charge.dispute.created") == 200

    assert alerts(capsys) == ["dispute-opened"]
    assert (sale.moved, sale.order["reversalOpen"]) == ([], True)


@pytest.mark.threat(42)
def test_a_dispute_that_overtakes_its_purchase_settles_the_order_first(cloud: Cloud) -> None:
    sale = unheard(cloud)
    sale.dispute()

    assert sale.hear("charge.dispute.created") == 200
    assert deliver(cloud.event("completed", sale.session_id)).status == 200

    assert lines(sale.buyer) == [*WELCOME, ("clawback", -TOKENS)]
    assert sale.order["status"] == "paid"
    assert_debts_add_up(sale)


@pytest.mark.threat(50, 52)
def test_a_refund_and_a_dispute_of_the_rest_which_is_won(cloud: Cloud) -> None:
    sale = sold(cloud)
    sale.refund(300)
    dispute = sale.dispute(699)
    sale.hear()
    assert sale.order["due"] == TOKENS

    sale.ends(dispute, "won")
    sale.hear("charge.dispute.closed")

    assert (sale.order["due"], sale.money) == (33, (BONUS + TOKENS - 33, 0))
    assert_debts_add_up(sale)


@pytest.mark.threat(50, 51)
def test_never_more_is_taken_than_was_sold(cloud: Cloud) -> None:
    sale = sold(cloud)
    sale.ends(sale.dispute(), "lost")
    sale.dispute(2 * PAID)
    sale.refund(PAID)

    sale.hear()

    assert (sale.moved, sale.order["reversed"]) == ([("clawback", -TOKENS)], PAID)


@pytest.mark.threat(50, 51)
def test_another_currency_is_for_a_person_to_look_at(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    refunded, disputed = sold(cloud), sold(cloud)
    refunded.refund(PAID, currency="eur")
    dispute = disputed.dispute(17, currency="eur")
    capsys.readouterr()
    refunded.hear()
    disputed.hear()

    assert sorted(alerts(capsys)) == ["dispute-opened", "reversal-unclear", "reversal-unclear"]
    assert (refunded.moved, refunded.order["status"]) == ([], "paid")
    assert (refunded.order["reversalOpen"], refunded.order["unclear"]) == (True, True)
    assert disputed.moved == [("clawback", -TOKENS)]

    refunded.hear()
    disputed.ends(dispute, "won")
    disputed.hear()

    assert alerts(capsys) == []
    assert (disputed.money, "unclear" in disputed.order) == ((BONUS + TOKENS, 0), False)


@pytest.mark.threat(51)
def test_what_was_tipped_away_stays_with_the_creator_and_the_tipper_owes(cloud: Cloud) -> None:
    sale, creator = sold(cloud), ledger_kit.account()
    payments.pay(Tip("tip_k_x", sale.buyer.user_id, creator.user_id, TOKENS + BONUS, "phoenix@1", "f"))
    sale.dispute()

    sale.hear("charge.dispute.created")

    assert (sale.money, ledger_kit.balance(creator)) == ((0, TOKENS), TOKENS + BONUS)
    assert_debts_add_up(sale)


@pytest.mark.threat(51)
def test_a_tip_into_an_owing_wallet_lands_whole_and_pays_the_oldest_order_first(cloud: Cloud) -> None:
    old = sold(cloud)
    new = sold(cloud, old.buyer)
    old.spend(2 * TOKENS + BONUS)
    for sale in (new, old):
        sale.refund(PAID)
        sale.hear()
    assert old.money == (0, 2 * TOKENS)
    fan = ledger_kit.account(purchased=150)

    payments.pay(Tip("tip_k_x", fan.user_id, old.buyer.user_id, 150, "phoenix@1", "f"))

    assert (old.order["owed"], new.order["owed"], old.money) == (0, 70, (0, 70))
    assert sorted(lines(old.buyer)[-3:]) == [("clawback", -TOKENS), ("clawback", -40), ("tip_received", 150)]
    assert_debts_add_up(old, new)


@pytest.mark.threat(52)
def test_what_a_won_dispute_gives_back_pays_what_another_order_owes(cloud: Cloud) -> None:
    won, owing = sold(cloud), None
    dispute = won.dispute()
    won.hear()
    owing = sold(cloud, won.buyer)
    owing.spend(TOKENS + BONUS)
    owing.refund(PAID)
    owing.hear()
    assert won.money == (0, TOKENS)

    won.ends(dispute, "won")
    won.hear()

    assert (won.money, owing.order["owed"], won.order["due"]) == ((0, 0), 0, 0)
    assert_debts_add_up(won, owing)


def test_a_frozen_wallet_is_clawed_and_reinstated_all_the_same(cloud: Cloud) -> None:
    sale = sold(cloud)
    ledger_kit.change(sale.buyer, frozen="a test")
    dispute = sale.dispute()
    sale.hear()
    assert sale.money == (BONUS, 0)

    sale.ends(dispute, "won")
    sale.hear()

    assert sale.money == (BONUS + TOKENS, 0)


def test_of_a_wallet_that_is_gone_nothing_is_taken_and_a_person_is_told(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    sale = sold(cloud)
    store().document(f"users/{sale.buyer.user_id}").delete(**STORE)
    sale.refund(PAID)
    capsys.readouterr()

    with ledger_kit.nothing_moves():
        assert [sale.hear(), sale.hear()] == [200, 200]

    assert alerts(capsys) == ["reversal-unclear"]
    assert (sale.order["status"], sale.order["looks"], sale.order["reversalOpen"]) == ("paid", 2, True)
    assert "reversed" not in sale.order


def test_a_parked_order_that_is_refunded_is_refunded_and_no_token_moves(cloud: Cloud) -> None:
    sale = unheard(cloud)
    write(f"orders/{sale.session_id}", tokens=TOKENS, amount=1)
    assert deliver(cloud.event("completed", sale.session_id)).status == 200
    sale.refund(300)
    sale.hear()
    assert (sale.order["status"], sale.order["reversed"]) == ("parked", 300)
    confirm = {"sessionId": sale.session_id}
    answer = api.post("confirm_checkout", confirm, by=sale.buyer).body
    assert (answer["status"], answer["review"], answer["receipt"]) == ("pending", True, None)

    refund = sale.refund(699)
    sale.hear()

    assert (sale.order["status"], lines(sale.buyer)) == ("refunded", [("signup_bonus", BONUS)])
    answer = api.post("confirm_checkout", confirm, by=sale.buyer).body
    assert (answer["status"], answer["review"], answer["receipt"]) == ("expired", False, None)

    cloud.control_stripe(f"refunds/{refund['id']}", status="failed")
    sale.hear("refund.failed")

    assert sale.order["status"] == "parked"


@pytest.mark.threat(50, 51)
def test_payments_of_another_app_are_ignored_with_one_write(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted_calls(monkeypatch)
    event = hint("pi_of_another_app")

    with metered() as cost:
        assert deliver(event).status == 200

    assert (cost.writes, len(calls) <= 3) == (1, True)
    assert documents("webhookEvents")[event["id"]]["status"] == "ignored"


def test_while_stripe_is_silent_nothing_is_written_but_the_log(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = sold(cloud)
    sale.refund(PAID)
    before = sale.order
    event = hint(sale.payment)
    with monkeypatch.context() as patch:
        patch.setattr(stripe_client, "WEBHOOK_CALLS", 0)
        assert deliver(event).status == 503
    assert (sale.order, sale.moved) == (before, [])
    assert documents("webhookEvents")[event["id"]]["status"] == "failed"

    assert deliver(event).status == 200

    assert sale.moved == [("clawback", -TOKENS)]


@pytest.fixture
def forgotten(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Sale:
    """A sale of which 80 tokens are owed, beside the tokens of another one: the instance died after that credit."""
    sale = sold(cloud)
    body = {"recipientId": open_account().user_id, "amount": TOKENS + BONUS - 30}
    assert api.post("tip", body, by=sale.buyer, key="k1").status == 200
    sale.refund(PAID)
    sale.hear()
    with monkeypatch.context() as patch:
        patch.setattr(reversals, "work_off_after", lambda *_: None)
        sold(cloud, sale.buyer)
    assert sale.money == (TOKENS, 80)
    return sale


@pytest.mark.threat(51)
def test_a_debt_that_a_crash_left_beside_tokens_is_worked_off_by_the_next_payment(forgotten: Sale) -> None:
    forgotten.spend(25)

    assert (forgotten.money, forgotten.order["owed"]) == ((5, 0), 0)
    assert_debts_add_up(forgotten)


@pytest.mark.threat(51)
def test_a_debt_that_a_crash_left_beside_tokens_is_worked_off_by_the_next_audit(cloud: Cloud, forgotten: Sale) -> None:
    assert audit(cloud)["discrepancies"] == 0

    assert (forgotten.money, forgotten.order["owed"]) == ((30, 0), 0)
    assert_debts_add_up(forgotten)
    assert audit(cloud)["discrepancies"] == 0


def test_a_debt_that_tokens_do_not_cover_takes_them_and_the_payment_is_refused(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = sold(cloud)
    sale.spend(TOKENS + BONUS)
    sale.refund(PAID)
    sale.hear()
    fan = ledger_kit.account(purchased=40)
    with monkeypatch.context() as patch:
        patch.setattr(reversals, "work_off_after", lambda *_: None)
        payments.pay(Tip("tip_k_x", fan.user_id, sale.buyer.user_id, 40, "phoenix@1", "f"))

    answer = api.post("generate", {"feature": "image", "prompt": "x"}, by=sale.buyer, key="k1")

    assert (answer.problem, answer.body["debt"], sale.money) == ((402, "tokens-owed"), 70, (0, 70))


@pytest.mark.threat(50)
def test_an_older_order_that_does_not_know_its_payment_is_found_through_its_session(cloud: Cloud) -> None:
    sale = sold(cloud)
    write(f"orders/{sale.session_id}", paid=DELETED_FIELD, paymentIntents=DELETED_FIELD)
    sale.refund(333)

    assert [sale.hear(), sale.hear()] == [200, 200]

    assert (sale.moved, sale.order["paymentIntents"]) == ([("clawback", -36)], [sale.payment])


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.created"])
def test_a_payment_without_its_order_comes_again(cloud: Cloud, kind: str) -> None:
    sale = unheard(cloud)
    sale.refund(PAID)
    store().document(f"orders/{sale.session_id}").delete(**STORE)

    assert deliver(hint(sale.payment, kind)).problem == (503, "order-missing")


def test_the_landing_page_credits_and_takes_back_what_was_refunded_meanwhile(cloud: Cloud) -> None:
    sale = unheard(cloud)
    sale.refund(333)

    answer = api.post("confirm_checkout", {"sessionId": sale.session_id}, by=sale.buyer).body

    assert (answer["status"], answer["review"], answer["tokenBalance"]) == ("paid", False, BONUS + TOKENS - 36)
    assert (answer["receipt"]["reversed"], answer["receipt"]["tokensTakenBack"]) == (333, 36)


def test_a_failed_payment_is_counted_by_its_code_and_nothing_else(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    intent = {"object": "payment_intent", "id": "pi_1", "metadata": {"app": "guilder"}}
    intent["last_payment_error"] = {"code": "card_declined", "message": "canary@example.com"}
    event = hint("pi_1", "payment_intent.payment_failed") | {"data": {"object": intent}}

    with ledger_kit.nothing_moves():
        assert deliver(event).status == 200

    logged = capsys.readouterr().out
    assert "card_declined" in logged
    assert "canary" not in logged
    assert documents("webhookEvents")[event["id"]]["about"] == "pi_1"


# -- what comes between ----------------------------------------------------------------------------------------------


@pytest.mark.threat(42, 50)
def test_an_older_answer_of_stripe_replaces_no_newer_one_that_changed_nothing(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = sold(cloud)
    refund = sale.refund(333, status="pending")
    ask = stripe_reversals.reversals_of

    def overtaken(payment_intents: Sequence[str]) -> Reversals:
        said = ask(payment_intents)
        monkeypatch.setattr(stripe_reversals, "reversals_of", ask)
        cloud.control_stripe(f"refunds/{refund['id']}", status="failed")
        assert sale.hear("refund.failed") == 200
        return said

    monkeypatch.setattr(stripe_reversals, "reversals_of", overtaken)

    assert sale.hear("refund.created") == 200

    assert (sale.moved, sale.order["reversed"], sale.order["looks"]) == ([], 0, 2)


def test_an_order_that_two_others_have_looked_at_meanwhile_needs_no_third_look(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = sold(cloud)
    sale.refund(333)
    ask = stripe_reversals.reversals_of
    asked: list[int] = []

    def overtaken(payment_intents: Sequence[str]) -> Reversals:
        asked.append(len(asked))
        if len(asked) in (1, 3):  # not the looks of the others
            sale.hear()
        return ask(payment_intents)

    monkeypatch.setattr(stripe_reversals, "reversals_of", overtaken)
    event = hint(sale.payment)

    assert deliver(event).status == 200

    assert (len(asked), sale.order["looks"], sale.moved) == (4, 2, [("clawback", -36)])
    assert documents("webhookEvents")[event["id"]]["status"] == "processed"


def test_a_wallet_that_does_not_add_up_is_left_alone(cloud: Cloud) -> None:
    sale = sold(cloud)
    sale.refund(PAID)
    ledger_kit.change(sale.buyer, tokenBalance=5)

    with ledger_kit.nothing_moves():
        assert deliver(hint(sale.payment)).problem == (503, "wallet-inconsistent")

    assert "reversed" not in sale.order


@pytest.mark.threat(51)
def test_under_the_lock_it_is_the_same(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallets, "OPTIMISTIC_ATTEMPTS", 0)
    sale, fan = sold(cloud), ledger_kit.account(purchased=200)
    sale.spend(TOKENS)
    sale.refund(PAID)
    assert sale.hear() == 200
    assert sale.money == (0, TOKENS - BONUS)

    payments.pay(Tip("tip_k_x", fan.user_id, sale.buyer.user_id, 150, "phoenix@1", "f"))

    assert sale.money == (50, 0)
    assert_debts_add_up(sale)


# -- what it costs ---------------------------------------------------------------------------------------------------


def counted_calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every call of Stripe's API that is made from now on."""
    calls: list[object] = []
    client = stripe_client.client

    def counting() -> Any:
        calls.append(1)
        return client()

    for module in (stripe_reversals, stripe_sessions):
        monkeypatch.setattr(module, "client", counting)
    return calls


def test_a_reversal_and_its_repetition_cost_what_they_may(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = sold(cloud)
    sale.refund(PAID)
    calls = counted_calls(monkeypatch)

    with metered() as first:
        sale.hear()
    with metered() as again:
        sale.hear()

    assert (first.rpcs, first.reads, first.writes) == (3, 2, 4)
    assert (again.rpcs, again.reads, again.writes) == (2, 1, 2)
    assert len(calls) == 4


def test_a_credit_into_the_debt_of_one_order_costs_three_calls_more(cloud: Cloud) -> None:
    plain, owing = sold(cloud), sold(cloud)
    owing.spend(TOKENS + BONUS)
    owing.refund(PAID)
    owing.hear()
    costs = []
    for sale in (plain, owing):
        event = cloud.event("completed", unheard(cloud, sale.buyer).session_id)
        with metered() as cost:
            deliver(event)
        costs.append((cost.rpcs, cost.reads, cost.writes))

    assert costs[0] == (2, 1, 4)
    assert costs[1][0] == costs[0][0] + 3


# -- at once, and in any order ---------------------------------------------------------------------------------------


@pytest.mark.threat(42, 50)
@pytest.mark.parametrize("is_one_event", [True, False], ids=["one event", "different events"])
def test_fifty_events_of_one_payment_at_once_move_once(cloud: Cloud, is_one_event: bool) -> None:
    sale = sold(cloud)
    sale.refund(333)
    event = hint(sale.payment)

    statuses = concurrently(50, lambda _: deliver(event if is_one_event else hint(sale.payment)).status)

    assert statuses == [200] * 50
    assert (sale.moved, sale.order["steps"]) == ([("clawback", -36)], 1)
    assert_debts_add_up(sale)


@pytest.mark.threat(51)
def test_a_clawback_against_spenders_and_tippers_at_once_never_overdraws(cloud: Cloud) -> None:
    sale = sold(cloud)
    buyer = sale.buyer.user_id
    fans = [ledger_kit.account(purchased=2) for _ in range(32)]
    sale.refund(PAID)

    def act(number: int) -> object:
        if number == 64:
            return patiently(lambda: sale.hear() == 200 or pytest.fail("the webhook failed"))
        if number < 32:
            return outcome(lambda: payments.pay(Spend(f"g{number}", buyer, "image", 1, 5, "phoenix@1", "f")))
        tip = Tip(f"tip_k{number}_x", fans[number - 32].user_id, buyer, 2, "phoenix@1", "f")
        return patiently(lambda: payments.pay(tip))

    concurrently(65, act)

    balance, debt = sale.money
    spent = sum(-amount for kind, amount in lines(sale.buyer) if kind == "generation_spend")
    assert balance - debt == BONUS + 64 - spent
    assert balance >= 0
    assert_debts_add_up(sale)


EVENTS = ("completed", "refund.created", "charge.refunded", "dispute.created", "funds_withdrawn", "dispute.closed")


@pytest.mark.threat(42, 50, 52)
def test_events_in_every_order_end_alike(cloud: Cloud) -> None:
    """A few orders against Firestore and the local Stripe; ``tests/ledger/test_event_orders.py`` has all of them."""
    ends = set()
    for order in sampling.part(itertools.permutations(EVENTS), 240, "orders of events"):
        sale = unheard(cloud)
        sale.refund(300)
        sale.ends(sale.dispute(699), "won")
        for name in (*order, *reversed(order)):
            kind = name if name.startswith(("refund", "charge")) else f"charge.{name.removeprefix('charge.')}"
            if name == "funds_withdrawn":
                kind = "charge.dispute.funds_withdrawn"
            event = cloud.event("completed", sale.session_id) if name == "completed" else hint(sale.payment, kind)
            assert deliver(event).status == 200
        state = {name: str(sale.order.get(name)) for name in ("status", "reversed", "due", "owed", "taken", "steps")}
        ends.add((sale.money, tuple(lines(sale.buyer)), tuple(sorted(state.items()))))
        assert_debts_add_up(sale)

    assert len(ends) == 1
