"""Deployments of the kinds that open a door or lose a ledger, each planted into a copy of what deploys.

None is exotic: each is one flag that somebody forgets, or changes while looking for something else.
"""

from dataclasses import dataclass

_FUNCTIONS = {
    "test_a_public_function_is_everybodys_to_call",
    "test_a_service_is_called_with_a_token",
    "test_a_trigger_is_reached_from_inside_only",
}
KINDS = ("tip", "audit_balances", "count_likes", "list_transactions")
"""A function of each kind: public, service, trigger; and one that gets a secret."""


@dataclass(frozen=True)
class Weakened:
    """A text of a file, what it becomes, and the test of ``test_deploy_flags`` that must notice."""

    name: str
    strong: str
    weak: str
    caught_by: str
    file: str = "deploy.sh"

    @property
    def subject(self) -> str:
        return subject(self.caught_by)


def subject(test: str) -> str:
    """What the test is about: what weakens a kind of functions may weaken the other kinds too."""
    return "functions" if test in _FUNCTIONS else test


PLANTED = (
    Weakened(
        "trigger-with-open-ingress",
        "--ingress-settings=internal-only --retry",
        "--ingress-settings=all --retry",
        "test_a_trigger_is_reached_from_inside_only",
    ),
    Weakened(
        "trigger-that-everybody-may-call",
        "trigger)\n      flags+=(--no-allow-unauthenticated",
        "trigger)\n      flags+=(--allow-unauthenticated",
        "test_a_trigger_is_reached_from_inside_only",
    ),
    Weakened(
        "trigger-that-is-not-retried",
        "--ingress-settings=internal-only --retry\n",
        "--ingress-settings=internal-only\n",
        "test_a_trigger_is_reached_from_inside_only",
    ),
    Weakened(
        "service-that-everybody-may-call",
        "service) flags+=(--trigger-http --no-allow-unauthenticated",
        "service) flags+=(--trigger-http --allow-unauthenticated",
        "test_a_service_is_called_with_a_token",
    ),
    Weakened(
        "functions-run-as-who-builds",
        '--service-account="$(account "$account")"',
        '--service-account="$(account build)"',
        "test_a_public_function_is_everybodys_to_call",
    ),
    Weakened(
        "functions-built-by-googles-default-account",
        '    --build-service-account="projects/$project/serviceAccounts/$(account build)"\n',
        "",
        "test_a_public_function_is_everybodys_to_call",
    ),
    Weakened(
        "as-many-instances-as-a-flood-wants",
        '--max-instances="$maximum" ',
        "",
        "test_a_public_function_is_everybodys_to_call",
    ),
    Weakened(
        "database-without-delete-protection",
        "--type=firestore-native --delete-protection",
        "--type=firestore-native",
        "test_the_database_is_protected_and_can_be_taken_back_to_any_minute",
    ),
    Weakened(
        "database-without-point-in-time-recovery",
        "--delete-protection --enable-pitr\n    remember",
        "--delete-protection\n    remember",
        "test_the_database_is_protected_and_can_be_taken_back_to_any_minute",
    ),
    Weakened(
        "weekly-backups",
        '--recurrence=daily --retention="$BACKUP_RETENTION"',
        '--recurrence=weekly --day-of-week=SUN --retention="$BACKUP_RETENTION"',
        "test_backups_are_made_every_day_and_kept_for_two_weeks",
    ),
    Weakened(
        "backups-of-a-day",
        "BACKUP_RETENTION=14d",
        "BACKUP_RETENTION=1d",
        "test_backups_are_made_every_day_and_kept_for_two_weeks",
    ),
    Weakened(
        "bucket-without-uniform-access",
        " --uniform-bucket-level-access",
        "",
        "test_the_bucket_is_uniform_and_keeps_nothing_that_was_deleted",
    ),
    Weakened(
        "deleted-pictures-are-kept",
        " --soft-delete-duration=0",
        "",
        "test_the_bucket_is_uniform_and_keeps_nothing_that_was_deleted",
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
        'grant allUsers roles/storage.legacyObjectReader storage managed-folders -- "$published"',
        'grant allUsers roles/storage.objectViewer storage buckets -- "$bucket"',
        "test_everybody_may_read_single_published_pictures_and_nothing_else",
    ),
    Weakened(
        "audience-of-the-project",
        '--oidc-token-audience="$url"',
        '--oidc-token-audience="$functions_url"',
        "test_jobs_call_with_a_token_for_exactly_their_function",
    ),
    Weakened(
        "jobs-without-a-token",
        '    --oidc-service-account-email="$invoker_account" --oidc-token-audience="$url"\n',
        "",
        "test_jobs_call_with_a_token_for_exactly_their_function",
    ),
    Weakened(
        "queue-without-an-end-of-attempts",
        "generations   50   100   20 ",
        "generations   50   100   -1 ",
        "test_the_queues_are_bounded",
    ),
    Weakened(
        "secrets-pinned-to-their-first-version",
        '$secret=$(secret_id "$secret"):latest',
        '$secret=$(secret_id "$secret"):1',
        "test_secrets_come_on_standard_input_and_the_functions_take_the_latest",
    ),
    Weakened(
        "nothing-expires",
        "EXPIRING_COLLECTIONS='webhookEvents audits'",
        "EXPIRING_COLLECTIONS='audits'",
        "test_what_expires_is_deleted",
    ),
    Weakened(
        "cleaning-up-is-only-tried",
        "--policy=deploy/image-cleanup.json --no-dry-run",
        "--policy=deploy/image-cleanup.json --dry-run",
        "test_images_are_cleaned_up_and_three_of_each_are_kept",
    ),
    Weakened(
        "nobody-logs-who-writes",
        "  make_accounts\n  log_writes\n",
        "  make_accounts\n",
        "test_who_writes_to_firestore_is_logged",
    ),
    Weakened(
        "a-budget-that-tells-when-it-is-gone",
        "--threshold-rule=percent=0.5 --threshold-rule=percent=0.9 --threshold-rule=percent=1.0\n",
        "--threshold-rule=percent=1.0\n",
        "test_the_budget_tells_at_half_at_nine_tenths_and_at_all_of_it",
    ),
    Weakened(
        "what-builds-may-write-to-every-bucket",
        'grant "serviceAccount:$(account build)" roles/logging.logWriter',
        'grant "serviceAccount:$(account build)" roles/cloudbuild.builds.builder',
        "test_what_builds_reads_sources_only_and_writes_images_and_logs_only",
    ),
    Weakened(
        "clients-delete-their-users",
        '{"disabledUserDeletion":true}',
        '{"disabledUserDeletion":false}',
        "test_no_client_may_delete_its_user",
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
