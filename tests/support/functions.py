"""The functions by who calls them, as the manifest says it."""

from shared.manifest import FUNCTIONS

ALL = frozenset(FUNCTIONS)
INTERNAL = frozenset(name for name, it in FUNCTIONS.items() if it.is_internal)
"""Those that Cloud Tasks, Cloud Scheduler and Eventarc call; the others are the API."""

TRIGGERS = frozenset(name for name, it in FUNCTIONS.items() if it.is_trigger)
HTTP = ALL - TRIGGERS
