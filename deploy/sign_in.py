"""How people sign in: with e-mail and password, and no client may delete its user.

The account of a user who comes back after that would be a new one.
"""

from typing import Any

from deploy.gcloud import Gcloud

API = "https://identitytoolkit.googleapis.com/admin/v2/projects"
KEPT = '{"client":{"permissions":{"disabledUserDeletion":true}}}'


def switched_on(config: dict[str, Any]) -> list[str]:
    """``email`` where people sign in with e-mail and password, and ``kept`` where no client may delete its user."""
    email = config.get("signIn", {}).get("email", {})
    permissions = config.get("client", {}).get("permissions", {})
    has_passwords = email.get("enabled") and email.get("passwordRequired", True)
    return ["email"] * bool(has_passwords) + ["kept"] * bool(permissions.get("disabledUserDeletion"))


def switch_on(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    gcloud.step("Switching on sign-in.")
    if "auth" in settings.skipped:
        gcloud.note("Sign-in is left to its owner.")
        return
    url = f"{API}/{settings.project}/config"
    config = (gcloud.ask("how people sign in", "GET", url) or {}) if gcloud.looking else {}
    is_on = switched_on(config)
    if "email" not in is_on:
        gcloud.change(
            "Switch sign-in on.",
            *("firebase", "deploy", "--only", "auth", "--project", settings.project, "--non-interactive"),
        )
    if "kept" not in is_on:
        mask = "updateMask=client.permissions.disabledUserDeletion"
        gcloud.change_by_request("Let no client delete its user.", f"{url}?{mask}", KEPT)
