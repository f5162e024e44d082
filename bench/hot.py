"""One creator tipped by many, one wallet spent by many, and a creator who spends while the tips come in."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench import clients, instance, loading, operations
from bench.clients import Run, percentile
from bench.operations import TOKENS, Call
from bench.rows import Row, at_most, exactly
from bench.size import Size
from bench.stage import Stage, environment_of, new_project
from bench.throughput import median_ratio, side_by_side
from local.costs.meter import metered
from local.parts import ROOT
from shared.cloud import fair_lock
from shared.cloud.clients import store
from shared.cloud.queries import Query, aggregate

MANY = 32
INSTANCES = 4
INSTANCE_START_SECONDS = 3.0
INSTANCE_TIMEOUT_SECONDS = 120.0
REFUSED = ("InsufficientTokens", "InsufficientTokensError")


@dataclass(frozen=True, slots=True)
class Load:
    """What a call costs with so many clients at one document: RPCs, its retries included."""

    case: str
    clients: int
    ours: float
    seed_style: float | None


def measure(stage: Stage, size: Size) -> tuple[list[Row], list[Load]]:
    """The rows, and the cost against load for the plot."""
    waiting, fair_lock.WAITING = fair_lock.WAITING, MANY
    try:
        return _measured(stage, size)
    finally:
        fair_lock.WAITING = waiting


def _measured(stage: Stage, size: Size) -> tuple[list[Row], list[Load]]:
    """Lets all clients wait: a client that is told to come again cannot be measured to the end."""
    new_project(stage)
    creators = [_loaded(CREATOR, count, size) for count in size.hot_clients]
    wallets = [_loaded(WALLET, count, size) for count in size.hot_clients]
    rows = [
        *_contended(f"{CREATOR.name}, tipped by {size.hot_clients[-1]}", creators[-1]),
        *_contended(f"{WALLET.name}, spent by {size.hot_clients[-1]}", wallets[-1]),
        _slowed(size),
        *_wallet_of_instances(stage, size),
        *_last_tokens(size),
        *_spending_while_tipped(size),
    ]
    return rows, [each.load for each in (*creators, *wallets)]


@dataclass(frozen=True, slots=True)
class _Case:
    """Each side gives the calls of that many clients at a document they share, and the users whose ledgers count."""

    name: str
    ours: Callable[[int, int], tuple[list[list[Call]], list[str]]]
    seed_style: Callable[[int, int], tuple[list[list[Call]], list[str]]]


def _tips(make: Callable[[str, str, int], list[Call]]) -> Callable[[int, int], tuple[list[list[Call]], list[str]]]:
    def prepare(count: int, calls: int) -> tuple[list[list[Call]], list[str]]:
        creator_id, *payer_ids = loading.wallets(count + 1, TOKENS)
        return [make(creator_id, payer_id, calls) for payer_id in payer_ids], [creator_id, *payer_ids]

    return prepare


def _spends(make: Callable[[str, int], list[Call]]) -> Callable[[int, int], tuple[list[list[Call]], list[str]]]:
    def prepare(count: int, calls: int) -> tuple[list[list[Call]], list[str]]:
        (user_id,) = loading.wallets(1, TOKENS)
        return [make(user_id, calls) for _ in range(count)], [user_id]

    return prepare


CREATOR = _Case("hot creator", _tips(operations.our_tips_to), _tips(operations.seed_tips_to))
WALLET = _Case("hot wallet", _spends(operations.our_spends_of), _spends(operations.seed_spends_of))


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The result of a case with so many clients: errors, and the tokens that balances and ledgers disagree about."""

    load: Load
    errors: int
    drift: int
    seed_errors: int | None = None
    seed_drift: int | None = None


def _loaded(case: _Case, count: int, size: Size) -> _Loaded:
    ours, users = case.ours(count, size.hot_calls)
    with metered() as cost:
        run = clients.run(ours)
    rpcs = cost.rpcs / len(run.latencies)
    if count > size.seed_hot_clients:
        return _Loaded(Load(case.name, count, rpcs, None), run.errors.total(), _drift(users))
    seed, seed_users = case.seed_style(count, size.seed_hot_calls)
    with metered() as seed_cost:
        seed_run = clients.run(seed)
    return _Loaded(
        Load(case.name, count, rpcs, seed_cost.rpcs / len(seed_run.latencies)),
        run.errors.total(),
        _drift(users),
        seed_run.errors.total(),
        _drift(seed_users),
    )


def _contended(name: str, seen: _Loaded) -> list[Row]:
    return [
        Row(name, "errors", seen.errors, seen.seed_errors, 0, exactly(0)),
        Row(name, "drift in tokens", seen.drift, seen.seed_drift, 0, exactly(0)),
        Row(name, "RPCs a call, retries included", seen.load.ours, seen.load.seed_style, 2),
    ]


def _slowed(size: Size) -> Row:
    """How much longer the slowest wait at one wallet than at wallets of their own."""
    pairs = [
        side_by_side(
            WALLET.ours(MANY, size.hot_calls)[0],
            [operations.SPEND.ours(size.hot_calls) for _ in range(MANY)],
            number,
        )
        for number in range(size.hot_rounds)
    ]
    p99 = median_ratio(pairs, lambda run: run.percentile(99))
    return Row(f"{WALLET.name}, spent by {MANY}", "p99, x uncontended", p99, None, 1, at_most(3))


def _wallet_of_instances(stage: Stage, size: Size) -> list[Row]:
    """Measures the same 32 spenders in four independent processes."""
    users = loading.wallets(size.instance_rounds, TOKENS)
    pairs, errors = [], 0
    for user_id in users:
        cold, _ = _instances(stage, instance.OWN, size.hot_calls)
        hot, failed = _instances(stage, user_id, size.hot_calls)
        pairs.append((hot, cold))
        errors += failed

    def slowed(percent: int) -> float:
        return statistics.median(percentile(hot, percent) / percentile(cold, percent) for hot, cold in pairs)

    name = f"{WALLET.name}, spent by {MANY} over {INSTANCES} instances"
    return [
        Row(name, "errors", errors, None, 0, exactly(0)),
        Row(name, "drift in tokens", _drift(users), None, 0, exactly(0)),
        Row(name, "p50, x uncontended", slowed(50), None, 1),
        Row(name, "p99, x uncontended", slowed(99), None, 1, at_most(3)),
    ]


def _instances(stage: Stage, user_id: str, calls: int) -> tuple[list[float], int]:
    """The latencies in seconds of all clients of all instances, and how many calls failed."""
    begin_at = time.time() + INSTANCE_START_SECONDS
    command = [sys.executable, "-m", "bench.instance", user_id, str(MANY // INSTANCES), str(calls), str(begin_at)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment_of(stage), stdout=subprocess.PIPE) for _ in range(INSTANCES)
    ]
    try:
        reports = [json.loads(process.communicate(timeout=INSTANCE_TIMEOUT_SECONDS)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [latency for report in reports for latency in report["latencies"]], sum(r["errors"] for r in reports)


def _last_tokens(size: Size) -> list[Row]:
    """Measures a wallet that cannot pay for all requests that come in parallel."""
    name = f"{WALLET.name}, too poor for {MANY}"
    (user_id,) = loading.wallets(1, MANY // 4 * operations.IMAGE)
    run, _ = clients.concurrently(operations.our_spends_of(user_id, MANY))
    seed: tuple[int | None, ...] = (None, None, None)
    if size.seed_hot_clients >= MANY:
        (seed_id,) = loading.wallets(1, MANY // 4 * operations.IMAGE)
        seed_run, _ = clients.concurrently(operations.seed_spends_of(seed_id, MANY))
        seed = (_balance(seed_id), _other_errors(seed_run), _drift([seed_id]))
    return [
        Row(name, "balance left", _balance(user_id), seed[0], 0, exactly(0)),
        Row(name, "errors other than 402", _other_errors(run), seed[1], 0, exactly(0)),
        Row(name, "drift in tokens", _drift([user_id]), seed[2], 0, exactly(0)),
    ]


def _spending_while_tipped(size: Size) -> list[Row]:
    creator_id, *payer_ids = loading.wallets(MANY, TOKENS)
    tips = [operations.our_tips_to(creator_id, payer_id, size.hot_calls) for payer_id in payer_ids]
    run = clients.run([operations.our_spends_of(creator_id, size.hot_calls), *tips])
    name = f"creator who spends while {MANY - 1} tip"
    return [
        Row(name, "errors", run.errors.total(), None, 0, exactly(0)),
        Row(name, "drift in tokens", _drift([creator_id, *payer_ids]), None, 0, exactly(0)),
    ]


def _other_errors(run: Run) -> int:
    return sum(count for name, count in run.errors.items() if name not in REFUSED)


def _drift(user_ids: list[str]) -> int:
    """How many tokens balances and ledgers disagree about, summed over the users."""
    return sum(abs(_balance(user_id) - _booked(user_id)) for user_id in user_ids)


def _balance(user_id: str) -> int:
    return int(store().collection("users").document(user_id).get().get("tokenBalance"))


def _booked(user_id: str) -> int:
    return aggregate(Query("transactions").where("userId", "==", user_id).sum("amount", "tokens"))["tokens"]
