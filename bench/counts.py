"""What each operation costs in RPCs, billed reads and writes: exact, and the same on every machine."""

import datetime
import functools
from collections.abc import Callable
from typing import Any

from bench import counting, likers, loading, operations, recurring, seed_style
from bench.counting import METRICS, Counts, cost_of, counted
from bench.operations import PROMPT, TOKENS, Call
from bench.rows import Goal, Row, at_most, exactly
from bench.stage import Stage, new_project
from local.costs.meter import metered
from shared.art import generations
from shared.cloud.clients import store
from shared.edge.answers import post_answer
from shared.idempotency import Idempotency
from shared.ledger import ids
from shared.money import history, payment_filter
from shared.people import explanations
from shared.social import likes, posts

PAGE = 20
FEED = 50
LIKED = 3
PAYMENTS_MADE = 2000
REFUSALS = 40
HISTORY_LINES = 60


def measure(stage: Stage) -> list[Row]:
    """The rows of every operation's cost."""
    project = new_project(stage)
    feed = _feed()  # before there are generations of the seed style
    return [
        *_purchase(),
        *_spend(),
        *_tip(),
        *_transactions_opened(),
        *_refused_by_a_busy_wallet(),
        *_replay(),
        *_reversal(),
        *_explanations(),
        *recurring.measure(),
        *_like(stage, project),
        *_history(),
        *feed,
    ]


def _purchase() -> list[Row]:
    ours, seed = operations.PURCHASE.ours(1)[0], operations.PURCHASE.seed_style(1)[0]
    rows = _rows("credit a purchase", ours, seed, limit=(1, 0, 2), goal=(at_most(2), at_most(1), at_most(4)))
    before = _ledger_lines()
    again = _rows("duplicate of a purchase", ours, seed, limit=(1, 0, 0), goal=(at_most(2), None, None))
    # The second call of the seed style finds its line as well, unless the first is still on its way.
    moved = Row("duplicate of a purchase", "token movements", _ledger_lines() - before, 0, 0, exactly(0))
    return [*rows, *again, moved]


def _spend() -> list[Row]:
    (rich,) = loading.wallets(1, TOKENS)
    (poor,) = loading.wallets(1, 1)
    seed = operations.SPEND.seed_style(1)[0]
    rows = _rows("spend", _accepting(rich), seed, limit=(2, 1, 3), goal=(exactly(2), exactly(1), exactly(3)))
    refused = _rows(
        "spend, refused",
        _accepting(poor),
        lambda: seed_style.spend(poor, operations.IMAGE, PROMPT),
        limit=(1, 1, 0),
        goal=(exactly(1), exactly(1), exactly(0)),
    )
    return [*rows, *refused]


def _refused_by_a_busy_wallet() -> list[Row]:
    """The averages of refusals. Most bits of the wallet's filter are set, and a set bit asks the ledger."""
    (user_id,) = loading.wallets(1, 1)
    made = payment_filter.EMPTY
    for number in range(PAYMENTS_MADE):
        made = payment_filter.added(made, f"generation_{number}_spend")
    store().collection("users").document(user_id).update({"marks": made})
    request = generations.Request(feature="image", prompt=PROMPT, areas=(), publish=True, caption="")
    costs = [
        cost_of(functools.partial(generations.accept, user_id, Idempotency(f"generate_{number}_busy", ""), request))
        for number in range(REFUSALS)
    ]
    name = f"spend, refused by a wallet with {PAYMENTS_MADE} payments"
    totals = [sum(each) / REFUSALS for each in zip(*map(counted, costs), strict=True)]
    return [
        Row(name, metric, total, None, limit) for metric, total, limit in zip(METRICS, totals, (1, 1, 0), strict=True)
    ]


def _replay() -> list[Row]:
    """The same request again, under its key, after it was done."""
    (user_id,) = loading.wallets(1, TOKENS)
    accepting = _accepting(user_id)
    accepting()
    return counting.rows(
        "replay of a key", counted(cost_of(accepting)), None, limit=(2, 2, 0), goal=(at_most(3), None, exactly(0))
    )


def _reversal() -> list[Row]:
    """A purchase of which all money went back, and the same event again. Stripe's two answers are not counted."""
    (user_id,) = loading.wallets(1, TOKENS)
    session_id = loading.new_id("cs_")
    loading.write([(f"orders/{session_id}", loading.order(user_id))])
    operations.settling(operations.paid_event(session_id, user_id))()
    refunded = operations.settling(operations.refunded_event(session_id))
    with operations.stripe_refunded(999):
        first, again = cost_of(refunded), cost_of(refunded)
    return [
        *counting.rows(
            "reversal of a purchase",
            counted(first),
            None,
            limit=(2, 1, 4),
            goal=(exactly(3), exactly(2), exactly(4)),
        ),
        *counting.rows(
            "the same event again",
            counted(again),
            None,
            limit=(1, 1, 1),
            goal=(exactly(2), exactly(1), exactly(2)),
        ),
    ]


def _explanations() -> list[Row]:
    """ "Was I charged?", of a generation by its key, and of an order of which something went back twice."""
    (user_id,) = loading.wallets(1, TOKENS)
    key = loading.new_id("k")
    request = generations.Request(feature="image", prompt=PROMPT, areas=(), publish=True, caption="")
    generations.accept(user_id, Idempotency(f"generate_{key}_{user_id}", ""), request)
    order_id = loading.new_id("cs_")
    lines = (ids.purchase(order_id), f"clawback_{order_id}_1", f"clawback_{order_id}_2")
    loading.write([(f"orders/{order_id}", loading.order(user_id) | {"status": "paid", "steps": 2})])
    loading.write((f"transactions/{line_id}", loading.line(user_id, 1, loading.EPOCH)) for line_id in lines)
    return [
        *counting.rows(
            "explanation of a generation",
            counted(cost_of(lambda: explanations.of_key(user_id, "generate", key))),
            None,
            limit=(1, 3, 0),
            goal=(exactly(1), exactly(3), exactly(0)),
        ),
        *counting.rows(
            "explanation of an order with two reversals",
            counted(cost_of(lambda: explanations.of_id(user_id, order_id))),
            None,
            limit=(2, 4, 0),
            goal=(at_most(2), at_most(4), exactly(0)),
        ),
    ]


def _accepting(user_id: str) -> Call:
    """A generation accepted, its task queued."""
    request = generations.Request(feature="image", prompt=PROMPT, areas=(), publish=True, caption="")
    key = f"generate_{loading.new_id('')}_{user_id}"
    return lambda: generations.accept(user_id, Idempotency(key, ""), request)


def _tip() -> list[Row]:
    ours, seed = operations.TIP_A_CREATOR.ours(1)[0], operations.TIP_A_CREATOR.seed_style(1)[0]
    return _rows("tip", ours, seed, limit=(2, 1, 4), goal=(at_most(2), at_most(2), at_most(4)))


def _like(stage: Stage, project: str) -> list[Row]:
    (author,) = loading.wallets(1, 0)
    loading.write([("posts/counted", loading.post(author, loading.EPOCH))])
    seed = cost_of(lambda: seed_style.like_post(loading.new_id("u"), "counted"))
    ours = likers.cost_of_a_like(stage, project, "counted")
    recounted = cost_of(lambda: likes.recount("counted"))
    return [
        *counting.rows(
            "like, request side", ours, counted(seed), limit=(1, 0, 1), goal=(exactly(1), exactly(0), exactly(1))
        ),
        *counting.rows(
            "recount of a post's likes",
            counted(recounted),
            None,
            limit=(3, 2, 1),
            goal=(exactly(3), exactly(2), exactly(1)),
        ),
    ]


def _history() -> list[Row]:
    (user_id,) = loading.wallets(1, 0)
    loading.write(
        (f"transactions/{user_id}-{number}", loading.line(user_id, 1, loading.EPOCH + datetime.timedelta(hours=number)))
        for number in range(1, HISTORY_LINES + 1)
    )
    cursor = history.page(user_id, PAGE, None, None, history.Window()).next_cursor
    return _rows(
        "history, second page of 20",
        lambda: history.page(user_id, PAGE, cursor, None, history.Window()),
        lambda: seed_style.get_user_transactions(user_id, page=1),
        limit=(1, PAGE, 0),
        goal=(exactly(1), exactly(PAGE), exactly(0)),
    )


def _feed() -> list[Row]:
    (user_id,) = loading.wallets(1, 0)
    posted = [loading.new_id("p") for _ in range(FEED)]
    loading.write(
        (f"posts/{post_id}", loading.post(user_id, loading.EPOCH + datetime.timedelta(hours=number)))
        for number, post_id in enumerate(posted)
    )
    loading.write((f"likes/{user_id}_{post_id}", {"userId": user_id, "postId": post_id}) for post_id in posted[-LIKED:])

    def feed(size: int) -> Any:
        found = posts.page(size, None, None).documents
        liked = likes.liked_by(user_id, [post.id for post in found])
        return [post_answer(post.id, post.fields, post.id in liked) for post in found]

    rows = []
    for size, rpcs, reads in ((PAGE, 2, 23), (FEED, 3, 54)):
        rows += _rows(
            f"feed of {size}, {LIKED} of them liked",
            functools.partial(feed, size),
            functools.partial(seed_style.get_feed, user_id, size),
            limit=(2, size + LIKED, 0),
            goal=(exactly(rpcs), at_most(reads), exactly(0)),
        )
    return rows


def _transactions_opened() -> list[Row]:
    """Locks on the money paths: a BeginTransaction is a round trip more, and what it locks is contended."""
    with metered() as ours:
        for operation in operations.OPERATIONS:
            operation.ours(1)[0]()
    with metered() as seed:
        for operation in operations.OPERATIONS:
            operation.seed_style(1)[0]()
    return [
        Row("purchase, spend and tip", name, ours.calls[name], seed.calls[name], 0, exactly(0))
        for name in ("BeginTransaction", "Rollback")
    ]


def _rows(
    name: str, ours: Callable[[], object], seed: Call, limit: Counts, goal: tuple[Goal | None, ...] = (None, None, None)
) -> list[Row]:
    return counting.rows(name, counted(cost_of(ours)), counted(cost_of(seed)), limit, goal)


def _ledger_lines() -> int:
    return sum(1 for _ in store().collection("transactions").select([]).stream())
