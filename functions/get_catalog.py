"""GET /get-catalog: what things cost, shown before anyone spends. Public.

    ->  200 { "unit", "packages": [{ id, name, tokens, amount, currency, bonusPercent }], "features": [{ id, cost }],
              "tip": { min, max, presets } }

``amount`` is in minor units of ``currency``; ``cost`` and tips in tokens.
"""

from typing import TypedDict

from shared.economy import economy
from shared.edge.access import PUBLIC
from shared.edge.endpoint import endpoint
from shared.edge.requests import NoParameters


class PackageAnswer(TypedDict):
    id: str
    name: str
    tokens: int
    amount: int
    currency: str
    bonusPercent: int


class FeatureAnswer(TypedDict):
    id: str
    cost: int


class TipAnswer(TypedDict):
    min: int
    max: int
    presets: list[int]


class CatalogAnswer(TypedDict):
    unit: str
    packages: list[PackageAnswer]
    features: list[FeatureAnswer]
    tip: TipAnswer


@endpoint(NoParameters, PUBLIC)
def get_catalog() -> CatalogAnswer:
    prices = economy()
    return {
        "unit": prices.unit,
        "packages": [
            {
                "id": package.id,
                "name": package.name,
                "tokens": package.tokens,
                "amount": package.amount,
                "currency": package.currency,
                "bonusPercent": package.bonus_percent,
            }
            for package in prices.packages
        ],
        "features": [{"id": name, "cost": feature.cost} for name, feature in prices.features.items()],
        "tip": {"min": prices.tips.minimum, "max": prices.tips.maximum, "presets": list(prices.tips.presets)},
    }
