"""The scheduled calls, at the times of functions/manifest.toml."""

from deploy import fingerprints
from deploy.gcloud import Gcloud
from shared.manifest import FUNCTIONS, Job, jobs_of
from shared.manifest_row import Function

JOBS = ("gcloud", "scheduler", "jobs")


def scheduled() -> list[tuple[Function, Job]]:
    return [(FUNCTIONS[name], job) for name in sorted(FUNCTIONS) for job in jobs_of(FUNCTIONS[name])]


def make_jobs(gcloud: Gcloud) -> None:
    gcloud.step("Scheduling the calls.")
    for function, job in scheduled():
        _make(gcloud, function, job)


def _make(gcloud: Gcloud, function: Function, job: Job) -> None:
    settings = gcloud.settings
    name, url = job.name, f"{settings.functions_url}/{function.url_name}"
    schedule = settings.schedules.get(job.setting, job.schedule)
    flags = [
        *settings.at_location,
        f"--schedule={schedule}",
        "--time-zone=Etc/UTC",
        f"--uri={url}",
        "--http-method=POST",
        f"--message-body={job.body}",
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
