"""The flows of accounts: they are opened, and renamed."""

from simulation.crash_flows.preparing import delivering, nothing_more, only_delivery, posted, somebody
from simulation.crash_table import Act, Flow
from simulation.operations.people import open_account
from simulation.people import SPOKEN
from simulation.run import Run


def _open(run: Run) -> Act:
    person = somebody(run, opened=False)
    return lambda: open_account(run, person)


def _open_again(run: Run) -> Act:
    person = somebody(run, verified=False)
    person.email_verified = True
    return lambda: open_account(run, person)


def _open_with_a_mailbox_that_was_used(run: Run) -> Act:
    before = somebody(run)
    person = somebody(run, opened=False, mailbox=before.user_id)
    return lambda: open_account(run, person)


def _rename(run: Run) -> None:
    """Prepares a new name on a profile with a post, and nothing else to deliver."""
    posted(run)
    run.write(f"profiles/{run.people[-1].user_id}", {"displayName": f"{SPOKEN} anew"})


def _name_event(run: Run) -> Act:
    _rename(run)
    return delivering(run, "propagate_profile")


def _update(run: Run) -> Act:
    _rename(run)
    run.deliveries.deliver(only_delivery(run, "propagate_profile"))
    return delivering(run, "update_author")


FLOWS = (
    Flow("open an account", _open, nothing_more),
    Flow("bonus after verification", _open_again, nothing_more),
    Flow("account of a used mailbox", _open_with_a_mailbox_that_was_used, nothing_more),
    Flow("a new name", _name_event, nothing_more),
    Flow("a new name on a post", _update, nothing_more),
)
