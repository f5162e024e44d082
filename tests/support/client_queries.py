"""Every list that a client asks of Firestore itself, as docs/data.md tells it to, and what it would need in production.

The rules decide who may ask (tests/rules/matrix.py); a list that is not here has no promised index.
"""

from tests.support.indexes import Need

NEWEST_LINES = (("timestamp", "DESCENDING"),)
NEWEST = (("createdAt", "DESCENDING"),)
NOTHING: frozenset[str] = frozenset()


def of(collection: str, *equal: str, ordered: tuple[tuple[str, str], ...] = ()) -> Need:
    return Need(collection, frozenset(equal), ordered, NOTHING)


CLIENT_QUERIES: dict[str, Need] = {
    "my lines, newest first": of("transactions", "userId", ordered=NEWEST_LINES),
    "my lines of a type, newest first": of("transactions", "userId", "type", ordered=NEWEST_LINES),
    "all posts, newest first": of("posts", ordered=NEWEST),
    "posts of one, newest first": of("posts", "userId", ordered=NEWEST),
    "posts of one": of("posts", "userId"),
    "my generations, newest first": of("generations", "userId", ordered=NEWEST),
    "my generations": of("generations", "userId"),
    "likes of one, newest first": of("likes", "userId", ordered=NEWEST),
    "likes of one": of("likes", "userId"),
    "likes of a post": of("likes", "postId"),
    "my orders, newest first": of("orders", "userId", ordered=NEWEST),
    "my orders": of("orders", "userId"),
    "my subscriptions": of("subscriptions", "userId"),
}
