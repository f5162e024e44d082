"""The user's settings of the local cloud: ``.env`` in the project's folder, overridden by the environment."""

import os
from collections.abc import Mapping

from dotenv import dotenv_values

from local.parts import ROOT

VARIABLES = (
    "ECONOMY",
    "IMAGE_MODEL",
    "GEMINI_API_KEY",
    "LOCAL_IMAGE_FAIL_WORD",
    "CORS_ORIGINS",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "CHECKOUT_SUCCESS_URL",
    "CHECKOUT_CANCEL_URL",
    "PORTAL_RETURN_URL",
    "STRIPE_TAX",
    "RELOAD_SETUP_URL",
)
"""The variables that a user may set; the local cloud sets all others."""


def user_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns the variables that are set; those of the environment win over those of ``.env``."""
    merged = {**dotenv_values(ROOT / ".env"), **environment}
    return {name: value for name in VARIABLES if (value := merged.get(name))}
