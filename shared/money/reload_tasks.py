"""Asking for a reload: once a payment has left a wallet low, ``run_reload`` is called soon.

A task is named by the user and the minute in which it is to run, so a thousand payments ask for one or two. Reloads are
some time apart: right after one the task waits until the next may begin.
"""

import datetime

from shared import clock, log
from shared.cloud import queue
from shared.cloud.failures import GoogleAPIError
from shared.config import settings
from shared.economy.chosen import economy
from shared.ledger import reload
from shared.ledger.reload import Low
from shared.ledger.wallet import Wallet

MINUTE_SECONDS = 60


def ask(low: Low | None) -> None:
    """Queues a call for the wallet, if it is low. Where that fails, the next payment asks again."""
    terms = economy().auto_reload
    if low is None or terms is None:
        return
    now = clock.now()
    at = now if low.last_at is None else max(now, low.last_at + datetime.timedelta(seconds=terms.seconds_apart))
    queue_call(low.user_id, at if at > now else None)


def queue_call(user_id: str, at: datetime.datetime | None = None) -> None:
    """Queues a call for the user, now or at a time.

    A task of the same minute may have looked at the wallet already, before this payment. Then the call is one of the
    minute that follows, whose task is still to come.
    """
    minute = int((at or clock.now()).timestamp()) // MINUTE_SECONDS
    try:
        if not _queued(user_id, minute, at):
            next_minute = datetime.datetime.fromtimestamp((minute + 1) * MINUTE_SECONDS, datetime.UTC)
            _queued(user_id, minute + 1, next_minute)
    except GoogleAPIError as error:
        log.write("WARNING", "reload-not-queued", user=log.hashed(user_id), error=type(error).__name__)


def _queued(user_id: str, minute: int, at: datetime.datetime | None) -> bool:
    name = f"{reload.hashed(user_id)}-{minute}"
    return queue.add(settings().reloads_queue, name, "run_reload", {"userId": user_id}, at)


def can_reload(wallet: Wallet) -> bool:
    """Whether the wallet's owner may expect a reload to help: it is on, with a card, not paused, and one more fits."""
    state = wallet.auto_reload
    package = None if state.terms is None else economy().package(state.terms.package)
    is_ready = state.is_on and state.saved is not None and state.paused is None
    return is_ready and package is not None and state.fits(package.amount, wallet.today // 100)
