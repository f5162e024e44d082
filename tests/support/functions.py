"""The functions by who calls them and how, as the manifest and the functions themselves say it."""

from local.openapi.model import operations
from shared.edge.access import OPTIONAL_SIGN_IN, PUBLIC
from shared.manifest import FUNCTIONS

ALL = frozenset(FUNCTIONS)
INTERNAL = frozenset(name for name, it in FUNCTIONS.items() if it.is_internal)
"""Those that Cloud Tasks, Cloud Scheduler and Eventarc call; the others are the API."""

TRIGGERS = frozenset(name for name, it in FUNCTIONS.items() if it.is_trigger)
HTTP = ALL - TRIGGERS
READ = frozenset(operation.name for operation in operations() if operation.method == "GET")
OPEN_TO_EVERYONE = frozenset(it.name for it in operations() if it.access in (PUBLIC, OPTIONAL_SIGN_IN))

TAKE_NOTHING = frozenset(it.name for it in operations() if it.name in READ and it.model and not it.model.model_fields)
"""Nobody has to know anything to call one of these."""
