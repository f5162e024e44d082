"""``python -m local.costs``: what a thousand of each operation cost on Google Cloud, as docs/operations.md shows it.

Counts of tips, credits and pages are asserted in tests/test_costs.py; those of likes and generations follow the code
from the request to what its triggers do. Prices are inputs: what was published for us-central1 in US dollars,
without free allowances; look yours up and change them here.
"""

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
BEGIN, END = "<!-- costs: begin -->", "<!-- costs: end -->"


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for one of each."""

    firestore_read: float = 0.03 / 100_000
    firestore_write: float = 0.09 / 100_000
    request: float = 0.40 / 1_000_000
    cpu_second: float = 0.000024
    gib_second: float = 0.0000025
    task: float = 0.40 / 1_000_000
    storage_write: float = 0.05 / 10_000


@dataclass(frozen=True, slots=True)
class Operation:
    """What one costs. ``cpu_seconds`` are of a busy instance, which serves several requests at once."""

    name: str
    reads: int = 0
    writes: int = 0
    requests: int = 1
    cpu_seconds: float = 0.02
    gib: float = 0.5
    tasks: int = 0
    uploads: int = 0

    def cost(self, prices: Prices) -> float:
        """US dollars for a thousand."""
        one = (
            self.reads * prices.firestore_read
            + self.writes * prices.firestore_write
            + self.requests * prices.request
            + self.cpu_seconds * (prices.cpu_second + self.gib * prices.gib_second)
            + self.tasks * prices.task
            + self.uploads * prices.storage_write
        )
        return 1000 * one


OPERATIONS = (
    Operation("purchase, by the webhook", reads=1, writes=4),
    Operation("tip", reads=2, writes=4),
    # Accepting; the worker's lease, picture and thumbnail, settlement with its post; the author's posts recounted.
    Operation("generation of one picture", reads=7, writes=7, requests=3, cpu_seconds=2.0, gib=1.0, tasks=1, uploads=2),
    # The client's write with the look that the rules take; the trigger; a recount that looks twice and writes once.
    Operation("like, alone in its second", reads=5, writes=2, requests=2, tasks=1),
    Operation("wallet", reads=1),
    Operation("page of 20 ledger lines", reads=20),
    Operation("feed of 50, signed in", reads=100),
    Operation("feed of 50, signed out", reads=50),
    Operation("wallet audited, with up to 1 000 lines", reads=2, requests=0, cpu_seconds=0.005),
)


def table(prices: Prices = Prices()) -> str:
    """The prices, then the costs, in Markdown."""
    inputs = "\n".join(f"| `{name}` | {price:.10f} |" for name, price in dataclasses.asdict(prices).items())
    rows = "\n".join(
        f"| {operation.name} | {operation.reads} | {operation.writes} | {operation.cost(prices):.4f} |"
        for operation in OPERATIONS
    )
    return (
        f"| price | USD for one |\n| --- | --- |\n{inputs}\n\n"
        f"| 1 000 times | reads each | writes each | USD |\n| --- | --- | --- | --- |\n{rows}"
    )


def main() -> None:
    """Puts the table where the document wants it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
    sys.stdout.write(table() + "\n")


if __name__ == "__main__":
    main()
