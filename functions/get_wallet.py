"""GET /get-wallet: what the caller holds, in tokens, and what they may use beside them.

    ->  200 { tokenBalance, funds{bonus, purchased, earned}, totalTokensPurchased, totalTokensSpent, totalTokensEarned,
              totalTokensCredited, debt, frozen: [reason], spendable, expiring: [{ tokens, fund, expiresAt }],
              subscription: { id, plan, tier, status, until, actionUrl } | null, passes: [{ plan, property, until }],
              hasAccess, trial: { remaining, used } | null, signupBonusGrantedAt,
              autoReload: { enabled, threshold, package, monthlyCap, paused, actionUrl, inFlight, card } | null }

``debt`` are tokens of reversed payments that the wallet did not hold any more. ``frozen`` has the reasons for which
nothing may leave the wallet, and is empty when it is open. ``spendable`` is what a payment may take now: the balance
without what is over, or 0 while the wallet is frozen or owes. ``expiring`` are the tokens that end, soonest first.

``subscription`` is active, past_due (see its ``actionUrl``), cancelled or inactive; ``until`` is when what was paid
ends. ``passes`` are those that have not ended; ``property`` is null where a pass is for everything. ``hasAccess`` says
whether a purchase, a pass or a plan grants the access that some economies require. ``trial`` counts images, and is null
where there was none; ``signupBonusGrantedAt`` is null where nothing was given for signing up.

``autoReload`` is null where nobody ever agreed to it. ``paused`` is declined, authentication (``actionUrl`` leads to a
page to pay on) or disputed; ``inFlight`` is a reload under way; ``card`` has the brand and the last digits.
Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 503 wallet-inconsistent.
"""

import datetime
from typing import TypedDict

from shared.economy.chosen import economy
from shared.edge.access import SIGNED_IN, Caller
from shared.edge.answers import FundsAnswer
from shared.edge.endpoint import endpoint
from shared.edge.requests import NoParameters
from shared.ledger import days
from shared.ledger.auto_reload import AutoReload, Pause
from shared.ledger.entitlements import Entitlements, SubscriptionStatus
from shared.ledger.wallet import Wallet
from shared.money import wallets


class SubscriptionAnswer(TypedDict):
    id: str
    plan: str
    tier: str
    status: SubscriptionStatus
    until: datetime.datetime | None
    actionUrl: str | None


class PassAnswer(TypedDict):
    plan: str
    property: str | None
    until: datetime.datetime


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
    paused: Pause | None
    actionUrl: str | None
    inFlight: str | None
    card: CardAnswer | None


class WalletAnswer(TypedDict):
    tokenBalance: int
    funds: FundsAnswer
    totalTokensPurchased: int
    totalTokensSpent: int
    totalTokensEarned: int
    totalTokensCredited: int
    debt: int
    frozen: list[str]
    spendable: int
    expiring: list[ExpiringAnswer]
    subscription: SubscriptionAnswer | None
    passes: list[PassAnswer]
    hasAccess: bool
    trial: TrialAnswer | None
    signupBonusGrantedAt: datetime.datetime | None
    autoReload: AutoReloadAnswer | None


@endpoint(NoParameters, SIGNED_IN)
def get_wallet(caller: Caller) -> WalletAnswer:
    wallet = wallets.require(caller.user_id)
    held = wallet.entitlements
    return {
        "tokenBalance": wallet.balance,
        "funds": wallet.funds.to_fields(),
        "totalTokensPurchased": wallet.total_purchased,
        "totalTokensSpent": wallet.total_spent,
        "totalTokensEarned": wallet.total_earned,
        "totalTokensCredited": wallet.total_credited,
        "debt": wallet.debt,
        "frozen": sorted(wallet.frozen),
        "spendable": wallet.spendable,
        "expiring": _expiring(wallet),
        "subscription": _subscription(held),
        "passes": [
            {"plan": each.plan, "property": each.of_property, "until": each.until} for each in held.running_passes
        ],
        "hasAccess": held.has_access(economy().expiry.plan_grace_days),
        "trial": None if held.trial is None else {"remaining": held.trial.remaining, "used": held.trial.used},
        "signupBonusGrantedAt": wallet.welcomed_at,
        "autoReload": _auto_reload(wallet.auto_reload),
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
    }


def _auto_reload(state: AutoReload) -> AutoReloadAnswer | None:
    if state.terms is None:
        return None
    card = None if state.saved is None else state.saved.card
    return {
        "enabled": state.is_on,
        "threshold": state.terms.threshold,
        "package": state.terms.package,
        "monthlyCap": state.terms.monthly_cap,
        "paused": state.paused,
        "actionUrl": state.action_url,
        "inFlight": state.in_flight,
        "card": None if card is None else {"brand": card.brand, "last4": card.last4},
    }
