"""The audit over a large ledger: what it reads, and whether it finds exactly what was planted while others write."""

import datetime
import threading
from collections.abc import Iterator
from typing import Any

from bench import loading, operations, seed_style
from bench.rows import Row, at_most, exactly
from bench.size import Size, counted
from bench.stage import Stage, new_project
from local.costs.meter import metered
from shared.cloud import checkpoint, sums
from shared.cloud.clients import STORE, store
from shared.ledger.grant import signup_bonus
from shared.money import crediting
from shared.money.audit import walks
from shared.social import counters

FAULTS = 3
ACCOUNTS = 30
POSTS_EACH = 3
MOVING = 20
WRITERS = 2
BUSY_USERS = 40
BUSY_LINES_EACH = 25
"""The ledger that is audited while it is written."""

EMULATOR_THREADS = 2
EMULATOR_TIMEOUT_SECONDS = 120.0
"""For an aggregation the emulator looks at every line, where production looks at an index. That takes about a second of
one core with 100 000 lines, so a thousand users take minutes. Sixteen aggregations in parallel would exceed the
deadline of a call, which production easily meets."""


def measure(stage: Stage, size: Size) -> list[Row]:
    """The rows of the audit."""
    before = checkpoint.THREADS, sums.SECONDS, checkpoint.EXAMINATION_SECONDS, STORE["timeout"]
    checkpoint.THREADS, sums.SECONDS = EMULATOR_THREADS, EMULATOR_TIMEOUT_SECONDS
    checkpoint.EXAMINATION_SECONDS, STORE["timeout"] = 10 * EMULATOR_TIMEOUT_SECONDS, EMULATOR_TIMEOUT_SECONDS
    try:
        return _measured(stage, size)
    finally:
        checkpoint.THREADS, sums.SECONDS, checkpoint.EXAMINATION_SECONDS, STORE["timeout"] = before


def named(size: Size) -> str:
    """The names of the audit's rows."""
    return f"audit, {counted(size.audited_lines)} lines and {counted(size.audited_users)} users"


def _measured(stage: Stage, size: Size) -> list[Row]:
    new_project(stage)
    user_ids = [f"{number:03x}" for number in range(size.audited_users)]
    planted = set(user_ids[:: size.audited_users // FAULTS][:FAULTS])
    _load(user_ids, size.audited_lines // size.audited_users)
    for user_id in planted:  # tokens that no line explains
        store().collection("users").document(user_id).update({"tokenBalance": 7})
    with metered() as cost:
        found = {str(finding.get("userId")) for finding in _audited().findings}
    with metered() as seed_cost:
        seed_found = set(seed_style.audit())
    name = named(size)
    # A read for every thousand lines of the whole ledger, and one for every wallet. The ledger as a whole is counted
    # once more, which is a tenth of a percent of streaming it.
    limit = size.audited_lines / 1000 + size.audited_users
    return [
        Row(name, "reads", cost.reads, seed_cost.reads, limit),
        Row(name, "reads, % of streaming", 100 * cost.reads / seed_cost.reads, 100, None, at_most(2.0)),
        Row(name, "planted faults found", len(found & planted), len(seed_found & planted), FAULTS, exactly(FAULTS)),
        Row(name, "false alarms", len(found - planted), len(seed_found - planted), 0, exactly(0)),
        *_under_writes(stage, name),
        *_of_movements(stage),
        *_of_counters(stage),
    ]


def _audited() -> checkpoint.Report:
    report = walks.run_whole()
    while not report.is_complete:
        report = walks.run_whole()
    return report


def _of_movements(stage: Stage) -> list[Row]:
    """What the hourly audit reads for an idle wallet, for one that moved that day, and for each of its new lines."""
    new_project(stage)
    nothing = _reads_of_movements()
    user_ids = [loading.new_id("u") for _ in range(MOVING)]
    for user_id in user_ids:
        crediting.open_wallet(user_id, signup_bonus(user_id, 10, "phoenix@1"))
    for payer, payee in zip(user_ids[::2], user_ids[1::2], strict=True):
        for call in operations.our_tips_to(payee, payer, 1):
            call()
    fresh = _reads_of_movements()
    moved = _reads_of_movements()
    for user_id in user_ids:
        store().collection("users").document(user_id).update({"movedOn": 20250101})
    idle = _reads_of_movements()
    name = f"hourly audit, {MOVING} wallets"
    # An audit of nobody reads that there is nobody, which is a read too.
    return [
        Row(name, "reads for each idle wallet", (idle - nothing) / MOVING, None, 0, exactly(0)),
        Row(name, "reads for each that moved", (moved - nothing + 1) / MOVING, None, 2, at_most(2)),
        Row(name, "reads more for each new line", (fresh - moved) / (2 * MOVING), None, 1, at_most(2)),
    ]


def _reads_of_movements() -> int:
    with metered() as cost:
        report = walks.run()
    if not report.is_complete or report.discrepancies:
        raise RuntimeError("the wallets were not as they were written")
    return cost.reads


def _of_counters(stage: Stage) -> list[Row]:
    """What it costs to count every account's posts and every post's likes."""
    new_project(stage)
    user_ids = [loading.new_id("u") for _ in range(ACCOUNTS)]
    profile = {"displayName": "Ada", "photoUrl": None, "bio": "", "postCount": POSTS_EACH}
    loading.write((f"profiles/{user_id}", profile) for user_id in user_ids)
    loading.write(
        (f"posts/{loading.new_id('p')}", loading.post(user_id, loading.EPOCH))
        for user_id in user_ids
        for _ in range(POSTS_EACH)
    )
    with metered() as cost:
        report = counters.run()
    if not report.is_complete or report.count("repaired"):
        raise RuntimeError("the counters were not as they were written")
    examined = ACCOUNTS * (1 + POSTS_EACH)
    name = f"audit of counters, {ACCOUNTS} accounts with {POSTS_EACH} posts each"
    # Each is read, and what it counts is counted; the walk itself reads where it goes on.
    return [Row(name, "reads for each account and post", cost.reads / examined, None, 2, at_most(2.1))]


def _under_writes(stage: Stage, name: str) -> list[Row]:
    new_project(stage)
    user_ids = [f"{number:03x}" for number in range(BUSY_USERS)]
    _load(user_ids, BUSY_LINES_EACH)
    alarms, moved = _alarms_under_writes(user_ids)
    return [
        Row(name, "payments during an audit", moved),
        Row(name, "false alarms during these", alarms, None, 0, exactly(0)),
    ]


def _alarms_under_writes(user_ids: list[str]) -> tuple[int, int]:
    """The discrepancies of an audit while payments go on, and how many payments did."""
    done = threading.Event()
    moved: list[object] = []

    def pay(number: int) -> None:
        payer, payee = user_ids[number * 2], user_ids[number * 2 + 1]
        while not done.is_set():
            for call in operations.our_tips_to(payee, payer, 1):
                moved.append(call())

    writers = [threading.Thread(target=pay, args=(number,), daemon=True) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        discrepancies = _audited().discrepancies
        return discrepancies, len(moved)
    finally:
        done.set()
        for writer in writers:
            writer.join()


def _load(user_ids: list[str], lines_each: int) -> None:
    loading.write(_users(user_ids, lines_each))
    loading.write(_lines(user_ids, lines_each))


def _users(user_ids: list[str], tokens: int) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((f"users/{user_id}", loading.wallet(tokens * 10)) for user_id in user_ids)


def _lines(user_ids: list[str], each: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Lines of ten tokens. Short ids, in the order of the users: what the emulator sorts for every call."""
    for number in range(each):
        timestamp = loading.EPOCH + datetime.timedelta(minutes=number)
        for user_id in user_ids:
            yield f"transactions/{user_id}{number:03}", loading.line(user_id, 10, timestamp)
