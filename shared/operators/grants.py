"""Grants: tokens that an administrator gives, or takes where the amount is below zero.

One administrator decides on small amounts alone, up to a limit a day. Larger ones wait for a second one. Whoever
receives them decides nothing. The line, the wallet and what is written of the administrators are one commit, and the
line is keyed by the action: however often and by how many it is asked for or approved, it moves tokens once.
"""

from dataclasses import dataclass

from shared import log
from shared.cloud import documents
from shared.cloud.commits import Batch, if_unchanged
from shared.cloud.documents import Snapshot
from shared.cloud.failures import CHANGED, AlreadyExists
from shared.economy.chosen import economy
from shared.errors import ActionExpired, Forbidden, InvalidRequest, NotFound, SelfGrant
from shared.ledger.entries import Entry
from shared.ledger.grant import AdminGrant
from shared.ledger.wallet import opened
from shared.money import crediting, lifetimes, taking, wallets
from shared.money.ledger_lines import ExtraWrite
from shared.operators import actions
from shared.operators.actions import Action, Call

FUNCTION = "grant_tokens"
ATTEMPTS = 16

_LOST = (*CHANGED, AlreadyExists, crediting.AlreadyRecorded)
"""What a commit raises that came second: everything is read and decided anew."""

_BUSY = "Others are at this wallet, or grant at the same time; try again in a moment."


@dataclass(frozen=True, slots=True)
class Grant:
    """The action as it stands. ``balance`` is what the wallet holds today."""

    action: Action
    balance: int

    @property
    def is_done(self) -> bool:
        return self.action.status == "done"


def grant(call: Call, user_id: str, amount: int, reason: str, note: str) -> Grant:
    """Grants the tokens, or has them wait for a second administrator.

    Raises:
        SelfGrant, InvalidRequest, NoSuchAccount, InsufficientTokens, DailyLimit, IdempotencyConflict: nothing moved.
        Contention: others kept coming between; nothing moved.
    """
    if user_id == call.actor:
        raise SelfGrant.field("userId", "nobody grants tokens to themselves")
    bounds = economy().admin
    if amount == 0 or abs(amount) > bounds.maximum:
        raise InvalidRequest.field("amount", f"is 1 to {bounds.maximum} tokens, or as many below zero")
    actions.require_reason(reason)
    _ask(call, user_id, amount, reason, note)
    return _as_it_stands(call.action_id, user_id)


@if_unchanged(ATTEMPTS, _BUSY, _LOST)
def _ask(call: Call, user_id: str, amount: int, reason: str, note: str) -> None:
    references = [call.reference, wallets.reference(user_id), actions.day_reference(call.actor)]
    found, account, day = documents.get_all(references)
    if call.made_before(found):
        return
    line = _entry(account, call.action_id, amount, call.actor, reason, call.idempotency.fingerprint)
    if abs(amount) > economy().admin.alone:
        batch = Batch()
        call.write(user_id, reason, amount=amount, note=note, status="waiting")(batch)
        batch.commit()
        log.alert("grant-waiting", action=call.action_id, amount=amount)
        return
    # What is taken is not granted.
    of_day = (actions.add_to_day(day, amount),) if amount > 0 else ()
    _move(account, line, call.write(user_id, reason, amount=amount, note=note), *of_day)


def decide(call: Call, action_id: str, approve: bool) -> Grant:
    """Approves or refuses a grant that waits.

    Raises:
        NotFound: there is no such grant.
        Forbidden, SelfGrant: the caller asked for it, or would receive it.
        ActionExpired: it waited for too long, or the opposite was decided.
        NoSuchAccount, InvalidRequest, InsufficientTokens, IdempotencyConflict: nothing moved.
        Contention: others kept coming between; nothing moved.
    """
    return _as_it_stands(action_id, _decide(call, action_id, approve))


@if_unchanged(ATTEMPTS, _BUSY, _LOST)
def _decide(call: Call, action_id: str, approve: bool) -> str:
    """Whose wallet it is."""
    made, found = documents.get_all([call.reference, actions.reference(action_id)])
    action = _waiting_grant(found)
    if call.made_before(made):
        return action.about
    if action.actor == call.actor:
        raise Forbidden("Another administrator has to decide this.")
    if action.about == call.actor:
        raise SelfGrant.field("actionId", "nobody decides on tokens for themselves")
    if action.status == ("done" if approve else "refused"):
        return action.about
    if not action.is_waiting:
        _expire(action)
        raise ActionExpired(f"This grant is {'expired' if action.status == 'waiting' else action.status}.")
    mine = call.write(action.id, action.reason, amount=action.amount)
    if not approve:
        batch = Batch()
        mine(batch)
        actions.decided(action, "refused", call.actor)(batch)
        batch.commit()
        return action.about
    account = documents.get(wallets.reference(action.about))
    line = _entry(account, action.id, action.amount, action.actor, action.reason, action.fingerprint)
    _move(account, line, mine, actions.decided(action, "done", call.actor))
    return action.about


def _waiting_grant(document: Snapshot) -> Action:
    """The grant, which may be decided by now."""
    action = actions.of(document) if document.exists else None
    if action is None or action.function != FUNCTION:
        raise NotFound("There is no such grant.")
    return action


def _expire(action: Action) -> None:
    if action.status != "waiting":
        return
    batch = Batch()
    actions.decided(action, "expired", None)(batch)
    batch.commit()


def _entry(account: Snapshot, action_id: str, amount: int, actor: str, reason: str, fingerprint: str) -> Entry:
    given = AdminGrant(action_id, account.id, amount, actor, reason, economy().label, fingerprint, lifetimes.of_bonus())
    return given.entry(opened(wallets.from_document(account)))


def _move(account: Snapshot, line: Entry, *extra: ExtraWrite) -> None:
    if line.amount > 0:
        crediting.credit(line, *extra)
    else:
        taking.take(account, line, *extra)


def _as_it_stands(action_id: str, user_id: str) -> Grant:
    document, account = documents.get_all([actions.reference(action_id), wallets.reference(user_id)])
    return Grant(actions.of(document), opened(wallets.from_document(account)).balance)
