"""``make simulate``: plays SEEDS runs of OPS operations, from SEED on. It exits with 0 when every rule held."""

import concurrent.futures
import multiprocessing
import os
import sys

from simulation.run import Tally
from simulation.seeds import play_alone

PROCESSES = 2
USUAL = {"SEEDS": "3", "OPS": "500", "SEED": "1"}


def main() -> int:
    """The exit status."""
    seeds, operations, first = (int(os.environ.get(name) or usual) for name, usual in USUAL.items())
    total = _play(range(first, first + seeds), operations)
    print("played:", " · ".join(f"{name} {times}" for name, times in sorted(total.played.items())))
    print(f"simulate: {total}")
    return 0 if total.is_clean else 1


def _play(seeds: range, operations: int) -> Tally:
    total = Tally()
    # Spawned: a forked process would share this one's threads and connections.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(min(PROCESSES, len(seeds)), mp_context=context) as pool:
        waiting = [pool.submit(play_alone, seed, operations) for seed in seeds]
        try:
            for future in concurrent.futures.as_completed(waiting):
                outcome = future.result()
                print(outcome.report, flush=True)
                total += outcome.tally
        except BaseException:
            pool.shutdown(cancel_futures=True)  # otherwise runs that have not begun would still be played
            raise
    return total


if __name__ == "__main__":
    sys.exit(main())
