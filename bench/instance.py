"""One instance of a function among several: spends from a wallet with some clients, and prints the latencies.

    python -m bench.instance USER_ID CLIENTS CALLS BEGIN_AT  ->  { "latencies": [seconds], "errors": count }

``BEGIN_AT`` is in seconds since the epoch, so that all instances begin together. ``own`` instead of a user's id gives
every client a wallet of its own.
"""

import json
import sys
import time

from bench import clients, operations
from shared.cloud import fair_lock
from shared.money import wallets

OWN = "own"


def main(user_id: str, count: int, calls: int, begin_at: float) -> None:
    if user_id == OWN:
        prepared = [operations.SPEND.ours(calls) for _ in range(count)]
    else:
        prepared = [operations.our_spends_of(user_id, calls) for _ in range(count)]
    fair_lock.WAITING = count  # as bench/hot.py has it
    wallets.get("nobody")  # connects
    time.sleep(max(0.0, begin_at - time.time()))
    run = clients.run(prepared)
    print(json.dumps({"latencies": run.latencies, "errors": run.errors.total()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
