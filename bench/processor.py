"""The processor time of a function's process; a busy machine changes it less than the time that passes."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(process_id: int) -> float:
    """Of the process and its children: gunicorn's arbiter and the worker it forked."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text(encoding="ascii").split()
    return sum(_ticks(each) for each in (str(process_id), *children)) / _TICKS


def _ticks(process_id: str) -> int:
    # The name of the program, in parentheses, may hold anything; user and system time are the 14th and 15th field.
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
