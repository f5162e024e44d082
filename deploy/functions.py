"""The functions, each from the same source with an entry point of its own."""

import sys
import threading
from collections.abc import Callable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor

from deploy import database, fingerprints
from deploy.gcloud import Gcloud
from deploy.project import REPOSITORY
from deploy.secret_manager import newest_version, secret_id
from deploy.settings import Settings, Stopped
from shared.manifest_row import Function

RUNTIME = "python313"  # one of those that CI tests on
IN_PARALLEL = 5  # Cloud Build runs ten builds of a new project in parallel
UPLOADED = ("main.py", "requirements.txt", "economies", "functions", "shared")
"""What .gcloudignore lets through."""

FUNCTIONS = ("gcloud", "functions")
SERVICES = ("gcloud", "run", "services")


def deploy(gcloud: Gcloud, new_secrets: Set[str]) -> None:
    """Deploys what changed. ``new_secrets`` are the ids of secrets that this run would store, if it were no plan.

    Raises:
        Stopped: a deployment failed. What is under way then is waited for, and nothing else is begun.
    """
    settings = gcloud.settings
    gcloud.step("Deploying the functions, each from the same source with an entry point of its own.")
    source = fingerprints.of_files(settings.root, *UPLOADED)
    location = database.location(gcloud)

    def deploy_one(function: Function) -> None:
        _deploy(gcloud, function, source, location, new_secrets)

    if settings.dry_run:
        for function in settings.functions:
            deploy_one(function)
    else:
        _in_parallel(deploy_one, settings.functions)


def _in_parallel(deploy_one: Callable[[Function], None], functions: Sequence[Function]) -> None:
    failed: list[Function] = []
    stop = threading.Event()

    def attempt(function: Function) -> None:
        if stop.is_set():
            return
        try:
            deploy_one(function)
        except Stopped as refusal:
            print(f"deploy.sh: {refusal}", file=sys.stderr)
            failed.append(function)
            stop.set()

    with ThreadPoolExecutor(IN_PARALLEL) as pool:
        list(pool.map(attempt, functions))
    if failed:
        names = ", ".join(sorted(it.url_name for it in failed))
        raise Stopped(f"these functions could not be deployed: {names}. What was said about them is above.")


def _deploy(gcloud: Gcloud, function: Function, source: str, location: str, new_secrets: Set[str]) -> None:
    settings = gcloud.settings
    name, where = function.url_name, settings.in_region
    secrets = [secret for secret in function.secrets if secret in settings.needed_secrets]
    flags = _flags(settings, function, secrets, location)
    # A rotated secret is a reason to deploy what reads it.
    versions = ["new" if secret_id(it) in new_secrets else newest_version(gcloud, it) for it in secrets]
    fingerprint = fingerprints.of_lines([source, *flags, *filter(None, versions)])
    # A deployment that failed has left its label too.
    state = "--format=value[separator=' '](state,labels.guilder)"
    if gcloud.value(*FUNCTIONS, "describe", name, "--gen2", *where, state) != f"ACTIVE {fingerprint}":
        serving = serving_revision(gcloud, name)
        before = f",guilder-before={serving}" if serving else ""
        # After a rollback the traffic is pinned to an old revision, and a new one would get none.
        gcloud.change_soon(
            f"Deploy {name}.",
            *(*FUNCTIONS, "deploy", name, *flags, *where, f"--update-labels=guilder={fingerprint}{before}"),
            *("--serve-all-traffic-latest-revision", "--quiet"),
        )
    # Twice the CPU while it starts and for ten seconds after, in which the function is loaded. Google's default for
    # functions; asked for where it is off.
    boost = '--format=value(spec.template.metadata.annotations."run.googleapis.com/startup-cpu-boost")'
    if gcloud.value(*SERVICES, "describe", name, *where, boost) != "true":
        what = f"Boost the CPU of {name} while it starts."
        gcloud.change_soon(what, *SERVICES, "update", name, *where, "--cpu-boost")
    if function.is_internal:
        caller = settings.account("trigger" if function.is_trigger else "invoker")
        gcloud.grant(f"serviceAccount:{caller}", "roles/run.invoker", "run services", name, *where)


def _flags(settings: Settings, function: Function, secrets: Sequence[str], location: str) -> list[str]:
    project = f"projects/{settings.project}"
    flags = [
        "--gen2",
        f"--runtime={RUNTIME}",
        "--source=.",
        f"--entry-point={function.name}",
        f"--memory={function.memory}",
        f"--cpu={function.cpu}",
        f"--concurrency={function.requests}",
        f"--min-instances={function.min}",
        f"--max-instances={function.max}",
        f"--timeout={function.timeout}s",
        f"--service-account={settings.account(function.account)}",
        f"--build-service-account={project}/serviceAccounts/{settings.account('build')}",
        f"--docker-repository={project}/locations/{settings.region}/repositories/{REPOSITORY}",
        f"--set-env-vars=^;^{';'.join(_environment(settings, function))}",
        *_access(settings, function, location),
    ]
    if secrets:
        flags.append(f"--set-secrets={','.join(f'{name}={secret_id(name)}:latest' for name in secrets)}")
    return flags


def _access(settings: Settings, function: Function, location: str) -> list[str]:
    """Who reaches the function, and from where."""
    if function.is_trigger:
        return [
            "--no-allow-unauthenticated",
            "--ingress-settings=internal-only",
            "--retry",
            f"--trigger-location={location}",
            f"--trigger-service-account={settings.account('trigger')}",
            "--trigger-event-filters=type=google.cloud.firestore.document.v1.written",
            "--trigger-event-filters=database=(default)",
            f"--trigger-event-filters-path-pattern=document={function.path}",
        ]
    if function.is_internal:
        # Not internal-only: that is promised for callers of a run.app URL, and these are called at cloudfunctions.net.
        # Cloud Run asks for the invoker's token, and the function checks it again.
        return ["--trigger-http", "--no-allow-unauthenticated", "--ingress-settings=all"]
    return ["--trigger-http", "--allow-unauthenticated", "--ingress-settings=all"]


def _environment(settings: Settings, function: Function) -> list[str]:
    """The variables of every function; THREADS is functions-framework's own."""
    return [
        f"GOOGLE_CLOUD_PROJECT={settings.project}",
        f"ECONOMY={settings.economy}",
        f"THREADS={function.requests}",
        f"CORS_ORIGINS={settings.cors_origins}",
        f"MEDIA_BUCKET={settings.media_bucket}",
        f"IMAGE_MODEL={settings.image_model}",
        f"INTERNAL_URL={settings.functions_url}",
        f"INVOKER_EMAIL={settings.account('invoker')}",
        f"TASKS_LOCATION={settings.region}",
        f"CHECKOUT_SUCCESS_URL={settings.checkout_success_url}",
        f"CHECKOUT_CANCEL_URL={settings.checkout_cancel_url}",
        f"PORTAL_RETURN_URL={settings.portal_return_url}",
        f"RELOAD_SETUP_URL={settings.reload_setup_url}",
        f"STRIPE_LIVEMODE={str(settings.stripe_livemode).lower()}",
        f"STRIPE_TAX={str(settings.stripe_tax).lower()}",
    ]


def serving_revision(gcloud: Gcloud, name: str) -> str:
    revision = "--format=value(status.traffic[0].revisionName)"
    return gcloud.value(*SERVICES, "describe", name, *gcloud.settings.in_region, revision)
