"""Bugs of the kinds that lose or make money, each planted into the running product for a while.

None is exotic: every one is what the straightforward implementation would do, or what one careless edit would make of
ours.
"""

import contextlib
import dataclasses
import datetime
import itertools
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import firestore

import functions.count_likes
import functions.tidy_post
from shared import log
from shared.art import generations, worker
from shared.billing import event_log, orders, reversals, stripe_client, stripe_customers, stripe_sessions, webhook
from shared.billing.subjects import APP
from shared.cloud import queue
from shared.cloud.clients import STORE, store
from shared.cloud.commits import Batch, Committed, Increment
from shared.cloud.documents import Reference
from shared.cloud.failures import TRANSIENT
from shared.cloud.queries import Query, fetch
from shared.edge import events, requests
from shared.ledger import clawback, order_state, reversal
from shared.ledger import generation as ledger_generation
from shared.ledger.clawback import Movement, Reversible
from shared.ledger.decision import Decision, Outcome, State
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.generation import GenerationRefund, Spend
from shared.ledger.grant import signup_bonus
from shared.ledger.lots import Holding
from shared.ledger.reversal import Standing
from shared.ledger.tip import Tip
from shared.ledger.wallet import Wallet
from shared.money import crediting, ledger_lines, payment_filter, payments, wallets
from shared.money import reversals as money_reversals
from shared.money.ledger_lines import ExtraWrite
from shared.money.payments import Allow, PaymentWrite, Receipt
from shared.operators import actions
from shared.people import accounts
from shared.social import likes, posts
from simulation.chaos import FaultRates

Patch = pytest.MonkeyPatch

_fresh = itertools.count()


# -- payments --------------------------------------------------------------------------------------------------------


def payer_without_precondition(patch: Patch) -> None:
    """The wallet is written whether or not it changed since it was read."""
    patch.setattr(payments, "Batch", _Unconditional)


def swallowed_commit_error(patch: Patch) -> None:
    """An error of the commit is taken for a success."""
    pay = payments.pay

    def optimistic(payment: Decision, *also: PaymentWrite, allow: Allow | None = None) -> Receipt:
        try:
            return pay(payment, *also, allow=allow)
        except TRANSIENT:
            return Receipt(paid=getattr(payment, "cost", 0), balance=0)

    patch.setattr(payments, "pay", optimistic)


def line_in_a_second_commit(patch: Patch) -> None:
    """The balance first, then the line: somebody may die between."""
    add_line = ledger_lines.add_line

    def later(batch: Batch, entry: Entry) -> None:
        if entry.type != "generation_spend":
            add_line(batch, entry)
            return
        commit = batch.commit

        def commit_both(*given: Any, **named: Any) -> Any:
            result = commit(*given, **named)
            second = Batch()
            add_line(second, entry)
            second.commit()
            return result

        batch.commit = commit_both  # type: ignore[method-assign]  # the bug

    patch.setattr(ledger_lines, "add_line", later)


def payee_by_absolute_value(patch: Patch) -> None:
    """The creator's wallet is read, added to, and written."""
    add_credit = ledger_lines.add_credit

    def overwrite(batch: Batch, entry: Entry) -> None:
        payee = wallets.get(entry.user_id) if entry.type == "tip_received" else None
        if payee is None:
            add_credit(batch, entry)
            return
        funds = payee.funds + entry.funds
        fields = {"tokenBalance": funds.total, "funds": funds.to_fields(), "debt": Increment(0)}
        fields["totalTokensEarned"] = payee.total_earned + entry.amount
        fields["totalTokensCredited"] = payee.total_credited + entry.amount
        batch.update(store().collection("users").document(entry.user_id), fields)
        ledger_lines.add_line(batch, entry)

    patch.setattr(ledger_lines, "add_credit", overwrite)


def replay_of_any_body(patch: Patch) -> None:
    """A key that was used answers as before, whatever is asked for now."""
    replay = payments._replay

    def forgiving(payment: Decision) -> Receipt | None:
        line = store().collection("transactions").document(payment.id).get(**STORE)
        if not line.exists:
            return None
        return replay(dataclasses.replace(payment, fingerprint=line.get("fingerprint")))  # type: ignore[type-var]

    patch.setattr(payments, "_replay", forgiving)


def forgotten_payments(patch: Patch) -> None:
    """The wallet does not remember which payments it made: a retry after the last token is refused."""
    patch.setattr(payment_filter, "added", lambda made, _payment_id: made)


def key_of_every_request(patch: Patch) -> None:
    """Every request has a key of its own, a retry too."""
    patch.setattr(requests, "idempotency_key", lambda _request: str(next(_fresh)))


def frozen_wallets_pay(patch: Patch) -> None:
    """Nobody looks whether a wallet is frozen."""
    patch.setattr(Wallet, "require_open", lambda _wallet: None)


def half_a_tip(patch: Patch) -> None:
    """What leaves the sender arrives nowhere."""
    decide = Tip.decide

    def only_sent(tip: Tip, state: State) -> Outcome:
        sent, _ = decide(tip, state).entries
        return Outcome((sent,))

    patch.setattr(Tip, "decide", only_sent)


# -- accounts and purchases ------------------------------------------------------------------------------------------


def bonus_without_a_key(patch: Patch) -> None:
    """The bonus is granted to whoever has not spent anything yet."""
    bonus = signup_bonus

    def another(user_id: str, tokens: int, economy: str) -> Entry:
        return dataclasses.replace(bonus(user_id, tokens, economy), id=f"signup_{user_id}_{next(_fresh)}")

    patch.setattr(accounts, "signup_bonus", another)


def purchase_looked_up_first(patch: Patch) -> None:
    """A query alone says whether the session was credited; what was committed since is not seen."""
    credit = crediting.credit

    def check_then_write(entry: Entry, *also: ExtraWrite) -> Committed:
        if entry.type != "purchase":
            return credit(entry, *also)
        session_id = entry.details["stripeSessionId"]
        if fetch(Query("transactions").where("details.stripeSessionId", "==", session_id).limit(1)):
            raise crediting.AlreadyRecorded(entry.id)
        return credit(dataclasses.replace(entry, id=f"purchase_{next(_fresh)}"), *also)

    read = orders.parsed
    unknown: dict[str, Any] = {"version": None}
    patch.setattr(crediting, "credit", check_then_write)
    patch.setattr(orders, "parsed", lambda document: dataclasses.replace(read(document), **unknown))


def complete_means_paid(patch: Patch) -> None:
    """A finished page is taken for a payment."""
    patch.setattr(order_state.Session, "is_paid", property(lambda session: session.status == "complete"))


def late_event_undoes_paid(patch: Patch) -> None:
    """What an event says is written, whatever came before."""
    decide = order_state.decide

    def overwrite(order: order_state.Order, session: order_state.Session) -> order_state.Change:
        if order.status == "paid" and not session.is_paid:
            return order_state.Change("pending")
        return decide(order, session)

    patch.setattr(order_state, "decide", overwrite)


def webhook_answers_too_soon(patch: Patch) -> None:
    """An event is received, whatever became of it."""

    @contextlib.contextmanager
    def ignoring_failure(_event: webhook.Event) -> Iterator[None]:
        with contextlib.suppress(Exception):
            yield

    patch.setattr(event_log, "recording_failure", ignoring_failure)


def customer_without_a_key(patch: Patch) -> None:
    """Every call makes a customer."""

    def create(user_id: str, _attempt: int) -> str:
        with stripe_client.reached():
            return stripe_client.client().v1.customers.create({"metadata": {"app": APP, "userId": user_id}}).id

    patch.setattr(stripe_customers, "create_customer", create)


def session_without_a_key(patch: Patch) -> None:
    """Every attempt makes a session."""
    make = stripe_sessions.create_session
    patch.setattr(
        stripe_sessions,
        "create_session",
        lambda sale, key, attempt: make(sale, f"{key}{next(_fresh)}", attempt),
    )


# -- money that goes back --------------------------------------------------------------------------------------------


def returned_twice(patch: Patch) -> None:
    """What comes back stays written down as taken, and comes back once more at the next look."""
    _rewrite(
        patch,
        lambda before, moved: (
            dataclasses.replace(moved, order=dataclasses.replace(moved.order, taken=before.taken))
            if moved.entry.type == "reinstatement"
            else moved
        ),
    )


def debt_of_the_order_alone(patch: Patch) -> None:
    """What is missing is owed by the order, and not by the wallet."""
    _rewrite(patch, lambda _before, moved: dataclasses.replace(moved, entry=dataclasses.replace(moved.entry, debt=0)))


def clawback_below_zero(patch: Patch) -> None:
    """Everything that is due is taken, whether or not it is there."""
    reverse = clawback.reverse

    def take(order: Reversible, wallet: Wallet, amount: int) -> Movement | None:
        return reverse(order, dataclasses.replace(wallet, funds=wallet.funds + Funds(purchased=10**6)), amount)

    patch.setattr(clawback, "reverse", take)
    patch.setattr(Funds, "is_negative", False)


def looks_that_leave_no_trace(patch: Patch) -> None:
    """A look that finds nothing new leaves the order as it is: who looked before it does not notice."""
    seen = reversals._seen

    def as_before(order: orders.Order, found: Standing, is_unclear: bool) -> dict[str, object]:
        return seen(order, found, is_unclear) | {"looks": order.looks}

    patch.setattr(reversals, "_seen", as_before)


def older_look_replaces_a_newer_one(patch: Patch) -> None:
    """What Stripe said is written whatever others wrote of the order since it was asked."""
    patch.setattr(reversals, "Batch", _UnconditionalOrders)
    patch.setattr(money_reversals, "Batch", _UnconditionalOrders)
    patch.setattr(money_reversals, "_require_unchanged", lambda *_given: None)


def failed_refunds_count(patch: Patch) -> None:
    """Every refund that was made is money that went back."""
    patch.setattr(reversal, "_NOT_REFUNDED", frozenset())


def newest_debt_first(patch: Patch) -> None:
    """What was owed last is worked off first."""

    def work_off(user_id: str) -> None:
        owing = fetch(Query("orders").where("userId", "==", user_id).where("owed", ">", 0).limit(100))
        for document in sorted(owing, key=lambda order: order.fields["createdAt"], reverse=True):
            if money_reversals._worked_off(document).order.owed:
                return

    patch.setattr(money_reversals, "work_off", work_off)


def _rewrite(patch: Patch, change: Callable[[Reversible, Movement], Movement]) -> None:
    """Has ``change`` alter every movement of tokens between an order and a wallet."""
    reverse = clawback.reverse

    def altered(order: Reversible, wallet: Wallet, amount: int) -> Movement | None:
        moved = reverse(order, wallet, amount)
        return moved and change(order, moved)

    patch.setattr(clawback, "reverse", altered)


# -- administrators --------------------------------------------------------------------------------------------------


def grant_that_counts_for_no_day(patch: Patch) -> None:
    """Nobody counts what an administrator grants alone in a day."""
    patch.setattr(actions, "add_to_day", lambda _day, _amount: lambda _batch: None)


# -- generations -----------------------------------------------------------------------------------------------------


def settlement_without_precondition(patch: Patch) -> None:
    """Two workers may both write how a generation ended."""
    patch.setattr(generations, "_unchanged", lambda _generation: None)


def refund_without_a_key(patch: Patch) -> None:
    """Every refund has an id of its own."""
    entry = GenerationRefund.entry

    def another(refund: GenerationRefund) -> Entry:
        return dataclasses.replace(entry(refund), id=f"generation_{refund.generation_id}_refund_{next(_fresh)}")

    patch.setattr(GenerationRefund, "entry", another)


def refund_fills_bonus_first(patch: Patch) -> None:
    """What was drawn first comes back first."""

    def backwards(drawn: Holding, amount: int) -> Holding:
        bonus = min(drawn.funds.bonus, amount)
        purchased = min(drawn.funds.purchased, amount - bonus)
        return Holding(Funds(bonus, purchased, amount - bonus - purchased))

    patch.setattr(ledger_generation, "refill", backwards)


def refund_of_everything(patch: Patch) -> None:
    """One failed picture gives the whole price back."""
    settled = generations._settled

    def generous(generation: generations.Generation) -> generations.Generation:
        end = settled(generation)
        return dataclasses.replace(end, refunded=end.cost if end.refunded else 0)

    patch.setattr(generations, "_settled", generous)


def refund_apart_from_its_settlement(patch: Patch) -> None:
    """The tokens first, then the status."""
    credit = crediting.credit

    def in_two_steps(entry: Entry, *also: ExtraWrite) -> Committed:
        committed = credit(entry, *(() if entry.type == "refund" else also))
        if entry.type == "refund":
            batch = Batch()
            for write in also:
                write(batch)
            batch.commit()
        return committed

    patch.setattr(crediting, "credit", in_two_steps)


def task_before_its_commit(patch: Patch) -> None:
    """The work is queued before anybody knows whether it is paid for."""
    pay = payments.pay

    def queue_first(payment: Decision, *also: PaymentWrite, allow: Allow | None = None) -> Receipt:
        if isinstance(payment, Spend):
            generations.enqueue(payment.generation_id)
        return pay(payment, *also, allow=allow)

    patch.setattr(payments, "pay", queue_first)


def sweeper_ignores_workers(patch: Patch) -> None:
    """What is old is refunded, though somebody is at it, and whatever they write meanwhile."""

    def refund(generation: generations.Generation) -> str:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(generations, "_unchanged", lambda _generation: None)
            generations.settle(dataclasses.replace(generation, areas=worker._given_up(generation)))
        return "refunded"

    patch.setattr(worker, "_sweep", refund)


def nobody_sweeps(patch: Patch) -> None:
    """What the queue lost stays lost."""
    patch.setattr(worker, "_sweep", lambda _generation: "busy")


def prompt_in_the_post(patch: Patch) -> None:
    """The post tells what it was made of."""
    writer = generations._post_writer

    def telling(generation: generations.Generation, caption: str) -> Callable[[Batch], None]:
        return writer(generation, f"{caption} {generation.prompt}")

    patch.setattr(generations, "_post_writer", telling)


def prompt_in_the_log(patch: Patch) -> None:
    """Somebody was looking for something, and left it in."""
    settled = generations._settled

    def chatty(generation: generations.Generation) -> generations.Generation:
        log.write("INFO", "settling", prompt=generation.prompt)
        return settled(generation)

    patch.setattr(generations, "_settled", chatty)


# -- counters --------------------------------------------------------------------------------------------------------


def likes_by_increment(patch: Patch) -> None:
    """Every event of a like adds or takes one."""
    told = _listen(patch)

    def increment(post_id: str) -> None:
        with contextlib.suppress(NotFound):
            posts.reference(post_id).update({"likeCount": firestore.Increment(_step(told[-1]))}, **STORE)

    patch.setattr(functions.count_likes, "likes", types.SimpleNamespace(recount_later=increment))


def recount_before_the_window_ends(patch: Patch) -> None:
    """The named task runs at once, and whoever likes later in its window finds the name taken."""
    add = queue.add
    patch.setattr(queue, "add", lambda to, name, function, payload, _at=None: add(to, name, function, payload))


def names_of_counts_that_are_over(patch: Patch) -> None:
    """A name that is taken is a count that is to come, whatever the clock of the instance that asked."""
    ask = likes._queue
    patch.setattr(likes, "_queue", lambda *asked: ask(*asked) or True)


def posts_by_increment(patch: Patch) -> None:
    """Every event of a post adds or takes one."""
    told = _listen(patch)

    def increment(user_id: str) -> None:
        profile = store().collection("profiles").document(user_id)
        profile.update({"postCount": firestore.Increment(_step(told[-1]))}, **STORE)

    patch.setattr(functions.tidy_post, "posts", types.SimpleNamespace(exists=posts.exists, recount=increment))


def likes_outlive_their_post(patch: Patch) -> None:
    """Nobody removes the likes of a post that is deleted."""
    patch.setattr(likes, "remove_all", lambda _post_id: None)


def _listen(patch: Patch) -> list[events.Change]:
    """The changes that triggers are told of, the last one last."""
    told: list[events.Change] = []
    parse = events.change

    def change(event: Any) -> events.Change:
        told.append(parse(event))
        return told[-1]

    patch.setattr(events, "change", change)
    return told


def _step(change: events.Change) -> int:
    return (change.after is not None) - (change.before is not None)


class _Unconditional(Batch):
    """Writes that forget their preconditions."""

    def update(
        self,
        document: Reference,
        fields: Mapping[str, Any],
        *,
        unchanged_since: datetime.datetime | None = None,  # noqa: ARG002 - the bug
    ) -> None:
        super().update(document, fields)


class _UnconditionalOrders(Batch):
    """Writes that forget the preconditions of orders."""

    def update(
        self, document: Reference, fields: Mapping[str, Any], *, unchanged_since: datetime.datetime | None = None
    ) -> None:
        is_order = document.path.startswith("orders/")
        super().update(document, fields, unchanged_since=None if is_order else unchanged_since)


# -- what each needs to show: kinds of operations, and enough of the fault that it does not bear ----------------------

_PEOPLE = {"sign_up": 3, "verify": 1}
_MONEY = {"checkout": 6, "pay": 10}

TIPS = FaultRates(
    fault_at_change=0.1,
    overlap=0.25,
    operations={**_PEOPLE, **_MONEY, "tip": 40, "retry": 12, "ask_otherwise": 5, "freeze": 2, "unfreeze": 3},
)
PURCHASES = FaultRates(
    fault_at_change=0.3,
    overlap=0.2,
    duplicate=0.3,
    operations={**_PEOPLE, "checkout": 16, "pay": 24, "settle_payment": 12, "retry": 8},
)
REVERSALS = FaultRates(
    fault_at_change=0.05,
    overlap=0.25,
    deliver=0.85,
    operations={
        "sign_up": 1,
        "verify": 1,
        "checkout": 14,
        "pay": 14,
        "settle_payment": 6,
        "refund": 14,
        "dispute": 10,
        "answer_dispute": 10,
        "appeal": 2,
        "tip": 16,
    },
)
DEBTS = FaultRates(
    # Nobody comes between, so that it is known which order has to be the first.
    fault_at_change=0,
    fault_at_read=0,
    overlap=0,
    storm=0,
    deliver=0.95,
    operations={"verify": 1, "checkout": 14, "pay": 16, "refund": 12, "tip": 18},
)
OLD_DEBTS = dataclasses.replace(
    DEBTS, generosity=0.9, operations={"verify": 1, "checkout": 12, "pay": 16, "refund": 14, "tip": 10}
)
LOOKS = FaultRates(
    # Events of one payment come again and again, each in the middle of another.
    fault_at_change=0.02,
    overlap=0.6,
    duplicate=0.6,
    deliver=0.9,
    operations={"sign_up": 1, "verify": 1, "checkout": 10, "pay": 12, "settle_payment": 4, "refund": 16, "dispute": 6},
)
GRANTS = FaultRates(operations={**_PEOPLE, "grant": 20, "approve": 6, "retry": 4, "ask_otherwise": 2})
GENERATIONS = FaultRates(
    fault_at_change=0.1,
    overlap=0.3,
    operations={**_PEOPLE, "checkout": 10, "pay": 16, "generate": 40, "tip": 6, "retry": 6, "sweep": 2, "wait": 4},
)
SWEEPS = FaultRates(
    overlap=0.5,
    lost_for_good=0.1,
    deliver=0.15,
    operations={**_PEOPLE, **_MONEY, "generate": 24, "sweep": 30, "wait": 30},
)
POSTS = FaultRates(
    duplicate=0.25,
    pace_milliseconds=60,
    deliver=0.85,
    operations={**_PEOPLE, **_MONEY, "generate": 10, "like": 40, "unlike": 10, "delete_post": 3},
)
LIKES = FaultRates(
    fault_at_change=0.04,
    lost_for_good=0,
    pace_milliseconds=25,
    deliver=0.8,
    operations={"sign_up": 12, "verify": 2, "generate": 16, "like": 50, "unlike": 10},
)
CLOCKS = FaultRates(
    # Nothing goes wrong but the clocks, and likes come far apart: an event that comes again, or the count of a window
    # ahead, would make up for a count that was never taken.
    fault_at_change=0,
    fault_at_read=0,
    overlap=0,
    duplicate=0,
    lost_answer=0,
    lost_for_good=0,
    pace_milliseconds=1500,
    deliver=0.9,
    operations={"sign_up": 12, "verify": 4, "generate": 10, "like": 36, "unlike": 32},
)
DELETIONS = dataclasses.replace(LIKES, operations={**LIKES.operations, "delete_post": 6})

KINDS = {
    "tips": TIPS,
    "purchases": PURCHASES,
    "reversals": REVERSALS,
    "debts": DEBTS,
    "old debts": OLD_DEBTS,
    "looks": LOOKS,
    "grants": GRANTS,
    "generations": GENERATIONS,
    "sweeps": SWEEPS,
    "posts": POSTS,
    "likes": LIKES,
    "clocks": CLOCKS,
    "deletions": DELETIONS,
}

PLANTED: dict[Callable[[Patch], None], FaultRates] = {
    payer_without_precondition: TIPS,
    swallowed_commit_error: TIPS,
    line_in_a_second_commit: GENERATIONS,
    payee_by_absolute_value: TIPS,
    replay_of_any_body: TIPS,
    forgotten_payments: TIPS,
    key_of_every_request: TIPS,
    frozen_wallets_pay: TIPS,
    half_a_tip: TIPS,
    bonus_without_a_key: TIPS,
    purchase_looked_up_first: PURCHASES,
    complete_means_paid: PURCHASES,
    late_event_undoes_paid: PURCHASES,
    webhook_answers_too_soon: PURCHASES,
    customer_without_a_key: PURCHASES,
    session_without_a_key: PURCHASES,
    returned_twice: REVERSALS,
    debt_of_the_order_alone: DEBTS,
    clawback_below_zero: DEBTS,
    looks_that_leave_no_trace: LOOKS,
    older_look_replaces_a_newer_one: LOOKS,
    failed_refunds_count: REVERSALS,
    newest_debt_first: OLD_DEBTS,
    grant_that_counts_for_no_day: GRANTS,
    settlement_without_precondition: GENERATIONS,
    refund_without_a_key: GENERATIONS,
    refund_fills_bonus_first: GENERATIONS,
    refund_of_everything: GENERATIONS,
    refund_apart_from_its_settlement: GENERATIONS,
    task_before_its_commit: GENERATIONS,
    sweeper_ignores_workers: SWEEPS,
    nobody_sweeps: SWEEPS,
    prompt_in_the_post: GENERATIONS,
    prompt_in_the_log: GENERATIONS,
    likes_by_increment: POSTS,
    recount_before_the_window_ends: LIKES,
    names_of_counts_that_are_over: CLOCKS,
    posts_by_increment: POSTS,
    likes_outlive_their_post: DELETIONS,
}
"""Each bug, and the kind of run that must catch it."""

CAUGHT_BY: dict[Callable[[Patch], None], tuple[int, int]] = {
    payer_without_precondition: (1, 55),
    swallowed_commit_error: (1, 13),
    line_in_a_second_commit: (1, 10),
    payee_by_absolute_value: (9, 39),
    replay_of_any_body: (2, 15),
    forgotten_payments: (1, 7),
    key_of_every_request: (1, 10),
    frozen_wallets_pay: (5, 11),
    half_a_tip: (1, 10),
    bonus_without_a_key: (1, 10),
    purchase_looked_up_first: (1, 16),
    complete_means_paid: (12, 45),
    late_event_undoes_paid: (11, 48),
    webhook_answers_too_soon: (11, 49),
    customer_without_a_key: (3, 20),
    session_without_a_key: (11, 49),
    returned_twice: (13, 29),
    debt_of_the_order_alone: (12, 26),
    clawback_below_zero: (1, 33),
    looks_that_leave_no_trace: (7, 11),
    older_look_replaces_a_newer_one: (7, 11),
    failed_refunds_count: (7, 60),
    newest_debt_first: (7, 60),
    grant_that_counts_for_no_day: (1, 2),
    settlement_without_precondition: (4, 34),
    refund_without_a_key: (4, 10),
    refund_fills_bonus_first: (3, 12),
    refund_of_everything: (1, 29),
    refund_apart_from_its_settlement: (4, 10),
    task_before_its_commit: (1, 10),
    sweeper_ignores_workers: (7, 27),
    nobody_sweeps: (1, 80),
    prompt_in_the_post: (2, 10),
    prompt_in_the_log: (1, 10),
    likes_by_increment: (5, 28),
    recount_before_the_window_ends: (10, 19),
    names_of_counts_that_are_over: (7, 55),
    posts_by_increment: (3, 40),
    likes_outlive_their_post: (2, 40),
}
"""The seed, and the number of operations, that catch each bug soonest. This run is played first; where it finds
nothing, others are played."""
