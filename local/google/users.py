"""The users of Firebase Auth, where nobody has to sign in: what functions ask of a user, without a Node that answers.

``make dev`` runs Firebase's own emulator instead.
"""

import json
import re
from typing import Any

from local.net.http_server import HttpServer, Request, Response

_LOOKUP = re.compile(r"/identitytoolkit\.googleapis\.com/v1/projects/[\w-]+/accounts:lookup")


class Users(HttpServer):
    """Everybody is a user whose tokens count, unless something else is said of them here, by uid."""

    def __init__(self) -> None:
        super().__init__(0, self._answer)
        self.disabled: set[str] = set()
        self.deleted: set[str] = set()
        self.valid_since: dict[str, int] = {}
        """Seconds; a token that was made earlier is revoked."""
        self.emails: dict[str, str] = {}
        """The uids by e-mail address."""

    def forget(self) -> None:
        """Forgets all that was said of anybody."""
        self.disabled.clear()
        self.deleted.clear()
        self.valid_since.clear()
        self.emails.clear()

    def _answer(self, request: Request) -> Response:
        if request.method != "POST" or not _LOOKUP.fullmatch(request.path):
            return Response(404)
        asked = json.loads(request.body)
        found = [*asked.get("localId", ()), *(self.emails[one] for one in asked.get("email", ()) if one in self.emails)]
        users = [self._user(user_id) for user_id in found if user_id not in self.deleted]
        return Response(
            200, json.dumps({"users": users} if users else {}).encode(), {"Content-Type": "application/json"}
        )

    def _user(self, user_id: str) -> dict[str, Any]:
        emails = {uid: email for email, uid in self.emails.items()}
        return {
            "localId": user_id,
            "validSince": str(self.valid_since.get(user_id, 0)),
            "disabled": user_id in self.disabled,
            **({"email": emails[user_id]} if user_id in emails else {}),
        }
