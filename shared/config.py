"""The one place that reads the environment: a frozen ``Settings`` with every variable that exists.

Locally the ``*_EMULATOR_HOST`` variables and a few overrides point the same code at stand-ins. On Cloud Run,
which sets ``K_SERVICE``, any of them is refused at start: with FIREBASE_AUTH_EMULATOR_HOST set, for one,
firebase-admin would accept a forged, unsigned token.
"""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared import manifest_row

ECONOMIES = Path(__file__).parent.parent / "economies"

LOCAL_ONLY = (
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
    "CLOUD_TASKS_EMULATOR_HOST",
    "STRIPE_API_BASE",
    "OIDC_CERTS_URL",
    "OIDC_ISSUER",
    "GEMINI_API_BASE",
    "LOCAL_IMAGE_FAIL_WORD",
    "CLOCK_FILE",
)

SWITCHES = ("STRIPE_LIVEMODE", "STRIPE_TAX")

PROCEDURAL = "procedural"
"""The embedded image model, which needs no key."""


class ConfigurationError(Exception):
    """The environment is not one to start in; the message names the variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment, read once. Empty strings stand for what is not set; secrets are in no ``repr``."""

    project: str
    economy: str
    deployed: bool
    cors_origins: frozenset[str]
    cursor_secret: str = field(repr=False)
    identity_secret: str = field(repr=False)
    stripe_secret_key: str = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_api_base: str
    checkout_success_url: str
    checkout_cancel_url: str
    portal_return_url: str
    stripe_tax: bool
    reload_setup_url: str
    media_bucket: str
    internal_url: str
    invoker_email: str
    oidc_certs_url: str
    oidc_issuer: str
    tasks_location: str
    generations_queue: str
    likes_queue: str
    authors_queue: str
    reloads_queue: str
    tasks_emulator: str
    image_model: str
    gemini_api_key: str = field(repr=False)
    gemini_api_base: str
    local_image_fail_word: str

    @property
    def stripe_livemode(self) -> bool:
        """Whether the Stripe key moves real money (Stripe: secret and restricted keys name their mode)."""
        return self.stripe_secret_key.startswith(("sk_live_", "rk_live_"))

    def url_of(self, function: str) -> str:
        """Where an internal function is called, and the audience of the token that it is called with."""
        return f"{self.internal_url}/{function.replace('_', '-')}"


def read(environment: Mapping[str, str], function: str | None = None) -> Settings:
    """The settings in ``environment``, checked for ``function`` when one is named.

    Raises:
        ConfigurationError: an emulator or local override on Cloud Run, a missing variable, an economy that is not
            there, a wildcard origin, a switch that is neither true nor false, or a Stripe key of the other mode than
            STRIPE_LIVEMODE says.
    """

    def value(name: str, default: str = "") -> str:
        return environment.get(name, default).strip()

    for name in SWITCHES:
        if value(name).lower() not in ("", "true", "false"):
            raise ConfigurationError(f"{name} must be true or false.")

    deployed = bool(value("K_SERVICE"))
    if deployed:
        for name in LOCAL_ONLY:
            if value(name):
                raise ConfigurationError(f"{name} is set: emulators and local overrides are refused in production.")
        unneeded = {"GEMINI_API_KEY"} if value("IMAGE_MODEL", PROCEDURAL) == PROCEDURAL else set()
        for name in ("GOOGLE_CLOUD_PROJECT", *(manifest_row.of(function).required if function else ())):
            if not value(name) and name not in unneeded:
                raise ConfigurationError(f"{name} is not set, and {function or 'every function'} needs it.")

    origins = frozenset(origin.strip().rstrip("/") for origin in value("CORS_ORIGINS").split(",") if origin.strip())
    for origin in origins:
        if "*" in origin or origin == "null":
            raise ConfigurationError(f"CORS_ORIGINS holds {origin!r}: list exact origins, no wildcard.")

    economy = value("ECONOMY", "phoenix")
    if economy not in {path.stem for path in ECONOMIES.glob("*.toml")}:
        raise ConfigurationError(f"ECONOMY={economy}: there is no file economies/{economy}.toml.")

    settings = Settings(
        project=value("GOOGLE_CLOUD_PROJECT"),
        economy=economy,
        deployed=deployed,
        cors_origins=origins,
        cursor_secret=value("CURSOR_SECRET"),
        identity_secret=value("IDENTITY_SECRET"),
        stripe_secret_key=value("STRIPE_SECRET_KEY"),
        stripe_webhook_secrets=tuple(s.strip() for s in value("STRIPE_WEBHOOK_SECRET").split(",") if s.strip()),
        stripe_api_base=value("STRIPE_API_BASE"),
        checkout_success_url=value("CHECKOUT_SUCCESS_URL"),
        checkout_cancel_url=value("CHECKOUT_CANCEL_URL"),
        portal_return_url=value("PORTAL_RETURN_URL"),
        stripe_tax=value("STRIPE_TAX").lower() == "true",
        reload_setup_url=value("RELOAD_SETUP_URL"),
        media_bucket=value("MEDIA_BUCKET"),
        internal_url=value("INTERNAL_URL").rstrip("/"),
        invoker_email=value("INVOKER_EMAIL"),
        oidc_certs_url=value("OIDC_CERTS_URL"),
        oidc_issuer=value("OIDC_ISSUER"),
        tasks_location=value("TASKS_LOCATION"),
        generations_queue=value("GENERATIONS_QUEUE", "generations"),
        likes_queue=value("LIKES_QUEUE", "likes"),
        authors_queue=value("AUTHORS_QUEUE", "authors"),
        reloads_queue=value("RELOADS_QUEUE", "reloads"),
        tasks_emulator=value("CLOUD_TASKS_EMULATOR_HOST"),
        image_model=value("IMAGE_MODEL", PROCEDURAL),
        gemini_api_key=value("GEMINI_API_KEY"),
        gemini_api_base=value("GEMINI_API_BASE"),
        local_image_fail_word=value("LOCAL_IMAGE_FAIL_WORD"),
    )
    livemode = value("STRIPE_LIVEMODE").lower()
    if livemode and settings.stripe_secret_key and (livemode == "true") != settings.stripe_livemode:
        mode = "live" if settings.stripe_livemode else "test"
        raise ConfigurationError(f"STRIPE_SECRET_KEY is a {mode} key, but STRIPE_LIVEMODE is {livemode}.")
    return settings


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return read(os.environ)
