"""Firestore's rules and indexes."""

from deploy import fingerprints, live_rules
from deploy.gcloud import Gcloud
from deploy.storage import label, remember

API = "https://firebaserules.googleapis.com/v1"
FILE = "firestore.rules"
INDEXES = "firestore.indexes.json"


def look(gcloud: Gcloud) -> live_rules.Verdict:
    """Whose the rules are that are live."""
    settings = gcloud.settings
    if not gcloud.looking:
        return live_rules.Verdict("none", "")
    released = label(gcloud, "rules")
    ours = (settings.root / FILE).read_text(encoding="utf-8")
    verdict = live_rules.compare(_live(gcloud), ours, released)
    notes = [*(f"lacking: {match}" for match in verdict.lacking), *(f"exposed: {match}" for match in verdict.exposed)]
    if "rules" in settings.skipped and notes:
        gcloud.note("The rules are left to their owner. They lack matches of ours, or expose whole subtrees and the")
        gcloud.note("ledger with them:")
        gcloud.tell(notes)
    return verdict


def _live(gcloud: Gcloud) -> str | None:
    what = "the rules that are live"
    released = gcloud.ask(what, "GET", f"{API}/projects/{gcloud.settings.project}/releases/cloud.firestore")
    ruleset = released and gcloud.ask(what, "GET", f"{API}/{released['rulesetName']}")
    if not ruleset:
        return None
    return "\n".join(file["content"] for file in ruleset["source"]["files"])


def release(gcloud: Gcloud, live: live_rules.Verdict) -> None:
    """Indexes of another app stay."""
    settings = gcloud.settings
    gcloud.step("Releasing Firestore's indexes and rules.")
    indexes = fingerprints.of_text((settings.root / INDEXES).read_text(encoding="utf-8"))
    if label(gcloud, "indexes") != indexes:
        _firebase_deploy(gcloud, "Release the indexes.", "firestore:indexes")
        remember(gcloud, "indexes", indexes)
    if "rules" in settings.skipped:
        gcloud.note("The rules are left to their owner.")
        return
    if live.kind != "same":
        if live.difference:
            gcloud.note("This is live, and changes:")
            gcloud.tell(live.difference.splitlines())
        _firebase_deploy(gcloud, "Release the rules.", "firestore:rules")
    rules = fingerprints.of_text((settings.root / FILE).read_text(encoding="utf-8"))
    if label(gcloud, "rules") != rules:
        remember(gcloud, "rules", rules)


def _firebase_deploy(gcloud: Gcloud, what: str, only: str) -> None:
    project = gcloud.settings.project
    gcloud.change(what, "firebase", "deploy", "--only", only, "--project", project, "--non-interactive")
