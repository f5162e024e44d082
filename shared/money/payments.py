"""Payments: tokens that go out of one wallet, perhaps into others, in one commit.

A payment is a plain read of what its decision names, the pure decision, and one commit. The commit holds only if the
payer's wallet has not changed since (``last_update_time``), the ledger lines do not exist yet (create-only), and the
payee exists. The payee is credited by ``Increment``, so that a creator's wallet is never contended by those who tip it.

Two requests, one of them lost, repeated or in parallel, end in one movement: the second finds the line.

Payments out of one wallet take turns within an instance: they could only lose commits to each other. Between instances,
and between payments and tips that come in, a lost commit is tried again, and at last under a lock. What is refused
waits for no turn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared import clock, fingerprints
from shared.cloud import documents
from shared.cloud.commits import DELETED_FIELD, Batch, Committed, Increment
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists, InvalidArgument, NotFound
from shared.cloud.fair_lock import turn, turn_if_free
from shared.cloud.transaction import Transaction, under_lock
from shared.errors import Contention, IdempotencyConflict, InsufficientTokens, Problem, TokensOwed, WalletInconsistent
from shared.ledger import reload
from shared.ledger.decision import Decision, Outcome, Ref, State
from shared.ledger.entries import Entry
from shared.ledger.means import PaidBy
from shared.ledger.reload import Low
from shared.ledger.wallet import Wallet
from shared.money import history, ledger_lines, payment_filter, reload_tasks, reversals, wallets

COLLECTIONS = {"wallet": "users", "post": "posts"}
"""Where each kind of document is that a decision may read."""


PaymentWrite = Callable[[Batch, Outcome], None]
"""A document of the same event, which may tell what was decided, written in the same commit as its money."""

Allow = Callable[[Wallet, Outcome], None]
"""Looks at what was decided of the payer's wallet, asks what no decision can, and raises the Problem that refuses."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was ``paid``, and the payer's balance: after the payment, or today's if an earlier request made it.

    ``low`` is the payer's wallet if that leaves less in it than its owner wants to have.
    ``paid_by`` is what paid for a generation, and ``trial_remaining`` what is left of the trial, as is the balance.
    """

    paid: int
    balance: int
    low: Low | None = None
    paid_by: PaidBy = "tokens"
    trial_remaining: int = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """What goes with a payment."""

    writes: tuple[PaymentWrite, ...]
    allow: Allow | None


def pay(decision: Decision, *extra: PaymentWrite, allow: Allow | None = None) -> Receipt:
    """Decides and writes a payment; once, however often and from wherever it is asked for.

    ``extra`` are documents of the same event. A decision that finds nothing to do writes nothing, them neither.
    ``allow`` may refuse what was decided. It is asked whenever that is decided anew, because the wallet has changed.

    Raises:
        IdempotencyConflict: the key was used for another request.
        Contention: too many wait for the same wallet, or every attempt lost to another writer of it; nothing moved.
        WalletInconsistent: a wallet does not add up; nothing moved.
        Problem: the decision refused; nothing moved, and the key is still unused.
    """
    beside = Beside(extra, allow)
    try:
        return _paid(decision, beside)
    except TokensOwed as refusal:
        if not refusal.balance:
            raise
    # Tokens came in, and whoever brought them did not get to work the debt off.
    reversals.work_off(decision.user_id)
    return _paid(decision, beside)


def _paid(decision: Decision, beside: Beside) -> Receipt:
    with turn_if_free(decision.user_id) as is_ours:
        if is_ours:
            return _made(decision, beside)
    # Somebody else is at this wallet. What would be refused is refused now: it would only hold a thread until its turn.
    decided = _decide(decision, _read(decision), beside)
    if isinstance(decided, Receipt):
        return decided
    with turn(decision.user_id):
        return _made(decision, beside)


def _made(decision: Decision, beside: Beside) -> Receipt:
    for attempt in range(wallets.OPTIMISTIC_ATTEMPTS):
        try:
            return _attempt(decision, beside)
        except (*CHANGED, NotFound):  # the payer's wallet changed, or the payee's account went
            wallets.back_off(attempt)
    return _locked(decision, beside)


def _attempt(decision: Decision, beside: Beside) -> Receipt:
    found = _read(decision)
    outcome = _decide(decision, found, beside)
    if isinstance(outcome, Receipt):
        return outcome
    batch = Batch()
    receipt = _add_outcome(batch, decision, found, outcome, beside)
    try:
        committed = batch.commit()
    except AlreadyExists:
        return _require_replay(decision)
    _work_off_debts(outcome, committed)
    return receipt


def _locked(decision: Decision, beside: Beside) -> Receipt:
    """The same under a lock on the payer's wallet, for one that changes faster than a read and a commit can follow."""

    def attempt(transaction: Transaction) -> tuple[Receipt, Outcome]:
        found = _read(decision, transaction)
        outcome = _decide(decision, found, beside)
        if isinstance(outcome, Receipt):
            return outcome, Outcome()
        return _add_outcome(Batch(transaction), decision, found, outcome, beside), outcome

    try:
        (receipt, outcome), committed = under_lock(attempt)
    except AlreadyExists:
        return _require_replay(decision)
    except (*CHANGED, InvalidArgument, NotFound) as error:
        # InvalidArgument is what Firestore answers to a commit that is repeated because its first answer was lost: the
        # caller's retry finds what became of it.
        raise Contention("This wallet is busy; try again in a moment.") from error
    _work_off_debts(outcome, committed)
    return receipt


def _work_off_debts(outcome: Outcome, committed: Committed) -> None:
    payer = {entry.user_id for entry in outcome.entries[:1]}
    for user_id in {entry.user_id for entry in outcome.entries} - payer:
        reversals.work_off_after(committed, user_id)


def _read(decision: Decision, transaction: Transaction | None = None) -> Mapping[Ref, Snapshot]:
    paths = {_document(ref).path: ref for ref in decision.reads}
    references = [_document(ref) for ref in paths.values()]
    found = documents.get_all(references, transaction=transaction)
    return {paths[document.path]: document for document in found}


def _document(ref: Ref) -> Reference:
    return documents.reference(COLLECTIONS[ref.kind], ref.id)


def _decide(decision: Decision, found: Mapping[Ref, Snapshot], beside: Beside) -> Outcome | Receipt:
    """What there is to write, or the receipt of what needs no write."""
    state = State(
        wallets={ref.id: wallets.from_document(document) for ref, document in found.items() if ref.kind == "wallet"},
        documents={
            ref: document.fields if document.exists else None for ref, document in found.items() if ref.kind != "wallet"
        },
    )
    payer, wallet = found[Ref("wallet", decision.user_id)], state.wallets[decision.user_id]
    try:
        outcome = decision.decide(state)
        if beside.allow is not None and outcome.entries and wallet is not None:
            beside.allow(wallet, outcome)
    except Problem as refusal:
        # The tokens may be gone because this very request took them: a retry of what was done answers as before.
        if receipt := _done_before(decision, payer):
            return receipt
        if isinstance(refusal, WalletInconsistent):
            raise wallets.inconsistent(decision.user_id) from None
        if isinstance(refusal, InsufficientTokens) and wallet is not None:
            refusal.extensions["canReload"] = reload_tasks.can_reload(wallet)
        raise
    if outcome.entries:
        return outcome
    if outcome.writes:
        raise RuntimeError(f"{decision.id} would write without an entry, so again with every retry")
    return _done_before(decision, payer) or _receipt(0, wallet)


def _done_before(decision: Decision, payer: Snapshot) -> Receipt | None:
    """The receipt of the same payment made before. The ledger is asked only if the payer's filter may hold it."""
    may_be_done = payer.exists and payment_filter.may_hold(_payments_made(payer), decision.id)
    return _replay(decision) if may_be_done else None


def _replay(decision: Decision) -> Receipt | None:
    """The receipt of the same payment made before, or None when there is none."""
    references = [history.line(decision.id), wallets.reference(decision.user_id)]
    found = {document.path: document for document in documents.get_all(references)}
    line, payer = (found[reference.path] for reference in references)
    if not line.exists:
        return None
    if not fingerprints.matches(line.fields["fingerprint"], decision.fingerprint):
        raise IdempotencyConflict("This Idempotency-Key was used for a request with another body.")
    wallet = wallets.from_document(payer)
    return _receipt(-line.fields["amount"], wallet, _paid_by(line.fields["details"]))


def _receipt(paid: int, wallet: Wallet | None, paid_by: PaidBy = "tokens") -> Receipt:
    if wallet is None:
        return Receipt(paid, 0)
    return Receipt(paid, wallet.balance, reload.low(wallet), paid_by, wallet.entitlements.trial_remaining)


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
    beside: Beside,
) -> Receipt:
    """Adds the writes of what was decided and returns its receipt."""
    own = Ref("wallet", decision.user_id)
    payer, wallet = found[own], wallets.from_document(found[own])
    if wallet is None:
        raise RuntimeError("a payment was decided for a wallet that does not exist")
    paid, *others = outcome.entries
    if (paid.id, paid.user_id) != (decision.id, decision.user_id):
        raise RuntimeError(f"the first entry of {decision.id} is another's: a retry would not find it")
    of_payer = [paid, *(entry for entry in others if entry.user_id == paid.user_id)]
    received = [entry for entry in others if entry.user_id != paid.user_id]
    after = wallet.held
    for entry in of_payer:
        after += entry.held
    if wallet.drift or not after.is_sound or (received and sum(entry.amount for entry in outcome.entries)):
        raise wallets.inconsistent(wallet.user_id)  # whatever decided this: what is written adds up
    of_wallet = [write for write in outcome.writes if write.ref == own]
    batch.update(
        payer.reference,
        {
            **{name: value for write in of_wallet for name, value in wallets.beside_money(write.fields).items()},
            **wallets.held(wallet, after),
            "marks": payment_filter.added(_payments_made(payer), paid.id),
            "movedOn": clock.today(),
            **_incremented(of_payer),
            **{f"usage.{day}": DELETED_FIELD for day in wallet.entitlements.usage.gone},
        },
        unchanged_since=payer.update_time,
    )
    for entry in of_payer:
        ledger_lines.add_line(batch, entry)
    for entry in received:
        ledger_lines.add_credit(batch, entry)
    for write in outcome.writes:
        if write.ref != own:
            read = found[write.ref]
            batch.update(read.reference, wallets.beside_money(write.fields), unchanged_since=read.update_time)
    for add in beside.writes:
        add(batch, outcome)
    paid_with = replace(wallet, funds=after.funds, lots=after.lots)
    receipt = _receipt(-sum(entry.amount for entry in of_payer), paid_with, _paid_by(paid.details))
    return replace(receipt, trial_remaining=receipt.trial_remaining + paid.increments.get("trial.remaining", 0))


def _paid_by(details: Mapping[str, Any]) -> PaidBy:
    """What paid for it, by the details of its line: tokens, where they do not say."""
    paid_by: PaidBy = details.get("paidBy", "tokens")
    return paid_by


def _incremented(entries: Sequence[Entry]) -> dict[str, Increment]:
    """The lifetime totals, and whatever else of the payer's wallet the entries change."""
    changes: dict[str, int] = {}
    for entry in entries:
        for name, change in (entry.totals | dict(entry.increments)).items():
            changes[name] = changes.get(name, 0) + change
    return {name: Increment(change) for name, change in changes.items()}


def _payments_made(payer: Snapshot) -> bytes:
    """The filter that the wallet carries. The field is called ``marks``."""
    made = payer.fields.get("marks", payment_filter.EMPTY)
    if not isinstance(made, bytes) or len(made) != len(payment_filter.EMPTY):
        raise wallets.inconsistent(payer.id)
    return made
