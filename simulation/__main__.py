"""``make simulate``: SEEDS runs of OPS operations each, from SEED on; 0 when every rule held in all of them."""

import concurrent.futures
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

from local.firestore_emulator import FirestoreEmulator
from simulation.run import Tally
from simulation.seeds import Outcome, play

PROCESSES = 2
USUAL = {"SEEDS": "3", "OPS": "500", "SEED": "1"}
RULES = Path(__file__).resolve().parent.parent / "firestore.rules"


def main() -> int:
    """The exit status."""
    seeds, operations, first = (int(os.environ.get(name) or usual) for name, usual in USUAL.items())
    with tempfile.TemporaryDirectory() as folder:
        emulator = FirestoreEmulator(0, "demo-simulation", RULES, log=Path(folder) / "firestore.log")
        emulator.start()
        try:
            outcomes = _play(range(first, first + seeds), operations, emulator.address)
        finally:
            emulator.stop()
    total = sum((outcome.tally for outcome in outcomes), Tally())
    print(f"simulate: {total}")
    return 0 if total.is_clean else 1


def _play(seeds: range, operations: int, address: str) -> list[Outcome]:
    outcomes = []
    # Spawned: a forked process would share this one's threads and connections.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(min(PROCESSES, len(seeds)), mp_context=context) as pool:
        waiting = [pool.submit(play, seed, operations, address) for seed in seeds]
        for future in concurrent.futures.as_completed(waiting):
            outcomes.append(future.result())
            print(outcomes[-1].report, flush=True)
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
