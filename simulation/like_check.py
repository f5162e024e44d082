"""Compares the likes that each post counts with the likes that exist."""

import collections
from collections.abc import Container

from simulation.violations import require
from simulation.world import World


def check_likes(world: World, but_for: Container[str]) -> None:
    """Checks the posts, except those in ``but_for``, whose count need not be right yet.

    Raises:
        Violation: a count is wrong.
    """
    counts = collections.Counter(like["postId"] for like in world.mirror.all("likes").values())
    for post_id, post in world.mirror.all("posts").items():
        if post_id not in but_for:
            what = f"the post {post_id} counts {post['likeCount']} of {counts[post_id]} likes"
            require(post["likeCount"] == counts[post_id], what, "drift")
