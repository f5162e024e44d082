"""A wallet against what the ledger says of it: what differs, and what becomes of it.

Money is never corrected here: a wallet that does not add up is frozen and waits for a person. A lifetime total is only
a view of the lines, and is put right.
"""

from collections.abc import Mapping

from shared.cloud import checkpoint
from shared.cloud.checkpoint import Finding, Outcome, found
from shared.cloud.documents import Snapshot
from shared.cloud.failures import CHANGED, NotFound
from shared.cloud.sums import Amounts
from shared.errors import NoSuchAccount
from shared.ledger.entries import Total
from shared.ledger.wallet import Wallet
from shared.money import comparison, freezing, wallets
from shared.money.comparison import shown

YOUNGER: frozenset[Total] = frozenset({"totalTokensCredited"})
"""The totals that a wallet may be older than."""


def balance_findings(wallet: Wallet, ledger: Amounts) -> list[Finding]:
    """What of the wallet is not the sum of its lines; ``ledger`` has each of ``comparison.SUMMED``."""
    return [found(name, userId=wallet.user_id, **of) for name, of in comparison.balance_differences(wallet, ledger)]


def lot_findings(wallet: Wallet, booked: Mapping[str, float]) -> list[Finding]:
    """What of the wallet's lots is not what was ``booked``."""
    return [found(name, userId=wallet.user_id, **of) for name, of in comparison.lot_differences(wallet, booked)]


def trial_findings(wallet: Wallet, booked: Mapping[str, float]) -> list[Finding]:
    """What of the wallet's trial is not what was ``booked``."""
    return [found(name, userId=wallet.user_id, **of) for name, of in comparison.trial_differences(wallet, booked)]


def debt_findings(wallet: Wallet, booked: float) -> list[Finding]:
    """Whether the wallet owes what was ``booked``: by its lines, or by its orders."""
    return [found(name, userId=wallet.user_id, **of) for name, of in comparison.debt_differences(wallet, booked)]


def total_findings(
    wallet: Wallet, document: Snapshot, booked: Mapping[str, float], *, may_lack_some: bool = False
) -> tuple[Finding, ...]:
    """The lifetime totals that are not what was ``booked``, which are put right.

    Where somebody else has written the wallet since it was read, that is put off to the next audit. Nothing is found of
    a total that the wallet has no field of, because it is older than that; ``may_lack_some`` says that it may be, and
    that credits have begun the field since.
    """
    wrong = {name: booked[name] for name, tokens in wallet.totals.items() if tokens != booked[name]}
    if wrong and all(isinstance(amount, int) for amount in wrong.values()):
        try:
            wallets.correct_totals(document, {name: int(amount) for name, amount in wrong.items()})
        except (*CHANGED, NotFound):
            pass
    lacking = {name for name in wrong if name not in document.fields} | (YOUNGER if may_lack_some else set())
    return tuple(
        found("total-mismatch", userId=wallet.user_id, what=name, wallet=wallet.totals[name], ledger=shown(amount))
        for name, amount in wrong.items()
        if name not in lacking
    )


def frozen(wallet: Wallet) -> tuple[bool, Outcome]:
    """Freezes the wallet for the audit. Whether it is frozen then, and what is to be said of it where it is not."""
    if "audit" in wallet.frozen:
        return True, Outcome()
    try:
        freezing.freeze(wallet.user_id, "audit")
    except NoSuchAccount:
        return False, Outcome()  # it was deleted since
    except Exception as error:  # noqa: BLE001 - what was found is reported though it could not be stopped
        return False, checkpoint.not_examined("users", wallet.user_id, error)
    return True, Outcome()
