"""Firestore trigger on likes/{likeId} written: keeps ``posts/{postId}.likeCount`` exact.

Only asks for a count: any number of likes in one window of time share one task (see ``recount_likes``). The event may
come twice, late or out of order; raising has it delivered again.
"""

from shared import cold_start
from shared.cloud.clients import tasks
from shared.edge import events
from shared.social import likes

cold_start.prepare(tasks)


@events.trigger
def count_likes(change: events.Change) -> None:
    likes.recount_later(change.fields["postId"])
