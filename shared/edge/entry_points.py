"""What functions-framework serves under a function's name: an open port first, the function itself behind it.

What a function imports takes longer to load than the framework, so an entry point needs nothing of it: the function is
loaded in a new worker's background (``shared/cold_start.py``).
"""

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

import flask
import functions_framework

from shared import cold_start, manifest_row
from shared.edge import framework
from shared.edge.request_bodies import EVENT_BYTES

Function = Callable[..., Any]


def entry_point(name: str) -> Function:
    """What functions-framework serves as ``name``: the function of that name in ``functions/``, loaded later."""

    def function(*arguments: Any) -> Any:
        return load(name)(*arguments)

    function.__name__ = function.__qualname__ = name
    takes_events = manifest_row.of(name).is_trigger  # the framework asks before the function is loaded
    if flask.current_app:  # the framework's application, which looks the function up to serve it
        framework.bounded(flask.current_app, name, EVENT_BYTES if takes_events else 0)
    os.register_at_fork(after_in_child=lambda: cold_start.warm_up(name, load))
    return functions_framework.cloud_event(function) if takes_events else function


@functools.cache
def load(name: str) -> Function:
    """The function itself, with all that it imports."""
    function: Function = getattr(importlib.import_module(f"functions.{name}"), name)
    return function
