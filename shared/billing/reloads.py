"""Reloads: claimed, charged and settled, each step once, whoever comes back to it after a crash.

A reload is an order, ``orders/reload_…``, written in the commit that claims it on the wallet. Its charge has the
reload's id as its key at Stripe, so that one which is asked for again is the same charge. The answer, Stripe's events
and reconciliation settle it in one place, ``settle``: the order leaves ``open`` once.

Stripe keeps a key for a day at least. A reload whose outcome is not known by then is looked for among its customer's
payments, and given up where it is not there. It is never charged again.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from shared import clock, log
from shared.billing import checkouts, event_log, orders, stripe_reloads
from shared.billing.items import Wanted
from shared.billing.stripe_reloads import WANTS_ITS_OWNER, Charge, Payment
from shared.billing.webhook import Event
from shared.cloud import documents
from shared.cloud.commits import DELETED_FIELD, SERVER_TIME, Batch, Committed, if_unchanged
from shared.cloud.document_ids import is_document_id
from shared.cloud.documents import Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists
from shared.cloud.queries import Query
from shared.economy.chosen import economy
from shared.errors import NoSuchAccount, OrderMissing, Problem, WalletInconsistent
from shared.idempotency import owned_key
from shared.ledger import auto_reload, order_state, reload
from shared.ledger.auto_reload import AutoReload
from shared.ledger.reload import Bounds, Claim, Idle, Low, Offer, PaidReload, Settlement
from shared.ledger.wallet import Wallet
from shared.money import crediting, reload_fields, reload_settlements, reload_tasks, wallets
from shared.money.ledger_lines import ExtraWrite

LOOKED_UP_AFTER = datetime.timedelta(hours=23)
"""An hour less than Stripe keeps a key at least: https://docs.stripe.com/api/idempotent_requests"""

SETTLED_AFTER = datetime.timedelta(minutes=10)
"""What is younger is left to its task."""

ATTEMPTS = 8

UNRESOLVED = "unresolved"
"""The ``failure`` of a reload of which nobody knows what became of its charge."""

Outcome = Literal["nothing", "paid", "declined", "action", "pending"]
"""What a call came to; ``nothing`` is a wallet that begins no reload."""


@dataclass(frozen=True, slots=True)
class Order:
    """A reload as its order says it. ``failure`` is why it failed, in Stripe's word or ours."""

    charge: Charge
    offer: Offer
    month: int
    status: orders.Status
    failure: str | None
    version: datetime.datetime

    @property
    def id(self) -> str:
        return self.charge.reload_id

    @property
    def user_id(self) -> str:
        return self.charge.user_id

    @property
    def outcome(self) -> Outcome:
        """What it has come to so far."""
        if self.status == "failed":
            return "action" if self.failure == WANTS_ITS_OWNER else "declined"
        return "paid" if self.status == "paid" else "pending"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a reload has come to, whether that was done just now, and the wallet if it is low all the same."""

    outcome: Outcome
    is_new: bool = False
    low: Low | None = None


def run(user_id: str) -> Outcome:
    """Claims a reload if the wallet asks for one, or takes up the one under way, and does what is left of it.

    Raises:
        Contention: others kept coming between.
        Unavailable: Stripe did not answer; the reload goes on with the next call.
        WalletInconsistent.
    """
    try:
        reload_id, idle = _claimed(user_id)
    except NoSuchAccount:
        return "nothing"
    except AlreadyExists:
        _skip_number(user_id)
        return "nothing"
    order = None if reload_id is None else find(reload_id)
    if order is None:
        return "action" if idle == "paused" and _offer_page(user_id) else "nothing"
    settled = finish(order)
    reload_tasks.ask(settled.low)
    if settled.outcome == "action":
        _offer_page(user_id)
    return settled.outcome


def finish(order: Order) -> Settled:
    """Charges an open reload, or looks for its payment where it is too old for that, and settles it.

    Raises:
        Contention, OrderMissing, Unavailable: as ``run`` and ``settle``.
    """
    if order.status != "open":
        return Settled(order.outcome)
    if clock.now() - order.charge.claimed_at < LOOKED_UP_AFTER:
        payment = stripe_reloads.charge(order.charge)
        return Settled("pending") if payment is None else settle(order.id, order.user_id, payment)
    payment = stripe_reloads.find(order.charge)
    if payment is None:
        log.alert("reload-unresolved", order=order.id, reason="no payment of it was found")
    return settle(order.id, order.user_id, payment)


def settle_payment(payment_intent_id: str, event: Event | None = None) -> bool:
    """Settles the reload that the payment is of, and returns whether that was new.

    ``event`` is what reported the payment. What follows for the wallet is done by a call of ``run_reload``.

    Raises:
        Contention, OrderMissing: as ``settle``.
        Unavailable: Stripe did not answer.
    """
    payment = stripe_reloads.payment_of(payment_intent_id)
    reload_id, user_id = (payment.reload_id or "", payment.user_id or "") if payment is not None else ("", "")
    if not (is_document_id(reload_id) and is_document_id(user_id)):
        if event is not None:
            event_log.record(event, "ignored")
        return False
    return _followed(settle(reload_id, user_id, payment, event), user_id)


@if_unchanged(ATTEMPTS, "This reload is busy; try again in a moment.", (*CHANGED, AlreadyExists))
def settle(reload_id: str, user_id: str, payment: Payment | None, event: Event | None = None) -> Settled:
    """Brings the reload to what its payment has become, in one commit; None is a payment that there is not.

    Whoever comes second finds it done. The log entry of the ``event`` is written in the same commit.

    Raises:
        Contention: others kept coming between; nothing was written.
        OrderMissing: money was paid, and there is no order.
    """
    document, account = documents.get_all([orders.reference(reload_id), wallets.reference(user_id)])
    if not document.exists:
        return _without_order(payment, event)
    order = parsed(document)
    if order.user_id != user_id:
        raise RuntimeError(f"the payment of {reload_id} says that it is another user's")
    return _settled(order, account, payment, event)


def unsettled() -> Query:
    """The orders of reloads that are under way, or were left behind."""
    return Query("orders").where("reloadOpen", "==", True)


def take_up(document: Snapshot) -> bool:
    """Finishes a reload that was left behind, and returns whether that settled it.

    Raises:
        Contention, OrderMissing, Unavailable: as ``finish``.
    """
    order = parsed(document)
    if clock.now() - order.charge.claimed_at < SETTLED_AFTER:
        return False
    return _followed(finish(order), order.user_id)


def _followed(settled: Settled, user_id: str) -> bool:
    """Has ``run_reload`` do what is left for the wallet, and returns whether the settlement was new."""
    reload_tasks.ask(settled.low)
    if settled.is_new and settled.outcome == "action":
        reload_tasks.queue_call(user_id)
    return settled.is_new


def payment_made(order: Order, payment_intent_ids: Sequence[str]) -> Payment | None:
    """The one of these payments that Stripe says was made of the reload; None where there is none.

    Raises:
        Unavailable: Stripe did not answer.
    """
    known = map(stripe_reloads.payment_of, payment_intent_ids)
    return next((each for each in known if each and each.reload_id == order.id and each.result == "paid"), None)


def find(reload_id: str) -> Order | None:
    """The order of the reload, or None."""
    document = documents.get(orders.reference(reload_id))
    return parsed(document) if document.exists else None


def parsed(document: Snapshot) -> Order:
    """The reload that an order is."""
    fields = document.fields
    charge = Charge(
        reload_id=document.id,
        user_id=fields["userId"],
        customer_id=fields["customer"],
        payment_method=fields["paymentMethod"],
        amount=fields["amount"],
        currency=fields["currency"],
        claimed_at=fields["claimedAt"],
    )
    offer = Offer(fields["package"], fields["tokens"], fields["amount"], fields["currency"], fields["economy"])
    return Order(charge, offer, fields["month"], fields["status"], fields.get("failure"), document.update_time)


def bounds() -> Bounds:
    """How often a reload is tried; where the economy has none any more, as it is by default."""
    terms = economy().auto_reload
    return Bounds(60, 3) if terms is None else Bounds(terms.seconds_apart, terms.failures_max)


def offer_of(package_id: str) -> Offer | None:
    """The package as it is sold by auto-reload now; None where it is not."""
    for package in economy().reload_packages:
        if package.id == package_id:
            return Offer(package.id, package.tokens, package.amount, package.currency, economy().label)
    return None


def _claimed(user_id: str) -> tuple[str | None, Idle | None]:
    """The reload that the wallet begins now, or the one under way; and why it begins none.

    The claim and its order are one commit, which holds only if the wallet has not changed since it was read.
    """

    def claim(batch: Batch, account: Snapshot) -> tuple[str | None, Idle | None]:
        wallet = wallets.from_document(account)
        customer_id = account.fields.get("stripeCustomerId")
        if wallet is None or customer_id is None:
            return None, "off"
        terms = wallet.auto_reload.terms
        offer = None if terms is None else offer_of(terms.package)
        claimed = reload.claim(wallet, offer, bounds(), clock.at(account.read_time))
        if not isinstance(claimed, Claim):
            log.note(idle=claimed)
            return wallet.auto_reload.in_flight, claimed
        fields = reload_fields.written(claimed.after)
        batch.update(account.reference, wallets.beside_money(fields), unchanged_since=account.update_time)
        batch.create(orders.reference(claimed.id), _fields(user_id, customer_id, claimed))
        return claimed.id, None

    return wallets.write(user_id, claim)


def _skip_number(user_id: str) -> None:
    """Leaves out a number whose order is there: the wallet was restored from a backup. Its charge is not made again."""

    log.write("WARNING", "reload-number-skipped", user=log.hashed(user_id))
    _change(user_id, lambda now: replace(now, seq=now.seq + 1))


def _fields(user_id: str, customer_id: str, claimed: Claim) -> dict[str, Any]:
    """What the order of a reload begins with: all that its charge is made from."""
    offer = claimed.offer
    return {
        "userId": user_id,
        "kind": "reload",
        "package": offer.package,
        "tokens": offer.tokens,
        "amount": offer.amount,
        "currency": offer.currency,
        "economy": offer.economy,
        "status": "open",
        "reloadOpen": True,
        "order": claimed.id,
        "customer": customer_id,
        "paymentMethod": claimed.payment_method,
        "month": claimed.after.month,
        "claimedAt": claimed.after.last_at,
        "createdAt": SERVER_TIME,
    }


def _without_order(payment: Payment | None, event: Event | None) -> Settled:
    if payment is not None and payment.result == "paid":
        raise OrderMissing("The order of this reload is not there.")
    if event is not None:
        event_log.record(event, "ignored")
    return Settled("nothing")


def _settled(order: Order, account: Snapshot, payment: Payment | None, event: Event | None) -> Settled:
    """Commits what follows from the payment.

    Raises:
        Aborted, AlreadyExists, FailedPrecondition: the order has changed since it was read; nothing was written.
    """
    result = None if payment is None else payment.result
    is_paid_late = order.status == "failed" and result == "paid"
    if (order.status != "open" and not is_paid_late) or (payment is not None and result is None):
        if event is not None:
            event_log.record(event, orders.outcome(order.status), order_id=order.id)
        return Settled(order.outcome, low=_low(account) if order.status == "paid" else None)
    if payment is None:
        return _failed(order, account, UNRESOLVED, reload.given_up(order.offer.amount), event)
    if result is None or result == "paid":
        return _paid(order, account, payment, is_paid_late, event)
    then = reload.settlement(_state(account), result, order.offer.amount, bounds())
    code = WANTS_ITS_OWNER if result == "action" else payment.code or payment.status
    log.write("INFO", "payment-failed", code=code)
    return _failed(order, account, code, then, event)


def _paid(order: Order, account: Snapshot, payment: Payment, is_late: bool, event: Event | None) -> Settled:
    wrong = _differences(order, payment) if account.exists else "the account is gone"
    if payment.id is None or wrong:
        return _parked(order, account, payment, wrong, event)
    then = (
        reload.paid_late(_state(account), order.offer.amount, order.month)
        if is_late
        else reload.settlement(_state(account), "paid", order.offer.amount, bounds())
    )
    changes = {
        "status": "paid",
        "paid": order.offer.amount,
        "paymentIntents": [payment.id],
        "paidAt": SERVER_TIME,
    }
    writes = _writes(order, changes, event)
    entry = PaidReload(order.id, order.user_id, payment.id, order.offer).entry()
    try:
        committed = crediting.credit(entry, *writes, fields=reload_fields.settled(then))
    except crediting.AlreadyRecorded:  # the order was restored from a backup that did not have its credit
        log.write("WARNING", "duplicate-credit-refused", order=order.id)
        reload_settlements.commit(account, then, *writes)
        return Settled("paid", is_new=True)
    except NoSuchAccount:
        return _parked(order, account, payment, "the account is gone", event)
    if is_late:
        log.alert("reload-unresolved", order=order.id, reason="it was paid after it had been settled as failed")
    log.note(credited=True)
    log.write("INFO", "purchase-credited", amount=order.offer.amount, currency=order.offer.currency, delayMs=None)
    return Settled("paid", is_new=True, low=_low_after(account, committed))


def _failed(order: Order, account: Snapshot, code: str, then: Settlement, event: Event | None) -> Settled:
    writes = _writes(order, {"status": "failed", "failure": code}, event)
    reload_settlements.commit(account, then, *writes)
    if then.pause is not None:
        log.write("NOTICE", "reload-paused", user=log.hashed(order.user_id), reason=then.pause)
    return Settled("action" if code == WANTS_ITS_OWNER else "declined", is_new=True)


def _parked(order: Order, account: Snapshot, payment: Payment, reason: str, event: Event | None) -> Settled:
    """A person has to decide about money that came in otherwise than it was asked for."""
    changes = {
        "status": "parked",
        "parkedReason": reason,
        "paid": payment.amount,
        "paymentIntents": [payment.id],
    }
    reload_settlements.commit(account, reload.differing(), *_writes(order, changes, event, "parked"))
    log.alert("order-parked", session=order.id, reason=reason)
    return Settled("pending", is_new=True)


def _differences(order: Order, payment: Payment) -> str:
    wanted = {"amount": order.offer.amount, "currency": order.offer.currency, "customer": order.charge.customer_id}
    said = {"amount": payment.amount, "currency": payment.currency, "customer": payment.customer_id}
    wrong = [name for name, value in wanted.items() if said[name] != value]
    return f"differs from the order: {', '.join(wrong)}" if wrong else ""


def _writes(
    order: Order,
    changes: Mapping[str, object],
    event: Event | None,
    outcome: event_log.Outcome = "processed",
) -> tuple[ExtraWrite, ...]:
    def write(batch: Batch) -> None:
        written = {**changes, "reloadOpen": DELETED_FIELD}
        batch.update(orders.reference(order.id), written, unchanged_since=order.version)

    return (write,) if event is None else (write, event_log.entry(event, outcome, order.id))


def _state(account: Snapshot) -> auto_reload.AutoReload:
    """What the wallet says; of one that makes no sense it is not asked, because what comes in lands all the same."""
    wallet = _wallet(account)
    return auto_reload.AutoReload() if wallet is None else wallet.auto_reload


def _wallet(account: Snapshot) -> Wallet | None:
    try:
        return wallets.from_document(account)
    except WalletInconsistent:
        return None


def _low(account: Snapshot) -> Low | None:
    wallet = _wallet(account)
    return None if wallet is None else reload.low(wallet)


def _low_after(account: Snapshot, committed: Committed) -> Low | None:
    """The wallet if it is low although tokens came in: a task that was dropped meanwhile may have been right."""
    wallet = _wallet(account)
    if wallet is None or committed.of(account.reference).computed["debt"] > 0:
        return None
    came_in = committed.of(account.reference).computed["tokenBalance"] - wallet.balance
    return reload.low(wallet, came_in)


def _offer_page(user_id: str) -> bool:
    """Offers a page on which the owner of the card can pay, to a wallet that waits for that; whether it does wait."""
    wallet = wallets.get(user_id)
    if wallet is None or wallet.auto_reload.paused != "authentication":
        return False
    state = wallet.auto_reload
    if state.action_url is not None or not state.is_on or state.terms is None:
        return True
    key = owned_key("reload-page", str(state.seq), user_id)
    try:
        page = checkouts.place(user_id, "", Wanted("package", state.terms.package), key)
    except Problem as refusal:  # the wallet is frozen, or had its pages of this hour
        log.write("WARNING", "reload-page-not-made", user=log.hashed(user_id), problem=refusal.slug)
        return True
    if page.status in order_state.UNPAYABLE:  # that was the page of this pause: it lasts until the user ends it
        return True
    orders.mark_as_reload_page(page)  # before the wallet leads there, so that whoever settles it knows
    _change(user_id, lambda now: auto_reload.with_page(now, page.url))
    if orders.require(page.session_id).status == "paid":  # on a page that was open already, just now
        _change(user_id, lambda now: auto_reload.paid_on_page(now, page.url))
    return True


def _change(user_id: str, change: Callable[[AutoReload], AutoReload]) -> None:
    def changed(account: Mapping[str, Any]) -> tuple[Mapping[str, object], None]:
        now = reload_fields.parsed(account.get(reload_fields.FIELD))
        after = change(now)
        return ({} if after == now else reload_fields.written(after)), None

    wallets.update(user_id, changed)
