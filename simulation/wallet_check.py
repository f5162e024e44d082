"""Compares the stored wallet with the sum of its lines as Firestore adds them up."""

from collections.abc import Iterable

from shared.cloud.clients import STORE, store
from shared.cloud.queries import Query, aggregate
from simulation.lot_rules import FUNDS
from simulation.violations import require
from simulation.world import World


def check_wallets(world: World, user_ids: Iterable[str]) -> None:
    """Checks the wallets of the users.

    Raises:
        Violation: a wallet does not add up.
    """
    with world.boundary.hooked(None):
        for user_id in user_ids:
            wallet = store().collection("users").document(user_id).get(**STORE).to_dict() or {}
            query = Query("transactions").where("userId", "==", user_id).sum("amount", "balance")
            for fund in FUNDS:
                query = query.sum(f"funds.{fund}", fund)
            sums = aggregate(query)
            balance = wallet["tokenBalance"]
            require(balance >= 0, f"the wallet {user_id} holds {balance}", "negative")
            difference = balance - sums["balance"]
            what = f"the wallet {user_id} holds {balance}, its lines sum to {sums['balance']}"
            require(difference == 0, what, "created" if difference > 0 else "lost", abs(difference))
            for fund in FUNDS:
                require(wallet["funds"][fund] == sums[fund], f"{fund} of {user_id} is not the sum of its lines")
