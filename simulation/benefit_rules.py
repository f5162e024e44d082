"""What must hold of passes and access: a paid order gives them, and takes them back once all of its money is back."""

import datetime
from collections.abc import Mapping

from simulation import terms
from simulation.lot_rules import CLOCKS_OFF, Time
from simulation.mirror import Change, Fields, Mirror
from simulation.violations import require

Changed = Mapping[tuple[str, str], Change]

NOTHING = datetime.timedelta()


def check_passes(change: Change, changed: Changed, time: Time) -> None:
    """Checks that the passes of a wallet move by what its orders say, and by nothing else."""
    before, after = (change.before or {}).get("passes", {}), (change.after or {}).get("passes", {})
    moved = _moved(change.id, changed)
    now = time.now.replace(tzinfo=None)
    for key in before.keys() | after.keys():
        was, until = _until(before, key), _until(after, key)
        # How long the pass still runs; a commit was decided at a moment since its request began.
        lengths = [
            max(NOTHING, until - moment) - max(NOTHING, was - moment)
            for moment in (time.began.replace(tzinfo=None) - CLOCKS_OFF, now + CLOCKS_OFF)
        ]
        wanted = moved.get(key, NOTHING)
        is_right = (
            min(lengths) - datetime.timedelta(seconds=1) <= wanted <= max(lengths) + datetime.timedelta(seconds=1)
        )
        require(is_right, f"the pass {key} of {change.id} moved by {lengths}, its orders by {wanted}", "created")


def check_access(user_id: str, wallet: Fields, mirror: Mirror) -> None:
    """Checks that a wallet has access as long as a paid order gives it whose money is not all back."""
    giving = {
        name
        for name, order in mirror.all("orders").items()
        if (order["userId"], order["status"]) == (user_id, "paid")
        and order.get("grantsAccess")
        and "withdrawn" not in order
    }
    said = wallet.get("access")
    is_right = said["by"] in giving if said else not giving
    require(is_right, f"the orders {sorted(giving)} give {user_id} access, and the wallet says {said}", "created")


def _until(passes: Fields, key: str) -> datetime.datetime:
    found: datetime.datetime = passes.get(key, {"until": datetime.datetime(1970, 1, 1)})["until"]  # noqa: DTZ001 - as in the mirror
    return found


def _moved(user_id: str, changed: Changed) -> dict[str, datetime.timedelta]:
    """By how much the passes have to move, by what became of the orders that they were bought with."""
    moved: dict[str, datetime.timedelta] = {}
    for (collection, _), change in changed.items():
        before, after = change.before or {}, change.after or {}
        if collection != "orders" or after.get("userId") != user_id or after.get("plan") not in terms.PASS_DAYS:
            continue
        key = ":".join(filter(None, (after["plan"], after.get("property"))))
        moved[key] = moved.get(key, NOTHING) + _given(after) - _given(before)
    return moved


def _given(order: Fields) -> datetime.timedelta:
    """The time that a pass has by the order."""
    if order.get("status") != "paid":
        return NOTHING
    return datetime.timedelta(days=terms.PASS_DAYS[order["plan"]], seconds=-order.get("withdrawn", 0))
