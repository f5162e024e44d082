"""What makes a retry the same request: it has the same key and the same fingerprint, and so moves nothing twice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Idempotency:
    """``key`` is the caller's ``Idempotency-Key``, made one user's and one function's: ``tip_<key>_<uid>``.

    ``fingerprint`` stands for the function and its input (``shared/fingerprints.py``).
    """

    key: str
    fingerprint: str
