"""``make user EMAIL=me@example.com``: makes a verified user with an account in the cloud that ``make dev`` runs.

It prints the ID token, and curl lines that use it. If the e-mail address is taken, it signs the same user in again, as
it does the administrator whom ``.local/endpoints.json`` names.
"""

import json
import os
import sys

import requests

from local.cloud import FOLDER, PASSWORD, Endpoints
from local.demo.client import AppUser

ENDPOINTS = FOLDER / "endpoints.json"


def main() -> int:
    email = os.environ.get("EMAIL", "")
    name, at, _ = email.partition("@")
    if not name or not at:
        print("user: name an e-mail address: make user EMAIL=me@example.com", file=sys.stderr)
        return 1
    try:
        endpoints = Endpoints(**json.loads(ENDPOINTS.read_text(encoding="utf-8")))
        person = AppUser(name, endpoints)
        person.sign_up(email, PASSWORD)
        account = person.post("open-account", {})
    except FileNotFoundError:
        print("user: the local cloud is not running. Run `make dev` in another terminal first.", file=sys.stderr)
        return 1
    except requests.HTTPError as refusal:
        print(f"user: Firebase Auth refused {email}: {refusal.response.text}", file=sys.stderr)
        return 1
    except requests.ConnectionError:
        print("user: the local cloud does not answer. Start `make dev` again.", file=sys.stderr)
        return 1
    if account.status != 200:
        print(f"user: the account was not opened: {account.status} {account.body}", file=sys.stderr)
        return 1
    print(_introduction(person, email, account.body["tokenBalance"]))
    return 0


def _introduction(person: AppUser, email: str, tokens: int) -> str:
    api = f"{person.cloud.gateway}/api"
    return f"""{email} is verified (password {PASSWORD}, uid {person.user_id}) and has {tokens} tokens.

TOKEN={person.id_token}

The token is valid for an hour, and `make user EMAIL={email}` prints a new one. With TOKEN set as above:
  curl {api}/get-wallet -H "Authorization: Bearer $TOKEN"
  curl {api}/create-checkout -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' -H "Idempotency-Key: $(date +%s)" -d '{{"package":"starter"}}'
Open the `url` of the answer and pay with 4242 4242 4242 4242."""


if __name__ == "__main__":
    sys.exit(main())
