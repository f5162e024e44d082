"""Whether the operator has the tools and is logged in, before anything is looked at."""

from deploy.gcloud import Gcloud
from deploy.settings import Stopped

TOOLS = {
    "gcloud": "https://cloud.google.com/sdk/docs/install",
    "firebase": "make tools, or npm install -g firebase-tools",
    "curl": "https://curl.se/download.html",
}


def begin(gcloud: Gcloud) -> None:
    """Says what is going to happen, and finds out whether the project can be looked at.

    Raises:
        Stopped: a tool, a login, the project or its billing is missing; a dry run needs none of them.
    """
    settings = gcloud.settings
    if not settings.dry_run:
        gcloud.looking = True
        gcloud.step(f"Guilder in {settings.project}, {settings.region}, with the economy {settings.economy}.")
        _check_tools(gcloud)
        _check_login(gcloud)
        return
    gcloud.note(f"This is the plan for {settings.project} in {settings.region}, with the economy {settings.economy}.")
    gcloud.looking = _can_look(gcloud)
    if gcloud.looking:
        gcloud.note("It was compared with what is there now.")
    else:
        gcloud.note(
            "NOTHING WAS LOOKED AT: nobody is logged in who can see the project (gcloud auth login, firebase login)."
        )
        gcloud.note("The plan is as for an empty project; what is live there may stop a deployment.")


def _check_tools(gcloud: Gcloud) -> None:
    missing = [f"\n  {name:12} {where}" for name, where in TOOLS.items() if not gcloud.programs.has(name)]
    if missing:
        raise Stopped(f"these tools are missing:{''.join(missing)}")


def _check_login(gcloud: Gcloud) -> None:
    project = gcloud.settings.project
    account = gcloud.value("gcloud", "auth", "list", "--filter=status:ACTIVE", "--format=value(account)")
    if not account:
        raise Stopped("nobody is logged in: run gcloud auth login.")
    if not gcloud.exists("gcloud", "projects", "describe", project):
        raise Stopped(
            f"{account} cannot see the project {project}. If it does not exist yet: gcloud projects create {project}"
        )
    billing = gcloud.value("gcloud", "billing", "projects", "describe", project, "--format=value(billingEnabled)")
    if billing == "False":
        raise Stopped(
            f"{project} has no billing account: https://console.cloud.google.com/billing/linkedaccount?project={project}"
        )
    if not gcloud.exists("firebase", "projects:list", "--non-interactive"):
        raise Stopped("firebase is not logged in: run firebase login.")
    gcloud.access_token = _access_token(gcloud)
    gcloud.note(f"You are logged in as {account}.")


def _can_look(gcloud: Gcloud) -> bool:
    if not all(map(gcloud.programs.has, TOOLS)):
        return False
    gcloud.looking = True
    gcloud.access_token = _access_token(gcloud)
    return (
        bool(gcloud.access_token)
        and gcloud.exists("gcloud", "projects", "describe", gcloud.settings.project)
        and gcloud.exists("firebase", "projects:list", "--non-interactive")
    )


def _access_token(gcloud: Gcloud) -> str:
    return gcloud.value("gcloud", "auth", "print-access-token")
