"""The users who call the functions. Their ID tokens are unsigned, as the Auth emulator makes them."""

import os
import uuid
from dataclasses import dataclass, field

from local.google.id_tokens import id_token


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
        identity = {
            "email": f"{self.user_id}@example.com",
            "email_verified": self.email_verified,
            "firebase": {"sign_in_provider": self.provider, "identities": {}},
        }
        return id_token(os.environ["GOOGLE_CLOUD_PROJECT"], self.user_id, identity | self.claims)


def administrator() -> Person:
    """A person with the claim that makes an administrator; their token counts until a test says otherwise."""
    return Person(claims={"admin": True})
