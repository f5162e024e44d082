"""Entry points by name, where ``gcloud functions deploy --source=. --entry-point=NAME`` looks: beside requirements.txt.

A function's environment is checked here, before its port is open: one that cannot work does not start. The function
itself is loaded after that (``shared/edge/entry_points.py``), and pays only for what it imports itself.
"""

import os
from typing import Any

from shared import config
from shared.edge import entry_points
from shared.manifest import FUNCTIONS


def __getattr__(name: str) -> Any:
    if name not in FUNCTIONS:
        raise AttributeError(f"there is no function named {name}")
    config.read(os.environ, function=name)
    globals()[name] = function = entry_points.entry_point(name)  # the framework asks twice, and is to find it
    return function
