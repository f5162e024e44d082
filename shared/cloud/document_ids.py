"""What Firestore accepts as the id of a document."""

import re

LONGEST_UID = 128
"""In characters: the longest uid that Firebase hands out."""

LONGEST_LINE = 255
"""Room for the longest id of a ledger line: that of a tip under a key of 64 characters by the longest uid."""

# Firestore accepts neither a slash nor these, and at most 1500 bytes.
# https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
_DOCUMENT_ID = re.compile(r"(?!\.{1,2}$)(?!__.*__$)[^/\x00-\x1f\x7f\ud800-\udfff]+")


def is_document_id(text: str, longest: int = LONGEST_UID) -> bool:
    """Whether Firestore accepts the text as a document's id."""
    return len(text) <= longest and _DOCUMENT_ID.fullmatch(text) is not None
