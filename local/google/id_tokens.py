"""Firebase ID tokens as the Auth emulator mints them: unsigned, and taken at their word by what talks to emulators."""

import base64
import json
import time
from collections.abc import Mapping

LIFETIME_SECONDS = 3600


def id_token(project: str, user_id: str, claims: Mapping[str, object]) -> str:
    """The token of somebody who signed up with a password and a verified e-mail address, but for the claims."""
    now = int(time.time())
    usual = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "auth_time": now,
        "sub": user_id,
        "user_id": user_id,
        "email_verified": True,
        "firebase": {"sign_in_provider": "password", "identities": {}},
    }
    return unsigned({**usual, **claims})


def unsigned(payload: Mapping[str, object]) -> str:
    """A token of exactly this payload."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(payload)}."


def _part(document: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
