"""The web site on Firebase Hosting."""

from deploy import fingerprints, live_hosting
from deploy.gcloud import Gcloud

API = "https://firebasehosting.googleapis.com/v1beta1"
CONFIG = "firebase.json"
REGION_OF_CONFIG = "us-central1"
FOLDER = "public"


def look(gcloud: Gcloud) -> live_hosting.Verdict:
    """Whose the site is that is live."""
    settings = gcloud.settings
    if not gcloud.looking:
        return live_hosting.Verdict("none", "", "")
    url = f"{API}/sites/{settings.project}/channels/live"
    return live_hosting.compare(gcloud.ask("the site that is live", "GET", url), _fingerprint(gcloud))


def files_that_would_go(gcloud: Gcloud, site: live_hosting.Verdict) -> list[str]:
    answer = gcloud.ask("the files of the site", "GET", f"{API}/{site.version}/files?pageSize=1000") or {}
    folder = gcloud.settings.root / FOLDER
    ours = [f"/{path.relative_to(folder)}" for path in folder.rglob("*") if path.is_file()]
    return live_hosting.going([file["path"] for file in answer.get("files", [])], ours)


def release(gcloud: Gcloud, live: live_hosting.Verdict) -> None:
    """Every release is a new version even of the same files, so its message remembers which they were."""
    settings = gcloud.settings
    gcloud.step("Releasing the web site.")
    if "hosting" in settings.skipped:
        gcloud.note("Hosting is left to its owner.")
        return
    if live.kind == "same":
        return
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


def _fingerprint(gcloud: Gcloud) -> str:
    return f"{gcloud.settings.region}-{fingerprints.of_files(gcloud.settings.root, CONFIG, FOLDER)}"
