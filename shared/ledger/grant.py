"""Grants: tokens that are given away. A credit needs no decision and lands in a frozen wallet too."""

from shared.ledger import ids
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds


def signup_bonus(user_id: str, tokens: int, economy: str) -> Entry:
    """The welcome of one account, once for ever: the id is the user's."""
    return Entry(ids.signup(user_id), user_id, "signup_bonus", Funds(bonus=tokens), {}, economy, fingerprint="")
