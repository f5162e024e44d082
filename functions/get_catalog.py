"""GET /get-catalog: what things cost, shown before anyone spends. Public.

    ->  200 { "unit", "signupBonus", "bonusDays", "trial": { images, features } | null, "accessRequired",
              "packages": [{ id, name, tokens, amount, currency, bonusPercent, grantsAccess }],
              "plans": [{ id, name, tier, kind, amount, currency, interval, tokens, tokensExpire, unlimitedPerDay,
                          features, days, perProperty, grantsAccess }],
              "features": [{ id, name, kind, cost }], "styles": [{ id, name, features }],
              "tip": { min, max, presets } | null,
              "autoReload": { thresholdMin, thresholdMax, packages } | null }

``amount`` is in minor units of ``currency``; ``cost``, bonuses and tips in tokens. ``kind`` of a plan is subscription
or pass, of a feature image or video. ``bonusDays`` after they were given, bonuses end; 0 is never. ``tokensExpire`` of
a plan is never or period, with the period that was paid. Where ``accessRequired``, features are for those who bought
something that ``grantsAccess``. What there is none of is null, or an empty list.
"""

from typing import Literal, TypedDict

from shared.economy.chosen import economy
from shared.economy.features import Feature, Kind, Style
from shared.economy.offers import Interval, Package, Plan
from shared.economy.terms import AutoReload, Tips
from shared.edge.access import PUBLIC
from shared.edge.endpoint import endpoint
from shared.edge.requests import NoParameters


class TrialAnswer(TypedDict):
    images: int
    features: list[str]


class PackageAnswer(TypedDict):
    id: str
    name: str
    tokens: int
    amount: int
    currency: str
    bonusPercent: int
    grantsAccess: bool


class PlanAnswer(TypedDict):
    id: str
    name: str
    tier: str
    kind: Literal["subscription", "pass"]
    amount: int
    currency: str
    interval: Interval | None
    tokens: int
    tokensExpire: Literal["never", "period"]
    unlimitedPerDay: int | None
    features: list[str]
    days: int | None
    perProperty: bool
    grantsAccess: bool


class FeatureAnswer(TypedDict):
    id: str
    name: str
    kind: Kind
    cost: int


class StyleAnswer(TypedDict):
    id: str
    name: str
    features: list[str]


class TipAnswer(TypedDict):
    min: int
    max: int
    presets: list[int]


class AutoReloadAnswer(TypedDict):
    thresholdMin: int
    thresholdMax: int
    packages: list[str]


class CatalogAnswer(TypedDict):
    unit: str
    signupBonus: int
    bonusDays: int
    trial: TrialAnswer | None
    accessRequired: bool
    packages: list[PackageAnswer]
    plans: list[PlanAnswer]
    features: list[FeatureAnswer]
    styles: list[StyleAnswer]
    tip: TipAnswer | None
    autoReload: AutoReloadAnswer | None


@endpoint(NoParameters, PUBLIC, cached_seconds=300)
def get_catalog() -> CatalogAnswer:
    prices = economy()
    trial, tips, reload = prices.trial, prices.tips, prices.auto_reload
    return {
        "unit": prices.unit,
        "signupBonus": prices.signup_bonus,
        "bonusDays": prices.expiry.bonus_days,
        "trial": None if trial is None else {"images": trial.images, "features": list(trial.features)},
        "accessRequired": prices.access.required,
        "packages": [_package(package) for package in prices.packages],
        "plans": [_plan(plan) for plan in prices.plans],
        "features": [_feature(name, feature) for name, feature in prices.features.items()],
        "styles": [_style(style) for style in prices.styles if style.active],
        "tip": None if tips is None else _tip(tips),
        "autoReload": None if reload is None else _auto_reload(reload, prices.reload_packages),
    }


def _package(package: Package) -> PackageAnswer:
    return {
        "id": package.id,
        "name": package.name,
        "tokens": package.tokens,
        "amount": package.amount,
        "currency": package.currency,
        "bonusPercent": package.bonus_percent,
        "grantsAccess": package.grants_access,
    }


def _plan(plan: Plan) -> PlanAnswer:
    return {
        "id": plan.id,
        "name": plan.name,
        "tier": plan.tier,
        "kind": plan.kind,
        "amount": plan.amount,
        "currency": plan.currency,
        "interval": plan.interval,
        "tokens": plan.tokens,
        "tokensExpire": plan.tokens_expire,
        "unlimitedPerDay": plan.unlimited_per_day,
        "features": list(plan.features),
        "days": plan.days,
        "perProperty": plan.per_property,
        "grantsAccess": plan.grants_access,
    }


def _tip(tips: Tips) -> TipAnswer:
    return {"min": tips.minimum, "max": tips.maximum, "presets": list(tips.presets)}


def _auto_reload(reload: AutoReload, packages: tuple[Package, ...]) -> AutoReloadAnswer:
    return {
        "thresholdMin": reload.threshold_min,
        "thresholdMax": reload.threshold_max,
        "packages": [package.id for package in packages],
    }


def _feature(name: str, feature: Feature) -> FeatureAnswer:
    return {"id": name, "name": feature.name, "kind": feature.kind, "cost": feature.cost}


def _style(style: Style) -> StyleAnswer:
    return {"id": style.id, "name": style.name, "features": list(style.features)}
