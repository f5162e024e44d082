"""The audit of the counters: likes of every post, posts of every profile, each as of one moment.

Counters are only a view of what they count, and are put right. Where somebody else keeps writing the same document, the
repair is put off to the next audit.
"""

from shared.cloud import checkpoint
from shared.cloud.checkpoint import Outcome, Phase, Report, Walk
from shared.cloud.documents import Snapshot
from shared.cloud.queries import Query, aggregate
from shared.errors import Contention
from shared.social import likes, posts


def run() -> Report:
    """Goes on with the audit under way, or begins one, until it is complete or its time is up."""
    return checkpoint.resume(COUNTERS)


def _examine_post(document: Snapshot, report: Report) -> Outcome:
    count = _count("likes", "postId", document.id, report)
    return Outcome({"posts": 1}) + _repaired(document, "likeCount", count)


def _examine_profile(document: Snapshot, report: Report) -> Outcome:
    count = _count("posts", "userId", document.id, report)
    return Outcome({"profiles": 1}) + _repaired(document, "postCount", count)


def _repaired(document: Snapshot, field: str, count: int) -> Outcome:
    stated = document.fields.get(field)
    if type(stated) is int and stated == count:
        return Outcome()
    try:
        is_put_right = likes.recount(document.id) if field == "likeCount" else posts.recount(document.id)
        return Outcome({"repaired": int(is_put_right)})
    except Contention:
        return Outcome({"postponed": 1})


def _count(collection: str, field: str, value: str, report: Report) -> int:
    return aggregate(Query(collection).where(field, "==", value).count("count"), report.moment)["count"]


COUNTERS = Walk(
    "counters",
    (
        Phase("posts", checkpoint.documents_of("posts"), _examine_post),
        Phase("profiles", checkpoint.documents_of("profiles"), _examine_profile),
    ),
)
