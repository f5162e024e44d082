"""The only writer of balances and of the ledger: every movement is one commit.

A payment is a plain read, a pure decision, and one commit that holds only if the payer's wallet has not changed since
(``last_update_time``), the ledger lines do not exist yet (create-only), and the payee exists. The payee is credited by
``Increment``, so that a creator's wallet is never contended by those who tip it. A credit needs no read at all.

Two requests, one of them lost, repeated or in parallel, end in one movement: the second finds the line.

Payments out of one wallet take turns within an instance: they could only lose commits to each other. Between instances,
and between payments and tips that come in, a lost commit is tried again, and at last under a lock. What is refused
waits for no turn.

A wallet that does not add up pays nothing: how much there is to spend is what nobody knows.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.batch import WriteBatch

from shared import fingerprints, log
from shared.cloud.clients import STORE, Snapshot, store
from shared.cloud.fair_lock import turn, turn_if_free
from shared.cloud.transaction import Transaction
from shared.errors import Contention, IdempotencyConflict, NoSuchAccount, Problem, WalletInconsistent
from shared.ledger.decision import Decision, State
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.wallet import Wallet
from shared.money import payment_filter

OPTIMISTIC_ATTEMPTS = 16
"""About a second of them at worst: the lock behind them makes everybody else wait, not only who lost."""

BACKOFF_SECONDS = 0.02
BACKOFF_CEILING_SECONDS = 0.04
"""About one commit: there is one contender an instance, and who waits longer after each loss loses all the more."""

ExtraWrite = Callable[[WriteBatch], None]
"""A document of the same event, written in the same commit as its money."""


class AlreadyRecorded(Exception):
    """The event has its ledger line already; nothing was written."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was ``paid``, and the payer's balance: after the payment, or today's if an earlier request made it."""

    paid: int
    balance: int


def get(user_id: str) -> Wallet | None:
    """The wallet of the user, or None before an account was opened.

    Raises:
        WalletInconsistent: see ``from_document``.
    """
    return from_document(_wallet(user_id).get(**STORE))


def exists(user_id: str) -> bool:
    """Whether the user has a wallet, sound or not."""
    return bool(_wallet(user_id).get(**STORE).exists)


def from_document(document: Snapshot) -> Wallet | None:
    """The wallet that a ``users/{uid}`` document holds; what does not add up is its ``drift``, or a fund below zero.

    Raises:
        WalletInconsistent: an amount is no whole number, or missing.
    """
    try:
        return parsed(document) if document.exists else None
    except WalletInconsistent:
        raise _inconsistent(document.id) from None


def parsed(document: Snapshot) -> Wallet:
    """The same of a document that is there, for who tells of what is wrong in another way."""
    fields = document.to_dict() or {}
    try:
        if fields["funds"].keys() != _split(Funds()).keys():
            raise WalletInconsistent("The funds are others than there are.")
        funds = Funds(**{fund: _whole(tokens) for fund, tokens in fields["funds"].items()})
        return Wallet(
            user_id=document.id,
            funds=funds,
            total_purchased=_whole(fields["totalTokensPurchased"]),
            total_spent=_whole(fields["totalTokensSpent"]),
            total_earned=_whole(fields["totalTokensEarned"]),
            debt=_whole(fields.get("debt", 0)),
            frozen=fields.get("frozen"),
            drift=_whole(fields["tokenBalance"]) - funds.total,
        )
    except (AttributeError, KeyError) as error:
        raise WalletInconsistent("A field is missing.") from error


def _whole(tokens: object) -> int:
    """The tokens; a truth value, a fraction and a text are none, however much they look like it."""
    if type(tokens) is not int:
        raise WalletInconsistent("An amount is no whole number.")
    return tokens


def _inconsistent(user_id: str) -> WalletInconsistent:
    log.alert("wallet-inconsistent", userId=log.hashed(user_id))
    return WalletInconsistent("This wallet does not add up; contact support.")


def open_wallet(user_id: str, bonus: Entry | None, *extra: ExtraWrite) -> None:
    """Creates the wallet, with the bonus and its line when there is one.

    Raises:
        AlreadyRecorded: the wallet exists, or the bonus was granted before.
    """
    funds = bonus.funds if bonus else Funds()
    batch = store().batch()
    batch.create(
        _wallet(user_id),
        {
            "tokenBalance": funds.total,
            "funds": _split(funds),
            "totalTokensPurchased": 0,
            "totalTokensSpent": 0,
            "totalTokensEarned": 0,
            "debt": 0,
            "createdAt": firestore.SERVER_TIMESTAMP,
        },
    )
    if bonus:
        _add_line(batch, bonus)
    for write in extra:
        write(batch)
    try:
        batch.commit(**STORE)
    except AlreadyExists as error:
        raise AlreadyRecorded(user_id) from error


def credit(entry: Entry, *extra: ExtraWrite) -> None:
    """Writes what comes in: the line, the wallet's increments and the event's documents.

    Raises:
        AlreadyRecorded: the event was credited before.
        NoSuchAccount: the user has no wallet.
        FailedPrecondition: a document of the event changed since it was read.
    """
    batch = store().batch()
    _add_credit(batch, entry)
    for write in extra:
        write(batch)
    try:
        batch.commit(**STORE)
    except AlreadyExists as error:
        raise AlreadyRecorded(entry.id) from error
    except NotFound as error:
        raise NoSuchAccount("There is no such account.") from error


def freeze(user_id: str, reason: str) -> None:
    """Stops everything that leaves the wallet, at once; what comes in still lands."""
    _wallet(user_id).update({"frozen": reason}, **STORE)


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the user is at Stripe: ``id``, None before there is one, and the number of the attempt at making it."""

    id: str | None = None
    attempt: int = 0


def customer(account: Snapshot) -> Customer:
    """What the ``users/{uid}`` document says of the customer."""
    fields = account.to_dict() or {}
    return Customer(fields.get("stripeCustomerId"), fields.get("stripeCustomerAttempt", 0))


def store_customer(user_id: str, seen: Customer, becomes: Customer) -> Customer:
    """Who the customer is now: ``becomes``, or what somebody else has stored since it was ``seen``.

    Only this is compared, not the wallet around it, which moves with every tip that comes in.

    Raises:
        Contention: every attempt lost to another writer of the wallet; nothing was stored.
        NoSuchAccount: the account went.
    """
    for attempt in range(OPTIMISTIC_ATTEMPTS):
        account = _wallet(user_id).get(**STORE)
        if (now := _stored(account, seen)) is not None:
            return now
        batch = store().batch()
        _add_customer(batch, account, becomes)
        try:
            batch.commit(**STORE)
        except (Aborted, FailedPrecondition, NotFound):
            _back_off(attempt)
        else:
            return becomes
    return _store_locked(user_id, seen, becomes)


def _store_locked(user_id: str, seen: Customer, becomes: Customer) -> Customer:
    @firestore.transactional
    def attempt(transaction: Transaction) -> Customer:
        account = _wallet(user_id).get(transaction=transaction, **STORE)
        if (now := _stored(account, seen)) is not None:
            return now
        _add_customer(transaction, account, becomes)
        return becomes

    try:
        stored: Customer = attempt(Transaction())
    except (Aborted, FailedPrecondition, InvalidArgument, NotFound, ValueError) as error:  # as in ``_locked``
        raise Contention("This wallet is busy; try again in a moment.") from error
    return stored


def _stored(account: Snapshot, seen: Customer) -> Customer | None:
    """The customer that somebody stored since it was ``seen``; None where nobody did."""
    if not account.exists:
        raise NoSuchAccount("There is no such account.")
    now = customer(account)
    return now if now != seen else None


def _add_customer(batch: WriteBatch, account: Snapshot, becomes: Customer) -> None:
    fields = {
        "stripeCustomerId": becomes.id or firestore.DELETE_FIELD,
        "stripeCustomerAttempt": becomes.attempt or firestore.DELETE_FIELD,
    }
    batch.update(account.reference, fields, option=store().write_option(last_update_time=account.update_time))


def pay(decision: Decision, *extra: ExtraWrite) -> Receipt:
    """Decides and writes a payment; once, however often and from wherever it is asked for.

    Raises:
        IdempotencyConflict: the key was used for another request.
        Contention: too many wait for the same wallet, or every attempt lost to another writer of it; nothing moved.
        WalletInconsistent: a wallet does not add up; nothing moved.
        Problem: the decision refused; nothing moved, and the key is still unused.
    """
    with turn_if_free(decision.payer_id) as is_ours:
        if is_ours:
            return _made(decision, extra)
    # Somebody else is at this wallet. What would be refused is refused now: it would only hold a thread until its turn.
    decided = _decide(decision, _read(decision))
    if isinstance(decided, Receipt):
        return decided
    with turn(decision.payer_id):
        return _made(decision, extra)


def _made(decision: Decision, extra: tuple[ExtraWrite, ...]) -> Receipt:
    for attempt in range(OPTIMISTIC_ATTEMPTS):
        try:
            return _attempt(decision, extra)
        except (Aborted, FailedPrecondition, NotFound):  # the payer's wallet changed, or the payee's account went
            _back_off(attempt)
    return _locked(decision, extra)


def _back_off(attempt: int) -> None:
    ceiling = min(BACKOFF_SECONDS * 2**attempt, BACKOFF_CEILING_SECONDS)
    time.sleep(random.uniform(0, ceiling))  # noqa: S311 - jitter, not a secret


def _attempt(decision: Decision, extra: tuple[ExtraWrite, ...]) -> Receipt:
    documents = _read(decision)
    entries = _decide(decision, documents)
    if isinstance(entries, Receipt):
        return entries
    batch = store().batch()
    receipt = _add_payment(batch, documents[_wallet(decision.payer_id).path], entries, extra)
    try:
        batch.commit(**STORE)
    except AlreadyExists:
        return _require_replay(decision)
    return receipt


def _locked(decision: Decision, extra: tuple[ExtraWrite, ...]) -> Receipt:
    """The same under a lock on the payer's wallet, for one that changes faster than a read and a commit can follow."""

    @firestore.transactional
    def attempt(transaction: Transaction) -> Receipt:
        documents = _read(decision, transaction)
        entries = _decide(decision, documents)
        if isinstance(entries, Receipt):
            return entries
        return _add_payment(transaction, documents[_wallet(decision.payer_id).path], entries, extra)

    try:
        receipt: Receipt = attempt(Transaction())
    except AlreadyExists:
        return _require_replay(decision)
    except (Aborted, FailedPrecondition, InvalidArgument, NotFound, ValueError) as error:
        # ValueError is what the client raises when its last attempt was aborted, InvalidArgument what Firestore answers
        # to a commit that is repeated because its first answer was lost: the caller's retry finds what became of it.
        raise Contention("This wallet is busy; try again in a moment.") from error
    return receipt


def _read(decision: Decision, transaction: Transaction | None = None) -> Mapping[str, Snapshot]:
    references = [_wallet(decision.payer_id)]
    if decision.payee_id is not None:
        references.append(_wallet(decision.payee_id))
    if decision.post_id is not None:
        references.append(store().collection("posts").document(decision.post_id))
    found = store().get_all(references, transaction=transaction, **STORE)
    return {document.reference.path: document for document in found}


def _decide(decision: Decision, documents: Mapping[str, Snapshot]) -> tuple[Entry, ...] | Receipt:
    payer = documents[_wallet(decision.payer_id).path]
    payee = documents[_wallet(decision.payee_id).path] if decision.payee_id is not None else None
    post = documents[f"posts/{decision.post_id}"] if decision.post_id is not None else None
    state = State(
        payer=from_document(payer),
        payee=from_document(payee) if payee is not None else None,
        post_author=post.get("userId") if post is not None and post.exists else None,
    )
    try:
        return decision.decide(state)
    except Problem as refusal:
        # The tokens may be gone because this very request took them: a retry of what was done answers as before.
        may_be_done = payer.exists and payment_filter.may_hold(_payments_made(payer), decision.id)
        if may_be_done and (receipt := _replay(decision)):
            return receipt
        if isinstance(refusal, WalletInconsistent):
            raise _inconsistent(decision.payer_id) from None
        raise


def _replay(decision: Decision) -> Receipt | None:
    """The receipt of the same payment made before, or None when there is none."""
    references = [_line(decision.id), _wallet(decision.payer_id)]
    found = {document.reference.path: document for document in store().get_all(references, **STORE)}
    line, payer = (found[reference.path] for reference in references)
    if not line.exists:
        return None
    if not fingerprints.matches(line.get("fingerprint"), decision.fingerprint):
        raise IdempotencyConflict("This Idempotency-Key was used for a request with another body.")
    wallet = from_document(payer)
    return Receipt(paid=-line.get("amount"), balance=wallet.balance if wallet else 0)


def _require_replay(decision: Decision) -> Receipt:
    receipt = _replay(decision)
    if receipt is None:
        raise RuntimeError(f"a document of {decision.id} exists without its ledger line")
    return receipt


def _add_payment(
    batch: WriteBatch, payer: Snapshot, entries: tuple[Entry, ...], extra: tuple[ExtraWrite, ...]
) -> Receipt:
    """Adds the writes of a decided payment and returns its receipt."""
    paid, *received = entries
    wallet = from_document(payer)
    if wallet is None:
        raise RuntimeError("a payment was decided for a wallet that does not exist")
    funds = wallet.funds + paid.funds
    if wallet.drift or funds.is_negative or (received and sum(entry.amount for entry in entries)):
        raise _inconsistent(wallet.user_id)  # whatever decided this: what is written adds up
    batch.update(
        payer.reference,
        {
            "tokenBalance": funds.total,
            "funds": _split(funds),
            "marks": payment_filter.added(_payments_made(payer), paid.id),
            **{name: firestore.Increment(change) for name, change in paid.totals.items()},
        },
        option=store().write_option(last_update_time=payer.update_time),
    )
    _add_line(batch, paid)
    for entry in received:
        _add_credit(batch, entry)
    for write in extra:
        write(batch)
    return Receipt(paid=-paid.amount, balance=funds.total)


def _add_credit(batch: WriteBatch, entry: Entry) -> None:
    if entry.funds.is_negative:
        raise _inconsistent(entry.user_id)  # what takes away has to look at what is there
    changes = {"tokenBalance": entry.amount, **entry.totals}
    changes |= {f"funds.{fund}": tokens for fund, tokens in _split(entry.funds).items() if tokens}
    batch.update(_wallet(entry.user_id), {name: firestore.Increment(change) for name, change in changes.items()})
    _add_line(batch, entry)


def _add_line(batch: WriteBatch, entry: Entry) -> None:
    batch.create(
        _line(entry.id),
        {
            "userId": entry.user_id,
            "type": entry.type,
            "amount": entry.amount,
            "funds": _split(entry.funds),
            "timestamp": firestore.SERVER_TIMESTAMP,
            "details": dict(entry.details),
            "economy": entry.economy,
            "fingerprint": entry.fingerprint,
        },
    )


def _split(funds: Funds) -> dict[str, int]:
    return {"bonus": funds.bonus, "purchased": funds.purchased, "earned": funds.earned}


def _wallet(user_id: str) -> firestore.DocumentReference:
    return store().collection("users").document(user_id)


def _line(entry_id: str) -> firestore.DocumentReference:
    return store().collection("transactions").document(entry_id)


def _payments_made(payer: Snapshot) -> bytes:
    """The filter that the wallet carries. The field is called ``marks``."""
    made = (payer.to_dict() or {}).get("marks", payment_filter.EMPTY)
    if not isinstance(made, bytes) or len(made) != len(payment_filter.EMPTY):
        raise _inconsistent(payer.id)
    return made
