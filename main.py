"""Entry points by name, where ``gcloud functions deploy --source=. --entry-point=NAME`` looks: beside requirements.txt.

A function's environment is checked here, before its port is open: one that cannot work does not start. The function
itself is loaded after that (``shared/edge/entry_points.py``), and pays only for what it imports itself.
"""

import os
from typing import Any

from shared import config, manifest_row
from shared.edge import entry_points


def __getattr__(name: str) -> Any:
    try:
        manifest_row.of(name)
    except KeyError:
        raise AttributeError(f"there is no function named {name}") from None
    config.read(os.environ, function=name)
    globals()[name] = function = entry_points.entry_point(name)  # the framework asks twice, and is to find it
    return function
