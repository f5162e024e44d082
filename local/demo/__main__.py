"""``make demo``: starts the local cloud, plays the story, shows both ledgers and the audit's verdict.

It exits with 0 when every step held. It exits with 1 and says why when a step failed or the cloud cannot be started.
"""

import shutil
import sys
import textwrap
import time
from pathlib import Path

from local import cloud
from local.demo import ledger_table
from local.demo.stage import StepFailed
from local.demo.story import Story
from local.environment import user_settings
from local.net.process import StartError

FOLDER = cloud.FOLDER / "demo"

WIDTH = 100
"""Of what is printed; where a terminal is narrower, its own."""


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
            print(f"Running after {time.monotonic() - started:.0f} s.\n")
            story = Story(endpoints, _print)
            verdict = story.play()
            for person in story.people:
                print(f"\n{person.name}'s ledger")
                print(ledger_table.draw(story.ledger(person), _width()))
            _print(
                f"\nThe audits of the hour and of Sunday agree: {verdict['wallets']} wallets hold {verdict['tokens']} "
                "tokens, each of them explained."
            )
            print(f"The pictures are in {_shown(Path(endpoints.mediaFolder))}/published.")
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


def _width() -> int:
    return min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def _print(line: str) -> None:
    """Prints a line of the story, on as many lines as it takes."""
    indent = " " * (len(line) - len(line.lstrip(" ")))
    above = "\n" * line.count("\n")
    print(above + textwrap.fill(line.strip(), _width(), initial_indent=indent, subsequent_indent=f"{indent}  "))


def _shown(path: Path) -> str:
    """Returns the path as it can be typed in this folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
