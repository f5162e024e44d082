"""Between the start of a process and its first request: what is done while the port is open already.

The worker process begins to load its function the moment it exists, while Cloud Run's startup CPU boost still lasts.
Then it takes the steps that the first request would wait for: a connection to Firestore, the certificates that tokens
are checked with. A request that comes before waits for the rest only.
"""

import gc
import os
import threading
from collections.abc import Callable

from shared import log
from shared.config import ConfigurationError

WORKER_BOOT_ERROR = 3
"""The exit status of a worker that has gunicorn end too, and not start another (gunicorn's ``Arbiter``)."""

_steps: list[Callable[[], object]] = []


def prepare(step: Callable[[], object]) -> None:
    """Registers a step that a new worker takes once, when its function is loaded.

    One that raises ConfigurationError ends the process: the function cannot work. Any other failure is logged and left
    to the first request, which meets it too.
    """
    _steps.append(step)


def warm_up(name: str, load: Callable[[str], object]) -> None:
    """Loads the function ``name`` in the background, then takes every step that was prepared.

    A function that cannot be loaded ends the process.
    """
    _in_background(_warm_up, name, load)


def _warm_up(name: str, load: Callable[[str], object]) -> None:
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
