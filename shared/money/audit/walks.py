"""The two audits of the money.

The one looks every hour at the wallets that moved, from where it agreed with them last: an idle wallet costs nothing.
The other looks at every wallet from nothing, and at the ledger as a whole. Neither corrects money: a wallet that does
not add up is frozen and waits for a person.
"""

import functools

from shared.cloud import checkpoint
from shared.cloud.checkpoint import Phase, Report, Walk
from shared.money.audit import found_before, ledger, moved, paid_orders, whole_wallets

MOVEMENTS, EVERYTHING = "movements", "balances"
"""The names that the two have in their reports."""

WHOLE = Walk(
    EVERYTHING,
    (
        Phase("users", checkpoint.documents_of("users"), whole_wallets.examine),
        Phase("ledger", ledger.page, ledger.examine),
        Phase("orphans", ledger.page_before_orphans, ledger.examine_behind),
        Phase("unlisted", ledger.page_of_unlisted, ledger.examine_unlisted),
        Phase("totals", ledger.page_again, ledger.examine_again),
    ),
)

MOVED = Walk(
    MOVEMENTS,
    (
        Phase("users", checkpoint.documents_from("users", "movedOn", moved.first_day), moved.examine),
        Phase("found", functools.partial(found_before.page, MOVEMENTS, EVERYTHING), found_before.examine),
        Phase("orders", paid_orders.page, paid_orders.examine),
    ),
)


def run() -> Report:
    """Continues the audit of what moved, or starts one, until it is complete or its time is up.

    In the time that is left it continues an audit of everything that is not finished.
    """
    deadline = checkpoint.deadline_of_a_call()
    report = checkpoint.resume(MOVED, deadline)
    if report.is_complete and checkpoint.is_under_way(WHOLE):
        checkpoint.resume(WHOLE, deadline)
    return report


def run_whole() -> Report:
    """Continues the audit of everything, or starts one, until it is complete or its time is up."""
    return checkpoint.resume(WHOLE)
