"""Between the start of a process and its first request: a function is loaded while its port is open already.

What a function imports takes longer than the framework itself, so an entry point needs nothing of it. The worker
process begins to load the function the moment it exists, while Cloud Run's startup CPU boost still lasts, and goes on
to what the first request would wait for: a connection to Firestore, the certificates that tokens are checked with. A
request that comes before waits for the rest only.
"""

import functools
import gc
import importlib
import os
import threading
from collections.abc import Callable
from typing import Any

import flask
import functions_framework

from shared import log
from shared.config import ConfigurationError
from shared.edge import framework
from shared.edge.request_bodies import EVENT_BYTES

TRIGGERS = frozenset({"count_likes", "propagate_profile", "tidy_post"})
"""Functions that take a CloudEvent; the framework asks before they are loaded."""

WORKER_BOOT_ERROR = 3
"""The exit status of a worker that has gunicorn end too, and not start another (gunicorn's ``Arbiter``)."""

Function = Callable[..., Any]

_steps: list[Callable[[], object]] = []


def entry_point(name: str) -> Function:
    """What functions-framework serves as ``name``: the function of that name in ``functions/``, loaded later."""

    def function(*arguments: Any) -> Any:
        return load(name)(*arguments)

    function.__name__ = function.__qualname__ = name
    if flask.current_app:  # the framework's application, which looks the function up to serve it
        framework.bounded(flask.current_app, name, EVENT_BYTES if name in TRIGGERS else 0)
    os.register_at_fork(after_in_child=lambda: _in_background(_warm_up, name))
    return functions_framework.cloud_event(function) if name in TRIGGERS else function


@functools.cache
def load(name: str) -> Function:
    """The function itself, with all that it imports."""
    function: Function = getattr(importlib.import_module(f"functions.{name}"), name)
    return function


def prepare(step: Callable[[], object]) -> None:
    """Has a new worker take the step as soon as its function is loaded.

    One that raises ConfigurationError ends the process: the function cannot work. Any other failure is logged and left
    to the first request, which meets it too.
    """
    _steps.append(step)


def _warm_up(name: str) -> None:
    gc.disable()  # nearly all of what modules make stays: looking through it in between takes a tenth of the time
    try:
        load(name)
    except Exception as error:  # noqa: BLE001 - whatever it is, the function cannot work
        _refuse_to_serve(name, error)
    gc.freeze()
    gc.enable()
    for step in _steps:
        _in_background(_take, step, name)


def _take(step: Callable[[], object], name: str) -> None:
    try:
        step()
    except ConfigurationError as error:
        _refuse_to_serve(name, error)
    except Exception as error:  # noqa: BLE001 - the first request meets it too, and answers it
        log.write("WARNING", "warm-up-failed", function=name, step=step.__qualname__, error=type(error).__name__)


def _refuse_to_serve(name: str, error: Exception) -> None:
    detail = str(error)  # no request is under way: nothing that a person sent can be in it
    log.alert("function-not-loaded", function=name, error=type(error).__name__, detail=detail, stack=log.stack(error))
    os._exit(WORKER_BOOT_ERROR)  # a thread cannot end its process in another way


def _in_background(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, name="warm-up", daemon=True).start()
