"""People who use the app; their ID tokens are unsigned, as the Auth emulator mints them."""

import base64
import json
import time
from dataclasses import dataclass

SECRET = "canary-7c1e9"  # noqa: S105 - stands in what nobody but its owner may ever see
"""Part of every prompt, area label and e-mail: must never be in the ledger, in anything public or in a log."""

SPOKEN = "spoken-4d2fa"
"""Part of every name and caption: public, but must never be in the ledger or in a log."""


@dataclass(slots=True)
class Person:
    """A signed-up user."""

    user_id: str
    email_verified: bool
    mailbox: str = ""
    """Whose e-mail address it is: another user's, for somebody who signed up again; the own one when empty."""

    def token(self, project: str) -> str:
        """An ID token of the project."""
        now = int(time.time())
        payload = {
            "iss": f"https://securetoken.google.com/{project}",
            "aud": project,
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
            "sub": self.user_id,
            "user_id": self.user_id,
            "name": f"{SPOKEN} {self.user_id}",
            # Another spelling for each user of a mailbox.
            "email": f"{SECRET}-{self.mailbox or self.user_id}+{self.user_id}@Example.com",
            "email_verified": self.email_verified,
            "firebase": {"sign_in_provider": "password", "identities": {}},
        }
        return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(payload)}."


def _part(document: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
