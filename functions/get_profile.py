"""GET /get-profile: a user's public face. Public.

    ?userId  ->  200 { id, displayName, photoUrl, bio, postCount, createdAt }

Refusals: 401 for a bad token, 404 not-found.
"""

import datetime
from typing import TypedDict

from shared.edge.access import PUBLIC
from shared.edge.endpoint import endpoint
from shared.edge.fields import DocumentId
from shared.edge.requests import Query
from shared.people import accounts


class Parameters(Query):
    user_id: DocumentId


class ProfileAnswer(TypedDict):
    id: str
    displayName: str
    photoUrl: str | None
    bio: str
    postCount: int
    createdAt: datetime.datetime


@endpoint(Parameters, PUBLIC, cached_seconds=30)
def get_profile(query: Parameters) -> ProfileAnswer:
    profile = accounts.profile(query.user_id)
    return {
        "id": profile.user_id,
        "displayName": profile.display_name,
        "photoUrl": profile.photo_url,
        "bio": profile.bio,
        "postCount": profile.post_count,
        "createdAt": profile.created_at,
    }
