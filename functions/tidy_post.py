"""Firestore trigger on posts/{postId} written: keeps ``profiles.postCount``; after a deletion removes likes and media.

The event may come twice, late or out of order, and every step can be repeated; raising has it delivered again.
"""

from shared import authors, events, generations, likes, media, posts


@events.trigger
def tidy_post(change: events.Change) -> None:
    if change.before is not None and change.after is not None:
        return  # a new caption or like count
    posts.recount(change.fields["userId"])
    if change.after is not None:
        authors.update_if_other(change.after["userId"], change.after.get("author"))
    else:
        likes.remove_all(change.document_id)
        if generations.forget_images(change.document_id):  # else its pictures are none of ours
            media.remove(change.document_id)
