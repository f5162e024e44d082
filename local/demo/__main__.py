"""``make demo``: starts the local cloud, plays the story, shows both ledgers and the audit's verdict.

It exits with 0 when every step held. It exits with 1 and says why when a step failed or the cloud cannot be started.
"""

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from local import cloud
from local.demo.stage import StepFailed
from local.demo.story import Story
from local.environment import user_settings
from local.net.process import StartError

FOLDER = cloud.FOLDER / "demo"


def main() -> int:
    # Piped output is block-buffered, and would show the progress only at the end.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    shutil.rmtree(FOLDER, ignore_errors=True)
    print("Starting a cloud on this machine ...")
    # The story buys at the local Stripe and comes back to the local pages.
    settings = {name: value for name, value in user_settings().items() if not name.startswith(("STRIPE_", "CHECKOUT_"))}
    started = time.monotonic()
    try:
        with cloud.running(cloud.Ports(), settings, lambda part: print(f"  + {part}"), folder=FOLDER) as endpoints:
            print(f"Running after {time.monotonic() - started:.0f} s. Ada and Ben, and their tokens:\n")
            story = Story(endpoints, lambda line: print(f"  {line}"))
            verdict = story.play()
            for person in story.people:
                print(f"\n{person.name}'s ledger")
                print(_table(story.ledger(person)))
            print(
                f"\nAudit {verdict['auditId']}: {verdict['wallets']} wallets hold {verdict['tokens']} tokens, "
                "each backed by the ledger"
            )
            print(f"Pictures: {_shown(Path(endpoints.mediaFolder))}/published")
            print(f"\ndemo: ok · {verdict['lines']} ledger lines · {verdict['discrepancies']} discrepancies")
            return 0
    except StartError as error:
        print(f"\ndemo: the local cloud cannot be started. {error}", file=sys.stderr)
    except StepFailed as error:
        print(f"\ndemo: failed at: {error}", file=sys.stderr)
        print(f"The functions' log is {_shown(FOLDER / 'logs' / 'functions.log')}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ndemo: interrupted", file=sys.stderr)
    return 1


def _table(lines: list[dict[str, Any]]) -> str:
    header = ("time", "type", "amount", "balance", "owed", "bonus", "purchased", "earned", "id")
    rows = [
        (
            line["timestamp"][11:19],
            line["type"],
            f"{line['amount']:+d}",
            str(line["balance"]),
            str(line["details"].get("owed", "")),
            *(f"{line['funds'][fund]:+d}" if line["funds"][fund] else "" for fund in ("bonus", "purchased", "earned")),
            line["id"] if len(line["id"]) <= 40 else f"{line['id'][:39]}…",
        )
        for line in lines
    ]
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def show(row: tuple[str, ...]) -> str:
        cells = [
            cell.rjust(width) if 2 <= column <= 7 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  " + "  ".join(cells).rstrip()

    return "\n".join([show(header), show(tuple("─" * width for width in widths)), *(show(row) for row in rows)])


def _shown(path: Path) -> str:
    """Returns the path as it can be typed in this folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
