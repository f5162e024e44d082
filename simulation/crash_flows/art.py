"""The flows of art: it is paid for, made, published, and given up."""

import datetime
import functools
from collections.abc import Callable

from simulation.crash_flows.preparing import (
    asking,
    deliver_all,
    delivering,
    die_after,
    generated,
    lose,
    nothing_more,
    only_delivery,
    posted,
    somebody,
    somebody_rich,
)
from simulation.crash_table import Act, Flow
from simulation.image_model import FAIL_WORD
from simulation.people import SECRET, SPOKEN
from simulation.run import Run
from simulation.violations import require
from simulation.world import Answer

THREE_AREAS = [f"{SECRET} sky", f"{SECRET} sea {FAIL_WORD}", f"{SECRET} sand"]


def _accept(run: Run, pay_with: str | None = "tokens") -> Act:
    body = {"feature": "image", "prompt": f"{SECRET} an island", "areas": THREE_AREAS[:2], "payWith": pay_with}
    return asking(run, "generate", somebody(run), body)


def _sweep_what_a_trial_paid(run: Run) -> Act:
    generated(run, somebody(run), pay_with=None, areas=THREE_AREAS)
    lose(run, "run_generation")
    act = later_sweep(run)
    for _ in range(3):
        act()
        lose(run, "run_generation")
    return act


def _trial_is(remaining: int) -> Callable[[Run], None]:
    def check(run: Run) -> None:
        trial = (run.world.mirror.get(f"users/{run.people[-1].user_id}") or {})["trial"]
        require(trial["remaining"] == remaining, f"of the trial are left {trial}")

    return check


def _work(run: Run) -> Act:
    generated(run, somebody_rich(run), areas=THREE_AREAS, caption=f"{SPOKEN} three")
    return delivering(run, "run_generation")


def _work_in_private(run: Run) -> Act:
    generated(run, somebody(run), areas=THREE_AREAS[:1], publish=False)
    return delivering(run, "run_generation")


def ended(run: Run, status: str) -> None:
    generation = run.world.mirror.get(f"generations/{run.requests[-1].answer['generationId']}") or {}
    require(generation.get("status") == status, f"the generation ended {generation.get('status')}, not {status}")


def _publish(run: Run) -> Act:
    person = somebody(run)
    generation_id = generated(run, person, areas=[THREE_AREAS[0], THREE_AREAS[2]], publish=False)
    deliver_all(run)
    body = {"generationId": generation_id, "caption": f"{SPOKEN} late"}
    return lambda: run.world.post("publish_post", person, body)


def _is_published(run: Run) -> None:
    post = run.world.mirror.get(f"posts/{run.requests[-1].answer['generationId']}") or {"media": []}
    require(len(post["media"]) == 2, f"the post shows {len(post['media'])} of two pictures")


def _sweep_a_lost_task(run: Run) -> Act:
    generated(run, somebody_rich(run), areas=THREE_AREAS)
    lose(run, "run_generation")
    return later_sweep(run)


def _sweep_for_the_last_time(run: Run) -> Act:
    act = _sweep_a_lost_task(run)
    for _ in range(3):
        act()
        lose(run, "run_generation")
    return act


def later_sweep(run: Run) -> Act:
    def act() -> Answer | None:
        run.world.clock.advance(datetime.timedelta(minutes=16))
        return run.world.call_as_google("sweep_generations")

    return act


def _work_after_the_refund(run: Run) -> Act:
    """A worker that died after it stored a picture comes again after the sweeper has refunded everything."""
    generated(run, somebody_rich(run), areas=THREE_AREAS)
    die_after(run, "storage upload", "run_generation")
    late = only_delivery(run, "run_generation")
    run.world.tasks.done(late.name)  # otherwise the run would wait for it
    for _ in range(3):
        later_sweep(run)()
        run.deliveries.drop(next(each for each in run.deliveries.pending if each.name != late.name))
    later_sweep(run)()
    return functools.partial(run.deliveries.deliver, late)


def _nothing_is_stored(run: Run) -> None:
    generation_id = run.requests[-1].answer["generationId"]
    left = [name for name in run.world.bucket.objects if f"/{generation_id}/" in name]
    require(not left, f"pictures that nobody has are left: {left}")


def _sweep_pictures(run: Run) -> Act:
    """Prepares more than a page of pictures, among them those of a deleted post."""
    post_id = posted(run)
    bucket = run.world.bucket
    for number in range(5):
        bucket.objects[f"published/0{post_id}/{number}.png"] = bucket.objects[f"published/{post_id}/0.png"]
    run.world.clock.advance(datetime.timedelta(hours=2))

    def act() -> Answer | None:
        answer = run.world.call_as_google("sweep_pictures")
        # The next pass removes what this one could not.
        return None if answer is not None and answer.is_success and answer.body["failed"] else answer

    return act


def _tidy_a_post_without_its_pictures(run: Run) -> Act:
    """The worker died right after the settlement and does not come again."""
    generated(run, somebody(run), areas=THREE_AREAS[:1])
    die_after(run, "firestore Commit generations+posts", "run_generation")
    lose(run, "run_generation")
    return delivering(run, "tidy_post")


FLOWS = (
    Flow("generate on trial", functools.partial(_accept, pay_with=None), _trial_is(2)),
    Flow("refund of a trial", _sweep_what_a_trial_paid, _trial_is(3)),
    Flow("generate", _accept, functools.partial(ended, status="partial")),
    Flow("generate under a lock", _accept, functools.partial(ended, status="partial"), contended=True),
    Flow("worker", _work, functools.partial(ended, status="partial")),
    Flow("worker in private", _work_in_private, functools.partial(ended, status="succeeded")),
    Flow("publish", _publish, _is_published),
    Flow("sweep: queue again", _sweep_a_lost_task, functools.partial(ended, status="partial")),
    Flow("sweep: refund", _sweep_for_the_last_time, functools.partial(ended, status="failed")),
    Flow("tidy a post without its pictures", _tidy_a_post_without_its_pictures, nothing_more),
    Flow("worker after the refund", _work_after_the_refund, _nothing_is_stored),
    Flow("sweep pictures", _sweep_pictures, nothing_more),
)
