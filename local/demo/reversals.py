"""The second act: money goes back, by a refund and by a dispute, and the tokens go with it."""

from local.demo.stage import Stage, balance, buy, check, expect, wait_for_wallet, wallet
from local.demo.stripe_account import Order


def play(stage: Stage, order: Order) -> None:
    """Plays every step of the act; ``order`` is Ada's checkout. She ends with 106 tokens, Ben with 16."""
    refund_in_part(stage, order)
    dispute_and_win(stage)


def refund_in_part(stage: Stage, order: Order) -> None:
    refund = stage.stripe.refund(stage.stripe.payment_of(order), 300)
    check(refund["status"] == "succeeded", "Stripe refunds 3.00 USD", refund)
    wait_for_wallet(stage.ada, "the tokens of a refund are taken back", tokens=66, debt=0)
    confirmed = expect(
        200, stage.ada.post("confirm-checkout", {"sessionId": order["sessionId"]}), "the receipt can be asked for"
    )
    receipt = confirmed["receipt"]
    check((receipt["reversed"], receipt["tokensTakenBack"]) == (300, 33), "the receipt tells the refund", receipt)
    stage.tell("Ada is refunded 3.00 of her 9.99 USD: 33 of 110 tokens are taken back, and 66 of her 99 are left")


def dispute_and_win(stage: Stage) -> None:
    order = buy(stage, stage.ben)
    confirmed = stage.ben.post("confirm-checkout", {"sessionId": order["sessionId"]})
    check(expect(200, confirmed, "the landing page confirms")["tokenBalance"] == 56, "Ben has 56", confirmed)
    given = expect(200, stage.ben.post("tip", {"recipientId": stage.ada.user_id, "amount": 40}), "Ben tips Ada")
    check(given == {"tokenBalance": 16}, "16 tokens are left", given)
    stage.tell("Ben buys 50 tokens for 4.99 USD and tips Ada 40 of his 56")

    dispute = stage.stripe.dispute(stage.stripe.payment_of(order))
    wait_for_wallet(stage.ben, "a dispute takes what is there, and the rest is owed", tokens=0, debt=34)
    for function, body in (
        ("tip", {"recipientId": stage.ada.user_id, "amount": 1}),
        ("generate", {"feature": "image", "prompt": "on credit"}),
    ):
        refused = expect(402, stage.ben.post(function, body), f"{function} is refused to who owes")
        check(refused.get("debt") == 34, "the refusal says how many tokens are owed", refused)
    check(balance(stage.ada) == 106, "Ada keeps what she was given", wallet(stage.ada))
    stage.tell("  his bank disputes the payment: his last 16 are taken, he owes 34 and cannot spend or tip (402)")

    won = stage.stripe.win(dispute["id"])
    check(won["status"] == "won", "the evidence wins the dispute", won)
    wait_for_wallet(stage.ben, "what a won dispute had taken is given back", tokens=16, debt=0)
    check(balance(stage.ada) == 106, "nothing moves for Ada", wallet(stage.ada))
    stage.tell("  the dispute is won: his debt is gone and the 16 are back; Ada kept her tip all along")
