"""Deletes everything that a deployment made; what calls goes before what is called."""

from deploy import database, hosting, monitoring, storage
from deploy.functions import FUNCTIONS as FUNCTION_COMMANDS
from deploy.gcloud import Gcloud
from deploy.jobs import JOBS, scheduled
from deploy.project import ACCOUNTS, REPOSITORY
from deploy.queues import COMMANDS as QUEUE_COMMANDS
from deploy.secret_manager import secret_id
from deploy.settings import Stopped
from shared.manifest import FUNCTIONS, QUEUES, SECRETS


def destroy(gcloud: Gcloud) -> None:
    if not gcloud.settings.dry_run:
        _confirm(gcloud)
    gcloud.step("Deleting everything, callers first.")
    settings = gcloud.settings
    for _, job in scheduled():
        _remove(gcloud, "job", job.name, JOBS, *settings.at_location)
    for name in sorted(FUNCTIONS):
        _remove(gcloud, "function", FUNCTIONS[name].url_name, FUNCTION_COMMANDS, "--gen2", *settings.in_region)
    for name in QUEUES:
        _remove(gcloud, "queue", name, QUEUE_COMMANDS, *settings.at_location)
    _remove_monitoring(gcloud)
    for name in SECRETS:
        _remove(gcloud, "secret", secret_id(name), ("gcloud", "secrets"), settings.in_project)
    _remove_database(gcloud)  # before the bucket, because it asks the bucket's labels
    _remove_bucket(gcloud)
    _remove_site(gcloud)
    repositories = ("gcloud", "artifacts", "repositories")
    _remove(gcloud, "repository of images", REPOSITORY, repositories, *settings.at_location)
    accounts = ("gcloud", "iam", "service-accounts")
    for name in ACCOUNTS:
        _remove(gcloud, "account", settings.account(name), accounts, settings.in_project)


def _confirm(gcloud: Gcloud) -> None:
    """Asks twice.

    Raises:
        Stopped: the operator did not type what was asked for.
    """
    project = gcloud.settings.project
    print(f"This deletes Guilder from {project}: every function, wallet, ledger line and picture.")
    _require(project, "Type the project id to continue: ")
    print(
        f"Only a backup can bring the ledger back. Daily backups stay until they are {database.BACKUP_RETENTION} old."
    )
    _require("delete the ledger", "Type: delete the ledger: ")


def _require(typed: str, prompt: str) -> None:
    try:
        answer = input(prompt)
    except EOFError:
        answer = ""
    if answer != typed:
        raise Stopped("nothing was deleted.")


def _remove(gcloud: Gcloud, kind: str, name: str, commands: tuple[str, ...], *where: str) -> None:
    """Deletes what is there."""
    if not gcloud.looking or gcloud.exists(*commands, "describe", name, *where):
        gcloud.change(f"Delete the {kind} {name}.", *commands, "delete", name, *where, "--quiet")


def _remove_monitoring(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    for path in monitoring.alert_files(settings.root):
        policies = ["POLICY"]
        if gcloud.looking:
            policies = monitoring.policies(gcloud, path.stem, "--format=value(name)").split()
        for policy in policies:
            what = f"Delete the alert {path.stem}."
            gcloud.change(what, *monitoring.POLICIES, "delete", policy, settings.in_project, "--quiet")
    channels = ["CHANNEL"]
    if gcloud.looking:
        channels = monitoring.channels(gcloud, f'displayName="{monitoring.CHANNEL_NAME}"')
    for channel in channels:
        what = "Delete an address that alerts are sent to."
        gcloud.change(what, *monitoring.CHANNELS, "delete", channel, settings.in_project, "--quiet")
    for dashboard in monitoring.dashboards(gcloud) if gcloud.looking else ["DASHBOARD"]:
        what = "Delete the dashboard."
        gcloud.change(what, *monitoring.DASHBOARDS, "delete", dashboard, settings.in_project, "--quiet")
    for path in monitoring.metric_files(settings.root):
        _remove(gcloud, "metric", f"guilder-{path.stem}", monitoring.METRICS, settings.in_project)


def _remove_database(gcloud: Gcloud) -> None:
    """The whole database only where a deployment made it and nothing else lies in it."""
    settings = gcloud.settings
    here = (*database.DATABASE, settings.in_project)
    if gcloud.looking:
        if not gcloud.exists(*database.DATABASES, "describe", *here):
            return
        foreign = ", ".join(database.foreign_collections(gcloud))
        if foreign or storage.label(gcloud, "database") != "made":
            holds = f" It holds {foreign}." if foreign else ""
            gcloud.note(
                "The database stays, with all that lies in it: only one that a deployment made for Guilder alone is "
                f"deleted.{holds}"
            )
            return
    what = "Switch off the protection of the database."
    gcloud.change(what, *database.DATABASES, "update", *here, "--no-delete-protection")
    gcloud.change("Delete the database.", *database.DATABASES, "delete", *here, "--quiet")


def _remove_bucket(gcloud: Gcloud) -> None:
    url = gcloud.settings.bucket
    if not gcloud.looking or storage.label(gcloud, "guilder") == "made":
        if not gcloud.looking or gcloud.exists(*storage.BUCKETS, "describe", url):
            gcloud.change("Delete the bucket.", "gcloud", "storage", "rm", url, "--recursive", "--quiet")
        return
    gcloud.note(f"The bucket {url} was there before Guilder, and stays without our pictures.")
    for part in ("published", "private"):
        if gcloud.exists("gcloud", "storage", "ls", f"{url}/{part}/"):
            what = f"Delete the {part} pictures."
            gcloud.change(what, "gcloud", "storage", "rm", f"{url}/{part}/", "--recursive", "--quiet")


def _remove_site(gcloud: Gcloud) -> None:
    project = gcloud.settings.project
    if gcloud.looking and hosting.look(gcloud).kind == "theirs":
        gcloud.note("The web site is not ours, and stays.")
        return
    here = ("--project", project)
    if not gcloud.looking or gcloud.exists("firebase", "hosting:sites:get", project, *here, "--non-interactive"):
        disable = ("firebase", "hosting:disable", *here, "--force", "--non-interactive")
        gcloud.change("Delete the web site.", *disable)
