"""The only writer of accounts and of the ledger: every movement is one commit.

A payment is a plain read of what its decision names, the pure decision, and one commit. The commit holds only if the
payer's wallet has not changed since (``last_update_time``), the ledger lines do not exist yet (create-only), and the
payee exists. The payee is credited by ``Increment``, so that a creator's wallet is never contended by those who tip it.
A credit needs no read at all.

Two requests, one of them lost, repeated or in parallel, end in one movement: the second finds the line.

Payments out of one wallet take turns within an instance: they could only lose commits to each other. Between instances,
and between payments and tips that come in, a lost commit is tried again, and at last under a lock. What is refused
waits for no turn.

A wallet that does not add up pays nothing: how much there is to spend is what nobody knows.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from shared import clock, fingerprints, log
from shared.cloud import documents
from shared.cloud.commits import DELETED_FIELD, SERVER_TIME, Batch, Increment
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists, InvalidArgument, NotFound
from shared.cloud.fair_lock import turn, turn_if_free
from shared.cloud.transaction import Transaction, under_lock
from shared.errors import Contention, IdempotencyConflict, NoSuchAccount, Problem, WalletInconsistent
from shared.ledger.decision import Decision, Fields, Outcome, Ref, State
from shared.ledger.entries import TOTALS, Entry
from shared.ledger.funds import Funds
from shared.ledger.wallet import Wallet, opened
from shared.money import history, payment_filter

OPTIMISTIC_ATTEMPTS = 16
"""About a second of them at worst: the lock behind them makes everybody else wait, not only who lost."""

BACKOFF_SECONDS = 0.02
BACKOFF_CEILING_SECONDS = 0.04
"""About one commit: there is one contender an instance, and who waits longer after each loss loses all the more."""

COLLECTIONS = {"wallet": "users", "post": "posts"}
"""Where each kind of document is that a decision may read."""

MONEY = frozenset({"tokenBalance", "funds", *TOTALS, "debt", "marks", "movedOn"})
"""The fields of an account that move with lines of the ledger alone."""

FreezeReason = Literal["audit", "operator"]
"""Who stops a wallet. Each reason is lifted only by who set it."""

T = TypeVar("T")

ExtraWrite = Callable[[Batch], None]
"""A document of the same event, written in the same commit as its money."""


class AlreadyRecorded(Exception):
    """The event has its ledger line already; nothing was written."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was ``paid``, and the payer's balance: after the payment, or today's if an earlier request made it."""

    paid: int
    balance: int


def reference(user_id: str) -> Reference:
    """Where the user's account is, or would be. Only this file writes there."""
    return documents.reference("users", user_id)


def get(user_id: str) -> Wallet | None:
    """The wallet of the user, or None before an account was opened.

    Raises:
        WalletInconsistent: see ``from_document``.
    """
    return from_document(documents.get(reference(user_id)))


def require(user_id: str) -> Wallet:
    """The wallet of the user.

    Raises:
        NoSuchAccount: no account was opened.
        WalletInconsistent: see ``from_document``.
    """
    return opened(get(user_id))


def require_account(user_id: str) -> None:
    """Returns if the user has a wallet, sound or not.

    Raises:
        NoSuchAccount: no account was opened.
    """
    account = documents.get(reference(user_id))
    opened(account if account.exists else None)


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
    fields = document.fields
    try:
        if fields["funds"].keys() != set(Funds.names):
            raise WalletInconsistent("The funds are others than there are.")
        funds = Funds(**{fund: _whole(tokens) for fund, tokens in fields["funds"].items()})
        return Wallet(
            user_id=document.id,
            funds=funds,
            total_purchased=_whole(fields["totalTokensPurchased"]),
            total_spent=_whole(fields["totalTokensSpent"]),
            total_earned=_whole(fields["totalTokensEarned"]),
            debt=_whole(fields.get("debt", 0)),
            frozen=frozenset(_reasons(fields.get("frozen"))),
            drift=_whole(fields["tokenBalance"]) - funds.total,
        )
    except (AttributeError, KeyError) as error:
        raise WalletInconsistent("A field is missing.") from error


def _reasons(frozen: object) -> dict[str, object]:
    """Since when each reason freezes the wallet. An older wallet has a text: its one reason, of an unknown time."""
    match frozen:
        case None:
            return {}
        case str():
            return {frozen: SERVER_TIME}
        case dict():
            return frozen
        case _:
            raise WalletInconsistent("The reasons of a freeze are not a map.")


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
    batch = Batch()
    batch.create(
        reference(user_id),
        {
            "tokenBalance": funds.total,
            "funds": funds.to_fields(),
            "totalTokensPurchased": 0,
            "totalTokensSpent": 0,
            "totalTokensEarned": 0,
            "debt": 0,
            "movedOn": clock.today(),
            "createdAt": SERVER_TIME,
        },
    )
    if bonus:
        _add_line(batch, bonus)
    for write in extra:
        write(batch)
    try:
        batch.commit()
    except AlreadyExists as error:
        raise AlreadyRecorded(user_id) from error


def credit(entry: Entry, *extra: ExtraWrite) -> None:
    """Writes what comes in: the line, the wallet's increments and the event's documents.

    Raises:
        AlreadyRecorded: the event was credited before.
        NoSuchAccount: the user has no wallet.
        FailedPrecondition: a document of the event changed since it was read.
    """
    batch = Batch()
    _add_credit(batch, entry)
    for write in extra:
        write(batch)
    try:
        batch.commit()
    except AlreadyExists as error:
        raise AlreadyRecorded(entry.id) from error
    except NotFound as error:
        raise NoSuchAccount("There is no such account.") from error


def freeze(user_id: str, reason: FreezeReason) -> None:
    """Stops everything that leaves the wallet, from the next payment on; what comes in still lands. Other reasons stay.

    Raises:
        Contention, NoSuchAccount: as ``update``.
    """
    update(user_id, lambda account: ({"frozen": {**_frozen(account), reason: SERVER_TIME}}, None))


def unfreeze(user_id: str, reason: FreezeReason) -> None:
    """Lifts the reason, which only who set it may do. The wallet stays frozen while there is another one.

    Raises:
        Contention, NoSuchAccount: as ``update``.
    """

    def lift(account: Fields) -> tuple[Fields, None]:
        reasons = _frozen(account)
        others = {other: since for other, since in reasons.items() if other != reason}
        return {} if others == reasons else {"frozen": others or DELETED_FIELD}, None

    update(user_id, lift)


def _frozen(account: Fields) -> dict[str, object]:
    return _reasons(account.get("frozen"))


def update(user_id: str, change: Callable[[Fields], tuple[Fields, T]]) -> T:
    """Changes fields of the account that are not money, and returns what ``change`` answers.

    ``change`` is given the account's fields. It returns the fields to write, which may be none, and its answer. It is
    asked again whenever the account changed meanwhile, as it does with every tip that comes in.

    Raises:
        Contention: every attempt lost to another writer of the account; nothing was written.
        NoSuchAccount: there is no such account.
    """
    for attempt in range(OPTIMISTIC_ATTEMPTS):
        batch = Batch()
        answer = _add_update(batch, documents.get(reference(user_id)), change)
        if not len(batch):
            return answer
        try:
            batch.commit()
        except (*CHANGED, NotFound):
            _back_off(attempt)
        else:
            return answer
    return _update_locked(user_id, change)


def _update_locked(user_id: str, change: Callable[[Fields], tuple[Fields, T]]) -> T:
    def attempt(transaction: Transaction) -> T:
        return _add_update(Batch(transaction), documents.get(reference(user_id), transaction=transaction), change)

    try:
        answer = under_lock(attempt)
    except (*CHANGED, InvalidArgument, NotFound) as error:  # as in ``_locked``
        raise Contention("This wallet is busy; try again in a moment.") from error
    return answer


def _add_update(batch: Batch, account: Snapshot, change: Callable[[Fields], tuple[Fields, T]]) -> T:
    if not account.exists:
        raise NoSuchAccount("There is no such account.")
    fields, answer = change(account.fields)
    if fields:
        batch.update(account.reference, _beside_money(fields), unchanged_since=account.update_time)
    return answer


def _beside_money(fields: Fields) -> dict[str, object]:
    """The fields, none of which is money: that moves with lines of the ledger alone."""
    if moved := sorted(name for name in fields if name.split(".")[0] in MONEY):
        raise RuntimeError(f"only a line of the ledger moves {moved}")
    return dict(fields)


def pay(decision: Decision, *extra: ExtraWrite) -> Receipt:
    """Decides and writes a payment; once, however often and from wherever it is asked for.

    ``extra`` are documents of the same event. A decision that finds nothing to do writes nothing, them neither.

    Raises:
        IdempotencyConflict: the key was used for another request.
        Contention: too many wait for the same wallet, or every attempt lost to another writer of it; nothing moved.
        WalletInconsistent: a wallet does not add up; nothing moved.
        Problem: the decision refused; nothing moved, and the key is still unused.
    """
    with turn_if_free(decision.user_id) as is_ours:
        if is_ours:
            return _made(decision, extra)
    # Somebody else is at this wallet. What would be refused is refused now: it would only hold a thread until its turn.
    decided = _decide(decision, _read(decision))
    if isinstance(decided, Receipt):
        return decided
    with turn(decision.user_id):
        return _made(decision, extra)


def _made(decision: Decision, extra: tuple[ExtraWrite, ...]) -> Receipt:
    for attempt in range(OPTIMISTIC_ATTEMPTS):
        try:
            return _attempt(decision, extra)
        except (*CHANGED, NotFound):  # the payer's wallet changed, or the payee's account went
            _back_off(attempt)
    return _locked(decision, extra)


def _back_off(attempt: int) -> None:
    ceiling = min(BACKOFF_SECONDS * 2**attempt, BACKOFF_CEILING_SECONDS)
    clock.sleep(random.uniform(0, ceiling))  # noqa: S311 - jitter, not a secret


def _attempt(decision: Decision, extra: tuple[ExtraWrite, ...]) -> Receipt:
    found = _read(decision)
    outcome = _decide(decision, found)
    if isinstance(outcome, Receipt):
        return outcome
    batch = Batch()
    receipt = _add_outcome(batch, decision, found, outcome, extra)
    try:
        batch.commit()
    except AlreadyExists:
        return _require_replay(decision)
    return receipt


def _locked(decision: Decision, extra: tuple[ExtraWrite, ...]) -> Receipt:
    """The same under a lock on the payer's wallet, for one that changes faster than a read and a commit can follow."""

    def attempt(transaction: Transaction) -> Receipt:
        found = _read(decision, transaction)
        outcome = _decide(decision, found)
        if isinstance(outcome, Receipt):
            return outcome
        return _add_outcome(Batch(transaction), decision, found, outcome, extra)

    try:
        receipt = under_lock(attempt)
    except AlreadyExists:
        return _require_replay(decision)
    except (*CHANGED, InvalidArgument, NotFound) as error:
        # InvalidArgument is what Firestore answers to a commit that is repeated because its first answer was lost: the
        # caller's retry finds what became of it.
        raise Contention("This wallet is busy; try again in a moment.") from error
    return receipt


def _read(decision: Decision, transaction: Transaction | None = None) -> Mapping[Ref, Snapshot]:
    paths = {_document(ref).path: ref for ref in decision.reads}
    references = [_document(ref) for ref in paths.values()]
    found = documents.get_all(references, transaction=transaction)
    return {paths[document.path]: document for document in found}


def _document(ref: Ref) -> Reference:
    return documents.reference(COLLECTIONS[ref.kind], ref.id)


def _decide(decision: Decision, found: Mapping[Ref, Snapshot]) -> Outcome | Receipt:
    """What there is to write, or the receipt of what needs no write."""
    state = State(
        wallets={ref.id: from_document(document) for ref, document in found.items() if ref.kind == "wallet"},
        documents={
            ref: document.fields if document.exists else None for ref, document in found.items() if ref.kind != "wallet"
        },
    )
    payer = found[Ref("wallet", decision.user_id)]
    try:
        outcome = decision.decide(state)
    except Problem as refusal:
        # The tokens may be gone because this very request took them: a retry of what was done answers as before.
        if receipt := _done_before(decision, payer):
            return receipt
        if isinstance(refusal, WalletInconsistent):
            raise _inconsistent(decision.user_id) from None
        raise
    if outcome.entries:
        return outcome
    if outcome.writes:
        raise RuntimeError(f"{decision.id} would write without an entry, so again with every retry")
    wallet = state.wallets[decision.user_id]
    return _done_before(decision, payer) or Receipt(paid=0, balance=wallet.balance if wallet else 0)


def _done_before(decision: Decision, payer: Snapshot) -> Receipt | None:
    """The receipt of the same payment made before. The ledger is asked only if the payer's filter may hold it."""
    may_be_done = payer.exists and payment_filter.may_hold(_payments_made(payer), decision.id)
    return _replay(decision) if may_be_done else None


def _replay(decision: Decision) -> Receipt | None:
    """The receipt of the same payment made before, or None when there is none."""
    references = [history.line(decision.id), reference(decision.user_id)]
    found = {document.path: document for document in documents.get_all(references)}
    line, payer = (found[reference.path] for reference in references)
    if not line.exists:
        return None
    if not fingerprints.matches(line.fields["fingerprint"], decision.fingerprint):
        raise IdempotencyConflict("This Idempotency-Key was used for a request with another body.")
    wallet = from_document(payer)
    return Receipt(paid=-line.fields["amount"], balance=wallet.balance if wallet else 0)


def _require_replay(decision: Decision) -> Receipt:
    receipt = _replay(decision)
    if receipt is None:
        raise RuntimeError(f"a document of {decision.id} exists without its ledger line")
    return receipt


def _add_outcome(
    batch: Batch,
    decision: Decision,
    found: Mapping[Ref, Snapshot],
    outcome: Outcome,
    extra: tuple[ExtraWrite, ...],
) -> Receipt:
    """Adds the writes of what was decided and returns its receipt."""
    own = Ref("wallet", decision.user_id)
    payer, wallet = found[own], from_document(found[own])
    if wallet is None:
        raise RuntimeError("a payment was decided for a wallet that does not exist")
    paid, *received = outcome.entries
    funds = wallet.funds + paid.funds
    if wallet.drift or funds.is_negative or (received and sum(entry.amount for entry in outcome.entries)):
        raise _inconsistent(wallet.user_id)  # whatever decided this: what is written adds up
    if (paid.id, paid.user_id) != (decision.id, decision.user_id):
        raise RuntimeError(f"the first entry of {decision.id} is another's: a retry would not find it")
    of_wallet = [write for write in outcome.writes if write.ref == own]
    batch.update(
        payer.reference,
        {
            **{name: value for write in of_wallet for name, value in _beside_money(write.fields).items()},
            "tokenBalance": funds.total,
            "funds": funds.to_fields(),
            "marks": payment_filter.added(_payments_made(payer), paid.id),
            "movedOn": clock.today(),
            **{name: Increment(change) for name, change in paid.totals.items()},
        },
        unchanged_since=payer.update_time,
    )
    _add_line(batch, paid)
    for entry in received:
        _add_credit(batch, entry)
    for write in outcome.writes:
        if write.ref != own:
            read = found[write.ref]
            batch.update(read.reference, _beside_money(write.fields), unchanged_since=read.update_time)
    for add in extra:
        add(batch)
    return Receipt(paid=-paid.amount, balance=funds.total)


def _add_credit(batch: Batch, entry: Entry) -> None:
    if entry.funds.is_negative:
        raise _inconsistent(entry.user_id)  # what takes away has to look at what is there
    changes = {"tokenBalance": entry.amount, **entry.totals}
    changes |= {f"funds.{fund}": tokens for fund in Funds.names if (tokens := getattr(entry.funds, fund))}
    increments = {name: Increment(change) for name, change in changes.items()}
    batch.update(reference(entry.user_id), {**increments, "movedOn": clock.today()})
    _add_line(batch, entry)


def _add_line(batch: Batch, entry: Entry) -> None:
    batch.create(
        history.line(entry.id),
        {
            "userId": entry.user_id,
            "type": entry.type,
            "amount": entry.amount,
            "funds": entry.funds.to_fields(),
            "timestamp": SERVER_TIME,
            "details": dict(entry.details),
            "economy": entry.economy,
            "fingerprint": entry.fingerprint,
        },
    )


def _payments_made(payer: Snapshot) -> bytes:
    """The filter that the wallet carries. The field is called ``marks``."""
    made = payer.fields.get("marks", payment_filter.EMPTY)
    if not isinstance(made, bytes) or len(made) != len(payment_filter.EMPTY):
        raise _inconsistent(payer.id)
    return made
