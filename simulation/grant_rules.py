"""What must hold of every commit by which an administrator gives or takes tokens."""

from collections.abc import Mapping

from simulation.mirror import Change, Fields
from simulation.terms import ALONE, DAILY
from simulation.violations import require

Changed = Mapping[tuple[str, str], Change]


def check_line(line: Fields, changed: Changed) -> None:
    """Checks the line against the action that it came with, and against what one administrator may do alone."""
    name, amount, action_id = line["id"], line["amount"], line["details"]["actionId"]
    require(name == f"admin_{action_id}", f"a grant under the id {name}", "created", abs(amount))
    change = changed.get(("adminActions", action_id))
    require(change is not None, f"{name} came without its action", "created", abs(amount))
    action: Fields = (change.after if change else None) or {}
    told = action["status"], action["about"], action["amount"], action["actor"]
    wanted = "done", line["userId"], amount, line["details"]["actorId"]
    require(told == wanted, f"{name} does something else than its action: {told}")
    require(action["actor"] != action["about"], f"{name} is of somebody to themselves")
    decided_by = action.get("decidedBy")
    if decided_by is not None:
        require(decided_by not in (action["actor"], action["about"]), f"{name} was decided by who is part of it")
        return
    require(abs(amount) <= ALONE, f"one administrator alone decided on {amount} tokens", "created", abs(amount))
    days = [day for (collection, day), _ in changed.items() if collection == "adminDays"]
    if amount > 0:
        require(len(days) == 1 and days[0].startswith(f"{action['actor']}_"), f"{name} counts for no day", "created")
        day = changed["adminDays", days[0]]
        before, after = (day.before or {}).get("granted", 0), (day.after or {}).get("granted", 0)
        require(after - before == amount, f"{name} counts for {after - before} tokens of its day", "created")
        require(after <= DAILY, f"one administrator granted {after} tokens in a day", "created", after - DAILY)
