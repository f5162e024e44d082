"""The fifth act: a wallet that runs low buys by itself, once however many payments race, and never in secret."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from local.demo.client import Reply
from local.demo.portal import Portal
from local.demo.stage import WAIT_SECONDS, Stage, balance, check, expect, wait_for, wait_until
from local.demo.stripe_account import GOOD_CARD

ASKING_CARD = "4000002760003184"
"""It pays where its owner is at the page to confirm, and nowhere else."""

TERMS = {"enabled": True, "threshold": 100, "package": "popular", "monthlyCap": 3000}
AT_ONCE = 8
HOUR_SECONDS = 60 * 60


def play(stage: Stage) -> None:
    """Plays every step of the act. Ada ends with 200 tokens."""
    turn_on(stage)
    race(stage)
    ask_the_owner(stage)


def turn_on(stage: Stage) -> None:
    wanted = expect(200, stage.ada.post("set-auto-reload", TERMS), "auto-reload is turned on")
    check(wanted["setupUrl"] is not None, "a card has to be saved first", wanted)
    saved = stage.stripe.pay(wanted["setupUrl"], GOOD_CARD)
    check(saved.status == 303, "the card is saved", saved)
    wait_for(stage.ada, "auto-reload is on", lambda seen: bool((seen["autoReload"] or {}).get("enabled")))
    stage.tell("Ada saves a card: below 100 tokens `popular` is to be bought, for 30.00 USD a month at most")


def race(stage: Stage) -> None:
    check(balance(stage.ada) == 156, "Ada has 156 tokens", balance(stage.ada))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tips = list(pool.map(lambda _: _tip(stage, 18), range(AT_ONCE)))
    check([tip.status for tip in tips] == [200] * AT_ONCE, "eight tips are paid", tips)
    wait_for(
        stage.ada,
        "one reload buys 110 tokens",
        lambda seen: seen["tokenBalance"] == 122 and seen["autoReload"]["inFlight"] is None,
    )
    check(_reloads(stage) == 1, "it is bought once", _reloads(stage))
    stage.tell("  she runs low while eight tips of 18 tokens race: one reload buys 110 for 9.99 USD, once")


def ask_the_owner(stage: Stage) -> None:
    portal = Portal(expect(200, stage.ada.post("open-portal", {}), "the portal opens")["url"])
    saved = portal.save_card(ASKING_CARD)
    check(saved.status == 303, "the portal takes another card", saved)
    agreed = expect(200, stage.ada.post("set-auto-reload", {"enabled": True}), "auto-reload takes the new card")
    check(agreed["setupUrl"] is None, "the card is saved already", agreed)
    stage.stripe.wind(HOUR_SECONDS)  # within the minute of a reload no other one begins
    tip = _tip(stage, 32)
    check(tip.status == 200, "another tip leaves 90 tokens", tip)
    paused = wait_for(
        stage.ada,
        "the bank wants Ada, and she gets a link",
        lambda seen: seen["autoReload"]["paused"] == "authentication" and seen["autoReload"]["actionUrl"] is not None,
    )
    check((paused["tokenBalance"], _reloads(stage)) == (90, 1), "nothing is charged meanwhile", paused)
    stage.tell("  her next card's bank wants her to confirm: nothing is charged, it pauses, and she gets a link")

    paid = stage.stripe.pay(paused["autoReload"]["actionUrl"], ASKING_CARD)
    check(paid.status == 303, "Ada confirms on the page", paid)
    wait_for(
        stage.ada,
        "what she confirmed is credited, and auto-reload goes on",
        lambda seen: (seen["tokenBalance"], seen["autoReload"]["paused"]) == (200, None),
    )
    stage.tell("  she confirms on that page and has 200 tokens; the pause is over")


def _tip(stage: Stage, amount: int) -> Reply:
    """Ada tips Ben. As an app does, it asks again under the same key where the answer is that the wallet is busy."""
    key, replies = uuid.uuid4().hex, list[Reply]()

    def is_answered() -> bool:
        replies.append(stage.ada.post("tip", {"recipientId": stage.ben.user_id, "amount": amount}, key))
        return replies[-1].status != 503

    wait_until(is_answered, f"a tip is answered within {WAIT_SECONDS:.0f} s")
    return replies[-1]


def _reloads(stage: Stage) -> int:
    """How many reloads are in Ada's ledger."""
    listed = expect(200, stage.ada.get("list-transactions", type="auto_reload"), "Ada reads her reloads")
    return len(listed["transactions"])
