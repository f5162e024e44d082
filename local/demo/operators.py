"""The third act: what the people who run the shop do."""

from local.demo.client import AppUser
from local.demo.stage import Stage, balance, check, expect

REASON = "goodwill"


def play(stage: Stage) -> None:
    """Plays every step of the act. Ben ends with 36 tokens."""
    grant(stage)


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
    stage.tell(f"An administrator grants Ben 20 tokens, the reason is `{REASON}`; Ada may not grant any (403)")
