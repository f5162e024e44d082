"""Users like posts, tip their authors, and delete their own."""

from google.api_core.exceptions import AlreadyExists
from google.cloud import firestore

from shared.cloud.clients import STORE, store
from simulation.app_requests import Body
from simulation.operations.asking import any_post, anyone, begin
from simulation.run import Run


def like(run: Run) -> None:
    """A verified user likes an existing post once, as the rules allow."""
    person, post_id = anyone(run), any_post(run)
    if post_id is None or not person.email_verified:
        return
    fields = {"userId": person.user_id, "postId": post_id, "createdAt": firestore.SERVER_TIMESTAMP}
    run.note(f"like {person.user_id} {post_id[:8]}")
    with run.quietly():
        try:
            store().collection("likes").document(f"{person.user_id}_{post_id}").create(fields, **STORE)
        except AlreadyExists:
            run.note("  already")


def unlike(run: Run) -> None:
    likes = list(run.world.mirror.all("likes"))
    if likes:
        like_id = run.dice.random.choice(likes)
        run.note(f"unlike {like_id[:14]}")
        with run.quietly():
            store().collection("likes").document(like_id).delete(**STORE)


def delete_post(run: Run) -> None:
    post_id = any_post(run)
    if post_id is not None:
        run.note(f"delete post {post_id[:8]}")
        with run.quietly():
            store().collection("posts").document(post_id).delete(**STORE)


def tip(run: Run) -> None:
    random = run.dice.random
    sender, other = anyone(run), random.choice(run.people)
    if other is sender and random.random() < 0.9:
        other = run.people[(run.people.index(sender) + 1) % len(run.people)]
    body: Body = {"recipientId": other.user_id, "amount": random.choice((1, 1, 2, 2, 3, 3, 5, 7, 10, 60))}
    if run.dice.happens(run.dice.rates.generosity):
        body["amount"] = (run.world.mirror.get(f"users/{sender.user_id}") or {}).get("tokenBalance") or 1
    if random.random() < 0.04:
        body["recipientId"] = "nobody"
    if random.random() < 0.4 and (posts := list(run.world.mirror.all("posts").items())):
        post_id, post = random.choice(posts)
        body["postId"] = post_id
        if random.random() < 0.9:
            body["recipientId"] = post["userId"]
    begin(run, "tip", sender, body)
