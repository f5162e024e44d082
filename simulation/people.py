"""The users of the app. Their ID tokens are unsigned, as the Auth emulator makes them."""

from dataclasses import dataclass

from local.google.id_tokens import id_token

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
    is_administrator: bool = False

    def token(self, project: str) -> str:
        """An ID token of the project."""
        claims = {
            "name": f"{SPOKEN} {self.user_id}",
            # Another spelling for each user of a mailbox.
            "email": f"{SECRET}-{self.mailbox or self.user_id}+{self.user_id}@Example.com",
            "email_verified": self.email_verified,
            **({"admin": True} if self.is_administrator else {}),
        }
        return id_token(project, self.user_id, claims)
