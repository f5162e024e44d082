"""GET /get-profile: a user's public face. Public.

    ?userId  ->  200 { id, displayName, photoUrl, bio, postCount, createdAt }

Refusals: 401 for a bad token, 404 not-found.
"""

from shared.edge.access import PUBLIC
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Query
from shared.people import accounts


class Parameters(Query):
    user_id: DocumentId


@endpoint(Parameters, PUBLIC)
def get_profile(query: Parameters) -> accounts.ProfileAnswer:
    return accounts.profile(query.user_id)
