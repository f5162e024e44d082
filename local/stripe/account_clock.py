"""What happens in an account as its time goes by: by itself, and when its clock is put forward."""

import math
from collections.abc import Callable

from local.stripe.agenda import Agenda
from local.stripe.checkout import Checkout
from local.stripe.errors import StripeRefusal
from local.stripe.invoices import Invoices
from local.stripe.later import Later
from local.stripe.store import Store
from local.stripe.subscriptions import Subscriptions

WIND_SECONDS_MAX = 10 * 366 * 24 * 60 * 60
STEPS_MAX = 100_000
"""Of one call. A daily subscription takes three a day: its renewal, and the invoice's two."""


class AccountClock:
    """Makes what is due happen, the first first, each at its own time.

    ``on_wind`` is called before the clock is put forward, with how many seconds it will be ahead in all: whoever lives
    by the same clock must not be told of events that are in their future.
    """

    def __init__(
        self,
        store: Store,
        later: Later,
        agenda: Agenda,
        subscriptions: Subscriptions,
        invoices: Invoices,
        checkout: Checkout,
        on_wind: Callable[[int], None],
    ) -> None:
        self._store = store
        self._later = later
        self._agenda = agenda
        self._subscriptions = subscriptions
        self._invoices = invoices
        self._checkout = checkout
        self._on_wind = on_wind

    def catch_up(self) -> None:
        """Makes everything happen that is due by now. Called with the store's lock held."""
        self._checkout.expire_due()
        for _ in range(STEPS_MAX):
            subject = self._agenda.first_due()
            if subject is None:
                return
            if subject["object"] == "subscription":
                self._subscriptions.when_due(subject)
            else:
                self._invoices.when_due(subject)
        raise RuntimeError("The account does not come to rest")

    def wind(self, seconds: int) -> None:
        """Puts the clock forward, and stops wherever something is due on the way. Called with the store's lock held.

        Raises:
            StripeRefusal: backwards, or more than ten years at once.
        """
        if not 0 <= seconds <= WIND_SECONDS_MAX:
            raise StripeRefusal("The clock of an account only goes forward, ten years at most.", param="seconds")
        self._on_wind(self._store.skipped_seconds + seconds)
        target = self._store.now() + seconds
        for _ in range(STEPS_MAX):
            moment = self._next_due()
            if moment is None or moment > target:
                break
            self._store.skip(max(moment - self._store.now(), 0))
            self._later.call_due()
            self.catch_up()
        self._store.skip(max(target - self._store.now(), 0))
        self._later.call_due()
        self.catch_up()

    def _next_due(self) -> int | None:
        moments = [moment for moment in (self._agenda.next_due(), self._later.next_due()) if moment is not None]
        return math.ceil(min(moments)) if moments else None
