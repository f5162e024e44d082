"""The fourth act: a plan that is paid month after month. Stripe's clock goes forward, and everybody's with it."""

import datetime
from typing import Any

from local.demo.portal import Portal
from local.demo.stage import Stage, check, expect, wait_for
from local.demo.stripe_account import GOOD_CARD

FAILING_CARD = "4000000000000341"
"""It can be saved; every payment with it is declined."""

HOUR_SECONDS = 60 * 60
DAY_SECONDS = 24 * HOUR_SECONDS

Lot = dict[str, Any]
"""Tokens that end together, as ``get-wallet`` tells of them."""


def play(stage: Stage) -> None:
    """Plays every step of the act. Ben ends with 241 tokens."""
    subscribe(stage)
    second = renew(stage)
    third = fail_and_recover(stage, second)
    upgrade(stage, third)


def subscribe(stage: Stage) -> None:
    order = expect(200, stage.ben.post("create-checkout", {"plan": "plus"}), "a checkout for the plan opens")
    paid = stage.stripe.pay(order["url"], GOOD_CARD)
    check(paid.status == 303, "the good card returns to the app", paid)
    expect(200, stage.ben.post("confirm-checkout", {"sessionId": order["sessionId"]}), "the landing page confirms")
    [lot] = _lots(stage, "the first month's tokens come", 166, [130])
    stage.tell(f"Ben subscribes to `plus` for 9.99 USD a month and gets 130 tokens, good until {_last_day(lot)}")


def renew(stage: Stage) -> Lot:
    """A month passes. Returns the tokens of the second one."""
    _end_period(stage)
    _, second = _lots(stage, "the second month's tokens come", 296, [130, 130])
    stage.tell(f"  a month passes, Stripe charges his card, and 130 more come, good until {_last_day(second)}")
    return second


def fail_and_recover(stage: Stage, second: Lot) -> Lot:
    """Another month passes, whose payment fails at first. Returns the tokens of the third one."""
    saved = _portal(stage).save_card(FAILING_CARD)
    check(saved.status == 303, "the portal takes another card", saved)
    _end_period(stage)
    wait_for(stage.ben, "the plan is past due", lambda seen: seen["subscription"]["status"] == "past_due")
    stage.run_job("expire-tokens")
    _lots(stage, "the first month's tokens are over, and none have come", 166, [130])
    stage.tell("  another month passes and his new card is declined: the plan is past due, and brings nothing;")
    stage.tell("  the 130 tokens of the first month were not spent in time, and leave his wallet")

    saved = _portal(stage).save_card(GOOD_CARD)
    check(saved.status == 303, "the portal takes the good card", saved)
    stage.stripe.wind(3 * DAY_SECONDS + HOUR_SECONDS)
    recovered = wait_for(
        stage.ben,
        "Stripe tries again, and the third month's tokens come",
        lambda seen: seen["subscription"]["status"] == "active" and _is_after(second, seen["expiring"]),
    )
    third: Lot = recovered["expiring"][-1]
    check(third["tokens"] == 130, "they are as many as ever", recovered)
    stage.tell(f"  he saves another card, Stripe tries again after three days, and 130 come until {_last_day(third)}")
    return third


def upgrade(stage: Stage, third: Lot) -> None:
    start, end = stage.stripe.period_of(_subscription(stage))
    # A little less than half, so that cents are rounded in the same way however long the month is.
    stage.stripe.wind((start + end) // 2 - 600 - stage.stripe.now())
    switched = _portal(stage).switch_to("Studio")
    check(switched.status == 303, "the portal switches the plan", switched)
    wait_for(stage.ben, "the plan is another one", lambda seen: seen["subscription"]["plan"] == "studio")
    stage.run_job("expire-tokens")
    [lot] = _lots(stage, "the tokens of half a month come, and those of the second are over", 241, [205])
    check(lot["expiresAt"] == third["expiresAt"], "they end when the month's others do", (lot, third))
    grants = expect(200, stage.ben.get("list-transactions", type="subscription_grant", limit=1), "Ben reads his grants")
    [last] = grants["transactions"]
    check((last["amount"], last["details"]["amount"]) == (75, 500), "the difference was paid", last)
    stage.tell("  half-way through the month he switches to `studio`: 75 more for the 5.00 USD of difference;")
    stage.tell("  of 241 tokens 205 are the plan's by now; what he was given and what he bought never ends")


def _lots(stage: Stage, what: str, tokens: int, ending: list[int]) -> list[Lot]:
    """Waits until Ben has so many tokens, of which so many end on each day to come; and returns those."""
    found = wait_for(
        stage.ben,
        what,
        lambda seen: (seen["tokenBalance"], [lot["tokens"] for lot in seen["expiring"]]) == (tokens, ending),
    )
    lots: list[Lot] = found["expiring"]
    return lots


def _is_after(earlier: Lot, lots: list[Lot]) -> bool:
    return bool(lots) and bool(lots[-1]["expiresAt"] > earlier["expiresAt"])


def _last_day(lot: Lot) -> str:
    """The last day on which the tokens can be spent: they end at the midnight after it."""
    day = datetime.datetime.fromisoformat(lot["expiresAt"]) - datetime.timedelta(days=1)
    return f"{day.day} {day:%B}"


def _end_period(stage: Stage) -> None:
    """Lets the rest of the month pass, and the hour for which an invoice stays a draft."""
    _, end = stage.stripe.period_of(_subscription(stage))
    stage.stripe.wind(end - stage.stripe.now() + HOUR_SECONDS + 60)


def _subscription(stage: Stage) -> str:
    wallet = expect(200, stage.ben.get("get-wallet"), "Ben reads his wallet")
    return str(wallet["subscription"]["id"])


def _portal(stage: Stage) -> Portal:
    return Portal(expect(200, stage.ben.post("open-portal", {}), "the portal opens")["url"])
