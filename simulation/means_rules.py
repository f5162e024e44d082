"""What must hold of use that may cost no tokens: a plan or a pass pays for it, a trial, or tokens, and is counted."""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from simulation import terms
from simulation.days import day_of
from simulation.lot_rules import Time
from simulation.mirror import Fields, Mirror
from simulation.violations import require

FREE = ("trial", "plan", "pass")
RENEWAL = datetime.timedelta(hours=3)
"""So long after its period an active plan may be in use that Stripe has not collected again."""

ALL = "all"


def means_of(wallet: Fields, body: Mapping[str, Any], now: datetime.datetime) -> tuple[str, str | None]:
    """What pays for the generation that is asked for, and what it counts under; or ``refused``.

    Refused is what tokens would have to pay only because the day of a plan or a pass is used up.
    """
    images = max(1, len(body.get("areas", ())))
    if body.get("payWith") == "tokens":
        return "tokens", None
    by_plan = _usage(wallet, day_of(now)).get("byPlan", {})
    is_used_up = False
    for paid_by, key, limit in _unlimited(wallet, body.get("property"), now):
        if by_plan.get(key, 0) + images <= limit:
            return paid_by, key
        is_used_up = True
    if images <= wallet.get("trial", {}).get("remaining", 0):
        return "trial", None
    return ("refused", None) if is_used_up else ("tokens", None)


def check_use(line: Fields, made: Fields, before: Fields, time: Time) -> None:
    """Checks a line of a generation that was accepted: what paid for it could, and it costs tokens or nothing."""
    name, images = line["id"], line["details"]["areas"]
    paid_by = line["details"].get("paidBy", "tokens")
    told = made.get("paidBy"), made["cost"]
    require(told == (paid_by, -line["amount"]), f"{name} is paid by {paid_by}, its generation says {told}")
    if paid_by == "tokens":
        require(line["amount"] == -terms.COST * images, f"{name} costs {line['amount']}", "lost")
        return
    require(line["amount"] == 0 and line["details"]["images"] == images, f"{name} costs tokens too: {line['amount']}")
    body = {"areas": [""] * images, "property": made.get("property")}
    could = [means_of(before, body, moment.replace(tzinfo=None)) for moment in (time.began, time.now)]
    paid = paid_by, made["counted"]["plan"]
    require(paid in could, f"{name} was paid by {paid}, not by one of {could}", "created")


def check_give_back(line: Fields, spend: Fields) -> None:
    """Checks the refund of what cost no tokens."""
    told, paid = line["details"], spend["details"]
    require(told.get("paidBy") == paid.get("paidBy"), f"{line['id']} gives back what was paid by {paid}")
    require(paid.get("paidBy") is None or told["images"] <= paid["images"], f"{line['id']} gives back too much: {told}")


def check_usage(
    user_id: str, before: Fields, after: Fields, lines: Sequence[Fields], mirror: Mirror, time: Time
) -> None:
    """Checks that pictures are counted on the day of their acceptance, and that one that fails is not any more."""
    moved: Counter[tuple[int, str]] = Counter()
    for line in lines:
        if line["type"] in ("generation_spend", "refund"):
            images = line["details"]["areas"] * (1 if line["type"] == "generation_spend" else -1)
            counted = (mirror.get(f"generations/{line['details']['generationId']}") or {})["counted"]
            moved[counted["day"], ALL] += images
            if counted["plan"] is not None:
                moved[counted["day"], counted["plan"]] += images
            is_today = line["type"] == "refund" or counted["day"] in time.days
            require(is_today, f"{line['id']} is counted on {counted['day']}, which is not today", "created")
    was, now = _counts(before), _counts(after)
    for day, key in was.keys() | now.keys() | moved.keys():
        if day < time.days[-1] and not moved[day, key] and (day, key) not in now:
            continue  # of a day that is over
        difference, by_lines = now[day, key] - was[day, key], moved[day, key]
        what = f"the {key} pictures of {user_id} on {day} moved by {difference}, its lines by {by_lines}"
        require(difference == by_lines, what, "created", abs(difference - by_lines))


def check_trial(user_id: str, before: Fields, after: Fields, lines: Sequence[Fields]) -> None:
    """Checks that a trial is granted once, with the welcome, and moves by what it paid for."""
    was, trial = before.get("trial"), after.get("trial")
    if trial is None:
        require(was is None, f"the trial of {user_id} is gone", "lost")
        return
    require(min(trial["remaining"], trial["used"]) >= 0, f"the trial of {user_id} is {trial}", "negative")
    granted = trial["remaining"] + trial["used"]
    require(granted == terms.TRIAL_IMAGES, f"the trial of {user_id} is of {granted} images", "created")
    is_welcome = any(line["type"] == "signup_bonus" for line in lines)
    require((was is None) == is_welcome, f"the trial of {user_id} was granted without its welcome", "created")
    used = sum(
        line["details"]["images"] * (1 if line["type"] == "generation_spend" else -1)
        for line in lines
        if line["details"].get("paidBy") == "trial"
    )
    moved = trial["used"] - (was or {"used": 0})["used"]
    require(
        moved == used, f"the trial of {user_id} moved by {moved}, its lines by {used}", "created", abs(moved - used)
    )


def _unlimited(wallet: Fields, of_property: str | None, now: datetime.datetime) -> list[tuple[str, str, int]]:
    """What makes pictures without tokens, in the order in which it does: how it pays, its key, and its day's limit."""
    found: list[tuple[str, str, int]] = []
    plan = wallet.get("subscription") or {}
    if plan.get("unlimitedPerDay") is not None and is_running(plan, now):
        found.append(("plan", plan["plan"], plan["unlimitedPerDay"]))
    passes = []
    for key, held in wallet.get("passes", {}).items():
        _, _, own = key.partition(":")
        if held.get("unlimitedPerDay") is not None and held["until"] > now and own in ("", of_property):
            passes.append((not own, held["until"], key, held["unlimitedPerDay"]))
    return found + [("pass", key, limit) for _, _, key, limit in sorted(passes)]


def is_running(plan: Fields, now: datetime.datetime) -> bool:
    """Whether the plan can be used: for as long as it was paid, and for its grace."""
    if plan.get("until") is None or plan["status"] not in ("active", "past_due"):
        return False
    grace = datetime.timedelta(days=terms.PLAN_GRACE_DAYS)
    return bool(now < plan["until"] + grace + (RENEWAL if plan["status"] == "active" else datetime.timedelta()))


def _usage(wallet: Fields, day: int) -> Fields:
    found: Fields = wallet.get("usage", {}).get(f"day_{day}", {})
    return found


def _counts(wallet: Fields) -> Counter[tuple[int, str]]:
    """The pictures of each day, all of them and those of each plan or pass."""
    found: Counter[tuple[int, str]] = Counter()
    for name, usage in wallet.get("usage", {}).items():
        day = int(name.removeprefix("day_"))
        found[day, ALL] = usage.get("images", 0)
        found.update({(day, key): images for key, images in usage.get("byPlan", {}).items()})
    return found
