"""The queues of Cloud Tasks, with the limits of functions/manifest.toml."""

from deploy.gcloud import Gcloud
from shared.manifest import QUEUES, Queue

COMMANDS = ("gcloud", "tasks", "queues")
LIMITS = {
    "max_dispatches_per_second": "rateLimits.maxDispatchesPerSecond",
    "max_concurrent_dispatches": "rateLimits.maxConcurrentDispatches",
    "max_attempts": "retryConfig.maxAttempts",
    "min_backoff": "retryConfig.minBackoff",
    "max_backoff": "retryConfig.maxBackoff",
}
"""What Google calls each column of a row; gcloud's flags have the columns' names."""


def make_queues(gcloud: Gcloud) -> None:
    gcloud.step("Making the queues.")
    for queue in QUEUES.values():
        _make(gcloud, queue)


def _make(gcloud: Gcloud, queue: Queue) -> None:
    where = gcloud.settings.at_location
    wanted = {column: getattr(queue, column) for column in LIMITS}
    flags = [f"--{column.replace('_', '-')}={_written(column, limit)}" for column, limit in wanted.items()]
    fields = f"--format=value[separator=' ']({','.join(LIMITS.values())})"
    current = gcloud.value(*COMMANDS, "describe", queue.name, *where, fields)
    if not current:
        gcloud.change(f"Create the queue {queue.name}.", *COMMANDS, "create", queue.name, *where, *flags)
    elif [float(number.removesuffix("s")) for number in current.split()] != list(wanted.values()):
        what = f"Change the limits of the queue {queue.name}."
        gcloud.change(what, *COMMANDS, "update", queue.name, *where, *flags)
    for account in queue.filled_by:
        member = f"serviceAccount:{gcloud.settings.account(account)}"
        gcloud.grant(member, "roles/cloudtasks.enqueuer", "tasks queues", queue.name, *where)
    if queue.looked_into:
        runtime = f"serviceAccount:{gcloud.settings.account('runtime')}"
        gcloud.grant(runtime, "roles/cloudtasks.viewer", "tasks queues", queue.name, *where)


def _written(column: str, limit: float) -> str:
    return f"{limit:g}s" if column.endswith("_backoff") else str(limit)
