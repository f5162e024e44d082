"""The flows of tips, posts and likes."""

from shared.cloud.clients import STORE, store
from simulation.crash_flows.preparing import (
    asking,
    deliver_all,
    delivering,
    generated,
    liked_post,
    nothing_more,
    only_delivery,
    posted,
    somebody,
    somebody_rich,
)
from simulation.crash_table import Act, Flow
from simulation.run import Run


def _tip(run: Run) -> Act:
    post_id = posted(run)
    body = {"recipientId": run.people[-1].user_id, "amount": 17, "postId": post_id}
    return asking(run, "tip", somebody_rich(run), body)


def _tidy_a_new_post(run: Run) -> Act:
    generated(run, somebody(run))
    _deliver_task(run)
    return delivering(run, "tidy_post")


def _deliver_task(run: Run) -> None:
    run.deliveries.deliver(only_delivery(run, "run_generation"))


def _tidy_a_deleted_post(run: Run) -> Act:
    post_id = liked_post(run)
    deliver_all(run)
    store().collection("posts").document(post_id).delete(**STORE)
    return delivering(run, "tidy_post")


def _like_event(run: Run) -> Act:
    liked_post(run)
    return delivering(run, "count_likes")


def _recount(run: Run) -> Act:
    liked_post(run)
    run.deliveries.deliver(only_delivery(run, "count_likes"))
    return delivering(run, "recount_likes")


FLOWS = (
    Flow("tip", _tip, nothing_more),
    Flow("tip under a lock", _tip, nothing_more, contended=True),
    Flow("tidy a new post", _tidy_a_new_post, nothing_more),
    Flow("tidy a deleted post", _tidy_a_deleted_post, nothing_more),
    Flow("like", _like_event, nothing_more),
    Flow("recount", _recount, nothing_more),
)
