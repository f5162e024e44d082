"""The users of the app. Their ID tokens are unsigned, as the Auth emulator makes them."""

import base64
import json
import time
from dataclasses import dataclass

SECRET = "canary-7c1e9"  # noqa: S105 - stands in what nobody but its owner may ever see
"""A part of every prompt, area label and e-mail address, which must never be in the ledger, in public or in a log."""

SPOKEN = "spoken-4d2fa"
"""A part of every name and caption, which is public but must never be in the ledger or in a log."""


@dataclass(slots=True)
class Person:
    """A signed-up user."""

    user_id: str
    email_verified: bool
    mailbox: str = ""
    """The first user of the e-mail address, for a user who signed up again; empty for the first one."""

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
