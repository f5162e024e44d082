"""GET /get-profile: a user's public face. Public.

    ?userId  ->  200 { id, displayName, photoUrl, bio, postCount, createdAt }

Refusals: 401 for a bad token, 404 not-found.
"""

from shared import accounts
from shared.fields import DocumentId
from shared.http import Access, Caller, Query, endpoint


class Parameters(Query):
    user_id: DocumentId


@endpoint(Parameters, Access.PUBLIC)
def get_profile(_caller: Caller | None, query: Parameters) -> accounts.ProfileAnswer:
    return accounts.profile(query.user_id)
