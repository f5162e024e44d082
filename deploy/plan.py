"""What a deployment does, in its order."""

from deploy import (
    administrators,
    database,
    functions,
    hosting,
    jobs,
    live,
    login,
    monitoring,
    project,
    questions,
    queues,
    rollback,
    rules,
    secret_manager,
    sign_in,
    storage,
    stripe_catalog,
)
from deploy.destroy import destroy
from deploy.gcloud import Gcloud, say
from shared.manifest import FUNCTIONS, STRIPE_EVENTS


def carry_out(gcloud: Gcloud) -> None:
    """Does what the settings say, or prints it."""
    login.begin(gcloud)
    match gcloud.settings.action:
        case "rollback":
            rollback.roll_back(gcloud)
        case "destroy":
            destroy(gcloud)
        case "administrators":
            administrators.carry_out(gcloud)
        case _ if gcloud.settings.whole:
            deploy(gcloud)
        case _:
            deploy_some(gcloud)


def deploy(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    found = live.compare(gcloud)
    project.enable_apis(gcloud)
    project.make_accounts(gcloud)
    project.log_writes(gcloud)
    new_secrets = secret_manager.store_secrets(gcloud)
    if settings.with_stripe:
        stripe_catalog.make(gcloud)
    storage.make_bucket(gcloud)
    queues.make_queues(gcloud)
    database.make_database(gcloud)
    rules.release(gcloud, found.rules)  # before the functions: a query must not run before its index is there
    project.make_repository(gcloud)
    functions.deploy(gcloud, new_secrets)
    jobs.make_jobs(gcloud)
    monitoring.make_alerts(gcloud)
    monitoring.make_dashboard(gcloud)
    monitoring.make_budget(gcloud)
    sign_in.switch_on(gcloud)  # which makes the web app that the site's pages are told of
    hosting.release(gcloud, found.site)  # after the functions, to whose services it sends /api/...
    questions.ask_all(gcloud, questions.of_deployment(settings))
    tell_urls(gcloud)
    project.check_roles(gcloud)
    tell_test_mode(gcloud)


def deploy_some(gcloud: Gcloud) -> None:
    """Only the functions that --only names."""
    live.check_names(gcloud)
    functions.deploy(gcloud, new_secrets=frozenset())
    questions.ask_all(gcloud, questions.of_functions(gcloud.settings))
    project.check_roles(gcloud)
    tell_test_mode(gcloud)


def tell_urls(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    gcloud.step("This is where everything is.")
    gcloud.note(f"Web app and API: {settings.hosting_url} and {settings.hosting_url}/api/...")
    public = (FUNCTIONS[name] for name in sorted(FUNCTIONS) if not FUNCTIONS[name].is_internal)
    gcloud.tell(f"{it.name:20} {settings.functions_url}/{it.url_name}" for it in public)
    gcloud.note(f"Stripe webhook endpoint: {settings.functions_url}/stripe-webhook, with these events:")
    gcloud.tell(STRIPE_EVENTS)
    gcloud.note(f"Logs: https://console.cloud.google.com/logs/query?project={settings.project}")


def tell_test_mode(gcloud: Gcloud) -> None:
    if not gcloud.settings.stripe_livemode:
        sentence = "Stripe is in test mode: anybody buys tokens with the card 4242 4242 4242 4242, and nobody pays."
        say(f"# {sentence}" if gcloud.settings.dry_run else sentence)
