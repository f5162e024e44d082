"""The settings of a deployment: its arguments, the environment and an env file, read and checked once."""

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from shared import manifest
from shared.manifest import FUNCTIONS
from shared.manifest_row import Function

SCHEDULES = {it.schedule_setting: it.schedule for it in FUNCTIONS.values() if it.schedule_setting}
PLAIN = (
    "CORS_ORIGINS",
    "CHECKOUT_SUCCESS_URL",
    "CHECKOUT_CANCEL_URL",
    "PORTAL_RETURN_URL",
    "RELOAD_SETUP_URL",
    "IMAGE_MODEL",
    "STRIPE_LIVEMODE",
    "STRIPE_TAX",
    "MEDIA_BUCKET",
    "FIRESTORE_LOCATION",
    "ALERT_EMAIL",
    "BUDGET",
)
KNOWN = (*PLAIN, *SCHEDULES, *manifest.SECRETS)

IN_THE_ENVIRONMENT_OF_FUNCTIONS = (
    "CORS_ORIGINS",
    "CHECKOUT_SUCCESS_URL",
    "CHECKOUT_CANCEL_URL",
    "PORTAL_RETURN_URL",
    "RELOAD_SETUP_URL",
    "IMAGE_MODEL",
    "MEDIA_BUCKET",
)
"""They are joined with semicolons for gcloud."""

SWITCHES = ("STRIPE_LIVEMODE", "STRIPE_TAX")

CAN_BE_SKIPPED = ("rules", "hosting", "auth")
CAN_BE_TAKEN_OVER = ("rules", "hosting")

HELP = f"""\
Settings come from the environment, then from --env-file, as NAME=value lines:
  {" ".join((*PLAIN, *SCHEDULES))}
and the secrets
  {" ".join(manifest.SECRETS)}.
BUDGET is an amount a month, such as 200USD, or none. A secret that is neither set nor in Secret Manager is asked for.
The deployment ends with an error if a function does not answer afterwards, and names the function.
docs/operations.md tells more."""


class Stopped(Exception):
    """The deployment does not continue; the message is for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``functions`` are those that this run is about, by name; ``whole`` says that --only names none."""

    root: Path
    action: str  # deploy, rollback, destroy or administrators
    administrators: tuple[str, ...]  # list, add EMAIL or remove EMAIL
    project: str
    region: str
    economy: str
    functions: tuple[Function, ...]
    whole: bool
    dry_run: bool
    with_stripe: bool
    skipped: frozenset[str]
    taken_over: frozenset[str]
    cors_origins: str
    checkout_success_url: str
    checkout_cancel_url: str
    portal_return_url: str
    reload_setup_url: str
    image_model: str
    stripe_livemode: bool
    stripe_tax: bool
    media_bucket: str
    firestore_location: str
    alert_email: str
    budget: str
    schedules: Mapping[str, str]  # by the name of their setting
    secrets: Mapping[str, str] = field(repr=False)  # those that are given

    @property
    def functions_url(self) -> str:
        return f"https://{self.region}-{self.project}.cloudfunctions.net"

    @property
    def hosting_url(self) -> str:
        return f"https://{self.project}.web.app"

    @property
    def bucket(self) -> str:
        return f"gs://{self.media_bucket}"

    @property
    def in_project(self) -> str:
        return f"--project={self.project}"

    @property
    def in_region(self) -> tuple[str, str]:
        return f"--region={self.region}", self.in_project

    @property
    def at_location(self) -> tuple[str, str]:
        """The same for those of Google's services that say location."""
        return f"--location={self.region}", self.in_project

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        """An image model that needs no key asks for none."""
        without_key = () if self.image_model.startswith("gemini-") else ("GEMINI_API_KEY",)
        return tuple(name for name in manifest.SECRETS if name not in without_key)

    def account(self, name: str) -> str:
        """The address of the service account."""
        return f"guilder-{name}@{self.project}.iam.gserviceaccount.com"


def read(arguments: Sequence[str], environment: Mapping[str, str], root: Path) -> Settings:
    """The settings; what the environment says overrules the env file.

    Raises:
        Stopped: they make no sense, or contradict each other.
    """
    given = _arguments(arguments)
    _check_arguments(given, root)
    values = _values(given, environment, root)
    _check_secret_key(values)
    chosen = {"rollback": given.rollback, "destroy": given.destroy, "administrators": given.administrators}
    action = next((name for name, is_given in chosen.items() if is_given), "deploy")
    only = _names(given.only)
    settings = Settings(
        root=root,
        action=action,
        administrators=tuple(given.administrators),
        project=given.project,
        region=given.region,
        economy=given.economy,
        functions=tuple(FUNCTIONS[name] for name in sorted(FUNCTIONS) if name in (only or FUNCTIONS)),
        whole=not only,
        dry_run=given.dry_run,
        with_stripe=given.with_stripe,
        skipped=frozenset(_names(given.skip)),
        taken_over=frozenset(_names(given.take_over)),
        cors_origins=values["CORS_ORIGINS"],
        checkout_success_url=values["CHECKOUT_SUCCESS_URL"],
        checkout_cancel_url=values["CHECKOUT_CANCEL_URL"],
        portal_return_url=values["PORTAL_RETURN_URL"],
        reload_setup_url=values["RELOAD_SETUP_URL"],
        image_model=values["IMAGE_MODEL"],
        stripe_livemode=values["STRIPE_LIVEMODE"] == "true",
        stripe_tax=values["STRIPE_TAX"] == "true",
        media_bucket=values["MEDIA_BUCKET"],
        firestore_location=values["FIRESTORE_LOCATION"],
        alert_email=values["ALERT_EMAIL"],
        budget=values["BUDGET"],
        schedules={name: values[name] for name in SCHEDULES},
        secrets={name: values[name] for name in manifest.SECRETS if values[name]},
    )
    if action == "deploy":
        _check_costs(settings, given.allow_test_sales)
    for name in SCHEDULES:
        if not re.fullmatch(r"[^ ]+( [^ ]+){4}", values[name]):
            raise Stopped(f"{name} must be five fields of cron, such as {SCHEDULES[name]}.")
    for name in IN_THE_ENVIRONMENT_OF_FUNCTIONS:
        if re.search(r"[;\s]", values[name]):
            raise Stopped(f"{name} must not contain a space or a semicolon.")
    return settings


# -- arguments -------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Stopped(f"{message}; see ./deploy.sh --help.")


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="./deploy.sh",
        description="Makes a Google Cloud project a running Guilder. The same command again changes only what changed.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--project", default="", metavar="ID")
    parser.add_argument("--region", default="us-central1", help="us-central1, if it is not given")
    parser.add_argument("--economy", default="phoenix", help="phoenix, if it is not given")
    parser.add_argument("--env-file", default="", metavar="FILE", help=".env.ID, if it is not given and there is one")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print every command in order, ready to be pasted, and change nothing; the plan says so where it could "
        "not look at the project because nobody is logged in",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="NAME[,NAME...]",
        help="deploy these functions, or roll them back, and nothing else",
    )
    parser.add_argument(
        "--with-stripe", action="store_true", help="also make Stripe's products, prices and webhook endpoint"
    )
    parser.add_argument(
        "--take-over",
        default="",
        metavar="WHAT",
        help="replace rules, hosting, or both with a comma, that are live and not ours; without it they stop the "
        "deployment, which shows them",
    )
    parser.add_argument(
        "--skip",
        default="",
        metavar="WHAT",
        help="leave rules, hosting or auth (with commas) to their owner; see docs/existing-project.md",
    )
    parser.add_argument(
        "--allow-test-sales",
        action="store_true",
        help="deploy an image model that costs money beside a Stripe in test mode, where nobody pays",
    )
    parser.add_argument("--rollback", action="store_true", help="send traffic back to what each function served before")
    parser.add_argument(
        "--destroy",
        action="store_true",
        help="delete all of it, ledger and pictures included; it asks twice, and what it did not make stays",
    )
    parser.add_argument(
        "--administrators",
        nargs="+",
        default=[],
        metavar="WHAT",
        help="list, add EMAIL or remove EMAIL: who may grant tokens, freeze wallets and decide on orders",
    )
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        raise Stopped(f"there is no argument {unknown[0]}; see ./deploy.sh --help.")
    return given


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _check_arguments(given: argparse.Namespace, root: Path) -> None:
    if bool(given.rollback) + bool(given.destroy) + bool(given.administrators) > 1:
        raise Stopped("--rollback, --destroy and --administrators are different things.")
    # A dry run may name a project that there cannot be: it only prints the commands.
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]" if not given.dry_run else "[a-z][a-z0-9-]*", given.project):
        raise Stopped("name the project with --project ID (6 to 30 of a-z, 0-9 and -).")
    if not re.fullmatch(r"[a-z]+-[a-z]+[0-9]+", given.region):
        raise Stopped(f"--region {given.region} is not a region, such as us-central1.")
    economy = root / "economies" / f"{given.economy}.toml"
    if not (re.fullmatch(r"[a-z][a-z0-9-]*", given.economy) and economy.is_file()):
        raise Stopped(f"there is no file economies/{given.economy}.toml.")
    for name in _names(given.only):
        if name not in FUNCTIONS:
            raise Stopped(f"--only: there is no function named {name}.")
    if given.only and given.destroy:
        raise Stopped("--destroy deletes everything, so it does not go with --only.")
    if given.administrators:
        _check_administrators(given)
    if given.with_stripe and (given.only or given.rollback or given.destroy):
        raise Stopped("--with-stripe goes with a whole deployment.")
    for flag, names, possible in (
        ("--skip", given.skip, CAN_BE_SKIPPED),
        ("--take-over", given.take_over, CAN_BE_TAKEN_OVER),
    ):
        for name in _names(names):
            if name not in possible:
                raise Stopped(f"{flag} takes {', '.join(possible[:-1])} and {possible[-1]}, but not {name}.")
    for name in _names(given.take_over):
        if name in _names(given.skip):
            raise Stopped(f"{name} is either skipped or taken over.")


def _check_administrators(given: argparse.Namespace) -> None:
    match given.administrators:
        case ["list"]:
            pass
        case ["add" | "remove", email] if re.fullmatch(r"[^@\s]+@[^@\s]+", email):
            pass
        case _:
            raise Stopped("--administrators takes list, add EMAIL or remove EMAIL.")
    if given.only or given.with_stripe:
        raise Stopped("--administrators goes with no other flag than --project and --dry-run.")


# -- environment and env file ----------------------------------------------------------------------------------------


def _values(given: argparse.Namespace, environment: Mapping[str, str], root: Path) -> dict[str, str]:
    site = f"https://{given.project}.web.app"
    defaults = {
        "CORS_ORIGINS": f"{site},https://{given.project}.firebaseapp.com",
        "CHECKOUT_SUCCESS_URL": f"{site}/tokens/success?session_id={{CHECKOUT_SESSION_ID}}",
        "CHECKOUT_CANCEL_URL": f"{site}/tokens/cancel",
        "PORTAL_RETURN_URL": f"{site}/settings",
        "RELOAD_SETUP_URL": f"{site}/settings",
        "IMAGE_MODEL": "procedural",
        "STRIPE_LIVEMODE": "false",
        "STRIPE_TAX": "false",
        "MEDIA_BUCKET": f"{given.project}-media",
        "FIRESTORE_LOCATION": given.region,
        **SCHEDULES,
    }
    path = given.env_file
    if not path and (root / f".env.{given.project}").is_file():
        path = f".env.{given.project}"
    of_file = dict(reversed([*_lines(path, root)])) if path else {}  # the first line with a name counts
    values = {name: environment.get(name) or of_file.get(name) or defaults.get(name, "") for name in KNOWN}
    for name in SWITCHES:
        if values[name] not in ("true", "false"):
            raise Stopped(f"{name} must be true or false.")
    return values


def _lines(path: str, root: Path) -> Iterator[tuple[str, str]]:
    """Names and values. The file is data: nothing in it is run, and it is not repeated, because it may hold secrets."""
    if not (root / path).is_file():
        raise Stopped(f"there is no file {path}.")
    try:
        text = (root / path).read_text(encoding="utf-8")
    except OSError:
        raise Stopped(f"the file {path} cannot be read.") from None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.isidentifier():
            raise Stopped(f"line {number} of {path} is not NAME=value.")
        if name not in KNOWN:
            raise Stopped(f"line {number} of {path}: {name} is not a setting.")
        is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        yield name, value[1:-1] if is_quoted else value


# -- what must not be deployed ---------------------------------------------------------------------------------------


def _check_secret_key(values: Mapping[str, str]) -> None:
    key, live = values["STRIPE_SECRET_KEY"], values["STRIPE_LIVEMODE"] == "true"
    if not key:
        return
    if key.startswith(("sk_live_", "rk_live_")):
        if not live:
            raise Stopped("STRIPE_SECRET_KEY moves real money, so it takes STRIPE_LIVEMODE=true.")
    elif key.startswith(("sk_test_", "rk_test_")):
        if live:
            raise Stopped("STRIPE_LIVEMODE is true, but STRIPE_SECRET_KEY is a test key.")
    else:
        raise Stopped(
            "STRIPE_SECRET_KEY is not a secret key (sk_test_..., sk_live_..., or rk_... for a restricted one)."
        )


def _check_costs(settings: Settings, allow_test_sales: bool) -> None:
    if settings.image_model != "procedural" and not settings.stripe_livemode and not allow_test_sales:
        raise Stopped(
            f"{settings.image_model} costs money, and with STRIPE_LIVEMODE=false the card 4242 4242 4242 4242 buys "
            "what it makes.\n  Deploy with IMAGE_MODEL=procedural or a live Stripe, or say --allow-test-sales."
        )
    if not re.fullmatch(r"([0-9]+(\.[0-9]+)?([A-Z]{3})?|none)?", settings.budget):
        raise Stopped("BUDGET must be an amount a month, such as 200USD, or none.")
    if not settings.budget and settings.whole and not settings.dry_run:
        raise Stopped("BUDGET is not set: say the amount a month to be told about, such as 200USD, or none.")
