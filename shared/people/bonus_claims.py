"""One mailbox, one welcome bonus: who had it stays known when the account, and even the sign-in, is gone.

A claim is named by a keyed hash of the mailbox and holds no more than the user and the time, so that nobody can read
from it, or find by trying, whose mailbox it was.
"""

import hashlib
import hmac
import unicodedata

from shared.cloud import documents
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.documents import Reference
from shared.config import settings
from shared.money.ledger_lines import ExtraWrite

GOOGLE_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
"""One domain under two names, whose mailboxes ignore dots: https://support.google.com/mail/answer/7436150"""


def mailbox(email: str) -> str | None:
    """The mailbox that mail to the address reaches, in one spelling; None for what is no address."""
    # Lower case can leave what NFKC would put together again: a capital I with a dot becomes two characters.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).lower()).strip()
    local, _, domain = text.rpartition("@")
    # Half a character, which JSON can spell, has no UTF-8 to be hashed.
    if not local or not domain or any("\ud800" <= character <= "\udfff" for character in text):
        return None
    local = local.partition("+")[0] or local
    if domain in GOOGLE_DOMAINS:
        local, domain = local.replace(".", "") or local, "gmail.com"
    return f"{local}@{domain}"


def reference(of_mailbox: str) -> Reference:
    """Where the claim of the mailbox is, or would be."""
    name = hmac.digest(settings().identity_secret.encode(), of_mailbox.encode(), hashlib.sha256).hex()
    return documents.reference("bonusClaims", name)


def writer(claim: Reference, user_id: str) -> ExtraWrite:
    """Adds the claim to the commit that grants the bonus, which fails if somebody has claimed it."""

    def write(batch: Batch) -> None:
        batch.create(claim, {"userId": user_id, "createdAt": SERVER_TIME})

    return write
