"""What a database that is there already still needs, and whose it is; gcloud's JSON comes on standard input.

    gcloud firestore databases describe ... --format=json | python3 -m deploy.database protection
    gcloud firestore backups schedules list ... --format=json | python3 -m deploy.database backups 14d
    rest POST .../documents:listCollectionIds | python3 -m deploy.database foreign firestore.rules

Prints the flags of the update that it needs; ``kept``, ``create``, or the schedule that must keep backups for longer;
and the collections that are not ours, which are those that our rules do not name.
"""

import re
import sys
from pathlib import Path
from typing import Any

from deploy.answers import Unanswered, found, given

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


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["protection"]:
                print(" ".join(protection(given({}))))
            case ["backups", retention]:
                print(backups(given([]), retention))
            case ["foreign", rules]:
                answer = found(sys.stdin.read()) or {}
                if "nextPageToken" in answer:
                    raise Unanswered("there are more collections than fit into one answer")
                print(" ".join(foreign(answer.get("collectionIds", []), Path(rules).read_text(encoding="utf-8"))))
    except (Unusable, Unanswered) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
