"""What administrators did and asked for, and how much each granted alone in a day: who, to whom, why.

Every call that changes something leaves a document here, in the same commit. It is named by the caller's
``Idempotency-Key``, so that a retry finds it. ``note`` is the only place where an administrator's own words are kept:
the ledger outlives an account.
"""

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared import clock, fingerprints
from shared.cloud import documents, pages
from shared.cloud.commits import SERVER_TIME, Batch, Increment
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.queries import Query
from shared.economy.chosen import economy
from shared.errors import DailyLimit, IdempotencyConflict, InvalidRequest
from shared.idempotency import Idempotency
from shared.money.ledger_lines import ExtraWrite

Status = Literal["done", "waiting", "refused", "expired"]

WAITS = datetime.timedelta(hours=24)
"""So long a grant waits for a second administrator."""

DAYS_KEPT = datetime.timedelta(days=90)
"""After that Firestore deletes a day's total by itself."""


@dataclass(frozen=True, slots=True)
class Action:
    """One call of an administrator. ``about`` is whom or what it is about: a user, an order or another action."""

    id: str
    actor: str
    function: str
    about: str
    amount: int
    reason: str
    status: Status
    decided_by: str | None
    created_at: datetime.datetime
    fingerprint: str
    result: Mapping[str, Any]
    version: datetime.datetime

    @property
    def is_waiting(self) -> bool:
        return self.status == "waiting" and not self.is_too_old

    @property
    def is_too_old(self) -> bool:
        """Whether nobody may decide it any more."""
        return self.created_at + WAITS <= clock.now()


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is under way: who calls ``function``, and the key and fingerprint of the request."""

    actor: str
    function: str
    idempotency: Idempotency

    @property
    def action_id(self) -> str:
        return hashlib.sha256(self.idempotency.key.encode()).hexdigest()[:32]

    @property
    def reference(self) -> Reference:
        """Where the action of this call is, or would be."""
        return reference(self.action_id)

    def made_before(self, document: Snapshot) -> Action | None:
        """The action that an earlier request with the same key left; None where this is the first.

        Raises:
            IdempotencyConflict: that was another request.
        """
        if not document.exists:
            return None
        action = of(document)
        if not fingerprints.matches(action.fingerprint, self.idempotency.fingerprint):
            raise IdempotencyConflict("This Idempotency-Key was used for a request with another body.")
        return action

    def write(
        self,
        about: str,
        reason: str,
        *,
        amount: int = 0,
        note: str = "",
        status: Status = "done",
        result: Mapping[str, Any] | None = None,
    ) -> ExtraWrite:
        """Adds the action to the commit of what it did, which fails if there is one of this key already."""
        fields = {
            "actor": self.actor,
            "function": self.function,
            "about": about,
            "amount": amount,
            "reason": reason,
            "note": note,
            "status": status,
            "decidedBy": None,
            "result": dict(result or {}),
            "request": self.idempotency.key,
            "fingerprint": self.idempotency.fingerprint,
            "createdAt": SERVER_TIME,
        }
        return lambda batch: batch.create(self.reference, fields)


def reference(action_id: str) -> Reference:
    """Where the action is, or would be."""
    return documents.reference("adminActions", action_id)


def of(document: Snapshot) -> Action:
    """The action that the document, which is there, holds."""
    fields = document.fields
    return Action(
        id=document.id,
        actor=fields["actor"],
        function=fields["function"],
        about=fields["about"],
        amount=fields["amount"],
        reason=fields["reason"],
        status=fields["status"],
        decided_by=fields["decidedBy"],
        created_at=fields["createdAt"],
        fingerprint=fields["fingerprint"],
        result=fields["result"],
        version=document.update_time,
    )


def decided(action: Action, status: Status, by: str | None) -> ExtraWrite:
    """Adds to a commit what became of the action, on condition that nobody has decided it since it was read."""
    fields = {"status": status, "decidedBy": by}
    return lambda batch: batch.update(reference(action.id), fields, unchanged_since=action.version)


def require_reason(reason: str) -> None:
    """Refuses reasons that the economy does not have.

    Raises:
        InvalidRequest: there is no such reason.
    """
    if reason not in economy().admin.reasons:
        raise InvalidRequest.field("reason", f"is none of {', '.join(economy().admin.reasons)}")


def page_of_waiting(limit: int, cursor: str | None) -> pages.Page:
    """Grants that wait for a second administrator, oldest first."""
    query = Query("adminActions").where("status", "==", "waiting").where("createdAt", ">", clock.now() - WAITS)
    return pages.page(query, "attention/grants", "createdAt", limit, cursor, descending=False)


# -- what one administrator granted alone in a day -------------------------------------------------------------------


def day_reference(actor: str) -> Reference:
    """Where the total of the administrator's present day, in UTC, is or would be."""
    return documents.reference("adminDays", f"{actor}_{clock.today()}")


def add_to_day(day: Snapshot, amount: int) -> ExtraWrite:
    """Adds the grant to the total of the day, on condition that nobody else has since it was read.

    Raises:
        DailyLimit: it would be more than one administrator may grant alone in a day.
    """
    granted, limit = day.fields.get("granted", 0), economy().admin.daily
    if granted + amount > limit:
        now = clock.now()
        midnight = datetime.datetime.combine(now.date(), datetime.time(), datetime.UTC) + datetime.timedelta(days=1)
        raise DailyLimit(
            f"One administrator grants at most {limit} tokens a day.",
            retry_after_seconds=int((midnight - now).total_seconds()) + 1,
            limit=limit,
            left=max(0, limit - granted),
            resetsAt=midnight,
        )

    def write(batch: Batch) -> None:
        if day.exists:
            changes = {"granted": Increment(amount), "count": Increment(1)}
            batch.update(day.reference, changes, unchanged_since=day.update_time)
        else:
            fields = {"granted": amount, "count": 1, "expiresAt": clock.now() + DAYS_KEPT}
            batch.create(day.reference, fields)

    return write
