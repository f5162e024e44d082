"""How much is measured: as much as fits into two minutes, the usual, or what seldom changes too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Rounds are interleaved, ours and the baseline in turn; calls are per round and side."""

    rounds: int
    calls: int
    far_calls: int
    """The same where every round trip takes its time."""
    warm_up_calls: int
    hot_clients: tuple[int, ...]
    """At a hot document, for the curve of cost against load; the last number is the one whose errors are shown."""
    hot_calls: int
    hot_rounds: int
    instance_rounds: int
    """Each starts eight processes."""
    seed_hot_calls: int
    seed_hot_clients: int
    """The most clients at a hot document in the seed style, whose transactions collapse there: 32 take minutes."""
    audited_lines: int
    audited_users: int
    deep_documents: int
    read_rounds: int
    read_calls: int
    """Of each kind of read, in each round."""
    cold_starts: int
    cold_start_of: tuple[str, ...] | None
    """The functions that are started; None is all."""
    without_pyc: tuple[str, ...] | None
    """Those that are also started without byte code; None is all."""
    rare: bool = False
    """Whether what seldom changes is measured too: deep pages, a worker's memory, index entries, and distance."""

    @property
    def told(self) -> str:
        """The sizes that numbers depend on, in words."""
        functions = "every function" if self.cold_start_of is None else f"{len(self.cold_start_of)} functions"
        return (
            f"{self.rounds} rounds of {self.calls} calls · {counted(self.audited_lines)} lines audited · pages of "
            f"{counted(self.deep_documents)} documents · cold starts of {functions}, {self.cold_starts} of each"
        )


def counted(number: int) -> str:
    """The number with its thousands set apart, such as ``10 000``."""
    return f"{number:_}".replace("_", " ")


FULL = Size(
    rounds=5,
    calls=128,
    far_calls=32,
    warm_up_calls=256,
    hot_clients=(1, 8, 32),
    hot_calls=8,
    hot_rounds=5,
    instance_rounds=5,
    seed_hot_calls=2,
    seed_hot_clients=32,
    audited_lines=100_000,
    audited_users=1_000,
    deep_documents=10_000,
    read_rounds=7,
    read_calls=40,
    cold_starts=3,
    cold_start_of=None,
    without_pyc=None,
)
QUICK = Size(
    rounds=3,
    calls=32,
    far_calls=16,
    warm_up_calls=64,
    hot_clients=(1, 8, 32),
    hot_calls=4,
    hot_rounds=3,
    instance_rounds=1,
    seed_hot_calls=1,
    seed_hot_clients=8,
    audited_lines=5_000,
    audited_users=40,  # at 125 lines each the few reads of any audit weigh less than its 2 %
    deep_documents=1_000,
    read_rounds=3,
    read_calls=20,
    cold_starts=1,
    cold_start_of=("count_likes", "get_catalog", "stripe_webhook", "tip"),
    without_pyc=("tip",),
)

CLIENTS = (1, 8, 32)
FAR_CLIENTS = (1, 8)
