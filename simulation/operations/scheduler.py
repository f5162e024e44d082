"""Cloud Scheduler calls, and time passes."""

import datetime
import json

from simulation import days
from simulation.clock import START
from simulation.operations.people import edit
from simulation.run import Run
from simulation.violations import require
from simulation.world import Answer

WAITS_SECONDS = ((20, 6), (130, 4), (16 * 60, 4), (2 * 3600, 2), (25 * 3600, 1))


def sweep(run: Run) -> None:
    run.note("sweep")
    answer = run.world.call_as_google("sweep_generations")
    run.note(f"  {answer.body if answer else 'died'}")


def reconcile(run: Run) -> None:
    run.note("reconcile")
    answer = call_reconciliation(run)
    run.note(f"  {answer.body if answer else 'died'}")


def reconcile_by_lists(run: Run) -> None:
    """An operator says since when, so that it goes by what was made since the last call, and not by events."""
    run.note("reconcile by lists")
    answer = call_reconciliation(run, run.world.clock.now())
    run.note(f"  {answer.body if answer else 'died'}")


def call_reconciliation(run: Run, since: datetime.datetime | None = None) -> Answer | None:
    """Calls it. While no call has ended it is told when the run began, which may be months ago."""
    has_ended = "through" in (run.world.mirror.get("reconciliations/checkpoint") or {})
    since = since if has_ended else START
    body = {} if since is None else {"since": since.isoformat()}
    return run.world.call_as_google("reconcile_payments", json.dumps(body).encode())


def expire(run: Run) -> None:
    """Tokens that are over are booked, not sooner than five minutes after midnight."""
    if run.world.clock.now().time() >= datetime.time(0, 5):
        run.note("expire tokens")
        answer = run.world.call_as_google("expire_tokens")
        run.note(f"  {answer.body if answer else 'died'}")


def midnight(run: Run) -> None:
    """A day ends: the clock is a little before that, or after it."""
    if run.depth == 0:
        now = run.world.clock.now()
        begins = days.midnight(days.plus(days.day_of(now), 1))
        moment = begins + datetime.timedelta(seconds=run.dice.random.choice((-2, 0, 20, 600)))
        run.note(f"it is {moment:%d %H:%M:%S}")
        run.world.clock.advance(max(datetime.timedelta(), moment - now))


def sweep_pictures(run: Run) -> None:
    run.note("sweep pictures")
    answer = run.world.call_as_google("sweep_pictures")
    run.note(f"  {answer.body if answer else 'died'}")


def audit(run: Run) -> None:
    """Runs one of the two audits while a user edits the own profile and captions all the time."""
    name = run.dice.random.choice(("audit_balances", "audit_counters"))
    run.note(name)
    seen, before, run.meanwhile = run.overlaps, run.meanwhile, edit
    try:
        answer = run.world.call_as_google(name)
    finally:
        run.meanwhile = before
    run.note(f"  {answer.body if answer else 'died'}")
    if answer is not None and answer.status == 200 and seen == run.overlaps:
        body = answer.body
        # A document that could not be examined because of a fault is a finding, and not a false alarm.
        require(body["discrepancies"] == body["unexamined"], f"the audit raised a false alarm: {body}")


def wait(run: Run) -> None:
    # What a user does in the middle of another's request takes no longer than that request can.
    spans = [seconds for seconds, _ in WAITS_SECONDS]
    seconds = run.dice.random.choices(spans, [weight for _, weight in WAITS_SECONDS])[0]
    seconds = min(seconds, spans[0]) if run.depth else seconds
    run.note(f"{seconds} s pass")
    run.world.clock.advance(datetime.timedelta(seconds=seconds))
