"""The flows of a wallet that buys by itself: a reload is claimed, charged and settled."""

from typing import Any

from simulation import terms
from simulation.crash_flows.preparing import GOOD_CARD, deliver_all, delivering, die_after, sent, somebody
from simulation.crash_table import Act, Flow
from simulation.people import Person
from simulation.run import Run
from simulation.violations import require

IS_DECLINED, WANTS_ITS_OWNER = "4000000000000341", "4000002760003184"
PACKAGE = "starter"


def _low(run: Run, card: str = GOOD_CARD) -> Person:
    """A person whose wallet is to buy by itself, and is low since a tip."""
    other, person = somebody(run), somebody(run)
    body = {"enabled": True, "threshold": 10, "package": PACKAGE, "monthlyCap": 2 * terms.AMOUNTS[PACKAGE]}
    answer = run.world.post("set_auto_reload", person, body)
    require(answer is not None and answer.status == 200, f"auto-reload is not on: {answer}")
    run.world.stripe.pay(answer.body["setupUrl"] if answer else "", card)
    deliver_all(run)
    sent(run, person, other, 1)
    return person


def _reload(run: Run) -> Act:
    _low(run)
    return delivering(run, "run_reload")


def _declined_reload(run: Run) -> Act:
    _low(run, IS_DECLINED)
    return delivering(run, "run_reload")


def _reload_that_wants_its_owner(run: Run) -> Act:
    _low(run, WANTS_ITS_OWNER)
    return delivering(run, "run_reload")


def _webhook_of_a_reload(run: Run) -> Act:
    """Prepares a reload whose process died right after the charge."""
    _low(run)
    die_after(run, "stripe post payment_intents", "run_reload")
    return delivering(run, "stripe_webhook", "payment_intent.succeeded")


def _came_to(tokens: int, status: str) -> Any:
    def check(run: Run) -> None:
        user_id = run.people[-1].user_id
        balance = (run.world.mirror.get(f"users/{user_id}") or {})["tokenBalance"]
        require(balance == tokens, f"the wallet holds {balance}, not {tokens}")
        orders = run.world.mirror.all("orders").values()
        made = [each["status"] for each in orders if (each["userId"], each.get("kind")) == (user_id, "reload")]
        # A call that comes again a minute after a refusal tries the card again.
        require(made == [status] or set(made) == {"failed"} == {status}, f"the reloads ended as {made}")

    return check


FLOWS = (
    Flow("reload", _reload, _came_to(59, "paid")),
    Flow("reload: declined", _declined_reload, _came_to(9, "failed")),
    Flow("webhook: a reload", _webhook_of_a_reload, _came_to(59, "paid")),
)

RARELY = (Flow("reload: wants its owner", _reload_that_wants_its_owner, _came_to(9, "failed")),)
