"""An operator freezes wallets."""

from shared.money import wallets
from simulation.operations.asking import anyone
from simulation.run import Run


def freeze(run: Run) -> None:
    """An operator freezes a wallet."""
    person = anyone(run)
    if run.world.mirror.get(f"users/{person.user_id}"):
        run.note(f"freeze {person.user_id}")
        with run.quietly():
            wallets.freeze(person.user_id, "operator")


def unfreeze(run: Run) -> None:
    """An operator lets somebody go."""
    frozen = [uid for uid, wallet in run.world.mirror.all("users").items() if "frozen" in wallet]
    if frozen:
        user_id = run.dice.random.choice(frozen)
        run.note(f"unfreeze {user_id}")
        with run.quietly():
            wallets.unfreeze(user_id, "operator")
