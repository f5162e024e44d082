"""Needs nothing: the numbers of the guide for the people who buy tokens are those of the default economy."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "users.md").read_text(encoding="utf-8")
WORDS = " ".join(GUIDE.split())
ECONOMY = tomllib.loads((ROOT / "economies" / "phoenix.toml").read_text(encoding="utf-8"))


def test_the_guide_lists_every_package_with_its_price() -> None:
    for package in ECONOMY["packages"]:
        assert f"| {package['id']} | {package['tokens']} | {package['amount'] / 100:.2f} |" in GUIDE
    assert {package["currency"] for package in ECONOMY["packages"]} == {"usd"}


def test_the_guide_lists_every_plan_with_what_it_brings_and_its_price() -> None:
    for plan in ECONOMY["plans"]:
        per_day = plan.get("unlimited_per_day")
        brings = f"up to {per_day} pictures a day" if per_day else f"{plan['tokens']} tokens"
        assert f"| {plan['id']} | {brings} | {plan['amount'] / 100:.2f} |" in GUIDE
        assert (plan["kind"], plan["interval"], plan["currency"]) == ("subscription", "month", "usd")


def test_the_guide_names_the_bonus_the_price_of_a_picture_and_the_bounds_of_a_tip() -> None:
    tips = ECONOMY["tips"]

    assert f"{ECONOMY['signup_bonus']} when you sign up" in WORDS
    assert f"a picture costs {ECONOMY['features']['image']['cost']} tokens" in WORDS
    assert f"tip a creator {tips['minimum']} to {tips['maximum']:,} tokens".replace(",", " ") in WORDS
