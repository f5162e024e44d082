"""A person with an app: signs up with Firebase Auth, calls the API, uses Firestore as its rules allow. HTTP only."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from local.cloud import Endpoints

TIMEOUT_SECONDS = 30
_ACCOUNTS = "identitytoolkit.googleapis.com/v1/accounts"
API_KEY = "local"  # the Auth emulator takes any


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and decoded JSON of an answer."""

    status: int
    body: Any


@dataclass(slots=True)
class AppUser:
    """A signed-up user with a verified e-mail address."""

    name: str
    cloud: Endpoints
    http: requests.Session = field(default_factory=requests.Session)
    user_id: str = ""
    id_token: str = ""

    def sign_up(self, email: str = "", password: str = "") -> None:
        """Creates the user in Firebase Auth, signs in, and follows the link in the verification mail.

        A user who is there already is signed in with the password; without an e-mail, one is made up.
        """
        email = email or f"{self.name.lower()}-{uuid.uuid4().hex[:8]}@example.com"
        credentials = {"email": email, "password": password or uuid.uuid4().hex, "returnSecureToken": True}
        try:
            user = self._auth(f"{_ACCOUNTS}:signUp", credentials | {"displayName": self.name})
        except requests.HTTPError as refusal:
            if "EMAIL_EXISTS" not in refusal.response.text:
                raise
            user = self._auth(f"{_ACCOUNTS}:signInWithPassword", credentials)
        self._auth(f"{_ACCOUNTS}:sendOobCode", {"requestType": "VERIFY_EMAIL", "idToken": user["idToken"]})
        mails = self.http.get(
            f"http://{self.cloud.auth}/emulator/v1/projects/{self.cloud.projectId}/oobCodes", timeout=TIMEOUT_SECONDS
        ).json()["oobCodes"]
        code = next(mail["oobCode"] for mail in mails if mail["email"] == email)
        self._auth(f"{_ACCOUNTS}:update", {"oobCode": code})
        refreshed = self._auth(
            "securetoken.googleapis.com/v1/token",
            {"grant_type": "refresh_token", "refresh_token": user["refreshToken"]},
        )
        self.user_id, self.id_token = user["localId"], refreshed["id_token"]

    def post(self, function: str, body: dict[str, Any], key: str | None = None) -> Reply:
        """Calls a function; a new idempotency key is made unless one is given."""
        headers = self._headers() | {"Idempotency-Key": key or uuid.uuid4().hex}
        url = f"{self.cloud.gateway}/api/{function}"
        return _reply(self.http.post(url, json=body, headers=headers, timeout=TIMEOUT_SECONDS))

    def get(self, function: str, /, **query: Any) -> Reply:
        url = f"{self.cloud.gateway}/api/{function}"
        return _reply(self.http.get(url, params=query, headers=self._headers(), timeout=TIMEOUT_SECONDS))

    def commit(self, write: dict[str, Any]) -> Reply:
        """One Firestore write as this user, under the security rules."""
        url = f"http://{self.cloud.firestore}/v1/projects/{self.cloud.projectId}/databases/(default)/documents:commit"
        return _reply(self.http.post(url, json={"writes": [write]}, headers=self._headers(), timeout=TIMEOUT_SECONDS))

    def document(self, path: str) -> str:
        """The full name of a Firestore document."""
        return f"projects/{self.cloud.projectId}/databases/(default)/documents/{path}"

    def like(self, post_id: str, user_id: str | None = None) -> Reply:
        """Creates a like as the rules want it; in the name of another user, if one is given."""
        liker = user_id or self.user_id
        return self.commit(
            {
                "update": {
                    "name": self.document(f"likes/{liker}_{post_id}"),
                    "fields": {"userId": {"stringValue": liker}, "postId": {"stringValue": post_id}},
                },
                "updateTransforms": [{"fieldPath": "createdAt", "setToServerValue": "REQUEST_TIME"}],
                "currentDocument": {"exists": False},
            }
        )

    def _auth(self, path: str, body: dict[str, Any]) -> Any:
        url = f"http://{self.cloud.auth}/{path}?key={API_KEY}"
        answer = self.http.post(url, json=body, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.id_token}"}


def _reply(answer: requests.Response) -> Reply:
    is_json = "json" in answer.headers.get("Content-Type", "")
    return Reply(answer.status_code, answer.json() if is_json else answer.text)
