"""Whether the project has the budget that it should have. An amount is such as ``200`` or ``200USD``."""

import re
from decimal import Decimal
from typing import Any

THRESHOLDS = (0.5, 0.9, 1.0)

Json = dict[str, Any]


def decide(budgets: list[Json], name: str, amount: str, channel: str) -> str:
    """``same``, ``create``, or the name of the budget that must be changed."""
    budget = next((budget for budget in budgets if budget.get("displayName") == name), None)
    if budget is None:
        return "create"
    thresholds = tuple(sorted(rule["thresholdPercent"] for rule in budget.get("thresholdRules", [])))
    channels = budget.get("notificationsRule", {}).get("monitoringNotificationChannels", [])
    is_same = _is_amount(budget, amount) and thresholds == THRESHOLDS and (not channel or channel in channels)
    return "same" if is_same else str(budget["name"])


def _is_amount(budget: Json, amount: str) -> bool:
    money = budget.get("amount", {}).get("specifiedAmount", {})
    number, currency = re.findall(r"^([\d.]+)([A-Z]*)$", amount)[0]
    held = Decimal(money.get("units", 0)) + Decimal(money.get("nanos", 0)) / 10**9
    return held == Decimal(number) and currency in ("", money.get("currencyCode"))
