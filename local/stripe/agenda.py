"""What is due when, of subscriptions and invoices, by the account's own clock."""

from local.stripe.objects import JsonObject
from local.stripe.store import Store

HOUR_SECONDS = 60 * 60
FIRST_PAYMENT_SECONDS = 23 * HOUR_SECONDS
"""How long the first invoice of a subscription may stay unpaid: https://docs.stripe.com/billing/subscriptions/overview"""

RUNNING = ("active", "past_due", "trialing")
"""The statuses of a subscription whose periods follow each other."""

_KINDS = ("invoice", "subscription")


class Agenda:
    """The next thing to do for each subscription and invoice that there is anything to do for.

    It is made from the objects alone, so an account that is restored goes on where it was. Every method is called with
    the store's lock held.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._due: dict[tuple[str, str], int] = {}  # by type and id, in Unix seconds

    def announce(self, event_type: str, subject: JsonObject) -> None:
        """Records an event about a subscription or an invoice that was changed, and when it is due next."""
        self._note(subject)
        self._store.emit(event_type, subject)

    def next_due(self) -> int | None:
        """When something is due next."""
        return min(self._due.values(), default=None)

    def first_due(self) -> JsonObject | None:
        """What is due by now and has been for longest."""
        if not self._due:
            return None
        key = min(self._due, key=self._due.__getitem__)
        return self._store.find(*key) if self._due[key] <= self._store.now() else None

    def rebuild(self) -> None:
        """Looks at every object again, after the account was restored or emptied."""
        self._due.clear()
        for kind in _KINDS:
            for subject in self._store.newest_first(kind):
                self._note(subject)

    def _note(self, subject: JsonObject) -> None:
        key, moment = (subject["object"], subject["id"]), due_of(subject)
        if moment is None:
            self._due.pop(key, None)
        else:
            self._due[key] = moment


def due_of(subject: JsonObject) -> int | None:
    """When something happens to a subscription or an invoice without anybody's doing."""
    status = subject["status"]
    if subject["object"] == "invoice":
        if not subject["auto_advance"]:
            return None
        moments = {"draft": subject["automatically_finalizes_at"], "open": subject["next_payment_attempt"]}
        return moments.get(status)
    if status == "incomplete":
        return int(subject["created"]) + FIRST_PAYMENT_SECONDS
    if status not in RUNNING:
        return None
    cancel_at: int | None = subject["cancel_at"]
    return period_end(subject) if cancel_at is None else min(period_end(subject), cancel_at)


def period_end(subscription: JsonObject) -> int:
    """When the subscription's current period ends."""
    end: int = min(item["current_period_end"] for item in subscription["items"]["data"])
    return end
