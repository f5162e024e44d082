"""Making the pictures of a generation: by one worker at a time, as often as it takes, and with an end.

The lease keeps duplicate deliveries from paying the model twice; it is no guarantee, and needs none: what settles is
the precondition of every write. The sweeper finds what the queue lost.
"""

import contextlib
import dataclasses
import datetime
from typing import TYPE_CHECKING

from shared import clock, log
from shared.art import generations, images, media, meters, prompts
from shared.art.generations import Area, Generation
from shared.cloud.failures import CHANGED, TRANSIENT, FailedPrecondition
from shared.cloud.queries import NAME, Query, fetch
from shared.economy.chosen import economy
from shared.errors import BudgetUsedUp, Busy, Contention, ImageFailed, ImageUnavailable, Unavailable

if TYPE_CHECKING:
    from shared.art.pictures import Picture

MAXIMUM_ATTEMPTS = 5
MAXIMUM_SWEEPS = 3
LEASE_SECONDS = 120
"""For one picture: above the model's time-out; every finished picture renews it."""

STUCK_SECONDS = 15 * 60
SWEEP_PAGE = 100
SWEEP_SECONDS = 200
"""Of the 300 that a call may take, and that are between two: what one call leaves, the next begins with."""

GAVE_UP = "it could not be made in time"


def run(generation_id: str) -> None:
    """Makes what is still to be made, settles, and has the bucket hold what the settlement says.

    Raises to be called again; returns when there is nothing left to do.

    Raises:
        Busy: another delivery of the same task is at it.
        Unavailable: the image model cannot be reached; the next attempt continues where this one stopped.
    """
    generation = generations.find(generation_id)
    if generation is None:
        log.alert("generation-missing", generation=generation_id)
        return
    if not generation.is_settled:
        generation = _made(generation)
    # Also for what somebody else settled: they may have died before this, or our picture may have come too late.
    media.remove_strays(generation.id, generation.images)
    if generation.post_id is not None:
        generations.show_pictures(generation)


def _made(generation: Generation) -> Generation:
    """The generation as it was settled, by us or by somebody who was faster."""
    try:
        generation = _lease(generation)
        for index, area in enumerate(generation.areas):
            if area.status == "queued":
                generation = _make(generation, index)
        return generations.settle(generation)
    except Busy:
        raise
    except CHANGED as error:
        raise Contention("Another worker took over.") from error
    except Exception:
        # The next attempt need not wait for the lease to run out, as it must after a crash. There may be none to give
        # back: of a write whose answer was lost nobody knows whether it was done.
        with contextlib.suppress(FailedPrecondition):
            generations.update(generation, lease_until=None)
        raise


def sweep() -> dict[str, int]:
    """Queues again, or refunds, every generation that nothing happened to for 15 minutes; counts what it did.

    Each that was looked at has its 15 minutes again, so a call whose time is up leaves the rest to the next. It reads
    every generation that is not settled, in the order of their names: an index of the unsettled ones by time would end
    where every new generation is written, and Firestore takes about 500 writes a second at such an end.
    """
    deadline = clock.monotonic() + SWEEP_SECONDS
    counts = {"requeued": 0, "refunded": 0, "busy": 0, "waiting": 0, "failed": 0}
    before = clock.now() - datetime.timedelta(seconds=STUCK_SECONDS)
    query = Query("generations").where("status", "in", generations.UNSETTLED).order_by(NAME).limit(SWEEP_PAGE)
    page = fetch(query)
    while page:
        for document in page:
            if clock.monotonic() > deadline:
                break
            updated_at = document.fields.get("updatedAt")
            if isinstance(updated_at, datetime.datetime) and updated_at > before:
                continue
            try:
                counts[_sweep(generations.from_document(document))] += 1
            except (FailedPrecondition, *TRANSIENT) as error:
                # One that moved, or could not be reached: the next sweep sees it.
                log.write("WARNING", "sweep-failed", generation=document.id, error=type(error).__name__)
                counts["failed"] += 1
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not keep the others waiting
                log.alert("generation-not-settled", generation=document.id, error=type(error).__name__)
                counts["failed"] += 1
        is_last = len(page) < SWEEP_PAGE or clock.monotonic() > deadline
        page = [] if is_last else fetch(query.start_after({NAME: page[-1].reference}))
    if counts["refunded"]:
        log.alert("generations-refunded-by-sweep", count=counts["refunded"])
    return counts


def _sweep(generation: Generation) -> str:
    if generation.lease_until is not None and generation.lease_until > clock.now():
        return "busy"
    if generations.is_queued(generation):
        # Slow, not lost. Written down, so that the next sweep begins with those that nobody looked at.
        generations.update(generation)
        return "waiting"
    if generation.attempts < MAXIMUM_ATTEMPTS and generation.sweeps < MAXIMUM_SWEEPS:
        swept = generations.update(generation, sweeps=generation.sweeps + 1)
        generations.enqueue(generation.id, swept.sweeps)
        return "requeued"
    given_up = _given_up(generation)
    settled = generations.settle(dataclasses.replace(generation, areas=given_up))
    return "refunded" if settled.areas == given_up else "busy"  # the worker was faster


def _lease(generation: Generation) -> Generation:
    if generation.lease_until is not None and generation.lease_until > clock.now():
        raise Busy("Another worker is making this generation.")
    return generations.update(generation, status="running", attempts=generation.attempts + 1, lease_until=_lease_end())


def _make(generation: Generation, index: int) -> Generation:
    """The generation after its area ``index`` succeeded or failed."""
    area = generation.areas[index]
    try:
        stored = _stored(generation, index)
    except ImageFailed as error:
        return _record(generation, index, dataclasses.replace(area, status="failed", error=str(error)))
    except BudgetUsedUp:
        return _record(generation, index, dataclasses.replace(area, status="failed", error=generations.BUDGET_USED_UP))
    except ImageUnavailable as error:
        if generation.attempts >= MAXIMUM_ATTEMPTS:
            log.alert("generation-gave-up", generation=generation.id, attempts=generation.attempts)
            return _record(generation, index, dataclasses.replace(area, status="failed", error=GAVE_UP))
        raise Unavailable("The image model cannot be reached.") from error
    done = dataclasses.replace(area, status="succeeded")
    return _record(generation, index, done, generation.images | {index: stored})


def _stored(generation: Generation, index: int) -> media.StoredImage:
    if generation.attempts > 1:
        # An earlier attempt may have died between storing the picture and recording it.
        stored = media.find(generation.id, index)
        if stored is not None:
            return stored
    meters.count(is_free=index < generation.free_images)
    return media.save(generation.id, index, _picture(generation, index))


def _picture(generation: Generation, index: int) -> "Picture":
    """What the model makes of it in the words of the economy as it is now, also in a style that was taken off since."""
    prices = economy()
    style = next((each for each in prices.styles if each.id == generation.style), None)
    feature = prices.features.get(generation.feature)
    seed = f"{generation.id}/{index}"
    brief = prompts.brief(generation.prompt, generation.areas[index].label, seed, feature, style)
    is_video = feature is not None and feature.kind == "video"
    return images.film(brief) if is_video else images.generate(brief)


def _record(
    generation: Generation, index: int, area: Area, stored: dict[int, media.StoredImage] | None = None
) -> Generation:
    areas = (*generation.areas[:index], area, *generation.areas[index + 1 :])
    pictures = generation.images if stored is None else stored
    changed = dataclasses.replace(generation, areas=areas, images=pictures)
    if all(each.status != "queued" for each in areas):
        return changed  # the last one is written with the settlement
    return generations.update(generation, areas=areas, images=pictures, lease_until=_lease_end())


def _given_up(generation: Generation) -> tuple[Area, ...]:
    return tuple(
        dataclasses.replace(area, status="failed", error=GAVE_UP) if area.status == "queued" else area
        for area in generation.areas
    )


def _lease_end() -> datetime.datetime:
    return clock.now() + datetime.timedelta(seconds=LEASE_SECONDS)
