"""Whose the rules, the site and the functions with our names are. What is not ours stops a deployment."""

from dataclasses import dataclass

from deploy import hosting, live_functions, live_hosting, live_rules, project, rules
from deploy.gcloud import Gcloud
from deploy.settings import Stopped


@dataclass(frozen=True, slots=True)
class Live:
    """What was there before this deployment."""

    rules: live_rules.Verdict
    site: live_hosting.Verdict


def compare(gcloud: Gcloud) -> Live:
    """What is live.

    Raises:
        Stopped: something of it is another app's, and it is neither skipped nor taken over; nothing was changed.
    """
    settings = gcloud.settings
    gcloud.step("Looking at what is live.")
    is_skipped = "hosting" in settings.skipped
    site = live_hosting.Verdict("none", "", "") if is_skipped else hosting.look(gcloud)
    live = Live(site=site, rules=rules.look(gcloud))
    kept = settings.skipped | settings.taken_over
    foreign = []
    if live.rules.kind == "theirs" and "rules" not in kept:
        foreign.append("rules")
    if live.site.kind == "theirs" and "hosting" not in kept:
        foreign.append("hosting")
        gcloud.note(f"A site is served that no deployment of ours released: {live.site.what}. These files would go:")
        gcloud.tell(hosting.files_that_would_go(gcloud, live.site))
    if "rules" in foreign:
        gcloud.note("Rules are released that are not ours. Ours would change them like this:")
        gcloud.tell(live.rules.difference.splitlines())
    check_names(gcloud)
    if foreign:
        what = ",".join(foreign)
        raise Stopped(
            f"this is not ours: {what}. Nothing was changed. --take-over {what} replaces it, --skip {what} leaves it;\n"
            "  docs/existing-project.md tells how to live beside another app."
        )
    hosting.require_builder(gcloud, site)
    return live


def check_names(gcloud: Gcloud) -> None:
    """Another app's function of the same name would be replaced like an older one of ours.

    Raises:
        Stopped: there is one.
    """
    settings = gcloud.settings
    if "cloudfunctions.googleapis.com" not in project.enabled_apis(gcloud):
        return
    regions = f"--regions={settings.region}"
    found = gcloud.answer_json("gcloud", "functions", "list", "--v2", regions, settings.in_project, nothing=[])
    foreign = live_functions.foreign(found, [it.url_name for it in settings.functions])
    if foreign:
        raise Stopped(
            f"functions that are not ours have names of ours: {', '.join(foreign)}.\n"
            "  Deploy to another --region, or rename them."
        )
