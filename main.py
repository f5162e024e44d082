"""Entry points by name, loaded on demand: a function pays only for what it imports itself.

``gcloud functions deploy --source=. --entry-point=NAME`` and ``functions-framework --target=NAME`` look a function up
in this file, beside requirements.txt. Its environment is checked first, and the economy if it knows prices: a function
that cannot work does not start.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from shared import config

FUNCTIONS = frozenset(path.stem for path in (Path(__file__).parent / "functions").glob("[a-z]*.py"))


def __getattr__(name: str) -> Any:
    if name not in FUNCTIONS:
        raise AttributeError(f"there is no function named {name}")
    config.read(os.environ, function=name)
    function = getattr(importlib.import_module(f"functions.{name}"), name)
    if (economy := sys.modules.get("shared.economy")) is not None:
        economy.economy()
    return function
