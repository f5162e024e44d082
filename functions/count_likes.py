"""Firestore trigger on likes/{likeId} written: keeps ``posts/{postId}.likeCount`` exact.

Only asks for a count: any number of likes in one window of time share one task (see ``recount_likes``). The event may
come twice, late or out of order; raising has it delivered again.
"""

import functions_framework
from cloudevents.http import CloudEvent

from shared import events, likes


@functions_framework.cloud_event
def count_likes(event: CloudEvent) -> None:
    likes.recount_later(events.change(event).fields["postId"])
