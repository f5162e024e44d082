"""Why a goal is missed, beside the number that misses it."""

from bench.operations import OPERATIONS
from bench.rows import Reasons
from bench.size import CLIENTS
from local.gateway import FUNCTIONS

_CLIENT_BOUND = (
    "both sides are bound by the Python client here, not by round trips: processor time of a purchase 1.3 ms against "
    "2.3, of a spend 1.4 against 2.8, of a tip 1.7 against 3.1, so that 1.8, 2.0 and 1.8 times is all there is; "
    "production adds the network, where 2 RPCs stand against 5 to 7"
)
_LOADED_FIRST = (
    "the function and what it imports are loaded before the port is opened, so that one that cannot work does not "
    "start: 210 ms, of which google-cloud-firestore is 140 and requests, which google-api-core imports, 30"
)
_IMPORTS = (
    "imports again, not the client: 210 ms for the Firestore library and ours, 20 for firebase-admin, 3 for making the "
    "client, about 35 for the first call, where the whole bare start is 130"
)

REASONS: Reasons = {
    ("like, request side", "reads"): (
        "the client sends one commit and reads nothing; the read is the rules' look at the post, without which "
        "a post that is not there could be liked"
    ),
    ("hot wallet, spent by 32 over 4 instances", "p99, x uncontended"): (
        "turns are kept within an instance; between instances a lost commit is tried again, and the emulator's lock, "
        "which would keep the order, takes seconds under contention"
    ),
    **{
        (operation.name, f"throughput at {count} client{'s' if count > 1 else ''}, x seed style"): _CLIENT_BOUND
        for operation in OPERATIONS
        for count in CLIENTS
    },
    **{(f"cold start of {name}", "listening, x bare"): _LOADED_FIRST for name in FUNCTIONS},
    **{(f"cold start of {name}", "first answer, x bare"): _IMPORTS for name in FUNCTIONS},
}
