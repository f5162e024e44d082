"""Meters: how many pictures everybody had the image model make in a day (UTC). A flood ends at the day's budget.

A meter is 16 documents, because one could not be written as often as pictures are made. Each has its share of the
budget. A call of the model is counted before it is made, and the answer to that very write says whether the share had
room for it. No shard ever allows more calls than its share, however many workers count, and the shares add up to the
budget.

What a bonus or the trial pays counts in a meter of its own as well, and there first: a picture that this one refuses
uses up nothing of everybody's.
"""

import datetime
import functools
import random
from dataclasses import dataclass, field
from typing import Literal

from shared import clock, log
from shared.cloud import documents
from shared.cloud.commits import Batch, Increment
from shared.cloud.documents import Reference
from shared.economy.chosen import economy
from shared.errors import BudgetUsedUp
from shared.ledger import days

Kind = Literal["free", "all"]

SHARDS = 16
KEPT = datetime.timedelta(days=30)

LATELY_SECONDS = 10
"""So long is believed what was learnt of a budget without asking again."""


@dataclass(slots=True)
class _Learnt:
    """What this instance knows of a meter: the shards without room, when all last were, when it last looked.

    ``is_told`` is whether it has had a person told, or knows that another instance has.
    """

    full: set[int] = field(default_factory=set)
    used_up_at: float | None = None
    looked_at: float | None = None
    is_told: bool = False


def count(is_free: bool) -> None:
    """Counts one call of the image model, which may be made then. ``is_free`` if a bonus or the trial pays for it.

    Raises:
        BudgetUsedUp: there is no room for it in the day's budget.
    """
    day = clock.today()
    for kind in _kinds(is_free):
        budget = _budget(kind)
        if budget is not None and not _has_counted(kind, day, budget):
            raise _refusal()


def require_not_used_up(is_free: bool, has_reason: bool) -> None:
    """Refuses pictures for which this instance lately learnt that there is no room.

    It asks nothing, but where it ``has_reason`` to: then it looks, once in ``LATELY_SECONDS`` at most.

    Raises:
        BudgetUsedUp: so it was, less than ``LATELY_SECONDS`` ago.
    """
    day = clock.today()
    for kind in _kinds(is_free):
        learnt, budget = _learnt(kind, day), _budget(kind)
        if has_reason and budget is not None and not _is_recent(learnt.looked_at):
            _look(kind, day, budget)
        if _is_recent(learnt.used_up_at):
            raise _refusal()


def share(budget: int, shard: int) -> int:
    """How much of the budget the shard may allow."""
    return budget // SHARDS + (shard < budget % SHARDS)


def _kinds(is_free: bool) -> tuple[Kind, ...]:
    """The meters that count such a picture, in the order in which they are asked."""
    return ("free", "all") if is_free else ("all",)


def _budget(kind: Kind) -> int | None:
    limits = economy().limits
    return limits.free_images_per_day if kind == "free" else limits.provider_images_per_day


def _has_counted(kind: Kind, day: int, budget: int) -> bool:
    learnt = _learnt(kind, day)
    asked = [shard for shard in range(SHARDS) if shard not in learnt.full and share(budget, shard)]
    random.shuffle(asked)  # each shard gets as much to do as every other
    for shard in asked:
        counted, room = _counted(kind, day, shard), share(budget, shard)
        if counted >= room:
            learnt.full.add(shard)
        if counted <= room:
            return True
    learnt.used_up_at = clock.monotonic()
    if not learnt.is_told:
        learnt.is_told = True
        if _is_first_to_tell(kind, day):
            log.alert("budget-used-up", kind=kind, day=day, budget=budget)
    return False


def _look(kind: Kind, day: int, budget: int) -> None:
    """Learns which shards have no room, and counts nothing."""
    learnt = _learnt(kind, day)
    learnt.looked_at = clock.monotonic()
    shares = {_reference(kind, day, shard).path: (shard, share(budget, shard)) for shard in range(SHARDS)}
    found = documents.get_all([_reference(kind, day, shard) for shard in range(SHARDS)], fields=("count",))
    full = {shares[each.path][0] for each in found if each.fields.get("count", 0) >= shares[each.path][1]}
    learnt.full |= full
    if len(full) == SHARDS:
        learnt.used_up_at = clock.monotonic()


def _is_recent(moment: float | None) -> bool:
    """Whether it was within the last ``LATELY_SECONDS``."""
    return moment is not None and clock.monotonic() - moment < LATELY_SECONDS


def _counted(kind: Kind, day: int, shard: int) -> int:
    """How many calls the shard was asked for, with this one. What it refuses is counted too, and changes nothing."""
    meter, batch = _reference(kind, day, shard), Batch()
    batch.put(meter, {"count": Increment(1), "expiresAt": clock.now() + KEPT}, merge=True)
    counted: int = batch.commit().of(meter).computed["count"]
    return counted


def _is_first_to_tell(kind: Kind, day: int) -> bool:
    """Whether no other instance has told a person that the budget is used up; each asks once a day."""
    meter, batch = _reference(kind, day, 0), Batch()
    batch.put(meter, {"alerts": Increment(1)}, merge=True)
    return bool(batch.commit().of(meter).computed["alerts"] == 1)


def _refusal() -> BudgetUsedUp:
    now = clock.now()
    midnight = days.midnight(days.plus(days.day_of(now), 1))
    return BudgetUsedUp(int((midnight - now).total_seconds()) + 1, midnight)


@functools.cache
def _all_learnt() -> dict[tuple[Kind, int], _Learnt]:
    return {}


def _learnt(kind: Kind, day: int) -> _Learnt:
    return _all_learnt().setdefault((kind, day), _Learnt())


def _reference(kind: Kind, day: int, shard: int) -> Reference:
    return documents.reference("meters", f"{day}_{kind}_{shard}")
