"""A wallet as its owner and administrators are told of it: its tokens, and what may be used beside them."""

import datetime
from collections.abc import Iterable
from typing import TypedDict

from shared import clock
from shared.economy.chosen import economy
from shared.ledger import days
from shared.ledger.auto_reload import AutoReload, Pause
from shared.ledger.entitlements import Entitlements, Pass, SubscriptionStatus
from shared.ledger.wallet import Wallet


class SubscriptionAnswer(TypedDict):
    id: str
    plan: str
    tier: str
    status: SubscriptionStatus
    until: datetime.datetime | None
    actionUrl: str | None
    usable: bool
    unlimitedPerDay: int | None
    usedToday: int
    features: list[str]


class PassAnswer(TypedDict):
    plan: str
    property: str | None
    until: datetime.datetime
    unlimitedPerDay: int | None
    usedToday: int
    features: list[str]


class TodayAnswer(TypedDict):
    images: int
    imagesPerDay: int | None
    resetsAt: datetime.datetime


class TrialAnswer(TypedDict):
    remaining: int
    used: int


class ExpiringAnswer(TypedDict):
    tokens: int
    fund: str
    expiresAt: datetime.datetime


class CardAnswer(TypedDict):
    brand: str
    last4: str


class AutoReloadAnswer(TypedDict):
    enabled: bool
    threshold: int
    package: str
    monthlyCap: int
    spentThisMonth: int
    failures: int
    lastAt: datetime.datetime | None
    paused: Pause | None
    actionUrl: str | None
    inFlight: str | None
    card: CardAnswer | None


class BesideNumbers(TypedDict):
    """What a wallet says beside its numbers."""

    frozen: list[str]
    spendable: int
    expiring: list[ExpiringAnswer]
    subscription: SubscriptionAnswer | None
    passes: list[PassAnswer]
    today: TodayAnswer
    hasAccess: bool
    trial: TrialAnswer | None
    signupBonusGrantedAt: datetime.datetime | None
    autoReload: AutoReloadAnswer | None


def beside_numbers(wallet: Wallet) -> BesideNumbers:
    """What can be spent, what ends when, what may be used without tokens, and what is bought by itself."""
    held = wallet.entitlements
    return {
        "frozen": sorted(wallet.frozen),
        "spendable": wallet.spendable,
        "expiring": _expiring(wallet),
        "subscription": _subscription(held),
        "passes": [_pass(held, each) for each in sorted(held.running_passes, key=lambda each: each.place)],
        "today": _today(held),
        "hasAccess": held.has_access(economy().expiry.plan_grace_days),
        "trial": None if held.trial is None else {"remaining": held.trial.remaining, "used": held.trial.used},
        "signupBonusGrantedAt": wallet.welcomed_at,
        "autoReload": _auto_reload(wallet.auto_reload, wallet.today // 100),
    }


def nothing_beside(reasons: Iterable[str]) -> BesideNumbers:
    """What is said of a wallet that cannot be read, beside why it is frozen."""
    return {
        "frozen": sorted(reasons),
        "spendable": 0,
        "expiring": [],
        "subscription": None,
        "passes": [],
        "today": _today(Entitlements(now=clock.now())),
        "hasAccess": False,
        "trial": None,
        "signupBonusGrantedAt": None,
        "autoReload": None,
    }


def _expiring(wallet: Wallet) -> list[ExpiringAnswer]:
    """What ends, less what is over. The days of a frozen wallet that are over are moved when it is opened."""
    lots = [
        (day, fund, tokens)
        for fund in wallet.lots.names
        for day, tokens in wallet.lots.of(fund).items()
        if day > wallet.today
    ]
    return [{"tokens": tokens, "fund": fund, "expiresAt": days.midnight(day)} for day, fund, tokens in sorted(lots)]


def _subscription(held: Entitlements) -> SubscriptionAnswer | None:
    plan = held.subscription
    if plan is None:
        return None
    return {
        "id": plan.id,
        "plan": plan.plan,
        "tier": plan.tier,
        "status": plan.status,
        "until": plan.until,
        "actionUrl": plan.action_url,
        "usable": plan.is_running(held.now, economy().expiry.plan_grace_days),
        "unlimitedPerDay": plan.unlimited_per_day,
        "usedToday": held.usage.by_plan.get(plan.plan, 0),
        "features": sorted(plan.features),
    }


def _pass(held: Entitlements, each: Pass) -> PassAnswer:
    return {
        "plan": each.plan,
        "property": each.of_property,
        "until": each.until,
        "unlimitedPerDay": each.unlimited_per_day,
        "usedToday": held.usage.by_plan.get(each.key, 0),
        "features": sorted(each.features),
    }


def _today(held: Entitlements) -> TodayAnswer:
    return {
        "images": held.usage.images,
        "imagesPerDay": economy().limits.images_per_day,
        "resetsAt": held.next_midnight,
    }


def _auto_reload(state: AutoReload, month: int) -> AutoReloadAnswer | None:
    if state.terms is None:
        return None
    card = None if state.saved is None else state.saved.card
    return {
        "enabled": state.is_on,
        "threshold": state.terms.threshold,
        "package": state.terms.package,
        "monthlyCap": state.terms.monthly_cap,
        "spentThisMonth": state.spent_in(month),
        "failures": state.failures,
        "lastAt": state.last_at,
        "paused": state.paused,
        "actionUrl": state.action_url,
        "inFlight": state.in_flight,
        "card": None if card is None else {"brand": card.brand, "last4": card.last4},
    }
