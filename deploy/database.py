"""The database: what one that is there already still needs, whose it is, and how it is made."""

import re
from typing import Any

from deploy import storage
from deploy.gcloud import Gcloud
from deploy.settings import Stopped

DATABASES = ("gcloud", "firestore", "databases")
BACKUPS = ("gcloud", "firestore", "backups", "schedules")
FIELDS = ("gcloud", "firestore", "fields", "ttls")
DATABASE = ("--database=(default)",)

BACKUP_RETENTION = "14d"
EXPIRING_COLLECTIONS = ("webhookEvents", "audits", "reconciliations", "adminDays", "meters")
"""Log entries of the webhook, reports of scheduled functions, days of administrators and meters of pictures are deleted
some time after they were written."""
EXPIRES_FIELD = "expiresAt"

DAY_SECONDS = 86_400

Json = dict[str, Any]


class Unusable(Exception):
    """The database is of a kind that we cannot work with."""


def protection(database: Json) -> list[str]:
    """Flags of the update that protects the database as one of ours.

    Raises:
        Unusable: it does not speak Firestore's native API.
    """
    if database.get("type") != "FIRESTORE_NATIVE":
        raise Unusable(f"the database (default) is {database.get('type')}, and Guilder needs FIRESTORE_NATIVE")
    flags = []
    if database.get("deleteProtectionState") != "DELETE_PROTECTION_ENABLED":
        flags.append("--delete-protection")
    if database.get("pointInTimeRecoveryEnablement") != "POINT_IN_TIME_RECOVERY_ENABLED":
        flags.append("--enable-pitr")
    return flags


def backups(schedules: list[Json], retention: str) -> str:
    """``kept`` where a daily schedule keeps backups for so long, ``create``, or the id of one that must keep longer."""
    daily = [schedule for schedule in schedules if "dailyRecurrence" in schedule]
    if not daily:
        return "create"
    longest = max(daily, key=_seconds)
    if _seconds(longest) >= int(retention.removesuffix("d")) * DAY_SECONDS:
        return "kept"
    return str(longest["name"]).rpartition("/")[2]


def _seconds(schedule: Json) -> float:
    return float(str(schedule.get("retention", "0s")).removesuffix("s"))


def ours(rules: str) -> set[str]:
    """Our collections: each has a rule, and a rule of a collection is indented by four."""
    return set(re.findall(r"^ {4}match /(\w+)/", rules, re.MULTILINE))


def foreign(collections: list[str], rules: str) -> list[str]:
    return sorted(set(collections) - ours(rules))


# -- making it -------------------------------------------------------------------------------------------------------


def make_database(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    here = (*DATABASE, settings.in_project)
    gcloud.step("Making the database.")
    if not gcloud.exists(*DATABASES, "describe", *here):
        gcloud.change(
            f"Create the database in {settings.firestore_location}.",
            *(*DATABASES, "create", *here, f"--location={settings.firestore_location}"),
            *("--type=firestore-native", "--delete-protection", "--enable-pitr"),
        )
        storage.remember(gcloud, "database", "made")
    else:
        _protect(gcloud)
    _back_up(gcloud)
    for collection in EXPIRING_COLLECTIONS:
        group = f"--collection-group={collection}"
        if not gcloud.value(*FIELDS, "list", group, *here, "--format=value(name)"):
            gcloud.change(
                f"Delete what has expired in {collection}.",
                *(*FIELDS, "update", EXPIRES_FIELD, group, "--enable-ttl", "--async", *here),
            )


def _protect(gcloud: Gcloud) -> None:
    here = (*DATABASE, gcloud.settings.in_project)
    try:
        flags = protection(gcloud.answer_json(*DATABASES, "describe", *here, nothing={}))
    except Unusable as refusal:
        raise Stopped(f"{refusal}.") from None
    if flags:
        gcloud.change("Protect the database.", *DATABASES, "update", *here, *flags)


def _back_up(gcloud: Gcloud) -> None:
    here = (*DATABASE, gcloud.settings.in_project)
    schedule = backups(gcloud.value_json(*BACKUPS, "list", *here, nothing=[]), BACKUP_RETENTION)
    retention = f"--retention={BACKUP_RETENTION}"
    if schedule == "create":
        what = f"Back it up every day, and keep each backup for {BACKUP_RETENTION}."
        gcloud.change(what, *BACKUPS, "create", *here, "--recurrence=daily", retention)
    elif schedule != "kept":
        what = f"Keep backups for {BACKUP_RETENTION}."
        gcloud.change(what, *BACKUPS, "update", *here, f"--backup-schedule={schedule}", retention)


def location(gcloud: Gcloud) -> str:
    """Where the database is. Somebody else may have made it, elsewhere, and Eventarc's triggers must be there too."""
    here = (*DATABASE, gcloud.settings.in_project)
    found = gcloud.value(*DATABASES, "describe", *here, "--format=value(locationId)")
    return found or gcloud.settings.firestore_location


def foreign_collections(gcloud: Gcloud) -> list[str]:
    """The collections that are not ours.

    Raises:
        Stopped: they cannot be listed.
    """
    settings = gcloud.settings
    documents = f"https://firestore.googleapis.com/v1/projects/{settings.project}/databases/(default)/documents"
    answer = gcloud.ask("the list of collections", "POST", f"{documents}:listCollectionIds", '{"pageSize":1000}') or {}
    if "nextPageToken" in answer:
        raise Stopped("there are more collections than fit into one answer, so the database cannot be deleted.")
    rules = (settings.root / "firestore.rules").read_text(encoding="utf-8")
    return foreign(answer.get("collectionIds", []), rules)
