"""The third act: what keeps the books right when webhooks are lost, and what an administrator decides."""

from local.demo.client import AppUser
from local.demo.stage import Stage, balance, buy, check, expect, wait_until, wallet

REASON = "goodwill"


def play(stage: Stage) -> None:
    """Plays every step of the act. Ada ends with 156 tokens, Ben with 36."""
    reconcile(stage)
    grant(stage)


def reconcile(stage: Stage) -> None:
    with stage.stripe.losing_webhooks():
        event_id = stage.stripe.completion_of(buy(stage, stage.ada))
        wait_until(lambda: _outcomes(stage, event_id) == ["lost"], "the webhook of Ada's payment is lost")
    check(balance(stage.ada) == 106, "nobody has told Guilder of Ada's payment", wallet(stage.ada))
    stage.tell("Every webhook is switched off: Ada pays for 50 tokens, closes the page and still has 106")

    report = stage.run_job("reconcile-payments")
    done = {name: report[name] for name in ("missed", "settled", "failed", "complete")}
    right = {"missed": 1, "settled": 1, "failed": 0, "complete": True}
    check(done == right, "reconciliation finds the one payment that was missed", report)
    check(balance(stage.ada) == 156, "the missed payment is credited", wallet(stage.ada))
    again = stage.run_job("reconcile-payments")
    check(again["settled"] == 0 and balance(stage.ada) == 156, "a second run changes nothing", again)
    stage.tell("  reconciliation asks Stripe, finds the payment and credits it: 156; a second run changes nothing")


def grant(stage: Stage) -> None:
    administrator = AppUser("The administrator", stage.cloud)
    known = stage.cloud.administrator
    administrator.sign_up(known["email"], known["password"])
    gift = {"userId": stage.ben.user_id, "amount": 20, "reason": REASON}
    expect(403, stage.ada.post("grant-tokens", gift), "Ada cannot grant tokens")
    granted = expect(200, administrator.post("grant-tokens", gift), "the administrator grants tokens")
    check(granted["status"] == "granted", "one administrator is enough for 20 tokens", granted)
    check(balance(stage.ben) == 36, "Ben receives them", granted)
    [line] = expect(200, stage.ben.get("list-transactions", limit=1), "Ben reads his last line")["transactions"]
    check(line["id"] == granted["transactionId"], "the grant is the last line of Ben's ledger", line)
    check(line["details"]["reason"] == REASON, "the line tells the reason", line)
    stage.tell(f"An administrator grants Ben 20 tokens with the reason `{REASON}`; Ada may not grant any (403)")


def _outcomes(stage: Stage, event_id: str) -> list[str]:
    return [delivery["outcome"] for delivery in stage.stripe.deliveries(event_id)]
