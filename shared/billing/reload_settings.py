"""Auto-reload as its owner turns it on and off: with a card that is saved, or on a page of Stripe's where one is.

The page is a session of its own. What the user agreed to lies on the wallet until it is done, so that only the newest
terms take effect, once, and none after the user said no.
"""

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from shared import clock
from shared.billing import customers, event_log, reloads, stripe_client, stripe_reloads
from shared.billing.stripe_reloads import SetupPage
from shared.billing.webhook import Event
from shared.cloud import documents
from shared.economy.chosen import economy
from shared.errors import Contention, Forbidden, InvalidRequest, NoSuchAccount
from shared.ledger import auto_reload
from shared.ledger.auto_reload import AutoReload, SavedCard, Setup, Terms
from shared.ledger.decision import Fields
from shared.ledger.wallet import opened
from shared.money import reload_fields, wallets
from shared.money.ledger_lines import ExtraWrite

CAP_MAX = 10_000_000
"""Minor units a month."""

LIFE_LEFT = datetime.timedelta(minutes=30)
"""What a page must still have to be handed out again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asks for; None is what they do not mention."""

    threshold: int | None = None
    package: str | None = None
    monthly_cap: int | None = None


@dataclass(frozen=True, slots=True)
class TurnedOn:
    """What will be once the card is saved on the page of ``setup_url``; it is so already where that is None."""

    state: AutoReload
    setup_url: str | None = None


def turn_off(user_id: str) -> AutoReload:
    """What is left of it: perhaps a reload under way, which was claimed before.

    Raises:
        Contention, NoSuchAccount, WalletInconsistent.
    """
    return _change(user_id, auto_reload.turned_off)


def turn_on(user_id: str, email: str, wanted: Wanted) -> TurnedOn:
    """Turns it on with the card that is saved, or offers a page to save one. ``email`` is a verified one.

    Raises:
        Forbidden: there is no auto-reload in this economy.
        InvalidRequest: terms that are missing, or outside the economy's bounds.
        Contention, NoSuchAccount, Unavailable, WalletFrozen, WalletInconsistent.
    """
    account = documents.get(wallets.reference(user_id))
    wallet = opened(wallets.from_document(account))
    wallet.require_open()
    terms, currency = _terms(wanted, auto_reload.as_agreed(wallet.auto_reload).terms)
    customer = customers.stored(account.fields)
    saved = None if customer.id is None else stripe_reloads.default_card(customer.id)
    if saved is not None and customer.id is not None and _owned(user_id, customer.id, saved):
        return TurnedOn(_change(user_id, lambda state: auto_reload.turned_on(state, terms, saved)))
    setup = wallet.auto_reload.setup
    if setup is not None and clock.now() + LIFE_LEFT < setup.expires_at:
        page = stripe_reloads.setup_state(setup.session_id)
        if page.status == "complete" and page.saved is not None and page.customer_id is not None:
            card = page.saved
            if _owned(user_id, page.customer_id, card):
                return TurnedOn(_change(user_id, lambda state: auto_reload.turned_on(state, terms, card)))
        if page.status == "open":
            return _waiting(user_id, setup.session_id, Setup(setup.session_id, setup.url, setup.expires_at, terms))
    made = _new_page(user_id, customer, email, currency)
    seen = None if setup is None else setup.session_id
    return _waiting(user_id, seen, Setup(made.session_id, made.url, made.expires_at, terms))


def finish_setup(session_id: str, event: Event | None = None) -> bool:
    """Has the settings take effect that waited for the page, if a card was saved there; and returns whether they did.

    Raises:
        Contention, WalletInconsistent.
        Unavailable: Stripe did not answer.
    """
    page = stripe_reloads.setup_state(session_id)
    if page.user_id is None or page.customer_id is None or page.saved is None:
        return _ignore(event)
    account = documents.get(wallets.reference(page.user_id))
    if not account.exists or not _waits_for(session_id, account.fields):
        return _ignore(event)
    if not _owned(page.user_id, page.customer_id, page.saved):
        return _ignore(event)
    saved = page.saved

    def finished(state: AutoReload) -> AutoReload:
        if state.setup is None or state.setup.session_id != session_id:
            return state
        return auto_reload.set_up(state, saved)

    return _changed(page.user_id, finished, event)


def take_card(user_id: str, payment_method: str, event: Event | None = None) -> bool:
    """Turns reloads off whose card is nobody's any more, and returns whether there were any.

    Raises:
        Contention, WalletInconsistent.
        Unavailable: Stripe did not answer.
    """
    if not stripe_reloads.is_detached(payment_method):
        return _ignore(event)
    return _changed(user_id, lambda state: auto_reload.without_card(state, payment_method), event)


def pause_for_dispute(user_id: str) -> None:
    """No reload begins any more until the user says so again.

    Raises:
        Contention, WalletInconsistent.
    """
    _changed(user_id, auto_reload.disputed, None)


def _terms(wanted: Wanted, known: Terms | None) -> tuple[Terms, str]:
    """What the user agrees to, and the currency of it. What they do not mention stays."""
    bounds = economy().auto_reload
    if bounds is None:
        raise Forbidden("There is no auto-reload here.")
    stays = Wanted() if known is None else Wanted(known.threshold, known.package, known.monthly_cap)
    package = wanted.package if wanted.package is not None else stays.package
    threshold = wanted.threshold if wanted.threshold is not None else stays.threshold
    cap = wanted.monthly_cap if wanted.monthly_cap is not None else stays.monthly_cap
    if package is None:
        raise InvalidRequest.field("package", "say which package is to be bought; see GET /get-catalog")
    if threshold is None:
        raise InvalidRequest.field("threshold", "say below how many tokens it is to be bought")
    if cap is None:
        raise InvalidRequest.field("monthlyCap", "say what a month may cost at most")
    offer = reloads.offer_of(package)
    if offer is None:
        raise InvalidRequest.field("package", "there is no such package for auto-reload; see GET /get-catalog")
    if not bounds.threshold_min <= threshold <= bounds.threshold_max:
        raise InvalidRequest.field("threshold", f"it is {bounds.threshold_min} to {bounds.threshold_max} tokens")
    if not offer.amount <= cap <= CAP_MAX:
        raise InvalidRequest.field(
            "monthlyCap",
            f"it is {offer.amount}, the price of the package, to {CAP_MAX} minor units of {offer.currency}",
        )
    return Terms(threshold, package, cap), offer.currency


def _new_page(user_id: str, known: customers.Customer, email: str, currency: str) -> SetupPage:
    customer = customers.of_account(user_id, known, email)
    try:
        return stripe_reloads.create_setup_page(user_id, customer.id, currency, f"setup-{uuid.uuid4().hex}")
    except stripe_client.CustomerMissing as missing:
        customers.forget(user_id, customer)
        raise Contention("The customer is being made anew; try again in a moment.") from missing
    except stripe_client.KeySpent as spent:
        raise spent.problem from spent


def _waiting(user_id: str, seen: str | None, setup: Setup) -> TurnedOn:
    """Has the terms wait for the page; or for another one, that somebody made since."""

    def wait(state: AutoReload) -> AutoReload:
        now = None if state.setup is None else state.setup.session_id
        if state.setup is not None and now not in (seen, setup.session_id):
            other = Setup(state.setup.session_id, state.setup.url, state.setup.expires_at, setup.terms)
            return auto_reload.waiting(state, other)
        return auto_reload.waiting(state, setup)

    state = _change(user_id, wait)
    if state.setup is None:
        raise RuntimeError("nothing waits for the page that was made for it")
    return TurnedOn(auto_reload.as_agreed(state), state.setup.url)


def _owned(user_id: str, customer_id: str, saved: SavedCard) -> bool:
    return stripe_reloads.make_default(user_id, customer_id, saved.payment_method)


def _waits_for(session_id: str, account: Fields) -> bool:
    setup = reload_fields.parsed(account.get(reload_fields.FIELD)).setup
    return setup is not None and setup.session_id == session_id


def _change(user_id: str, change: Callable[[AutoReload], AutoReload]) -> AutoReload:
    """What the account says then; nothing is written where that is what it said before."""

    def written(account: Fields) -> tuple[Fields, AutoReload]:
        before = reload_fields.parsed(account.get(reload_fields.FIELD))
        after = change(before)
        return ({} if after == before else reload_fields.written(after)), after

    return wallets.update(user_id, written)


def _changed(user_id: str, change: Callable[[AutoReload], AutoReload], event: Event | None) -> bool:
    """Whether the account says something else then. The log entry of the event is written with it, or by itself."""
    logged: tuple[ExtraWrite, ...] = () if event is None else (event_log.entry(event, "processed", ""),)

    def written(account: Fields) -> tuple[Fields, bool]:
        before = reload_fields.parsed(account.get(reload_fields.FIELD))
        after = change(before)
        return ({}, False) if after == before else (reload_fields.written(after), True)

    try:
        has_changed = wallets.update(user_id, written, *logged)
    except NoSuchAccount:
        return _ignore(event)
    return has_changed or _ignore(event)


def _ignore(event: Event | None) -> bool:
    if event is not None:
        event_log.record(event, "ignored")
    return False
