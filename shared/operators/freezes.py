"""Freezes: an administrator stops a wallet, and opens it again, also one that the audit stopped."""

from shared import clock
from shared.cloud import documents
from shared.cloud.failures import AlreadyExists
from shared.errors import DoesNotAddUp
from shared.ledger.wallet import opened
from shared.money import freezing, rebuilding, wallets
from shared.money.freezing import FreezeReason
from shared.operators import actions
from shared.operators.actions import Call

OPERATOR: FreezeReason = "operator"
AUDIT: FreezeReason = "audit"

NOT_OURS = frozenset({"banned", "closing"})
"""What an older wallet may be frozen for, and no administrator lifts here."""


def freeze(call: Call, user_id: str, reason: str) -> list[str]:
    """Stops the wallet, and returns why it is stopped then.

    Raises:
        InvalidRequest, NoSuchAccount, IdempotencyConflict, Contention: nothing was written.
    """
    actions.require_reason(reason)
    if not _is_new(call):
        return _reasons(user_id)
    try:
        return freezing.freeze(user_id, OPERATOR, call.write(user_id, reason))
    except AlreadyExists:  # the same request, in parallel
        return _reasons(user_id)


def lift(call: Call, user_id: str, reason: str) -> list[str]:
    """Lifts what an administrator or the audit stopped the wallet for, and returns why it is still stopped.

    What the audit stopped opens only if it adds up by now.

    Raises:
        DoesNotAddUp: it does not; nothing was written.
        InvalidRequest, NoSuchAccount, IdempotencyConflict, Contention: nothing was written.
    """
    actions.require_reason(reason)
    if not _is_new(call):
        return _reasons(user_id)
    account = documents.get(wallets.reference(user_id))
    frozen = opened(account.fields if account.exists else None).get("frozen")
    if AUDIT in wallets.reasons(frozen):
        findings = rebuilding.look(user_id, clock.monotonic() + rebuilding.SECONDS).findings
        if findings:
            raise DoesNotAddUp(findings)
    # A text stands there since it was written by hand: whatever it says, an administrator wrote it.
    by_hand = {frozen} - NOT_OURS if isinstance(frozen, str) else set()
    try:
        return freezing.unfreeze(user_id, {OPERATOR, AUDIT, *by_hand}, call.write(user_id, reason))
    except AlreadyExists:
        return _reasons(user_id)


def _is_new(call: Call) -> bool:
    return call.made_before(documents.get(call.reference)) is None


def _reasons(user_id: str) -> list[str]:
    account = documents.get(wallets.reference(user_id))
    return sorted(wallets.reasons(opened(account.fields if account.exists else None).get("frozen")))
