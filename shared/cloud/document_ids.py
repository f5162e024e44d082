"""What Firestore accepts as the id of a document."""

import re

# Firestore accepts neither a slash nor these; 128 characters is the longest uid that Firebase hands out.
# https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
_DOCUMENT_ID = re.compile(r"(?!\.{1,2}$)(?!__.*__$)[^/\x00-\x1f\x7f\ud800-\udfff]{1,128}")


def is_document_id(text: str) -> bool:
    """Whether Firestore accepts the text as a document's id."""
    return _DOCUMENT_ID.fullmatch(text) is not None
