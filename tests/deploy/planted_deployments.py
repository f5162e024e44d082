"""Deployments of the kinds that open a door or lose a ledger, each planted into a copy of what deploys.

None is exotic: each is one flag that somebody forgets, or changes while looking for something else.
"""

from dataclasses import dataclass

_FUNCTIONS = {
    "test_a_public_function_is_everybodys_to_call",
    "test_a_service_is_called_with_a_token",
    "test_a_trigger_is_reached_from_inside_only",
}


@dataclass(frozen=True)
class Weakened:
    """A text of a file, what it becomes, and the test of ``test_flags`` that must notice."""

    name: str
    strong: str
    weak: str
    caught_by: str
    file: str = "deploy/functions.py"

    @property
    def subject(self) -> str:
        return subject(self.caught_by)


def subject(test: str) -> str:
    """What the test is about: what weakens a kind of functions may weaken the other kinds too."""
    return "functions" if test in _FUNCTIONS else test


PLANTED = (
    Weakened(
        "trigger-with-open-ingress",
        '"--ingress-settings=internal-only"',
        '"--ingress-settings=all"',
        "test_a_trigger_is_reached_from_inside_only",
    ),
    Weakened(
        "trigger-that-everybody-may-call",
        '            "--no-allow-unauthenticated",\n',
        '            "--allow-unauthenticated",\n',
        "test_a_trigger_is_reached_from_inside_only",
    ),
    Weakened(
        "trigger-that-is-not-retried",
        '            "--retry",\n',
        "",
        "test_a_trigger_is_reached_from_inside_only",
    ),
    Weakened(
        "service-that-everybody-may-call",
        '["--trigger-http", "--no-allow-unauthenticated", ',
        '["--trigger-http", "--allow-unauthenticated", ',
        "test_a_service_is_called_with_a_token",
    ),
    Weakened(
        "functions-run-as-who-builds",
        "--service-account={settings.account(function.account)}",
        "--service-account={settings.account('build')}",
        "test_a_public_function_is_everybodys_to_call",
    ),
    Weakened(
        "functions-built-by-googles-default-account",
        """        f"--build-service-account={project}/serviceAccounts/{settings.account('build')}",\n""",
        "",
        "test_a_public_function_is_everybodys_to_call",
    ),
    Weakened(
        "as-many-instances-as-a-flood-wants",
        '        f"--max-instances={function.max}",\n',
        "",
        "test_a_public_function_is_everybodys_to_call",
    ),
    Weakened(
        "database-without-delete-protection",
        '*("--type=firestore-native", "--delete-protection", ',
        '*("--type=firestore-native", ',
        "test_the_database_is_protected_and_can_be_taken_back_to_any_minute",
        file="deploy/database.py",
    ),
    Weakened(
        "database-without-point-in-time-recovery",
        '"--delete-protection", "--enable-pitr"),',
        '"--delete-protection"),',
        "test_the_database_is_protected_and_can_be_taken_back_to_any_minute",
        file="deploy/database.py",
    ),
    Weakened(
        "weekly-backups",
        '"--recurrence=daily"',
        '"--recurrence=weekly", "--day-of-week=SUN"',
        "test_backups_are_made_every_day_and_kept_for_two_weeks",
        file="deploy/database.py",
    ),
    Weakened(
        "backups-of-a-day",
        'BACKUP_RETENTION = "14d"',
        'BACKUP_RETENTION = "1d"',
        "test_backups_are_made_every_day_and_kept_for_two_weeks",
        file="deploy/database.py",
    ),
    Weakened(
        "bucket-without-uniform-access",
        '"--uniform-bucket-level-access", ',
        "",
        "test_the_bucket_is_uniform_and_keeps_nothing_that_was_deleted",
        file="deploy/storage.py",
    ),
    Weakened(
        "deleted-pictures-are-kept",
        ', "--soft-delete-duration=0"',
        "",
        "test_the_bucket_is_uniform_and_keeps_nothing_that_was_deleted",
        file="deploy/storage.py",
    ),
    Weakened(
        "pictures-kept-ten-years",
        '"age": 30',
        '"age": 3650',
        "test_unpublished_pictures_are_kept_for_thirty_days",
        file="deploy/bucket-lifecycle.json",
    ),
    Weakened(
        "the-whole-bucket-is-public",
        '"allUsers", "roles/storage.legacyObjectReader", "storage managed-folders", published',
        '"allUsers", "roles/storage.objectViewer", "storage buckets", url',
        "test_everybody_may_read_single_published_pictures_and_nothing_else",
        file="deploy/storage.py",
    ),
    Weakened(
        "audience-of-the-project",
        "--oidc-token-audience={url}",
        "--oidc-token-audience={settings.functions_url}",
        "test_jobs_call_with_a_token_for_exactly_their_function",
        file="deploy/jobs.py",
    ),
    Weakened(
        "jobs-without-a-token",
        """        f"--oidc-service-account-email={settings.account('invoker')}",
        f"--oidc-token-audience={url}",\n""",
        "",
        "test_jobs_call_with_a_token_for_exactly_their_function",
        file="deploy/jobs.py",
    ),
    Weakened(
        "queue-without-an-end-of-attempts",
        "max_attempts = 20\nmin_backoff = 0.5\nmax_backoff = 30\nlooked_into",
        "max_attempts = 9999\nmin_backoff = 0.5\nmax_backoff = 30\nlooked_into",
        "test_the_queues_are_bounded",
        file="functions/manifest.toml",
    ),
    Weakened(
        "secrets-pinned-to-their-first-version",
        "{secret_id(name)}:latest",
        "{secret_id(name)}:1",
        "test_secrets_come_on_standard_input_and_the_functions_take_the_latest",
    ),
    Weakened(
        "nothing-expires",
        'EXPIRING_COLLECTIONS = ("webhookEvents", "audits", "reconciliations", "adminDays", "meters")',
        'EXPIRING_COLLECTIONS = ("audits", "reconciliations", "adminDays", "meters")',
        "test_what_expires_is_deleted",
        file="deploy/database.py",
    ),
    Weakened(
        "cleaning-up-is-only-tried",
        '"--no-dry-run"',
        '"--dry-run"',
        "test_images_are_cleaned_up_and_three_of_each_are_kept",
        file="deploy/project.py",
    ),
    Weakened(
        "nobody-logs-who-writes",
        "    project.log_writes(gcloud)\n",
        "",
        "test_who_writes_to_firestore_is_logged",
        file="deploy/plan.py",
    ),
    Weakened(
        "a-budget-that-tells-when-it-is-gone",
        "THRESHOLDS = (0.5, 0.9, 1.0)",
        "THRESHOLDS = (1.0,)",
        "test_the_budget_tells_at_half_at_nine_tenths_and_at_all_of_it",
        file="deploy/budget.py",
    ),
    Weakened(
        "what-builds-may-write-to-every-bucket",
        '"build", "roles/logging.logWriter"',
        '"build", "roles/cloudbuild.builds.builder"',
        "test_what_builds_reads_sources_only_and_writes_images_and_logs_only",
        file="deploy/project.py",
    ),
    Weakened(
        "clients-delete-their-users",
        '"disabledUserDeletion":true',
        '"disabledUserDeletion":false',
        "test_no_client_may_delete_its_user",
        file="deploy/sign_in.py",
    ),
)


def rounds() -> list[list[Weakened]]:
    """All of them, as many in one copy as are of different subjects: a dry run takes its time."""
    planted: list[list[Weakened]] = []
    for weakened in PLANTED:
        free = (several for several in planted if weakened.subject not in {each.subject for each in several})
        several = next(free, None)
        if several is None:
            planted.append([weakened])
        else:
            several.append(weakened)
    return planted
