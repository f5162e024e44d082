"""Wallets that are set to what the ledger says, by an administrator."""

from collections.abc import Mapping

from shared.cloud import documents
from shared.cloud.failures import AlreadyExists
from shared.money import rebuilding
from shared.money.rebuilding import Numbers
from shared.operators import actions
from shared.operators.actions import Action, Call


def rebuild(call: Call, user_id: str, reason: str) -> Numbers:
    """Sets the wallet to what its lines and orders say; the numbers before and after, equal where it agreed.

    Raises:
        InvalidRequest, NoSuchAccount, DoesNotAddUp, IdempotencyConflict, Contention: nothing was written.
    """
    actions.require_reason(reason)
    if done := _made_before(call):
        return _told(done)
    try:
        return rebuilding.rebuild(user_id, lambda it: call.write(user_id, reason, result=_result(it)))
    except AlreadyExists:  # the same request, in parallel
        if done := _made_before(call):
            return _told(done)
        raise


def _made_before(call: Call) -> Action | None:
    return call.made_before(documents.get(call.reference))


def _result(numbers: Numbers) -> Mapping[str, object]:
    return {"before": dict(numbers.before), "after": dict(numbers.after)}


def _told(action: Action) -> Numbers:
    return Numbers(action.result["before"], action.result["after"])
