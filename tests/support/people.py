"""The users who call the functions. Their ID tokens are unsigned, as the Auth emulator makes them."""

import base64
import json
import os
import time
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """A signed-in user; every test makes its own."""

    user_id: str = field(default_factory=lambda: f"u{uuid.uuid4().hex[:12]}")
    email_verified: bool = True
    provider: str = "password"
    claims: dict[str, object] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """An ID token of the current project."""
        project, now = os.environ["GOOGLE_CLOUD_PROJECT"], int(time.time())
        payload = {
            "iss": f"https://securetoken.google.com/{project}",
            "aud": project,
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
            "sub": self.user_id,
            "user_id": self.user_id,
            "email": f"{self.user_id}@example.com",
            "email_verified": self.email_verified,
            "firebase": {"sign_in_provider": self.provider, "identities": {}},
            **self.claims,
        }
        return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(payload)}."


def _part(document: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
