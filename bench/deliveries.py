"""Webhooks that Stripe sends more than once, all at the same moment."""

from bench import clients, loading, operations
from bench.rows import Row, exactly
from bench.stage import Stage, new_project
from shared.cloud.clients import store

SESSIONS = 60
DELIVERIES = 4
"""The deliveries of each session, which arrive in parallel."""

TOKENS = 110


def measure(stage: Stage, count: int = SESSIONS) -> list[Row]:
    """Returns how many of ``count`` sessions were credited more than once, and the tokens that were not paid for."""
    name = f"{count * DELIVERIES} deliveries of {count} sessions"
    new_project(stage)
    user_ids = loading.wallets(count, 0)
    sessions = {loading.new_id("cs_"): user_id for user_id in user_ids}
    loading.write((f"orders/{session_id}", loading.order(user_id)) for session_id, user_id in sessions.items())
    calls = [
        operations.settling(operations.paid_event(session_id, user_id)) for session_id, user_id in sessions.items()
    ]
    run, _ = clients.concurrently(calls * DELIVERIES)
    ours = _extra_credits(user_ids)
    seed_ids = loading.wallets(count, 0)
    seed_calls = [operations.seed_crediting(loading.new_id("cs_"), user_id) for user_id in seed_ids]
    seed_run, _ = clients.concurrently(seed_calls * DELIVERIES)
    return [
        Row(name, "extra credits", ours, _extra_credits(seed_ids), 0, exactly(0)),
        Row(name, "errors", run.errors.total(), seed_run.errors.total(), 0, exactly(0)),
    ]


def _extra_credits(user_ids: list[str]) -> int:
    """Credits beyond the one that each of these users paid for."""
    users = store().get_all([store().collection("users").document(user_id) for user_id in user_ids])
    return sum(user.get("tokenBalance") // TOKENS - 1 for user in users)
