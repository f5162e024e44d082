"""The web site on Firebase Hosting: the web app, built here, and told which Firebase project it belongs to."""

import json
from typing import Any

from deploy import fingerprints, live_hosting, web_app
from deploy.gcloud import Gcloud
from deploy.settings import Stopped

API = "https://firebasehosting.googleapis.com/v1beta1"
CONFIG = "firebase.json"
REGION_OF_CONFIG = "us-central1"

SITE = f"{web_app.OUT}/site.json"
TOLD = ("apiKey", "authDomain", "projectId", "appId")
"""What a page needs of the project's web app. None of it is secret: every visitor is given it."""


def look(gcloud: Gcloud) -> live_hosting.Verdict:
    """Whose the site is that is live."""
    settings = gcloud.settings
    if not gcloud.looking:
        return live_hosting.Verdict("none", "", "")
    url = f"{API}/sites/{settings.project}/channels/live"
    return live_hosting.compare(gcloud.ask("the site that is live", "GET", url), _fingerprint(gcloud))


def require_builder(gcloud: Gcloud, live: live_hosting.Verdict) -> None:
    """Returns if the site is not released, or can be built.

    Raises:
        Stopped: npm is missing.
    """
    settings = gcloud.settings
    is_released = live.kind != "same" and "hosting" not in settings.skipped
    if is_released and not settings.dry_run and not gcloud.programs.has("npm"):
        raise Stopped(
            "the web app is built with Node.js 20 or newer and its npm, and there is none on your PATH:\n"
            "  https://nodejs.org. --skip hosting deploys the rest."
        )


def files_that_would_go(gcloud: Gcloud, site: live_hosting.Verdict) -> list[str]:
    answer = gcloud.ask("the files of the site", "GET", f"{API}/{site.version}/files?pageSize=1000") or {}
    folder = gcloud.settings.root / web_app.OUT
    ours = [f"/{path.relative_to(folder)}" for path in folder.rglob("*") if path.is_file()]
    return live_hosting.going([file["path"] for file in answer.get("files", [])], ours)


def release(gcloud: Gcloud, live: live_hosting.Verdict) -> None:
    """Every release is a new version even of the same files, so its message remembers what they were made of."""
    settings = gcloud.settings
    gcloud.step("Releasing the web site.")
    if "hosting" in settings.skipped:
        gcloud.note("Hosting is left to its owner.")
        return
    if live.kind == "same":
        return
    gcloud.change("Install what the web app is built with.", *web_app.INSTALL)
    gcloud.change("Build the web app.", *web_app.BUILD)
    gcloud.change("Weigh what its pages load first.", *web_app.BUDGET)
    _tell_the_site(gcloud)
    config = CONFIG
    if settings.region != REGION_OF_CONFIG:
        # Beside the original, because Firebase looks for the other files where its configuration lies.
        config = f"firebase.{settings.region}.json"
        gcloud.change(f"Copy {CONFIG}.", "cp", CONFIG, config)
        rewrite = f"s/{REGION_OF_CONFIG}/{settings.region}/"
        gcloud.change(f"Rewrite the copy for {settings.region}.", "sed", "-i.bak", rewrite, config)
    gcloud.change(
        "Release Hosting.",
        *("firebase", "deploy", "--only", "hosting", "--config", config, "--project", settings.project),
        *("--non-interactive", "--message", f"{live_hosting.OURS}{_fingerprint(gcloud)}"),
    )
    if config != CONFIG:
        gcloud.change("Remove the copy.", "rm", "-f", config, f"{config}.bak")


def _tell_the_site(gcloud: Gcloud) -> None:
    """Writes the file that every page asks for when it starts. So the same build runs in every project."""
    project = gcloud.settings.project
    command = ("firebase", "apps:sdkconfig", "WEB", "--json", "--project", project, "--non-interactive")
    if gcloud.settings.dry_run:
        gcloud.print_command(command)
        gcloud.note(f"Its answer is written to {SITE}.")
        return
    config: dict[str, Any] = json.loads(gcloud.answer(*command))["result"]["sdkConfig"]
    told = {name: config[name] for name in TOLD}
    gcloud.write(f"Write {SITE}.", SITE, json.dumps({"firebase": told}, indent=2) + "\n")


def _fingerprint(gcloud: Gcloud) -> str:
    root = gcloud.settings.root
    sources = fingerprints.of_text(fingerprints.of_files(root, CONFIG) + web_app.fingerprint(root))
    return f"{gcloud.settings.region}-{sources}"
