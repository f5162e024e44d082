"""Which payments a wallet may have made: a Bloom filter with one hash.

A wallet carries one bit for every payment id that it ever used. A clear bit proves that a refused request was not done
before, so that a plain refusal costs one read. A set bit proves nothing, and then the ledger is asked.
"""

import hashlib

EMPTY = bytes(256)


def may_hold(made: bytes, payment_id: str) -> bool:
    """Whether the payment may be among those that were ``made``; False is certain."""
    byte, bit = _position(payment_id)
    return bool(made[byte] & bit)


def added(made: bytes, payment_id: str) -> bytes:
    """The filter of the payments that were ``made`` and of this one."""
    byte, bit = _position(payment_id)
    changed = bytearray(made)
    changed[byte] |= bit
    return bytes(changed)


def _position(payment_id: str) -> tuple[int, int]:
    number = int.from_bytes(hashlib.sha256(payment_id.encode()).digest()[:8], "big") % (len(EMPTY) * 8)
    return number // 8, 1 << number % 8
