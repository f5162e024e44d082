"""Booking what is over of tokens that expire, wallet by wallet."""

from collections.abc import Iterator

from shared import clock, log
from shared.cloud.documents import Snapshot
from shared.cloud.queries import NAME, Query, fetch
from shared.economy.chosen import economy
from shared.errors import Contention, NoSuchAccount
from shared.ledger.expiry import Expiry, each
from shared.money import payments, wallets

SECONDS = 480.0
"""For one call: who calls waits for 540."""

PAGE = 300


def book() -> dict[str, int | bool]:
    """Books what is over, a line a lot, and returns how many ``wallets`` and ``tokens`` that were.

    It is not ``complete`` where the time is up, or where something of a wallet was in the way: the next call goes on.
    """
    until = clock.monotonic() + SECONDS
    wallets_booked = tokens = 0
    is_complete = True
    for account in _over():
        if clock.monotonic() > until:
            is_complete = False
            break
        try:
            booked = _booked(account)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one wallet must not keep the others waiting
            if not isinstance(error, NoSuchAccount):
                is_complete = False
                _report(account, error)
            continue
        wallets_booked += booked > 0
        tokens += booked
    return {"wallets": wallets_booked, "tokens": tokens, "complete": is_complete}


def _booked(account: Snapshot) -> int:
    """How many tokens of the account were booked as over."""
    wallet = wallets.parsed(account)
    over = each(wallet.expired)
    if not over:
        return 0
    fund, day, _ = over[0]
    return payments.pay(Expiry(account.id, (fund, day), economy().label)).paid


def _over() -> Iterator[Snapshot]:
    """The accounts some of whose tokens are over, the first day first."""
    query = Query("users").where("nextExpiry", "<=", clock.today()).order_by("nextExpiry").order_by(NAME).limit(PAGE)
    start: dict[str, object] | None = None
    while True:
        found = fetch(query.start_after(start) if start else query)
        yield from found
        if len(found) < PAGE:
            return
        start = {"nextExpiry": found[-1].fields["nextExpiry"], NAME: found[-1].reference}


def _report(account: Snapshot, error: Exception) -> None:
    fields = {"userId": log.hashed(account.id), "error": type(error).__name__}
    if isinstance(error, Contention):
        log.write("WARNING", "expiry-not-booked", **fields)
    else:
        log.alert("expiry-not-booked", **fields)
