"""The project itself: its APIs, the accounts and what each may do, the log of writes, and the images of functions."""

import json

from deploy import audit_logs, image_repository, role_bindings
from deploy.gcloud import Gcloud
from deploy.settings import Stopped

APIS = (
    "artifactregistry",
    "billingbudgets",
    "cloudbilling",
    "cloudbuild",
    "cloudfunctions",
    "cloudscheduler",
    "cloudtasks",
    "eventarc",
    "firebase",
    "firebasehosting",
    "firebaserules",
    "firestore",
    "iam",
    "iamcredentials",
    "identitytoolkit",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "secretmanager",
    "storage",
)

ACCOUNTS = {
    "reader": "functions that only read run as this",
    "runtime": "functions that write, queue and store pictures run as this",
    "payments": "functions that talk to Stripe run as this",
    "invoker": "Cloud Tasks and Cloud Scheduler call as this",
    "trigger": "Eventarc calls as this",
    # Builds run code of other people's packages; Google's default account for them may edit the whole project.
    "build": "what builds the functions",
}

REPOSITORY = "guilder"
CLEANUP = "deploy/image-cleanup.json"

SOURCES = 'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")'
"""The buckets that sources are uploaded to. They are Google's to make, so a condition names what they are called."""


def enabled_apis(gcloud: Gcloud) -> list[str]:
    project = gcloud.settings.in_project
    return gcloud.value("gcloud", "services", "list", "--enabled", project, "--format=value(config.name)").splitlines()


def enable_apis(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    gcloud.step("Enabling the APIs.")
    enabled = enabled_apis(gcloud)
    missing = [api for api in APIS if f"{api}.googleapis.com" not in enabled]
    if missing:
        names = [f"{api}.googleapis.com" for api in missing]
        gcloud.change(f"Enable {', '.join(missing)}.", "gcloud", "services", "enable", *names, settings.in_project)
    if not gcloud.exists("firebase", "apps:list", settings.in_project, "--non-interactive"):
        gcloud.change(
            "Make it a Firebase project.", "firebase", "projects:addfirebase", settings.project, "--non-interactive"
        )


def make_accounts(gcloud: Gcloud) -> None:
    """What is granted at a queue, a bucket, a secret or a service is granted where that is made."""
    settings = gcloud.settings
    gcloud.step("Making the service accounts, each with the roles that it needs and no other.")
    for name, purpose in ACCOUNTS.items():
        if not gcloud.exists(
            "gcloud", "iam", "service-accounts", "describe", settings.account(name), settings.in_project
        ):
            gcloud.change(
                f"Create the service account guilder-{name}.",
                *("gcloud", "iam", "service-accounts", "create", f"guilder-{name}"),
                f"--display-name=Guilder: {purpose}",
                settings.in_project,
            )
    _grant_in_project(gcloud, "reader", "roles/datastore.viewer")
    _grant_in_project(gcloud, "runtime", "roles/datastore.user")
    _grant_in_project(gcloud, "payments", "roles/datastore.user")
    for account in ("reader", "runtime", "payments"):  # Firebase Auth is asked whether an administrator's token counts
        _grant_in_project(gcloud, account, "roles/firebaseauth.viewer")
    _grant_in_project(gcloud, "trigger", "roles/eventarc.eventReceiver")
    # It reads the source that is uploaded, writes images (at their repository) and a log. Cloud Build's own role for
    # this writes to every bucket of the project.
    _grant_in_project(gcloud, "build", "roles/logging.logWriter")
    _grant_in_project(gcloud, "build", "roles/storage.objectViewer", SOURCES)
    # The reader signs the URLs of private pictures as itself: it has no key file.
    _grant_at_account(gcloud, "reader", "roles/iam.serviceAccountTokenCreator", "reader")
    # Both queue tasks that call as the invoker.
    for account in ("runtime", "payments"):
        _grant_at_account(gcloud, account, "roles/iam.serviceAccountUser", "invoker")


def _grant_in_project(gcloud: Gcloud, account: str, role: str, condition: str = "") -> None:
    settings = gcloud.settings
    member = f"serviceAccount:{settings.account(account)}"
    gcloud.grant(member, role, "projects", settings.project, condition=condition)


def _grant_at_account(gcloud: Gcloud, account: str, role: str, other: str) -> None:
    settings = gcloud.settings
    member = f"serviceAccount:{settings.account(account)}"
    gcloud.grant(member, role, "iam service-accounts", settings.account(other), settings.in_project)


def log_writes(gcloud: Gcloud) -> None:
    """The log answers "who wrote this?" when a ledger line is one that no function wrote."""
    project = gcloud.settings.project
    look = ("gcloud", "projects", "get-iam-policy", project)
    store = ("gcloud", "projects", "set-iam-policy", project, "/dev/stdin")
    gcloud.step("Switching on the log of who writes to Firestore.")
    policy = gcloud.answer_json(*look, nothing={})
    if audit_logs.are_on(policy):
        return
    if gcloud.settings.dry_run:
        gcloud.print_command((*look, "--format=json"), ("python3", "-m", "deploy.audit_logs"), store)
        return
    switched_on = audit_logs.switched_on(policy)
    gcloud.change("Log who writes to Firestore.", *store, given=json.dumps(switched_on, indent=2))


def make_repository(gcloud: Gcloud) -> None:
    """A repository of our own: the build account writes to it alone, and another app's images are not cleaned up."""
    settings = gcloud.settings
    repositories, where = ("gcloud", "artifacts", "repositories"), settings.at_location
    gcloud.step("Making the repository of images. The last three of each function are kept.")
    if not gcloud.exists(*repositories, "describe", REPOSITORY, *where):
        gcloud.change(
            f"Create the repository {REPOSITORY}.",
            *(*repositories, "create", REPOSITORY, *where),
            *("--repository-format=docker", "--description=Images of Guilder's functions"),
        )
    held = gcloud.value_json(*repositories, "describe", REPOSITORY, *where, nothing={})
    if not image_repository.is_set(held, json.loads((settings.root / CLEANUP).read_text(encoding="utf-8"))):
        gcloud.change(
            "Delete all images of a function but the last three.",
            *(*repositories, "set-cleanup-policies", REPOSITORY, *where, f"--policy={CLEANUP}", "--no-dry-run"),
        )
    builder = f"serviceAccount:{settings.account('build')}"
    gcloud.grant(builder, "roles/artifactregistry.writer", "artifacts repositories", REPOSITORY, *where)


def check_roles(gcloud: Gcloud) -> None:
    """Roles that no deployment gave were given by hand.

    Raises:
        Stopped: there is one.
    """
    if not gcloud.looking:
        return
    gcloud.step("Checking that our accounts hold no role that no deployment gave them.")
    lines = role_bindings.too_many(gcloud.settings.project, gcloud.granted, gcloud.policies)
    report = "\n".join(lines)
    if report:
        raise Stopped(f"these roles were given by hand:\n{report}")
