"""The flows of tokens whose day is over."""

import datetime
import functools

from simulation import days, terms
from simulation.crash_flows.art import THREE_AREAS, ended, later_sweep
from simulation.crash_flows.preparing import administrator, generated, lose, somebody, somebody_rich
from simulation.crash_table import Act, Flow
from simulation.lot_rules import lots_in
from simulation.operations.operators import REASON
from simulation.run import Run
from simulation.violations import require
from simulation.world import Answer

UNTIL_OVER = datetime.timedelta(days=terms.BONUS_DAYS + 1, minutes=10)


def _booking(run: Run) -> Act:
    """Prepares two wallets whose bonuses are over."""
    somebody(run)
    somebody_rich(run)
    run.world.clock.advance(UNTIL_OVER)

    def act() -> Answer | None:
        answer = run.world.call_as_google("expire_tokens")
        # The next call books what this one could not.
        return answer if answer is None or not answer.is_success or answer.body["complete"] else None

    return act


def _only_what_was_bought_is_left(run: Run) -> None:
    left = [(run.world.mirror.get(f"users/{person.user_id}") or {})["tokenBalance"] for person in run.people]
    require(left == [0, 50], f"the wallets hold {left}")


def _opening(run: Run) -> Act:
    """Prepares a frozen wallet whose bonus ran out meanwhile."""
    person = somebody_rich(run)
    body = {"userId": person.user_id, "frozen": True, "reason": REASON}
    administrator(run, "freeze_wallet", body)()
    run.world.clock.advance(UNTIL_OVER)
    return administrator(run, "freeze_wallet", {**body, "frozen": False})


def _all_is_left_until_the_grace_is_over(run: Run) -> None:
    wallet = run.world.mirror.get(f"users/{run.people[-1].user_id}") or {}
    [until] = lots_in(wallet)["bonus"]
    today = days.day_of(run.world.clock.now())
    require(today < until <= days.plus(today, terms.GRACE_DAYS), f"the bonus ends at {until}")
    require(wallet["tokenBalance"] == 60, f"the wallet holds {wallet['tokenBalance']}")


def _refund_after_its_day(run: Run) -> Act:
    """Prepares a generation of which nothing was made, paid from a bonus that is over since."""
    generated(run, somebody_rich(run), areas=THREE_AREAS)
    lose(run, "run_generation")
    act = later_sweep(run)
    for _ in range(3):
        act()
        lose(run, "run_generation")
    run.world.clock.advance(UNTIL_OVER)
    return act


FLOWS = (
    Flow("expire tokens", _booking, _only_what_was_bought_is_left),
    Flow("open a wallet of which some is over", _opening, _all_is_left_until_the_grace_is_over),
    Flow("refund of what is over", _refund_after_its_day, functools.partial(ended, status="failed")),
)
