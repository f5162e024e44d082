"""The scheduled calls, at the times of functions/manifest.toml."""

from deploy import fingerprints
from deploy.gcloud import Gcloud
from shared.manifest import FUNCTIONS
from shared.manifest_row import Function

JOBS = ("gcloud", "scheduler", "jobs")


def scheduled() -> list[Function]:
    return [FUNCTIONS[name] for name in sorted(FUNCTIONS) if FUNCTIONS[name].schedule]


def make_jobs(gcloud: Gcloud) -> None:
    gcloud.step("Scheduling the calls.")
    for function in scheduled():
        _make(gcloud, function)


def _make(gcloud: Gcloud, function: Function) -> None:
    settings = gcloud.settings
    name, url = function.url_name, f"{settings.functions_url}/{function.url_name}"
    schedule = settings.schedules.get(function.schedule_setting, function.schedule)
    flags = [
        *settings.at_location,
        f"--schedule={schedule}",
        "--time-zone=Etc/UTC",
        f"--uri={url}",
        "--http-method=POST",
        "--message-body={}",
        f"--oidc-service-account-email={settings.account('invoker')}",
        f"--oidc-token-audience={url}",
        "--attempt-deadline=600s",
        "--max-retry-attempts=2",
    ]
    fingerprint = fingerprints.of_lines(flags)
    described = gcloud.value(*JOBS, "describe", name, *settings.at_location, "--format=value(description)")
    if described.endswith(f"({fingerprint})"):
        return
    verb, headers = ("update", "--update-headers") if described else ("create", "--headers")
    gcloud.change_soon(
        f"{verb.capitalize()} the job {name}, which runs at {schedule}.",
        *(*JOBS, verb, "http", name, *flags, f"{headers}=Content-Type=application/json"),
        f"--description=Guilder {function.does} ({fingerprint})",
    )
