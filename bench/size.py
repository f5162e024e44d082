"""How much is measured: all of it, or as much as fits into two minutes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Rounds are interleaved, ours and the baseline in turn; calls are per round and side."""

    rounds: int
    calls: int
    warm_up_calls: int
    hot_clients: tuple[int, ...]
    """At a hot document, for the curve of cost against load; the last number is the one whose errors are shown."""
    hot_calls: int
    hot_rounds: int
    seed_hot_calls: int
    seed_hot_clients: int
    """The most clients at a hot document in the seed style, whose transactions collapse there: 32 take minutes."""
    audited_lines: int
    audited_users: int
    deep_documents: int
    cold_starts: int
    without_pyc: tuple[str, ...] | None
    """The functions that are also started without byte code; None is all."""


FULL = Size(
    rounds=5,
    calls=128,
    warm_up_calls=256,
    hot_clients=(1, 8, 32),
    hot_calls=8,
    hot_rounds=5,
    seed_hot_calls=2,
    seed_hot_clients=32,
    audited_lines=100_000,
    audited_users=1_000,
    deep_documents=10_000,
    cold_starts=3,
    without_pyc=None,
)
QUICK = Size(
    rounds=3,
    calls=48,
    warm_up_calls=96,
    hot_clients=(1, 8, 32),
    hot_calls=6,
    hot_rounds=2,
    seed_hot_calls=1,
    seed_hot_clients=8,
    audited_lines=10_000,
    audited_users=80,  # at 100 lines each the few reads of any audit would weigh more than its 2 %
    deep_documents=2_000,
    cold_starts=1,
    without_pyc=("get_catalog", "tip"),
)

CLIENTS = (1, 8, 32)
