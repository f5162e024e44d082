"""What tells one request from another without telling what was asked: kept beside a payment, compared on a retry.

A prompt is personal, and a ledger line outlives an account. So a fingerprint is keyed with a secret of the server:
whoever holds the ledger, or an export of it, cannot try out guesses.
"""

import functools
import hashlib
import hmac

from shared.config import settings

_HEX_DIGITS = 32


def fingerprint(function: str, request: str) -> str:
    """The same for two requests of one function exactly when their texts are the same."""
    return _keyed(hashlib.sha256(f"{function}\n{request}".encode()).hexdigest()[:_HEX_DIGITS])


def matches(stored: str, asked: str) -> bool:
    """Whether the fingerprint that was stored is of the same request as the one that is asked about.

    Lines and orders of an older form hold the hash before it was keyed, and are still known by it.
    """
    return hmac.compare_digest(stored, asked) or hmac.compare_digest(_keyed(stored), asked)


def _keyed(plain: str) -> str:
    return hmac.digest(_key(), plain.encode(), hashlib.sha256).hex()[:_HEX_DIGITS]


@functools.cache
def _key() -> bytes:
    """A key of its own: no fingerprint can be taken for the name of a bonus claim, which the secret itself keys."""
    return hmac.digest(settings().identity_secret.encode(), b"fingerprint", hashlib.sha256)
