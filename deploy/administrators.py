"""Who may call the functions of administrators: users of Firebase Auth with the custom claim ``admin``.

The other claims of a user stay. Whoever is an administrator no more is signed out everywhere, because the token that
they have would say for an hour that they are one.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from deploy.gcloud import Gcloud
from deploy.settings import Stopped

API = "https://identitytoolkit.googleapis.com/v1/projects"
CLAIM = "admin"
PAGE = 1000
PAGES = 1000
"""A million users are looked through."""

Json = dict[str, Any]


def carry_out(gcloud: Gcloud) -> None:
    """Does what ``--administrators`` says."""
    match gcloud.settings.administrators:
        case ("list",):
            tell(gcloud)
        case ("add", email):
            change(gcloud, email, is_administrator=True)
        case ("remove", email):
            change(gcloud, email, is_administrator=False)


def tell(gcloud: Gcloud) -> None:
    """Prints the administrators' e-mail addresses."""
    gcloud.step("These are the administrators.")
    if not gcloud.looking:
        gcloud.note("Nobody can look.")
        return
    found = [str(user.get("email", user["localId"])) for user in _users(gcloud) if claims(user).get(CLAIM) is True]
    gcloud.tell(sorted(found) or ["nobody"])


def change(gcloud: Gcloud, email: str, *, is_administrator: bool) -> None:
    """Makes the user with the e-mail address an administrator, or takes that away.

    Raises:
        Stopped: nobody has the address, or it is not verified: then it may be somebody else's.
    """
    gcloud.step(f"Making {email} an administrator." if is_administrator else f"{email} is no administrator any more.")
    asked = json.dumps({"email": [email]})
    if not gcloud.looking:
        gcloud.note("UID is the localId that this finds; its customAttributes are kept.")
        gcloud.print_request("POST", f"{_url(gcloud)}:lookup", asked)
        wanted = changed({"localId": "UID"}, is_administrator, int(time.time()))
        gcloud.change_by_request("", f"{_url(gcloud)}:update", json.dumps(wanted), method="POST")
        return
    answer = gcloud.ask("who has the address", "POST", f"{_url(gcloud)}:lookup", asked) or {}
    users = answer.get("users", [])
    if not users:
        raise Stopped(f"nobody has signed up with {email}.")
    (user,) = users
    if is_administrator and not user.get("emailVerified"):
        raise Stopped(f"whoever signed up with {email} has not verified the address.")
    if (claims(user).get(CLAIM) is True) == is_administrator:
        gcloud.note(f"{email} {'is one' if is_administrator else 'was none'} already.")
        return
    what = f"{'Give' if is_administrator else 'Take'} the claim {CLAIM}."
    body = json.dumps(changed(user, is_administrator, int(time.time())))
    gcloud.change_by_request(what, f"{_url(gcloud)}:update", body, method="POST")
    if is_administrator:
        gcloud.note("It is in the next token: sign in again.")


def claims(user: Json) -> Json:
    """The user's custom claims.

    Raises:
        Stopped: they are no claims.
    """
    try:
        found = json.loads(user.get("customAttributes") or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Stopped(f"the custom claims of {user.get('localId')} are no JSON object.")
    return found


def changed(user: Json, is_administrator: bool, now: int) -> Json:
    """What is to be written of the user: the claims, and for who loses this one that no token counts that was made so
    far."""
    kept = {name: value for name, value in claims(user).items() if name != CLAIM}
    wanted = {**kept, CLAIM: True} if is_administrator else kept
    update = {"localId": user["localId"], "customAttributes": json.dumps(wanted, separators=(",", ":"))}
    return update if is_administrator else {**update, "validSince": str(now)}


def _users(gcloud: Gcloud) -> Iterator[Json]:
    page = ""
    for _ in range(PAGES):
        query = f"maxResults={PAGE}" + (f"&nextPageToken={page}" if page else "")
        answer = gcloud.ask("the list of users", "GET", f"{_url(gcloud)}:batchGet?{query}") or {}
        yield from answer.get("users", [])
        page = answer.get("nextPageToken", "")
        if not page:
            return
    raise Stopped(f"there are more than {PAGE * PAGES} users, and not all were looked at.")


def _url(gcloud: Gcloud) -> str:
    return f"{API}/{gcloud.settings.project}/accounts"
