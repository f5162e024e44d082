"""What a wallet says of its auto-reload, and what its owner changes of that.

A wallet that runs low buys a package by itself, with a card that its owner has saved; ``reload`` decides when. Turning
it off and the claim of a reload are both commits of the same wallet: one of them is first.
"""

import datetime
from dataclasses import dataclass, replace
from typing import Literal

Pause = Literal["declined", "authentication", "disputed"]
"""Why no reload begins until the user says so again: the card was declined several times, its bank wants its owner, or
a reload was disputed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a user agreed to: below ``threshold`` tokens the ``package`` is bought.

    ``monthly_cap`` bounds what a month (UTC) costs, in minor units of the package's currency.
    """

    threshold: int
    package: str
    monthly_cap: int


@dataclass(frozen=True, slots=True)
class Card:
    """What a person knows their card by."""

    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card that can be charged while its owner is away; ``payment_method`` is Stripe's id of it."""

    payment_method: str
    card: Card


@dataclass(frozen=True, slots=True)
class Setup:
    """A page on which a card can be saved. The ``terms`` take effect when it is done; None once the user said no."""

    session_id: str
    url: str
    expires_at: datetime.datetime
    terms: Terms | None


@dataclass(frozen=True, slots=True)
class AutoReload:
    """What a wallet says of its reloads.

    ``failures`` counts the charges that were declined since the last good one. ``action_url`` leads to a page where the
    owner of the card can pay, for as long as that lives. ``in_flight`` is the reload under way, and ``last_at`` is when
    the last one was claimed; ``seq`` numbers them. In ``month`` (yyyymm, UTC) ``spent`` minor units were reserved or
    paid.
    """

    terms: Terms | None = None
    is_on: bool = False
    saved: SavedCard | None = None
    failures: int = 0
    paused: Pause | None = None
    action_url: str | None = None
    in_flight: str | None = None
    last_at: datetime.datetime | None = None
    seq: int = 0
    month: int = 0
    spent: int = 0
    setup: Setup | None = None

    def spent_in(self, month: int) -> int:
        """What the reloads of a month (yyyymm) cost so far, as far as they are known to have cost anything."""
        return self.spent if month == self.month else 0

    def fits(self, amount: int, month: int) -> bool:
        """Whether one more of that price stays within the month's cap; meeting it exactly does."""
        return self.terms is not None and self.spent_in(month) + amount <= self.terms.monthly_cap


def turned_on(reload: AutoReload, terms: Terms, saved: SavedCard) -> AutoReload:
    """After the user agreed to the terms, with a card that can be charged. Whatever paused it is over.

    What was spent stays: no setting makes a month cost more than its cap.
    """
    return replace(reload, terms=terms, is_on=True, saved=saved, failures=0, paused=None, action_url=None, setup=None)


def waiting(reload: AutoReload, setup: Setup) -> AutoReload:
    """While the terms wait for a card to be saved on a page."""
    return replace(reload, setup=setup)


def as_agreed(reload: AutoReload) -> AutoReload:
    """What it will be once the card is saved that its terms wait for."""
    terms = None if reload.setup is None else reload.setup.terms
    return reload if terms is None else replace(reload, terms=terms, is_on=True, failures=0, paused=None)


def set_up(reload: AutoReload, saved: SavedCard) -> AutoReload:
    """After a card was saved on the page: the terms that waited for it take effect, unless the user said no since."""
    terms = None if reload.setup is None else reload.setup.terms
    return replace(reload, setup=None) if terms is None else turned_on(reload, terms, saved)


def turned_off(reload: AutoReload) -> AutoReload:
    """After the user wants no more reloads, nor one when a card is saved on a page that is still open.

    A reload that was claimed before goes on.
    """
    setup = None if reload.setup is None else replace(reload.setup, terms=None)
    return replace(reload, is_on=False, failures=0, paused=None, action_url=None, setup=setup)


def without_card(reload: AutoReload, payment_method: str) -> AutoReload:
    """After a card was taken back from us: nothing can be charged to it, so reloads with it are off."""
    if reload.saved is None or reload.saved.payment_method != payment_method:
        return reload
    return replace(turned_off(reload), saved=None, setup=reload.setup)


def disputed(reload: AutoReload) -> AutoReload:
    """After the payer disputed a reload at their bank."""
    return replace(reload, paused="disputed", action_url=None)


def paid_on_page(reload: AutoReload, url: str) -> AutoReload:
    """After the owner of the card paid on the page, if that is what it waits for: reloads may begin again."""
    if reload.paused != "authentication" or reload.action_url != url:
        return reload
    return replace(reload, failures=0, paused=None, action_url=None)


def with_page(reload: AutoReload, url: str) -> AutoReload:
    """After a page was made on which the owner of the card can pay, if that is what it waits for."""
    return replace(reload, action_url=url) if reload.paused == "authentication" else reload


def without_page(reload: AutoReload, url: str) -> AutoReload:
    """After the page has expired, or what was paid on it did not arrive: it leads nowhere, and the pause stays."""
    return replace(reload, action_url=None) if reload.action_url == url else reload
