"""The cost of a thousand of each operation on Google Cloud; ``python -m local.costs.prices`` writes docs/operations.md.

tests/house/test_operation_costs.py counts the reads and writes of every operation, and compares them with the ones
here; CPU seconds are assumptions. Prices are inputs, copied by hand from the pages named beside them: US dollars,
us-central1, without free allowances. Look yours up and change them here.
"""

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
BEGIN, END = "<!-- costs: begin -->", "<!-- costs: end -->"


@dataclass(frozen=True, slots=True)
class Price:
    """A published price: ``usd`` US dollars ``per`` so many, at the address ``page``."""

    usd: float
    per: int
    page: str

    @property
    def each(self) -> float:
        """The US dollars for one."""
        return self.usd / self.per


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices that a deployment pays. Firestore costs twice as much in a multi-region such as nam5."""

    firestore_read: Price = Price(0.03, 100_000, "https://cloud.google.com/firestore/pricing")
    firestore_write: Price = Price(0.09, 100_000, "https://cloud.google.com/firestore/pricing")
    request: Price = Price(0.40, 1_000_000, "https://cloud.google.com/run/pricing")
    cpu_second: Price = Price(0.000024, 1, "https://cloud.google.com/run/pricing")
    gib_second: Price = Price(0.0000025, 1, "https://cloud.google.com/run/pricing")
    task_operation: Price = Price(0.40, 1_000_000, "https://cloud.google.com/tasks/pricing")
    storage_write: Price = Price(0.05, 10_000, "https://cloud.google.com/storage/pricing")


TASK_OPERATIONS = 2
"""A task is billed when it is queued and when it is delivered."""


@dataclass(frozen=True, slots=True)
class Operation:
    """The cost of one operation. ``cpu_seconds`` are those of a busy instance, which serves several requests."""

    name: str
    reads: int = 0
    writes: int = 0
    requests: int = 1
    cpu_seconds: float = 0.02
    gib: float = 0.5
    tasks: int = 0
    uploads: int = 0

    def cost(self, prices: Prices) -> float:
        """The US dollars for a thousand."""
        one = (
            self.reads * prices.firestore_read.each
            + self.writes * prices.firestore_write.each
            + self.requests * prices.request.each
            + self.cpu_seconds * (prices.cpu_second.each + self.gib * prices.gib_second.each)
            + self.tasks * TASK_OPERATIONS * prices.task_operation.each
            + self.uploads * prices.storage_write.each
        )
        return 1000 * one


OPERATIONS = (
    Operation("purchase, by the webhook", reads=1, writes=4),
    # Of the events of a month that was paid, each of which looks at the subscription and its latest invoice.
    Operation("renewal of a plan, by the webhook", reads=13, writes=10, requests=3),
    # The task claims, charges and settles; Stripe's event then finds it done.
    Operation("auto-reload", reads=6, writes=6, requests=2, tasks=1),
    Operation("tip", reads=2, writes=4),
    # Accepting; the worker's lease, the count of the call, picture and thumbnail, settlement with its post, after which
    # both are copied to where everyone sees them; the trigger makes sure of that, and counts the author's posts. The
    # picture is one that a bonus pays for: paid ones are not counted in the default economy.
    Operation(
        "generation of one picture", reads=12, writes=8, requests=4, cpu_seconds=2.0, gib=1.0, tasks=1, uploads=4
    ),
    # The client's write with the read that the rules make; the trigger; the recount.
    Operation("like, alone in its second", reads=3, writes=2, requests=2, tasks=1),
    Operation("wallet", reads=1),
    Operation("page of 20 ledger lines", reads=20),
    # The caller likes three of them; of the two queries that look, one finds nothing.
    Operation("feed of 50, signed in", reads=54),
    Operation("feed of 50, signed out", reads=50),
    # Its lines are summed, and counted a second time with all others.
    Operation("wallet audited, with up to 1 000 lines", reads=2, requests=0, cpu_seconds=0.005),
    # It is found, and read once more by the payment that books the lot.
    Operation("wallet whose tokens of a day are over", reads=2, writes=2, requests=0, cpu_seconds=0.005),
)


def table(prices: Prices = Prices()) -> str:
    """Returns the prices and the costs in Markdown."""
    named: dict[str, Price] = {field.name: getattr(prices, field.name) for field in dataclasses.fields(prices)}
    inputs = "\n".join(
        f"| `{name}` | {price.usd:.7f}".rstrip("0") + f" | {price.per:,} | <{price.page}> |".replace(",", " ")
        for name, price in named.items()
    )
    rows = "\n".join(
        f"| {operation.name} | {operation.reads} | {operation.writes} | {operation.cost(prices):.4f} |"
        for operation in OPERATIONS
    )
    return (
        f"| price | USD | for | published at |\n| --- | --- | --- | --- |\n{inputs}\n\n"
        f"| 1 000 times | reads each | writes each | USD |\n| --- | --- | --- | --- |\n{rows}"
    )


def main() -> None:
    """Writes the table to its place in the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
    sys.stdout.write(table() + "\n")


if __name__ == "__main__":
    main()
