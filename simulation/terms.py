"""The numbers of the simulation's economy, read without the product's code."""

import tomllib
from pathlib import Path
from typing import Any

ECONOMIES = Path(__file__).resolve().parent / "economies"
ECONOMY = "simulated"

_FILE: dict[str, Any] = tomllib.loads((ECONOMIES / f"{ECONOMY}.toml").read_text(encoding="utf-8"))

COST: int = _FILE["features"]["image"]["cost"]
SIGNUP_BONUS: int = _FILE["signup_bonus"]
TOKENS: dict[str, int] = {package["id"]: package["tokens"] for package in _FILE["packages"]}
PASS_DAYS: dict[str, int] = {plan["id"]: plan["days"] for plan in _FILE["plans"] if plan["kind"] == "pass"}
AMOUNTS: dict[str, int] = {package["id"]: package["amount"] for package in _FILE["packages"]}
SECONDS_APART: int = _FILE["auto_reload"]["seconds_apart"]
SUBSCRIPTIONS: dict[str, dict[str, Any]] = {
    plan["id"]: plan for plan in _FILE["plans"] if plan["kind"] == "subscription"
}
BONUS_DAYS: int = _FILE["expiry"]["bonus_days"]
GRACE_DAYS: int = _FILE["expiry"]["refund_grace_days"]
PLAN_GRACE_DAYS: int = _FILE["expiry"]["plan_grace_days"]
TRIAL_IMAGES: int = _FILE["trial"]["images"]
ALONE: int = _FILE["admin"]["alone"]
DAILY: int = _FILE["admin"]["daily"]
