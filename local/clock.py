"""The clock of the local cloud: how many seconds it is ahead of the real one, in a file that its functions look at.

Only the gateway looks, and only where ``CLOCK_FILE`` names the file; a deployed function refuses that variable.
"""

import contextlib
import datetime
from pathlib import Path

from shared import clock


def write(file: Path, ahead_seconds: int) -> None:
    """Has every function of the local cloud live so many seconds ahead, from its next request on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(str(ahead_seconds), encoding="ascii")
    new.replace(file)


def follow(file: Path) -> None:
    """Puts the clock of this process where the file says; without a file it is the real one."""
    ahead_seconds = 0
    with contextlib.suppress(FileNotFoundError):
        ahead_seconds = int(file.read_text(encoding="ascii"))
    clock.put_ahead(datetime.timedelta(seconds=ahead_seconds))
