"""Firestore trigger on profiles/{userId} written: has a changed name or picture reach the author's posts.

Only asks for it: any number of changes in a window of time share one pass (see ``update_author``). The event may come
twice, late or out of order; raising has it delivered again. A new bio or post count is nothing to pass on.
"""

from shared import cold_start
from shared.cloud.clients import tasks
from shared.edge import events
from shared.social import authors

cold_start.prepare(tasks)


@events.trigger
def propagate_profile(change: events.Change) -> None:
    if change.before is None or change.after is None:
        return  # no posts yet, or nobody's any more
    if authors.face(change.before) != authors.face(change.after):
        authors.update_later(change.document_id)
