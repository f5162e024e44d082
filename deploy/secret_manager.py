"""The secrets, in Secret Manager. Their values travel on standard input only."""

import getpass
import secrets
import sys

from deploy import stripe_webhook
from deploy.gcloud import Gcloud, failed, quoted, say, variable_on_stdin
from deploy.settings import Stopped
from shared.manifest import FUNCTIONS, SECRETS, STRIPE_EVENTS

RANDOM = 'python3 -c "import secrets; print(secrets.token_hex(32))"'


def secret_id(name: str) -> str:
    """What the secret of a variable is called in Secret Manager."""
    return name.lower().replace("_", "-")


def store_secrets(gcloud: Gcloud) -> frozenset[str]:
    """The ids of those that a dry run would have stored."""
    settings = gcloud.settings
    gcloud.step("Storing the secrets. Their values travel on standard input only.")
    new = set()
    for name in settings.needed_secrets:
        if settings.with_stripe and name == "STRIPE_WEBHOOK_SECRET" and name not in settings.secrets:
            is_new = _make_webhook(gcloud)
        else:
            is_new = _store(gcloud, name)
        if is_new and settings.dry_run:
            new.add(secret_id(name))
    return frozenset(new)


def newest_version(gcloud: Gcloud, name: str) -> str:
    """The newest version of the secret that can be read, or nothing."""
    versions = ("gcloud", "secrets", "versions", "list", secret_id(name))
    newest = ("--filter=state=ENABLED", "--sort-by=~createTime", "--limit=1", "--format=value(name)")
    return gcloud.value(*versions, *newest, gcloud.settings.in_project)


def held(gcloud: Gcloud, name: str) -> str:
    """What Secret Manager holds.

    Raises:
        Stopped: the operator may not read it.
    """
    ran = gcloud.programs.run(
        ("gcloud", "secrets", "versions", "access", "latest", f"--secret={secret_id(name)}", gcloud.settings.in_project)
    )
    if ran.status != 0:
        print(ran.errors, file=sys.stderr)
        raise Stopped(
            f"the secret {secret_id(name)} is there, but you cannot read it: it takes the role Secret Accessor."
        )
    return ran.output.rstrip("\n")


def _store(gcloud: Gcloud, name: str) -> bool:
    """Whether there is a new version: from the variable of the name; else what Secret Manager holds; else made up, or
    asked for."""
    settings = gcloud.settings
    _make(gcloud, name)
    given = settings.secrets.get(name, "")
    # Where it cannot be read it is not missing: a secret that is made up would be made up again by every run.
    there = held(gcloud, name) if newest_version(gcloud, name) else ""
    if there and given in ("", there):
        return False
    command = _add(gcloud, name)
    if settings.dry_run:
        is_made_up = SECRETS[name] == "random" and not given
        say(f"{RANDOM if is_made_up else variable_on_stdin(name)} | {quoted(command)}")
        return True
    secret = given or _new_secret(gcloud, name)
    say(f" + Store a new version of {secret_id(name)}.")
    ran = gcloud.programs.run(command, secret)
    if ran.status != 0:
        raise failed(command, ran)
    return True


def _make(gcloud: Gcloud, name: str) -> None:
    """The secret without a value, and who may read it."""
    settings = gcloud.settings
    ours = secret_id(name)
    if not gcloud.exists("gcloud", "secrets", "describe", ours, settings.in_project):
        gcloud.change(
            f"Create the secret {ours}.",
            *("gcloud", "secrets", "create", ours, "--replication-policy=automatic", settings.in_project),
        )
    for account in sorted({it.account for it in FUNCTIONS.values() if name in it.secrets}):
        reader = f"serviceAccount:{settings.account(account)}"
        gcloud.grant(reader, "roles/secretmanager.secretAccessor", "secrets", ours, settings.in_project)


def _make_webhook(gcloud: Gcloud) -> bool:
    """Stripe tells the signing secret once, when the endpoint is made; it is stored before anything else happens."""
    settings = gcloud.settings
    name = "STRIPE_WEBHOOK_SECRET"
    _make(gcloud, name)
    anew = not newest_version(gcloud, name)
    url = f"{settings.functions_url}/stripe-webhook"
    command = _add(gcloud, name)
    if settings.dry_run:
        program = ("python3", "-m", "deploy.stripe_webhook", url, *["--anew"] * anew, *STRIPE_EVENTS, "--", *command)
        say(f"{variable_on_stdin('STRIPE_SECRET_KEY')} | {quoted(program)}")
        return anew

    def store(secret: str) -> None:
        ran = gcloud.programs.run(command, secret)
        if ran.status != 0:
            raise stripe_webhook.NotStored(ran.said)

    key = held(gcloud, "STRIPE_SECRET_KEY")
    try:
        done = stripe_webhook.ensure(key, url, STRIPE_EVENTS, store, anew)
    except stripe_webhook.REFUSALS as refusal:
        raise Stopped(f"Stripe's webhook endpoint could not be made: {refusal}.") from None
    gcloud.note(f"Stripe's webhook endpoint: {done}.")
    return anew


def _add(gcloud: Gcloud, name: str) -> tuple[str, ...]:
    """The command that stores what comes on its standard input."""
    versions = ("gcloud", "secrets", "versions", "add", secret_id(name))
    return *versions, "--data-file=-", gcloud.settings.in_project


def _new_secret(gcloud: Gcloud, name: str) -> str:
    """Made up where only the functions need to know it, typed in where somebody else chose it."""
    if SECRETS[name] == "random":
        return secrets.token_hex(32)
    if not sys.stdin.isatty():
        raise Stopped(f"{name} is neither set nor in Secret Manager: put it into the environment or an --env-file.")
    if name == "STRIPE_WEBHOOK_SECRET":
        gcloud.note(f"Make an endpoint for {gcloud.settings.functions_url}/stripe-webhook with these events:")
        gcloud.tell(STRIPE_EVENTS)
    secret = getpass.getpass(f"   {name} (not shown): ", sys.stderr)
    if not secret:
        raise Stopped(f"{name} is empty.")
    return secret
