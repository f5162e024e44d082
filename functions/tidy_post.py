"""Firestore trigger on posts/{postId} written: has everyone see a new post's pictures; after a deletion removes them.

With them go the likes, and at last ``profiles.postCount`` is counted. The event may come twice, late or out of order,
so what is done depends on whether the post is there now, and every step can be repeated; raising has it come again.
"""

from shared.art import generations, media
from shared.edge import events
from shared.social import authors, likes, posts


@events.trigger
def tidy_post(change: events.Change) -> None:
    if change.before is not None and change.after is not None:
        return  # a new caption or like count
    post_id, author_id = change.document_id, change.fields["userId"]
    if posts.exists(post_id):
        generations.show_pictures_of(post_id)
        if change.after is not None:
            authors.update_if_other(author_id, change.after.get("author"))
    else:
        if generations.forget_post(post_id):  # else its pictures are none of ours
            media.remove(post_id)
        likes.remove_all(post_id)
    posts.recount(author_id)  # at last, since whoever edits their profile all the time can keep it from ending
