"""What makes a retry the same request: it has the same key and the same fingerprint, and so moves nothing twice."""

from dataclasses import dataclass


def owned_key(prefix: str, key: str, user_id: str) -> str:
    """The caller's key as one user's and one function's. A key has no underscore, so that it splits in one way only."""
    return f"{prefix}_{key}_{user_id}"


@dataclass(frozen=True, slots=True)
class Idempotency:
    """``key`` is the caller's ``Idempotency-Key``, made one user's and one function's: ``tip_<key>_<uid>``.

    ``fingerprint`` stands for the function and its input (``shared/fingerprints.py``).
    """

    key: str
    fingerprint: str
